"""Delivery queue: one row for each issue, or correction, with each subscriber, from claim to receipt.

A worker claims a batch of due deliveries (queued to sending); the claim is on the disk when it returns, so that
neither another worker nor a restarted process takes them too. Before a message's bytes leave, it is written down as
begun, with the answers to those before it; a reader who has left by then gets nothing. A receipt ends a delivery
(sent, refused, failed) or puts it off (queued again, due later). After a crash, what was claimed and not begun is
queued again; what was begun and has no answer may have been sent and becomes unknown, for a person to decide. A claim
names the machine's run since it started: after a power cut the last commits may be lost, so that everything an
earlier run had claimed is unknown. What workers on other machines were given (`dispatches.py`) is asked of them
first.

A period is that of an issue or the run of a correction's mailing (`mailings.py`): the same holds for both.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from core.records import Claim, Delivery, Receipt
from core.states import DELIVERY_STATES, DeliveredBy, DeliveryState
from db.files import journal
from db.rows import delivery_from_row
from db.schema.connect import Database, write_transaction
from db.schema.timestamps import to_instant, to_text

MAX_REPLY_LENGTH = 500  # characters of a server's reply that are kept
MAX_POSTPONEMENT = timedelta(days=1)  # what is due later than so was put off before the clock was put right


def recover_interrupted(db: Database, boot: str, now: datetime) -> tuple[int, int]:
    """Sort out what a killed sender left behind: how many are queued again, how many unknown.

    Whoever calls holds the senders' lock, and has taken over what the journal knows. Of this machine's run since it
    started (`boot`), nothing else is lost: what was claimed and not begun never left, what was begun without a receipt
    is unknown. Of another run the last commits may be lost with the power, so that all that was claimed is unknown; so
    it is where messages have left and their journal is not there. What waits for a time too far away is due now.
    """
    lost = [run for run in _list_begun_runs(db) if not journal.has_messages(db.file.parent, run)]
    with write_transaction(db):
        db.conn.execute(
            """
            UPDATE deliveries SET due_at = ?
            WHERE period IN (SELECT run FROM mailings WHERE status IN ('sending', 'stopped')) AND state = 'queued'
                AND due_at > ?
            """,
            [to_text(now), to_text(now + MAX_POSTPONEMENT)],
        )
        unknown = db.conn.execute(
            """
            UPDATE deliveries SET state = 'unknown', changed_at = ?, reply = ?
            WHERE period IN (SELECT run FROM mailings WHERE status IN ('sending', 'stopped')) AND state = 'sending'
                AND batch = ''
                AND (send_started = 1 OR claimed_boot_id <> ? OR period IN (SELECT value FROM json_each(?)))
            """,
            [to_text(now), "interrupted: it may have been sent", boot, json.dumps(lost)],
        ).rowcount
        queued = db.conn.execute(
            """
            UPDATE deliveries SET state = 'queued'
            WHERE period IN (SELECT run FROM mailings WHERE status IN ('sending', 'stopped')) AND state = 'sending'
                AND batch = ''
            """
        ).rowcount
    return queued, unknown


def _list_begun_runs(db: Database) -> list[str]:
    """The issues and corrections being sent of which a message has left by SMTP, or may have."""
    rows = db.execute(
        """
        SELECT run FROM mailings AS m WHERE status IN ('sending', 'stopped') AND (
            EXISTS (SELECT 1 FROM delivery_tallies WHERE period = run AND state = 'sent' AND via = 'smtp' AND count > 0)
            OR EXISTS (SELECT 1 FROM deliveries WHERE period = run AND state = 'sending' AND send_started = 1)
        )
        """
    )
    return [row["run"] for row in rows]


_CLAIMED = """
    SELECT json_group_array(json_array(
        id, subscriber_id, mailbox, reader_token, token, edition, json(topics), json(nations), rest,
        consent_at, consent_wording
    ))
    FROM (
        SELECT d.id, d.subscriber_id, s.mailbox, s.token AS reader_token, d.token, d.edition,
            s.topics, s.nations, s.rest, iif(added, s.consent_at, NULL) AS consent_at,
            iif(added, s.consent_wording, '') AS consent_wording
        FROM deliveries AS d CROSS JOIN (
            SELECT *, consent_channel = 'import' OR (consent_channel = 'operator' AND confirmed_at = consent_at)
                AS added -- by the operator, who says that they agreed
            FROM subscribers
        ) AS s ON s.id = d.subscriber_id
        WHERE d.period = ?1 AND d.state = 'queued' AND d.due_at <= ? AND s.status = 'active'
            AND (? IS NULL OR (s.key IN (SELECT value FROM json_each(?))) <> ?)
            AND NOT EXISTS (SELECT 1 FROM correction_mailings WHERE run = ?1 AND status = 'stopped')
        ORDER BY d.due_at, d.id LIMIT ?
    )
"""  # in one row: after each row Python lets other threads in


def claim(
    db: Database,
    period: str,
    boot: str,
    now: datetime,
    limit: int,
    keys: Sequence[str] | None = None,
    but: bool = False,
) -> list[Claim]:
    """Take the next deliveries that are due, of subscribers who still want them; durable when it returns.

    Later commits of this connection outlive the process, but perhaps not a power cut, until it claims again.
    `keys`: of these mailboxes only, or with `but` of all others.
    """
    db.conn.execute("PRAGMA synchronous = FULL")
    with write_transaction(db):
        (found,) = db.execute(_CLAIMED, [period, to_text(now), *_mailbox_filter(keys, but), limit]).fetchone()
        claims = [_claim_from_json(values) for values in json.loads(found)]
        db.execute(
            """
            UPDATE deliveries SET state = 'sending', send_started = 0, batch = '', claimed_boot_id = ?
            WHERE id IN (SELECT value FROM json_each(?))
            """,
            [boot, json.dumps([claim.id for claim in claims])],
        )
    db.conn.execute("PRAGMA synchronous = NORMAL")
    return claims


def _claim_from_json(values: Any) -> Claim:
    number, subscriber, mailbox, token, message_token, edition, topics, nations, rest, consent_at, wording = values
    added_at = to_instant(consent_at) if consent_at else None
    wishes = tuple(topics), tuple(nations), rest
    return Claim(number, subscriber, mailbox, token, message_token, edition, added_at, wording, *wishes)


def count_due(db: Database, period: str, now: datetime, keys: Sequence[str] | None = None, limit: int = -1) -> int:
    """How many deliveries `claim` would find. `limit`: no more are counted."""
    row = db.execute(
        """
        SELECT COUNT(*) FROM (
            SELECT 1 FROM deliveries AS d CROSS JOIN subscribers AS s ON s.id = d.subscriber_id
            WHERE d.period = ?1 AND d.state = 'queued' AND d.due_at <= ? AND s.status = 'active'
                AND (? IS NULL OR (s.key IN (SELECT value FROM json_each(?))) <> ?)
                AND NOT EXISTS (SELECT 1 FROM correction_mailings WHERE run = ?1 AND status = 'stopped')
            LIMIT ?
        )
        """,
        [period, to_text(now), *_mailbox_filter(keys, False), limit],
    ).fetchone()
    return int(row[0])


def _mailbox_filter(keys: Sequence[str] | None, but: bool) -> list[object]:
    held = None if keys is None else json.dumps(list(keys))
    return [held, held, int(but)]


def record_receipts(db: Database, receipts: Iterable[Receipt], now: datetime) -> None:
    """As `write_receipts`, in a commit of its own."""
    with write_transaction(db):
        write_receipts(db, receipts, now)


def write_receipts(db: Database, receipts: Iterable[Receipt], now: datetime) -> None:
    """Write what became of deliveries. Inside the caller's transaction."""
    at = to_text(now)
    db.conn.executemany(
        """
        UPDATE deliveries SET state = ?1, reply = iif(subscriber_id IS NULL, '', ?), via = ?, relay = ?,
            due_at = coalesce(?, due_at), changed_at = coalesce(?, changed_at), attempts = attempts + ?,
            first_tried_at = coalesce(first_tried_at, ?), batch = iif(?1 = 'unknown', batch, '')
        WHERE id = ? AND (state <> 'refused' OR ?1 NOT IN ('sent', 'unknown')) -- it has come back already
        """,  # of who was erased meanwhile no word is kept: many servers repeat the address
        [
            (
                *(r.state, r.reply[:MAX_REPLY_LENGTH], r.via, r.relay, to_text(r.due_at) if r.due_at else None),
                *(at if r.counts else None, r.counts, at if r.counts else None, r.id),
            )
            for r in receipts
        ],
    )


_MAY_LEAVE = """
    id = ? AND state = 'sending'
    AND EXISTS (SELECT 1 FROM subscribers WHERE id = deliveries.subscriber_id AND status = 'active')
    AND ? = (SELECT coalesce(group_concat(review_id), '') FROM (SELECT review_id FROM takedowns ORDER BY review_id))
"""


def may_leave(db: Database, number: int, down: Iterable[int]) -> bool:
    """Whether a delivery may leave: its subscriber still wants it, and these reviews alone are taken down.

    `down`: those that the message leaves out, in order.
    """
    row = db.conn.execute(f"SELECT 1 FROM deliveries WHERE {_MAY_LEAVE}", [number, ",".join(map(str, down))])
    return row.fetchone() is not None


def begin(db: Database, number: int, down: Iterable[int], relay: str) -> bool:
    """Mark a delivery whose bytes leave next, by a relay, where it `may_leave`; whether it may.

    Inside the caller's transaction. No bytes leave before the commit: a killed process loses none.
    """
    statement = f"UPDATE deliveries SET send_started = 1, relay = ? WHERE {_MAY_LEAVE}"
    return db.conn.execute(statement, [relay, number, ",".join(map(str, down))]).rowcount == 1


def release_claims(db: Database, ids: Iterable[int]) -> None:
    """Give claimed deliveries that were never begun back to the queue."""
    with write_transaction(db):
        db.conn.executemany(
            "UPDATE deliveries SET state = 'queued' WHERE id = ? AND state = 'sending' AND send_started = 0",
            [(number,) for number in ids],
        )


def postpone_claims(db: Database, turns: Iterable[tuple[int, datetime]]) -> None:
    """Give claimed deliveries that were never begun back to the queue, each until its time. No try is counted."""
    with write_transaction(db):
        db.conn.executemany(
            """
            UPDATE deliveries SET state = 'queued', due_at = ?
            WHERE id = ? AND state = 'sending' AND send_started = 0
            """,
            [(to_text(due_at), number) for number, due_at in turns],
        )


def counts(db: Database, period: str) -> dict[DeliveryState, int]:
    """How many deliveries of an issue are in each state, all states named; none of one that is not released yet."""
    found = dict(
        db.execute(
            """
            SELECT state, SUM(count) FROM (
                SELECT state, count FROM delivery_tallies WHERE period = ?1
                UNION ALL SELECT state, count FROM delivery_counts WHERE period = ?1
            ) WHERE NOT EXISTS (SELECT 1 FROM issues WHERE period = ?1 AND status IN ('draft', 'approved'))
            GROUP BY state ORDER BY state
            """,
            [period],
        )
    )
    return {state: found.get(state, 0) for state in DELIVERY_STATES}


def count_waiting(db: Database, period: str) -> tuple[int, datetime | None]:
    """How many deliveries an issue still has to make, and when the next is due; none where nobody waits who wants it.

    By what is counted already: who has left since it was queued is counted until all others have it. What is claimed is
    waited for also where its reader has left: it may be on its way.
    """
    waiting = "FROM deliveries AS d CROSS JOIN subscribers AS s ON s.id = d.subscriber_id WHERE d.period = ?1"
    row = db.execute(
        f"""
        SELECT (SELECT SUM(count) FROM delivery_tallies WHERE period = ?1 AND state IN ('queued', 'sending')),
            MIN(due_at)
        FROM (
            SELECT * FROM (
                SELECT d.due_at {waiting} AND d.state = 'queued' AND s.status = 'active' ORDER BY d.due_at LIMIT 1
            )
            UNION ALL SELECT due_at FROM deliveries WHERE period = ?1 AND state = 'sending'
        ) WHERE NOT EXISTS (SELECT 1 FROM correction_mailings WHERE run = ?1 AND status = 'stopped')
        """,
        [period],
    ).fetchone()
    return (row[0], to_instant(row[1])) if row[1] else (0, None)


def delete_queued(db: Database, period: str) -> None:
    """Forget what was queued for those who left, paused or were erased before it was sent."""
    db.execute("DELETE FROM deliveries WHERE period = ? AND state = 'queued'", [period])


def get_attempts(db: Database, number: int) -> tuple[int, datetime | None]:
    """How often a delivery was tried, and when first."""
    row = db.execute("SELECT attempts, first_tried_at FROM deliveries WHERE id = ?", [number]).fetchone()
    return row[0], to_instant(row[1]) if row[1] else None


def requeue(db: Database, period: str, states: Iterable[DeliveryState], now: datetime, via: DeliveredBy = "") -> int:
    """Queue deliveries that ended badly once more, for those who still want them; how many.

    `via` "outbox": those of that transport only. The journal lets them leave again. Inside the caller's transaction.
    """
    rows = db.execute(
        """
        UPDATE deliveries SET state = 'queued', attempts = 0, first_tried_at = NULL, due_at = ?, reply = '',
            relay = ''
        WHERE period = ? AND state IN (SELECT value FROM json_each(?)) AND (? = '' OR via = ?) AND EXISTS (
            SELECT 1 FROM subscribers WHERE id = deliveries.subscriber_id AND status = 'active'
        )
        RETURNING token
        """,
        [to_text(now), period, json.dumps(list(states)), via, via],
    ).fetchall()
    journal.let_leave_again(db.file.parent, period, [row["token"] for row in rows])
    return len(rows)


def count_failed(db: Database, period: str) -> int:
    """How many deliveries were given up after a day of trying, while one of those readers still wants it; else none."""
    row = db.execute(
        """
        SELECT SUM(count) FROM delivery_tallies WHERE period = ?1 AND state = 'failed' AND EXISTS (
            SELECT 1 FROM deliveries AS d CROSS JOIN subscribers AS s ON s.id = d.subscriber_id
            WHERE d.period = ?1 AND d.state = 'failed' AND s.status = 'active'
        )
        """,
        [period],
    ).fetchone()
    return int(row[0] or 0)


def count_requeueable(db: Database, period: str, states: Iterable[DeliveryState], via: DeliveredBy = "") -> int:
    """How many deliveries `requeue` would queue."""
    by_way = f"AND d.via = '{via}'" if via else ""  # in words, so that the index of what went to files is of use
    row = db.execute(
        f"""
        SELECT COUNT(*) FROM deliveries AS d CROSS JOIN subscribers AS s ON s.id = d.subscriber_id
        WHERE d.period = ? AND d.state IN (SELECT value FROM json_each(?)) AND s.status = 'active' {by_way}
        """,
        [period, json.dumps(list(states))],
    ).fetchone()
    return int(row[0])


def count_written(db: Database, period: str) -> int:
    """How many messages of an issue went to files, and to nobody."""
    row = db.execute(
        "SELECT SUM(count) FROM delivery_tallies WHERE period = ? AND state = 'sent' AND via = 'outbox'", [period]
    ).fetchone()
    return int(row[0] or 0)


def listing(
    db: Database, period: str, states: Iterable[DeliveryState] = DELIVERY_STATES, limit: int = -1
) -> list[Delivery]:
    """Deliveries of an issue in these states, in the order they were queued."""
    rows = db.execute(
        """
        SELECT d.*, s.email FROM deliveries AS d LEFT JOIN subscribers AS s ON s.id = d.subscriber_id
        WHERE d.period = ? AND d.state IN (SELECT value FROM json_each(?)) ORDER BY d.id LIMIT ?
        """,
        [period, json.dumps(list(states)), limit],
    )
    return [delivery_from_row(row) for row in rows]


def list_deferrals(db: Database, period: str, limit: int) -> list[str]:
    """What servers answered to those who are to be tried again, the first of a relay first; no more than `limit`."""
    sql = """
        SELECT reply FROM deliveries WHERE period = ? AND state = 'queued' AND reply <> ''
        ORDER BY relay, due_at LIMIT ?
    """
    return [row[0] for row in db.execute(sql, [period, limit])]


def get_by_token(db: Database, token: str) -> Delivery | None:
    """The delivery whose return path or Message-ID holds a token, in capitals or not; None for none that has left."""
    row = db.execute(
        """
        SELECT d.*, s.email FROM deliveries AS d LEFT JOIN subscribers AS s ON s.id = d.subscriber_id
        WHERE d.token = ? AND d.claimed_boot_id <> ''
        """,
        [token],
    ).fetchone()
    return delivery_from_row(row) if row else None


def get_by_id(db: Database, number: int) -> Delivery | None:
    """The delivery of a number, or None."""
    row = db.execute(
        """
        SELECT d.*, s.email FROM deliveries AS d LEFT JOIN subscribers AS s ON s.id = d.subscriber_id
        WHERE d.id = ?
        """,
        [number],
    ).fetchone()
    return delivery_from_row(row) if row else None


def last_changed_at(db: Database, period: str) -> datetime | None:
    """When something last became of an issue's deliveries, or they were queued; None: it has none."""
    row = db.execute(
        """
        SELECT MAX((SELECT MAX(changed_at) FROM deliveries WHERE period = ?1 AND state = states.value))
        FROM json_each(?2) AS states
        """,
        [period, json.dumps(DELIVERY_STATES)],
    ).fetchone()
    return to_instant(row[0]) if row[0] else None
