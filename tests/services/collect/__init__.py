"""Tests of services/collect."""
