"""Tests of db/mail."""
