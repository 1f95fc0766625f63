"""Tests of newsletter/inbound."""
