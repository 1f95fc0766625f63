"""Tests of services/operator."""
