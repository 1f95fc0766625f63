"""Tests of db/read."""
