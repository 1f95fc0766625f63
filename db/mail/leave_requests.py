"""Leave requests: readers who asked by mail to leave, without their token; open until the operator answers."""

import json
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from core.states import LEFT_STATUSES
from db.schema.connect import Database
from db.schema.timestamps import to_instant, to_text

if TYPE_CHECKING:
    from core.records import Subscriber


class LeaveRequest(NamedTuple):
    """A message that asks to leave from a reader's address, which anybody can write; identified by its number."""

    id: int
    received_at: datetime  # UTC
    subscriber: "Subscriber"


def add(db: Database, subscriber_id: int, message_hash: str, now: datetime) -> None:
    """Store a request, unless the reader has an open one or the message was stored before."""
    db.execute(
        """
        INSERT INTO leave_requests (subscriber_id, received_at, message_hash)
        SELECT ?1, ?2, ?3 WHERE NOT EXISTS (
            SELECT 1 FROM leave_requests WHERE subscriber_id = ?1 AND answered_at IS NULL
        ) ON CONFLICT (message_hash) DO NOTHING
        """,
        [subscriber_id, to_text(now), message_hash],
    )


def list_open(db: Database, limit: int = -1) -> list[LeaveRequest]:
    """The requests that nobody has answered, of readers who have not left since, oldest first."""
    from db.rows import subscriber_from_row  # with the records of the mail, 16 ms, and mostly none is open

    rows = db.execute(
        """
        SELECT l.id AS request_id, l.received_at, s.* FROM leave_requests AS l
        CROSS JOIN subscribers AS s ON s.id = l.subscriber_id
        WHERE l.answered_at IS NULL AND s.status NOT IN (SELECT value FROM json_each(?)) ORDER BY l.id LIMIT ?
        """,
        [json.dumps(LEFT_STATUSES), limit],
    )
    return [LeaveRequest(row["request_id"], to_instant(row["received_at"]), subscriber_from_row(row)) for row in rows]


def last_open(db: Database) -> int:
    """The number of the last that `list_open` would find; 0 for none."""
    row = db.execute(
        """
        SELECT MAX(l.id) FROM leave_requests AS l CROSS JOIN subscribers AS s ON s.id = l.subscriber_id
        WHERE l.answered_at IS NULL AND s.status NOT IN (SELECT value FROM json_each(?))
        """,
        [json.dumps(LEFT_STATUSES)],
    ).fetchone()
    return int(row[0] or 0)


def count_open(db: Database) -> int:
    """How many `list_open` would find."""
    row = db.execute(
        """
        SELECT COUNT(*) FROM leave_requests AS l CROSS JOIN subscribers AS s ON s.id = l.subscriber_id
        WHERE l.answered_at IS NULL AND s.status NOT IN (SELECT value FROM json_each(?))
        """,
        [json.dumps(LEFT_STATUSES)],
    ).fetchone()
    return int(row[0])


def list_times(db: Database, subscriber_id: int) -> list[datetime]:
    """When a reader asked, oldest first."""
    rows = db.execute("SELECT received_at FROM leave_requests WHERE subscriber_id = ? ORDER BY id", [subscriber_id])
    return [to_instant(row[0]) for row in rows]


def answer(db: Database, subscriber_id: int, now: datetime) -> None:
    """What a reader asked is answered."""
    db.execute(
        "UPDATE leave_requests SET answered_at = ? WHERE subscriber_id = ? AND answered_at IS NULL",
        [to_text(now), subscriber_id],
    )
