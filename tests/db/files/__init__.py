"""Tests of db/files."""
