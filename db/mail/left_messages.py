"""Left messages: deliveries of which the journal knows that they left, and the database does not."""

import json
from collections.abc import Iterable
from datetime import datetime

from core.states import DeliveryState
from db.schema.connect import Database
from db.schema.timestamps import to_text


def list_tokens(db: Database, period: str, states: Iterable[DeliveryState]) -> list[tuple[int, str]]:
    """The number and the message token of an issue's deliveries in these states."""
    rows = db.execute(
        """
        SELECT id, token FROM deliveries WHERE period = ? AND state IN (SELECT value FROM json_each(?)) ORDER BY id
        """,
        [period, json.dumps(list(states))],
    )
    return [(row[0], row[1]) for row in rows]


def mark_left(db: Database, ids: Iterable[int], state: DeliveryState, reply: str, now: datetime) -> None:
    """Write down what became of deliveries that wait or were claimed. Inside the caller's transaction."""
    db.conn.executemany(
        """
        UPDATE deliveries SET state = ?, via = 'smtp', reply = iif(subscriber_id IS NULL, '', ?), changed_at = ?
        WHERE id = ? AND state IN ('queued', 'sending')
        """,
        [(state, reply, to_text(now), number) for number in ids],
    )
