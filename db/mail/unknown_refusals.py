"""Refusals and returned messages that nobody has understood, kept for the operator to say what they mean."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from db.schema.connect import Database
from db.schema.timestamps import to_instant, to_text

MAX_KEPT = 10_000  # refusals


@dataclass(frozen=True, slots=True)
class UnknownRefusal:
    """Refusals in the same words, identified by the number of the first."""

    id: int
    phrase: str  # its words without codes, addresses, hosts; empty: it has none
    words: str  # the last of them as it was, without addresses or tokens
    count: int
    last_at: datetime  # UTC


def add(db: Database, fingerprint: str, phrase: str, words: str, now: datetime) -> None:
    """Keep a refusal; once, however often it is heard of, and no more than MAX_KEPT."""
    db.execute(
        """
        INSERT INTO unknown_refusals (fingerprint, phrase, words, at)
        SELECT ?, ?, ?, ? WHERE (SELECT COUNT(*) FROM unknown_refusals) < ?
        ON CONFLICT (fingerprint) DO NOTHING
        """,
        [fingerprint, phrase, words, to_text(now), MAX_KEPT],
    )


def listing(db: Database) -> list[UnknownRefusal]:
    """The refusals of each phrase, the most frequent first."""
    rows = db.execute(
        """
        SELECT MIN(id) AS id, phrase, words, COUNT(*) AS count, MAX(at) AS last_at
        FROM unknown_refusals GROUP BY phrase ORDER BY count DESC, id
        """
    )
    return [
        UnknownRefusal(row["id"], row["phrase"], row["words"], row["count"], to_instant(row["last_at"])) for row in rows
    ]


def count(db: Database) -> int:
    """How many are kept."""
    row = db.execute("SELECT COUNT(*) FROM unknown_refusals").fetchone()
    return int(row[0])


def delete(db: Database, phrases: Iterable[str]) -> int:
    """Delete those of these phrases; how many."""
    return db.conn.execute(
        "DELETE FROM unknown_refusals WHERE phrase IN (SELECT value FROM json_each(?))", [json.dumps(list(phrases))]
    ).rowcount


def delete_before(db: Database, before: datetime) -> int:
    """Delete those that were heard of before then; how many."""
    return db.conn.execute("DELETE FROM unknown_refusals WHERE at < ?", [to_text(before)]).rowcount
