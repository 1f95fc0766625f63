"""Deliveries queued for an audience by hand, for tests that need no release."""

from collections.abc import Iterable
from datetime import datetime

from db.schema.connect import Database
from db.schema.timestamps import to_text


def enqueue(db: Database, period: str, audience: Iterable[tuple[int, str, str]], now: datetime) -> None:
    """Queue a mailing: subscriber, message token and edition of each."""
    db.conn.executemany(
        """
        INSERT INTO deliveries (period, subscriber_id, token, edition, state, due_at, changed_at)
        VALUES (?, ?, ?, ?, 'queued', ?5, ?5)
        """,
        [(period, *one, to_text(now)) for one in audience],
    )
