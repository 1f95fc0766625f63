"""Tests of newsletter/issue."""
