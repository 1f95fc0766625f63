"""Tests of scraper/fetch."""
