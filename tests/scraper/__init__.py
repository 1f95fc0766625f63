"""Tests of the scraper: page in, reviews out."""
