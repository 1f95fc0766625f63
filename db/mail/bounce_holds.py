"""Bounce holds: the questions whether many alike bounces of one issue are the readers' fault or ours."""

from datetime import datetime
from sqlite3 import Row
from typing import Literal, NamedTuple

from core.states import BounceAnswer
from db.schema.connect import Database
from db.schema.timestamps import instant_or_none, to_instant, to_text


class BounceHold(NamedTuple):
    """One question, identified by the issue, the domain and the words."""

    id: int
    period: str
    domain: str  # empty: readers of the whole issue
    signature: str  # empty: whatever the words
    words: str  # the server's, of one of the bounces
    opened_at: datetime  # UTC
    answer: Literal[BounceAnswer, ""]  # empty: none yet
    answered_at: datetime | None  # UTC
    members: int = 0  # bounces that are held for it


SELECT_HOLD = """
    SELECT h.*, (SELECT COUNT(*) FROM bounces WHERE hold_id = h.id AND standing = 'held') AS members
    FROM bounce_holds AS h
"""


def find(db: Database, period: str, domain: str = "", signature: str = "") -> BounceHold | None:
    """The question about an issue's readers at a domain, refused in these words; without both, about all of it."""
    where = "WHERE h.period = ? AND h.domain = ? AND h.signature = ?"
    row = db.execute(f"{SELECT_HOLD} {where}", [period, domain, signature]).fetchone()
    return _hold_from_row(row) if row else None


def get(db: Database, number: int) -> BounceHold | None:
    """The question of a number, or None."""
    row = db.execute(f"{SELECT_HOLD} WHERE h.id = ?", [number]).fetchone()
    return _hold_from_row(row) if row else None


def open_hold(db: Database, period: str, domain: str, signature: str, words: str, now: datetime) -> int:
    """Store a question, or ask it once more; its number."""
    row = db.conn.execute(
        """
        INSERT INTO bounce_holds (period, domain, signature, words, opened_at) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (period, domain, signature) DO UPDATE
            SET words = excluded.words, opened_at = excluded.opened_at, answer = NULL, answered_at = NULL
        RETURNING id
        """,
        [period, domain, signature, words, to_text(now)],
    ).fetchone()
    return int(row[0])


def list_open(db: Database) -> list[BounceHold]:
    """The questions that nobody has answered, oldest first."""
    rows = db.execute(f"{SELECT_HOLD} WHERE h.answer IS NULL ORDER BY h.opened_at, h.id")
    return [hold for hold in map(_hold_from_row, rows) if hold.members]


def close_settled(db: Database, answer: BounceAnswer, now: datetime) -> int:
    """Write an answer to the questions of which no bounce is held any more; how many."""
    return db.conn.execute(
        """
        UPDATE bounce_holds SET answer = ?, answered_at = ? WHERE answer IS NULL
            AND NOT EXISTS (SELECT 1 FROM bounces WHERE hold_id = bounce_holds.id AND standing = 'held')
        """,
        [answer, to_text(now)],
    ).rowcount


def delete_empty(db: Database, period: str) -> None:
    """Delete the questions about an issue that nobody has answered and of which no bounce is held any more."""
    db.execute(
        """
        DELETE FROM bounce_holds WHERE period = ? AND answer IS NULL
            AND NOT EXISTS (SELECT 1 FROM bounces WHERE hold_id = bounce_holds.id AND standing = 'held')
        """,
        [period],
    )


def delete_before(db: Database, before: datetime) -> int:
    """Delete the questions asked before then; how many."""
    return db.conn.execute("DELETE FROM bounce_holds WHERE opened_at < ?", [to_text(before)]).rowcount


def _hold_from_row(row: Row) -> BounceHold:
    return BounceHold(
        **{name: row[name] for name in "id period domain signature words members".split()},
        opened_at=to_instant(row["opened_at"]),
        answer=row["answer"] or "",
        answered_at=instant_or_none(row["answered_at"]),
    )
