"""Scraper: page in, reviews out."""
