"""Tests of scraper/sources."""
