"""Tests of services/readers."""
