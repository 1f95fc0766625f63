"""Corrections: dated notes added to issues after they were sent."""

from dataclasses import dataclass
from datetime import datetime

from db.schema.connect import Database
from db.schema.timestamps import to_instant, to_text


@dataclass(frozen=True, slots=True)
class Correction:
    """One note, identified by its number."""

    id: int
    period: str
    at: datetime  # UTC
    words: str  # paragraphs parted by a newline


def add(db: Database, period: str, words: str, now: datetime) -> None:
    """Add a note to an issue that was sent."""
    db.execute("INSERT INTO corrections (period, at, text) VALUES (?, ?, ?)", [period, to_text(now), words])


def count(db: Database, first: datetime, until: datetime) -> int:
    """How many notes were added from `first` up to, not including, `until`."""
    span = [to_text(first), to_text(until)]
    return int(db.execute("SELECT count(*) FROM corrections WHERE at >= ? AND at < ?", span).fetchone()[0])


def listing(db: Database, period: str) -> list[Correction]:
    """The notes of an issue, oldest first."""
    rows = db.execute("SELECT id, period, at, text FROM corrections WHERE period = ? ORDER BY at, id", [period])
    return [Correction(row["id"], row["period"], to_instant(row["at"]), row["text"]) for row in rows]
