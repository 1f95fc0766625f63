"""Wording fixes of reviews: who has put what right in which part, and why; those in force and those that were ended."""

import sqlite3
from datetime import datetime
from typing import NamedTuple

from core.editor_records import WordingFix
from core.errors import NotFound
from db.schema.connect import Database
from db.schema.timestamps import instant_or_none, to_instant, to_text


class StoredFix(NamedTuple):
    """A fix with its history, identified by its number."""

    id: int
    review_id: int
    fix: WordingFix
    editor: str  # who made it
    ended_at: datetime | None = None  # UTC; None: it is in force
    ended_by: str = ""


def add(db: Database, review_id: int, fix: WordingFix, editor: str) -> int:
    """Store a fix in place of the one that its part has; its number."""
    db.execute(
        "UPDATE wording_fixes SET ended_at = ?, ended_by = ? WHERE review_id = ? AND part = ? AND ended_at IS NULL",
        [to_text(fix.at), editor, review_id, fix.part],
    )
    row = db.execute(
        """
        INSERT INTO wording_fixes (review_id, part, source_text, new_text, editor, why, at) VALUES (?, ?, ?, ?, ?, ?, ?)
        RETURNING id
        """,
        [review_id, fix.part, fix.old, fix.new, editor, fix.why, to_text(fix.at)],
    ).fetchone()
    return int(row[0])


def end(db: Database, number: int, editor: str, now: datetime) -> None:
    """The collection's own words are published again."""
    db.execute(
        "UPDATE wording_fixes SET ended_at = ?, ended_by = ? WHERE id = ? AND ended_at IS NULL",
        [to_text(now), editor, number],
    )


def get(db: Database, number: int) -> StoredFix:
    """A fix by its number. Raises NotFound."""
    row = db.execute("SELECT * FROM wording_fixes WHERE id = ?", [number]).fetchone()
    if row is None:
        raise NotFound("no such wording fix", str(number), "Look at those that there are.")
    return _fix_from_row(row)


def list_of_review(db: Database, review_id: int) -> list[StoredFix]:
    """All fixes of a review that there ever were, newest first."""
    rows = db.execute("SELECT * FROM wording_fixes WHERE review_id = ? ORDER BY at DESC, id DESC", [review_id])
    return [_fix_from_row(row) for row in rows]


def list_in_force(db: Database, review_id: int | None = None) -> list[StoredFix]:
    """The fixes in force, of one review or of all, by review and part."""
    where = "AND review_id = ?" if review_id is not None else ""
    rows = db.execute(
        f"SELECT * FROM wording_fixes WHERE ended_at IS NULL {where} ORDER BY review_id, part",
        [review_id] if review_id is not None else [],
    )
    return [_fix_from_row(row) for row in rows]


def _fix_from_row(row: sqlite3.Row) -> StoredFix:
    fix = WordingFix(row["part"], row["source_text"], row["new_text"], row["why"], to_instant(row["at"]))
    ended = instant_or_none(row["ended_at"])
    return StoredFix(row["id"], row["review_id"], fix, row["editor"], ended, row["ended_by"])
