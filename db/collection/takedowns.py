"""Takedowns: reviews that our own operator withdrew from everything we publish."""

import json
from collections.abc import Iterable
from datetime import datetime

from db.schema.connect import Database
from db.schema.timestamps import to_text


def add(db: Database, number: int, reason: str, now: datetime) -> bool:
    """Take a review down; False when it was down already. What it was before is kept for `lift`."""
    done = db.execute(
        """
        INSERT INTO takedowns (review_id, reason, at, previous_status) SELECT id, ?, ?, status FROM reviews WHERE id = ?
        ON CONFLICT (review_id) DO NOTHING
        """,
        [reason, to_text(now), number],
    ).rowcount
    db.execute("UPDATE reviews SET status = 'withdrawn' WHERE id = ?", [number])
    return done > 0


def lift(db: Database, number: int) -> bool:
    """Undo a takedown; False when there was none."""
    row = db.execute("SELECT previous_status FROM takedowns WHERE review_id = ?", [number]).fetchone()
    if row is None:
        return False
    db.execute("DELETE FROM takedowns WHERE review_id = ?", [number])
    db.execute("UPDATE reviews SET status = ? WHERE id = ?", [row["previous_status"], number])
    return True


def find_taken_down(db: Database, ids: Iterable[int]) -> set[int]:
    """Which of these reviews are taken down."""
    rows = db.execute(
        """
        SELECT review_id FROM takedowns WHERE review_id IN (SELECT value FROM json_each(?)) ORDER BY review_id
        """,
        [json.dumps(list(ids))],
    )
    return {row[0] for row in rows}


def list_ids(db: Database) -> list[int]:
    """The numbers of every review that is down."""
    return [row[0] for row in db.execute("SELECT review_id FROM takedowns ORDER BY review_id")]
