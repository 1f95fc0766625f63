"""Sightings: which source shows which review, since when it is missing there."""

import json
from collections.abc import Collection, Iterable
from datetime import date, datetime

from db.schema.connect import Database
from db.schema.timestamps import to_instant, to_text


def mark_shown(db: Database, source: str, shown: Iterable[tuple[int, str]], now: datetime) -> None:
    """Note what a source now shows of reviews: (number, hash of what is shown)."""
    db.conn.executemany(
        """
        INSERT INTO sightings (review_id, source, fingerprint, first_seen) VALUES (?, ?, ?, ?)
        ON CONFLICT (review_id, source) DO UPDATE SET fingerprint = excluded.fingerprint, missing_since = NULL,
            no_longer_covered = 0
        """,
        ((number, source, print_, to_text(now)) for number, print_ in shown),
    )


def mark_missing(db: Database, source: str, ids: Collection[int], today: date) -> None:
    """Note the first day on which a source no longer shows reviews that it should."""
    _save_last_seen(db, source, ids)
    db.conn.executemany(
        "UPDATE sightings SET missing_since = ? WHERE source = ? AND review_id = ?",
        [(today.isoformat(), source, number) for number in ids],
    )


def mark_ended(db: Database, source: str, ids: Collection[int]) -> None:
    """Note that a source no longer covers reviews: they are neither missing nor shown."""
    _save_last_seen(db, source, ids)
    db.conn.executemany(
        "UPDATE sightings SET no_longer_covered = 1, missing_since = NULL WHERE source = ? AND review_id = ?",
        [(source, number) for number in ids],
    )


def _save_last_seen(db: Database, source: str, ids: Collection[int]) -> None:
    """Write down the last good read that showed reviews, before this one that does not."""
    db.execute(
        """
        UPDATE reviews
        SET last_seen = MAX(last_seen, COALESCE(
            (SELECT MAX(started_at) FROM runs WHERE source = ? AND accepted = 1), ''))
        WHERE id IN (SELECT value FROM json_each(?))
        """,
        [source, json.dumps(list(ids))],
    )


def count_shown(db: Database, source: str) -> int:
    """How many reviews a source is showing."""
    row = db.execute(
        "SELECT COUNT(*) FROM sightings WHERE source = ? AND no_longer_covered = 0 AND missing_since IS NULL", [source]
    ).fetchone()
    return int(row[0])


def most_new(db: Database, source: str) -> int:
    """The most reviews that were news in one read of a source."""
    row = db.execute(
        """
        SELECT MAX(times) FROM (
            SELECT COUNT(*) AS times FROM sightings AS s JOIN reviews AS r ON r.id = s.review_id
            WHERE s.source = ? AND r.baseline = 0 GROUP BY s.first_seen
        )
        """,
        [source],
    ).fetchone()
    return int(row[0] or 0)


def addition_times(db: Database, source: str) -> list[datetime]:
    """When a source first showed reviews, in order; its first read is one. UTC."""
    rows = db.execute("SELECT DISTINCT first_seen FROM sightings WHERE source = ? ORDER BY first_seen", [source])
    return [to_instant(row[0]) for row in rows]


def list_years(db: Database, source: str) -> list[int]:
    """The years of the reviews that a source is showing, in order."""
    rows = db.execute(
        """
        SELECT DISTINCT r.year FROM sightings AS s JOIN reviews AS r ON r.id = s.review_id
        WHERE s.source = ? AND s.no_longer_covered = 0 AND s.missing_since IS NULL AND r.year IS NOT NULL
        ORDER BY r.year
        """,
        [source],
    )
    return [row[0] for row in rows]


def list_entries(db: Database, source: str) -> list[tuple[str, str, bool]]:
    """Every review that a source has shown: its key, the hash of what was shown last, whether we took it down."""
    rows = db.execute(
        """
        SELECT r.key, s.fingerprint, t.review_id IS NOT NULL FROM sightings AS s JOIN reviews AS r ON r.id = s.review_id
        LEFT JOIN takedowns AS t ON t.review_id = r.id WHERE s.source = ? ORDER BY r.id
        """,
        [source],
    )
    return [(row[0], row[1], bool(row[2])) for row in rows]


def count_missing(db: Database, source: str) -> int:
    """How many reviews a source no longer shows that are not withdrawn yet."""
    row = db.execute(
        """
        SELECT COUNT(*) FROM sightings AS s JOIN reviews AS r ON r.id = s.review_id
        WHERE s.source = ? AND s.no_longer_covered = 0 AND s.missing_since IS NOT NULL AND r.status = 'missing'
        """,
        [source],
    ).fetchone()
    return int(row[0])


def list_long_missing(db: Database, source: str, today: date) -> list[int]:
    """Missing reviews that a source has not shown since a day before today."""
    rows = db.execute(
        """
        SELECT r.id FROM sightings AS s JOIN reviews AS r ON r.id = s.review_id
        WHERE s.source = ? AND s.no_longer_covered = 0 AND s.missing_since < ? AND r.status = 'missing'
        ORDER BY r.id
        """,
        [source, today.isoformat()],
    )
    return [row[0] for row in rows]


def shown_elsewhere(db: Database, source: str, ids: Iterable[int]) -> set[int]:
    """Which of these reviews another source is showing."""
    rows = db.execute(
        """
        SELECT DISTINCT review_id FROM sightings
        WHERE source <> ? AND missing_since IS NULL AND no_longer_covered = 0
            AND review_id IN (SELECT value FROM json_each(?))
        ORDER BY review_id
        """,
        [source, json.dumps(list(ids))],
    )
    return {row[0] for row in rows}
