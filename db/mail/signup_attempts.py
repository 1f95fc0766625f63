"""Sign-up attempts for the rate limits: keyed hashes with their times, deleted after a day."""

import json
from collections.abc import Iterable
from datetime import datetime

from core.states import AttemptKind
from db.schema.connect import Database
from db.schema.timestamps import to_instant, to_text

BY_ADDRESS: AttemptKind = "address"
BY_NETWORK: AttemptKind = "network"


def count_of_keys(db: Database, kind: AttemptKind, hashes: Iterable[str], after: datetime) -> int:
    """How often any of these was counted since."""
    row = db.execute(
        """
        SELECT COUNT(*) FROM signup_attempts
        WHERE kind = ? AND keyed_hash IN (SELECT value FROM json_each(?)) AND +at > ?
        """,
        [kind, json.dumps(list(hashes)), to_text(after)],
    ).fetchone()
    return int(row[0])


def count_of_kind(db: Database, kind: AttemptKind, after: datetime) -> int:
    """How many of a kind were counted since."""
    row = db.execute("SELECT COUNT(*) FROM signup_attempts WHERE kind = ? AND at > ?", [kind, to_text(after)])
    return int(row.fetchone()[0])


def count_of_hashes(db: Database, kind: AttemptKind, after: datetime) -> int:
    """How many different hashes of a kind were counted since."""
    row = db.execute(
        "SELECT COUNT(DISTINCT keyed_hash) FROM signup_attempts WHERE kind = ? AND at > ?", [kind, to_text(after)]
    )
    return int(row.fetchone()[0])


def attempt_times(db: Database, kind: AttemptKind, one: str) -> list[datetime]:
    """When a hash was counted, oldest first."""
    rows = db.execute("SELECT at FROM signup_attempts WHERE kind = ? AND keyed_hash = ? ORDER BY at, id", [kind, one])
    return [to_instant(row[0]) for row in rows]


def add(db: Database, kind: AttemptKind, one: str, now: datetime) -> None:
    """Count a hash."""
    db.execute("INSERT INTO signup_attempts (kind, keyed_hash, at) VALUES (?, ?, ?)", [kind, one, to_text(now)])


def delete_until(db: Database, until: datetime) -> None:
    """Delete what was counted up to then."""
    db.execute("DELETE FROM signup_attempts WHERE at <= ?", [to_text(until)])
