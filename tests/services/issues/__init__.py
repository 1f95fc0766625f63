"""Tests of services/issues."""
