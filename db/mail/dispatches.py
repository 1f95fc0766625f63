"""Dispatches: the deliveries that workers on other machines were given, in batches, from hand-out to receipt."""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from core.states import DeliveryState
from db.mail.deliveries import MAX_REPLY_LENGTH
from db.schema.connect import Database, write_transaction
from db.schema.timestamps import to_text


class DispatchedDelivery(NamedTuple):
    """A delivery that workers were given, and of which no receipt is written."""

    id: int
    period: str
    token: str  # of its message
    state: DeliveryState  # sending, or unknown: given up, until a late receipt
    relay: str


def dispatch(db: Database, batch: str, ids: Sequence[int], down: Iterable[int], relay: str) -> list[int]:
    """Write down that a batch is handed out, in one commit; which of its messages must not leave.

    Those whose subscriber wants no mail any more, or all where other reviews than these are taken down (`down`).
    """
    with write_transaction(db):
        db.execute(
            """
            UPDATE deliveries SET send_started = 1, relay = ?, batch = ?
            WHERE id IN (SELECT value FROM json_each(?)) AND state = 'sending'
            """,
            [relay, batch, json.dumps(ids)],
        )
        return list_withdrawn(db, ids, down)


def list_withdrawn(db: Database, ids: Sequence[int], down: Iterable[int]) -> list[int]:
    """Which of these deliveries must not leave: their readers have left, or other reviews are taken down."""
    rows = db.execute(
        """
        SELECT value FROM json_each(?) AS d WHERE value NOT IN (
            SELECT d.id FROM deliveries AS d CROSS JOIN subscribers AS s ON s.id = d.subscriber_id
            WHERE d.id IN (SELECT value FROM json_each(?)) AND d.state = 'sending' AND s.status = 'active'
                AND NOT EXISTS (SELECT 1 FROM correction_mailings WHERE run = d.period AND status = 'stopped')
        ) OR ? <> (
            SELECT coalesce(group_concat(review_id), '') FROM (SELECT review_id FROM takedowns ORDER BY review_id)
        ) ORDER BY value
        """,
        [json.dumps(ids), json.dumps(ids), ",".join(map(str, down))],
    )
    return [row[0] for row in rows]


def give_back(db: Database, ids: Iterable[int]) -> None:
    """What was handed out and not attempted is only claimed again."""
    with write_transaction(db):
        db.conn.executemany(
            "UPDATE deliveries SET send_started = 0, batch = '' WHERE id = ? AND state = 'sending'",
            [(number,) for number in ids],
        )


def queue_again(db: Database, ids: Iterable[int]) -> None:
    """What was handed out by a coordinator that died, and not attempted, waits again."""
    with write_transaction(db):
        db.conn.executemany(
            """
            UPDATE deliveries SET state = 'queued', send_started = 0, batch = ''
            WHERE id = ? AND state = 'sending' AND batch <> ''
            """,
            [(number,) for number in ids],
        )


def honour_sent(db: Database, ids: Iterable[int], reply: str, now: datetime) -> int:
    """A receipt came of messages that were given up as unknown: they are sent; how many."""
    with write_transaction(db):
        return db.conn.executemany(
            """
            UPDATE deliveries SET state = 'sent', via = 'smtp', batch = '', changed_at = ?,
                reply = iif(subscriber_id IS NULL, '', ?)
            WHERE id = ? AND state = 'unknown' AND batch <> ''
            """,
            [(to_text(now), reply[:MAX_REPLY_LENGTH], number) for number in ids],
        ).rowcount


def list_batches(db: Database) -> dict[str, list[DispatchedDelivery]]:
    """Every batch of which a receipt is missing, with those deliveries."""
    found: dict[str, list[DispatchedDelivery]] = defaultdict(list)
    for row in db.execute(
        """
        SELECT batch, id, period, token, state, relay FROM deliveries
        WHERE batch <> '' AND state IN ('sending', 'unknown') ORDER BY id
        """
    ):
        found[row[0]].append(DispatchedDelivery(*row[1:]))
    return dict(found)


def count_dispatched(db: Database) -> int:
    """How many messages are with workers now."""
    row = db.execute("SELECT COUNT(*) FROM deliveries WHERE batch <> '' AND state = 'sending'").fetchone()
    return int(row[0])


def count_by_batch(db: Database) -> dict[str, int]:
    """How many messages of each batch are with workers now."""
    rows = db.execute(
        """
        SELECT batch, COUNT(*) FROM deliveries WHERE batch <> '' AND state = 'sending' GROUP BY batch ORDER BY batch
        """
    )
    return dict(rows.fetchall())


def has_doubtful(db: Database, since: datetime) -> bool:
    """Whether messages that workers had were given up as unknown since then: their receipts may come late."""
    row = db.execute(
        """
        SELECT EXISTS (SELECT 1 FROM deliveries WHERE batch <> '' AND state = 'unknown' AND changed_at >= ?)
        """,
        [to_text(since)],
    ).fetchone()
    return bool(row[0])
