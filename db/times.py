"""Instants and days as the database keeps them: text that sorts as time does."""

from datetime import UTC, date, datetime


def to_text(instant: datetime) -> str:
    """An aware instant as UTC text, always 20 characters: 2016-09-20T11:00:00Z."""
    return instant.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def to_instant(text: str) -> datetime:
    """The UTC instant that `to_text` wrote."""
    return datetime.fromisoformat(text)


def instant_or_none(text: str | None) -> datetime | None:
    """An instant, or None for none."""
    return datetime.fromisoformat(text) if text else None


def day_or_none(text: str | None) -> date | None:
    """A day, or None for none."""
    return date.fromisoformat(text) if text else None
