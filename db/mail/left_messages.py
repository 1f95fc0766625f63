"""Left messages: deliveries of which the journal knows that they left, and the database does not."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from core.states import DeliveryState
from db.schema.connect import Database
from db.schema.timestamps import to_text


def list_waiting(db: Database, period: str) -> Iterator[tuple[int, str]]:
    """The number and the message token of an issue's deliveries that are queued or being sent, as they are asked for.

    In no order: to sort them takes as much memory as all of them.
    """
    for row in db.execute(
        "SELECT id, token FROM deliveries WHERE period = ? AND state IN ('queued', 'sending')", [period]
    ):
        yield row[0], row[1]


def mark_left(db: Database, ids: Iterable[int], state: DeliveryState, reply: str, now: datetime) -> None:
    """Write down what became of deliveries that wait or were claimed. Inside the caller's transaction."""
    db.conn.executemany(
        """
        UPDATE deliveries SET state = ?, via = 'smtp', reply = iif(subscriber_id IS NULL, '', ?), changed_at = ?
        WHERE id = ? AND state IN ('queued', 'sending')
        """,
        [(state, reply, to_text(now), number) for number in ids],
    )
