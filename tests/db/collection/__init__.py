"""Tests of db/collection."""
