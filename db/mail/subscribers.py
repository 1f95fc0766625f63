"""Subscribers: each reader with their consent, status, preferences."""

import json
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Literal, NamedTuple

from core.bounce_rules import Bounce
from core.records import Subscriber
from core.states import BounceKind, DeliveryState, EndedStatus, SubscriberStatus, TransactionalKind
from core.subscriber_rules import address_digest
from db.files import journal
from db.operator import secrets
from db.rows import subscriber_from_row, subscriber_to_row
from db.schema.connect import Database, enable_secure_delete
from db.schema.timestamps import to_instant, to_text

COLUMNS = (
    "key email mailbox status status_since token topics nations edition only_when_matching rest "
    "consent_at consent_wording consent_channel confirmed_at wishes_since"
).split()
INSERT_VALUES = f"""
    INSERT INTO subscribers ({", ".join(COLUMNS)}) VALUES ({", ".join(f":{name}" for name in COLUMNS)})
"""
INSERT_IF_NEW = f"{INSERT_VALUES} ON CONFLICT (key) DO NOTHING"
UPSERT = f"""
    {INSERT_VALUES} ON CONFLICT (key) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in COLUMNS)}
    RETURNING id
"""


class SubscriberHistory(NamedTuple):
    """What is held of a subscriber beside their own row, oldest first."""

    # instants are UTC; periods are the issues'
    deliveries: tuple[tuple[str, DeliveryState, datetime], ...]  # period, what became of it, when
    emails: tuple[tuple[TransactionalKind, DeliveryState, datetime, str], ...]  # what became of it, when asked for, why
    bounces: tuple[tuple[str, BounceKind, datetime, str], ...]  # period, kind, when, the server's words


def add(db: Database, subscriber: Subscriber) -> Subscriber | None:
    """Store a new subscriber, who comes back with a number; None when the mailbox is there already."""
    cursor = db.conn.execute(INSERT_IF_NEW, subscriber_to_row(subscriber))
    if not cursor.rowcount:
        return None
    _write_to_journal(db, subscriber.key, subscriber.status, subscriber.since)
    return replace(subscriber, id=cursor.lastrowid or 0)


def update(db: Database, subscriber: Subscriber) -> None:
    """Store a subscriber as they are now. The journal has it first that they left, paused or came back."""
    _write_to_journal(db, subscriber.key, subscriber.status, subscriber.since)
    values = ", ".join(f"{name} = :{name}" for name in COLUMNS)
    db.conn.execute(
        f"UPDATE subscribers SET {values} WHERE id = :id", subscriber_to_row(subscriber) | {"id": subscriber.id}
    )


def _write_to_journal(db: Database, key: str, status: SubscriberStatus, at: datetime) -> None:
    secret = secrets.find(db, "signing")
    if secret and status != "pending" and not db.is_dry:
        journal.write_readers(db.file.parent, status, [address_digest(secret, key)], at)


def upsert(db: Database, subscriber: Subscriber) -> Subscriber:
    """Store a subscriber as they are now, new or known, in one statement; they come back with their number."""
    (row,) = db.execute(UPSERT, subscriber_to_row(subscriber)).fetchall()
    return replace(subscriber, id=row["id"])


def get(db: Database, key: str) -> Subscriber | None:
    """The subscriber of a mailbox, or None."""
    row = db.execute("SELECT * FROM subscribers WHERE key = ?", [key]).fetchone()
    return subscriber_from_row(row) if row else None


def get_by_id(db: Database, number: int) -> Subscriber | None:
    """The subscriber of a number, or None."""
    row = db.execute("SELECT * FROM subscribers WHERE id = ?", [number]).fetchone()
    return subscriber_from_row(row) if row else None


def get_by_token(db: Database, token: str) -> Subscriber | None:
    """The subscriber whose links carry a token, or None."""
    row = db.execute("SELECT * FROM subscribers WHERE token = ?", [token]).fetchone()
    return subscriber_from_row(row) if row else None


def find_by_lower_token(db: Database, tokens: Collection[str]) -> Subscriber | None:
    """The one subscriber whose token is one of these in small letters, or None. Reads all of them."""
    rows = db.execute(
        "SELECT * FROM subscribers WHERE LOWER(token) IN (SELECT value FROM json_each(?)) ORDER BY id LIMIT 2",
        [json.dumps(list(tokens))],
    ).fetchall()
    return subscriber_from_row(rows[0]) if len(rows) == 1 else None


def listing(db: Database, status: Literal[SubscriberStatus, ""] = "") -> Iterator[Subscriber]:
    """Subscribers in the order they came, those of one status or all; read as they are asked for.

    Before the first is asked for, nothing is read: whoever writes while he reads does not wait for another writer.
    """
    where, values = ("WHERE status = ?", [status]) if status else ("", [])
    yield from map(subscriber_from_row, db.execute(f"SELECT * FROM subscribers {where} ORDER BY id", values))


def end(db: Database, number: int, status: EndedStatus, now: datetime) -> None:
    """A subscription ends. The journal has it first."""
    for row in db.execute("SELECT key FROM subscribers WHERE id = ?", [number]).fetchall():
        _write_to_journal(db, row["key"], status, now)
    db.execute("UPDATE subscribers SET status = ?, status_since = ? WHERE id = ?", [status, to_text(now), number])


def take_up_again(db: Database, ended: Iterable[Bounce], now: datetime) -> list[int]:
    """Give the subscriptions that these bounces ended the status they had; the numbers of those it was done for.

    Who has left or complained since stays away.
    """
    restored = []
    for one in ended:
        cursor = db.conn.execute(
            "UPDATE subscribers SET status = ?, status_since = ? WHERE id = ? AND status = 'bounced'",
            [one.ended or "active", to_text(now), one.subscriber_id],
        )
        if cursor.rowcount and (subscriber := get_by_id(db, one.subscriber_id)):
            _write_to_journal(db, subscriber.key, subscriber.status, now)
            restored.append(one.subscriber_id)
    return restored


def list_keys(db: Database) -> Iterator[tuple[int, str]]:
    """The number and the mailbox of all whose subscription has not ended, read as they are asked for."""
    for row in db.execute(
        "SELECT id, key FROM subscribers WHERE status IN ('pending', 'active', 'paused') ORDER BY id"
    ):
        yield row[0], row[1]


def list_away(db: Database) -> Iterator[tuple[str, datetime]]:
    """The mailbox of all who have paused, left or were lost, and since when, read as they are asked for."""
    for row in db.execute(
        """
        SELECT key, status_since FROM subscribers WHERE status IN ('paused', 'unsubscribed', 'bounced', 'complained')
        ORDER BY id
        """
    ):
        yield row[0], to_instant(row[1])


def counts(db: Database) -> dict[SubscriberStatus, int]:
    """How many subscribers there are of each status that has any."""
    rows = db.execute(
        "SELECT status, SUM(count) FROM subscriber_tallies GROUP BY status HAVING SUM(count) > 0 ORDER BY status"
    )
    return {row[0]: row[1] for row in rows}


def list_in_status_since(db: Database, statuses: Iterable[SubscriberStatus], before: datetime) -> list[Subscriber]:
    """Those who have been of one of these statuses since `before` or longer.

    The plus keeps the time out of the index: SQLite 3.40 (Debian 12's) may step past it behind an IN, and gives who
    left today, once the table was analysed while all were of one status.
    """
    rows = db.execute(
        """
        SELECT * FROM subscribers WHERE status IN (SELECT value FROM json_each(?)) AND +status_since <= ? ORDER BY id
        """,
        [json.dumps(list(statuses)), to_text(before)],
    )
    return [subscriber_from_row(row) for row in rows]


def get_history(db: Database, number: int) -> SubscriberHistory:
    """What is held of a subscriber beside their own row."""
    issues = db.execute(
        """
        SELECT period, state, changed_at FROM deliveries WHERE subscriber_id = ?
            AND period NOT IN (SELECT period FROM issues WHERE status IN ('draft', 'approved')) ORDER BY period
        """,
        [number],
    )
    emails = db.execute(
        "SELECT kind, state, requested_at, details FROM transactional_mail WHERE subscriber_id = ? ORDER BY id",
        [number],
    )
    bounces = db.execute(
        "SELECT period, kind, at, diagnostic FROM bounces WHERE subscriber_id = ? ORDER BY at, id", [number]
    )
    return SubscriberHistory(
        deliveries=tuple((row[0], row[1], to_instant(row[2])) for row in issues),
        emails=tuple((row[0], row[1], to_instant(row[2]), row[3]) for row in emails),
        bounces=tuple((row[0], row[1], to_instant(row[2]), row[3]) for row in bounces),
    )


def delete(db: Database, ids: Iterable[int], now: datetime) -> None:
    """Delete subscribers with their emails and bounces, and overwrite where they stood in the file.

    Those who were readers until now count among who left.
    """
    enable_secure_delete(db)
    numbers = json.dumps([*ids])
    db.execute(
        """
        INSERT INTO reader_changes (month, change, count)
        SELECT substr(?1, 1, 7), 'left', n FROM (
            SELECT COUNT(*) AS n FROM subscribers
            WHERE id IN (SELECT value FROM json_each(?2)) AND status IN ('active', 'paused')
        ) WHERE n > 0
        ON CONFLICT (month, change) DO UPDATE SET count = count + excluded.count
        """,
        [to_text(now), numbers],
    )
    db.execute("DELETE FROM subscribers WHERE id IN (SELECT value FROM json_each(?))", [numbers])
