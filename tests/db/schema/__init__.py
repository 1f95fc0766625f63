"""Tests of db/schema."""
