"""Timestamps in the database: instants or days as text that sorts by time."""

from datetime import date
from functools import lru_cache

from core.dates import from_iso, from_iso_or_none, iso_utc

to_text = lru_cache(1024)(iso_utc)  # thousands of rows have the instant of one read
to_instant, instant_or_none = from_iso, from_iso_or_none


def day_or_none(text: str | None) -> date | None:
    """A day, or None for none."""
    return date.fromisoformat(text) if text else None
