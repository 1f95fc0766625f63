"""Relay tallies: what became of an issue's deliveries by each relay, counted by triggers."""

from datetime import datetime

from core.states import DeliveryState
from db.schema.connect import Database
from db.schema.timestamps import to_instant


def count_by_relay(db: Database, period: str) -> dict[str, dict[DeliveryState, int]]:
    """How many deliveries of an issue ended how by each relay, by their names; none where there is only one server."""
    found = db.execute(
        """
        SELECT relay, state, SUM(count) FROM (
            SELECT relay, state, count FROM delivery_tallies WHERE period = ?1 AND count > 0
            UNION ALL SELECT relay, state, count FROM delivery_counts WHERE period = ?1
        ) WHERE relay <> '' GROUP BY relay, state ORDER BY relay, state
        """,
        [period],
    )
    relays: dict[str, dict[DeliveryState, int]] = {}
    for relay, state, count in found:
        relays.setdefault(relay, {})[state] = count
    return relays


def count_deferred(db: Database, period: str) -> dict[str, tuple[int, datetime]]:
    """How many deliveries of an issue each relay has put off, and when the first of them is tried again."""
    rows = db.execute(
        """
        SELECT relay, COUNT(*), MIN(due_at) FROM deliveries WHERE period = ? AND state = 'queued' AND reply <> ''
        GROUP BY relay ORDER BY relay
        """,
        [period],
    )
    return {relay: (count, to_instant(due_at)) for relay, count, due_at in rows}


def has_taken(db: Database, period: str, relay: str) -> bool:
    """Whether the mail server, or this relay, took any message of an issue."""
    row = db.execute(
        """
        SELECT COALESCE(SUM(count), 0) > 0 FROM delivery_tallies
        WHERE period = ? AND state = 'sent' AND via = 'smtp' AND relay = ?
        """,
        [period, relay],
    ).fetchone()
    return bool(row[0])


def has_newer_acceptance(db: Database, period: str, relay: str) -> bool:
    """Whether a relay took a message of another issue since those who wait without a try counted were refused."""
    row = db.execute(
        """
        SELECT EXISTS (
            SELECT 1 FROM (SELECT period AS run FROM issues UNION ALL SELECT run FROM correction_mailings) AS i
            CROSS JOIN deliveries AS d ON d.period = i.run
            WHERE i.run <> ?1 AND d.state = 'sent' AND d.via = 'smtp' AND d.relay = ?2 AND d.changed_at >= (
                SELECT MAX(due_at) FROM deliveries
                WHERE period = ?1 AND state = 'queued' AND attempts = 0 AND reply <> ''
            )
        )
        """,
        [period, relay],
    ).fetchone()
    return bool(row[0])
