"""Alerts sent to the operator, so that each is told only once."""

from datetime import datetime

from db.schema.connect import Database
from db.schema.timestamps import to_text


def exists(db: Database, key: str) -> bool:
    """Whether the operator was told what has this key."""
    return db.execute("SELECT 1 FROM alerts_sent WHERE key = ?", [key]).fetchone() is not None


def save(db: Database, key: str, now: datetime) -> None:
    """Write down that the operator was told."""
    db.execute(
        "INSERT INTO alerts_sent (key, at) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET at = excluded.at",
        [key, to_text(now)],
    )


def delete(db: Database, key: str) -> None:
    """What was told has passed: if it happens again it is told again."""
    db.execute("DELETE FROM alerts_sent WHERE key = ?", [key])


def delete_before(db: Database, before: datetime) -> int:
    """Delete what was written down before then; how many lines."""
    return db.conn.execute("DELETE FROM alerts_sent WHERE at < ?", [to_text(before)]).rowcount
