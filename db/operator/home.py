"""Home of the database: the place that it is at work in, so that a copy which wakes elsewhere is known as one."""

from datetime import datetime
from typing import NamedTuple

from db.schema.connect import Database
from db.schema.timestamps import instant_or_none, to_instant, to_text


class Home(NamedTuple):
    """Where the database is at home; there is one at most."""

    place: str  # a digest of the machine and the folder
    since: datetime  # UTC
    away_since: datetime | None = None  # UTC; it has woken elsewhere then


def get(db: Database) -> Home | None:
    """Where it is at home; None: nowhere yet."""
    row = db.execute("SELECT place_digest, since, away_since FROM home").fetchone()
    return Home(row[0], to_instant(row[1]), instant_or_none(row[2])) if row else None


def save(db: Database, place: str, now: datetime) -> None:
    """From now on it is at home there."""
    db.execute(
        """
        INSERT INTO home (id, place_digest, since) VALUES (1, ?, ?)
        ON CONFLICT (id) DO UPDATE SET place_digest = excluded.place_digest, since = excluded.since, away_since = NULL
        """,
        [place, to_text(now)],
    )


def mark_away(db: Database, since: datetime | None) -> None:
    """Write down that it has woken elsewhere, or that it is at home again."""
    db.execute("UPDATE home SET away_since = ?", [to_text(since) if since else None])
