"""Tests of newsletter/cluster."""
