"""Tests of db/operator."""
