"""Queries for pages: search, facets, archive, review page."""
