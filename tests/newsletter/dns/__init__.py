"""Tests of newsletter/dns."""
