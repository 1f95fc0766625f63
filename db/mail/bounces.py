"""Bounces of our messages, hard or soft, with spam complaints."""

from datetime import datetime

from core.bounce_rules import Bounce
from core.states import BounceKind
from db.schema.connect import Database
from db.schema.timestamps import to_instant, to_text


def add(db: Database, bounce: Bounce) -> bool:
    """Store a bounce; False when it is there already."""
    cursor = db.conn.execute(
        """
        INSERT INTO bounces (subscriber_id, period, kind, at, diagnostic, fingerprint) VALUES (?, ?, ?, ?, ?, ?)
        ON CONFLICT (fingerprint) DO NOTHING
        """,
        [bounce.subscriber_id, bounce.period, bounce.kind, to_text(bounce.at), bounce.words, bounce.print],
    )
    return cursor.rowcount == 1


def exists(db: Database, print: str) -> bool:
    """Whether a bounce is stored."""
    return db.execute("SELECT 1 FROM bounces WHERE fingerprint = ?", [print]).fetchone() is not None


def list_passing(db: Database, subscriber_id: int, since: datetime) -> list[tuple[BounceKind, datetime]]:
    """The bounces of a subscriber that end nothing alone, each kind with its time, oldest first; those since then."""
    rows = db.execute(
        """
        SELECT kind, at FROM bounces WHERE subscriber_id = ? AND kind IN ('soft', 'domain') AND at >= ? ORDER BY at, id
        """,
        [subscriber_id, to_text(since)],
    )
    return [(row["kind"], to_instant(row["at"])) for row in rows]


def listing(db: Database, subscriber_id: int) -> list[Bounce]:
    """The bounces of a subscriber, oldest first."""
    rows = db.execute("SELECT * FROM bounces WHERE subscriber_id = ? ORDER BY at, id", [subscriber_id])
    return [
        Bounce(
            row["subscriber_id"],
            row["period"],
            row["kind"],
            to_instant(row["at"]),
            row["diagnostic"],
            row["fingerprint"],
        )
        for row in rows
    ]
