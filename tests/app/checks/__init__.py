"""Tests of app/checks."""
