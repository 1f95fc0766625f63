"""Review events after listing: missing, withdrawn, returned, taken down, restored, edited."""

from collections.abc import Iterable
from datetime import datetime

from core.states import ReviewEventKind
from db.schema.connect import Database
from db.schema.timestamps import instant_or_none, to_text


def add(db: Database, ids: Iterable[int], kind: ReviewEventKind, now: datetime, words: str = "") -> None:
    """Note that something happened to reviews."""
    db.conn.executemany(
        "INSERT INTO review_events (review_id, kind, at, details) VALUES (?, ?, ?, ?)",
        [(number, kind, to_text(now), words) for number in ids],
    )


def list_withdrawn(db: Database, first: datetime, until: datetime) -> list[int]:
    """The reviews that their collection withdrew from `first` up to, not including, `until`, and still does not list.

    Never one that our own operator took down, nor one that no reader has heard of.
    """
    rows = db.execute(
        """
        SELECT DISTINCT e.review_id FROM review_events AS e JOIN reviews AS r ON r.id = e.review_id
        WHERE e.kind = 'withdrawn' AND e.at >= ? AND e.at < ? AND r.status = 'withdrawn'
            AND r.id NOT IN (SELECT review_id FROM takedowns)
            AND (r.baseline = 1 OR r.id IN (SELECT review_id FROM issue_reviews))
        ORDER BY e.review_id
        """,
        [to_text(first), to_text(until)],
    )
    return [row[0] for row in rows]


def listing(db: Database, number: int) -> list[tuple[ReviewEventKind, str, str]]:
    """What happened to a review, oldest first: kind, instant as text, words."""
    rows = db.execute("SELECT kind, at, details FROM review_events WHERE review_id = ? ORDER BY at, id", [number])
    return [(row[0], row[1], row[2]) for row in rows]


def last_edit(db: Database, source: str) -> datetime | None:
    """When a source last edited one of its reviews; None: never. UTC."""
    row = db.execute(
        "SELECT MAX(v.seen_at) FROM review_versions AS v JOIN reviews AS r ON r.id = v.review_id WHERE r.source = ?",
        [source],
    ).fetchone()
    return instant_or_none(row[0])
