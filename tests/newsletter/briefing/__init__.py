"""Tests of newsletter.briefing."""
