"""Relay paces: how fast a relay, or a large provider's readers behind it, asked mail to come."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from db.schema.connect import Database, write_transaction
from db.schema.timestamps import to_instant, to_text


class StoredPace(NamedTuple):
    """The pace of a relay, or of one provider's readers by it. Identified by both names."""

    relay: str  # empty: the only one
    provider: str  # empty: of everybody by the relay
    rate: float  # messages a second, now
    resumed_rate: float  # at which the next run begins
    words: str  # of the server, when it asked for it
    at: datetime  # UTC; when it was so


def list_since(db: Database, since: datetime) -> list[StoredPace]:
    """The paces that were kept at that time or later, by relay and provider."""
    rows = db.execute(
        """
        SELECT relay, provider, rate, resumed_rate, words, changed_at FROM relay_paces WHERE changed_at >= ?
        ORDER BY relay, provider
        """,
        [to_text(since)],
    )
    return [
        StoredPace(relay, provider, rate, resumed_rate, words, to_instant(at))
        for relay, provider, rate, resumed_rate, words, at in rows
    ]


def replace(db: Database, relay: str, paces: Iterable[StoredPace], since: datetime) -> None:
    """Keep these of a relay, and no others; and none of any relay from before that time."""
    with write_transaction(db):
        db.execute("DELETE FROM relay_paces WHERE relay = ? OR changed_at < ?", [relay, to_text(since)])
        db.conn.executemany(
            """
            INSERT INTO relay_paces (relay, provider, rate, resumed_rate, words, changed_at) VALUES (?, ?, ?, ?, ?, ?)
            """,
            [(*pace[:5], to_text(pace.at)) for pace in paces],
        )
