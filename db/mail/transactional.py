"""Transactional mail queue: confirmations or "already subscribed" notes, from claim to receipt."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal, NamedTuple

from core.states import DeliveryState, TransactionalKind
from db.schema.connect import Database, write_transaction
from db.schema.timestamps import to_instant, to_text

if TYPE_CHECKING:
    from core.records import Receipt, Subscriber

MAX_REPLY_LENGTH = 500  # characters of a server's reply that are kept
INTERRUPTED_REPLY = "interrupted: it may have been sent"
# What is due later than so was asked for, or put off, before the clock was put right.
MAX_POSTPONEMENT = timedelta(days=1)


class TransactionalMail(NamedTuple):
    """An email that a sender has taken from the queue, identified by its number, which is never used again."""

    id: int
    kind: TransactionalKind
    subscriber: "Subscriber"  # as they were when it was taken
    asked_at: datetime  # UTC
    attempts: int  # this one included
    details: str = ""  # search: the search as JSON; address, moved: the address that it goes to


def enqueue(
    db: Database, kind: TransactionalKind, subscriber_id: int, now: datetime, wanted: bool = True, details: str = ""
) -> None:
    """Queue an email, unless one of its kind and details waits already or it is not `wanted`: always the same work."""
    at = to_text(now)
    db.execute(
        """
        INSERT INTO transactional_mail (kind, subscriber_id, state, requested_at, due_at, details)
        SELECT ?1, ?2, 'queued', ?3, ?3, ?4 WHERE ?5 AND NOT EXISTS (
            SELECT 1 FROM transactional_mail
            WHERE subscriber_id = ?2 AND kind = ?1 AND state = 'queued' AND details = ?4
        )
        """,
        [kind, subscriber_id, at, details, wanted],
    )


def is_under_way(db: Database, kind: TransactionalKind, subscriber_id: int, since: datetime, details: str) -> bool:
    """Whether an email of this kind and details waits, or one asked for since then has left or is leaving."""
    row = db.execute(
        """
        SELECT EXISTS (
            SELECT 1 FROM transactional_mail WHERE subscriber_id = ? AND kind = ? AND details = ?
                AND (state = 'queued' OR state IN ('sending', 'sent') AND requested_at >= ?)
        )
        """,
        [subscriber_id, kind, details, to_text(since)],
    ).fetchone()
    return bool(row[0])


def list_times(
    db: Database, kind: TransactionalKind, subscriber_id: int, since: datetime
) -> list[tuple[int, datetime]]:
    """A subscriber's emails of a kind asked for later than that: the number of each, and when."""
    rows = db.execute(
        """
        SELECT id, requested_at FROM transactional_mail
        WHERE subscriber_id = ? AND kind = ? AND requested_at > ? ORDER BY id
        """,
        [subscriber_id, kind, to_text(since)],
    )
    return [(row["id"], to_instant(row["requested_at"])) for row in rows]


def get_details(db: Database, number: int) -> str:
    """What an email is about; empty where there is no such email."""
    row = db.execute("SELECT details FROM transactional_mail WHERE id = ?", [number]).fetchone()
    return row[0] if row else ""


def find_reader(db: Database, kind: TransactionalKind, number: int) -> "Subscriber | None":
    """Whom an email of a kind is about, or None."""
    from db.mail import subscribers  # with the records of the mail, 20 ms, and mostly no email waits

    row = db.execute(
        "SELECT subscriber_id FROM transactional_mail WHERE id = ? AND kind = ?", [number, kind]
    ).fetchone()
    return subscribers.get_by_id(db, row[0]) if row else None


def list_other_addresses(db: Database) -> list[tuple[int, int, str]]:
    """Emails that go elsewhere than to their subscriber: the number of each, the subscriber's, and where to."""
    rows = db.execute(
        "SELECT id, subscriber_id, details FROM transactional_mail WHERE kind IN ('address', 'moved') ORDER BY id"
    )
    return [(row["id"], row["subscriber_id"], row["details"]) for row in rows]


def delete_many(db: Database, numbers: Iterable[int]) -> None:
    """Delete emails, inside the caller's transaction."""
    db.conn.executemany("DELETE FROM transactional_mail WHERE id = ?", [(number,) for number in numbers])


def has_due(db: Database, now: datetime, alerts: bool = False) -> bool:
    """Whether there is anything to do: an email to be sent, or one whose sender was killed. What waits for longer
    than MAX_POSTPONEMENT is due too.

    `alerts`: of these, and of nothing else.
    """
    row = db.execute(
        """
        SELECT 1 FROM transactional_mail WHERE state IN ('queued', 'sending') AND (kind = 'alert') = ?
            AND (due_at <= ? OR due_at > ?) LIMIT 1
        """,
        [alerts, to_text(now), to_text(now + MAX_POSTPONEMENT)],
    )
    return row.fetchone() is not None


def claim(db: Database, now: datetime, until: datetime, alerts: bool = False) -> TransactionalMail | None:
    """Take the next email that is due, or the next alert, durably; None when there is none.

    What was claimed `until` a time that has passed, or is beyond MAX_POSTPONEMENT, is unknown from now on: its sender
    was killed. What waits for longer than that is due now. Of several who ask at once each gets another.
    """
    from db.mail import subscribers  # as above

    at, far = to_text(now), to_text(now + MAX_POSTPONEMENT)
    with write_transaction(db):
        db.execute(
            """
            UPDATE transactional_mail SET state = 'unknown', reply = ?
            WHERE state = 'sending' AND (due_at <= ? OR due_at > ?)
            """,
            [INTERRUPTED_REPLY, at, far],
        )
        db.execute(
            """
            UPDATE transactional_mail SET due_at = ?
            WHERE state = 'queued' AND (kind = 'alert') IN (0, 1) AND due_at > ?
            """,
            [at, far],
        )
        rows = db.execute(
            """
            UPDATE transactional_mail SET state = 'sending', due_at = ?, attempts = attempts + 1 WHERE id = (
                SELECT id FROM transactional_mail WHERE state = 'queued' AND (kind = 'alert') = ? AND due_at <= ?
                ORDER BY due_at, id LIMIT 1
            )
            RETURNING id, kind, subscriber_id, requested_at, attempts, details
            """,
            [to_text(until), alerts, at],
        ).fetchall()
        for row in rows:
            one = subscribers.get_by_id(db, row["subscriber_id"])
            assert one is not None  # an email goes with its subscriber
            asked_at = to_instant(row["requested_at"])
            return TransactionalMail(row["id"], row["kind"], one, asked_at, row["attempts"], row["details"])
    return None


def save_receipt(db: Database, receipt: "Receipt", now: datetime) -> bool:
    """Write what became of an email; False when it is not there any more: its reader was erased meanwhile."""
    due_at = to_text(receipt.due_at or now)
    with write_transaction(db):
        return (
            db.conn.execute(
                """
                UPDATE transactional_mail SET state = ?, reply = ?, due_at = ?
                WHERE id = ? AND state IN ('sending', 'unknown')
                """,
                [receipt.state, receipt.reply[:MAX_REPLY_LENGTH], due_at, receipt.id],
            ).rowcount
            == 1
        )


def delete(db: Database, number: int) -> None:
    """Delete an email that nobody needs any more."""
    with write_transaction(db):
        db.execute("DELETE FROM transactional_mail WHERE id = ?", [number])


def last_outcome(db: Database, subscriber_id: int) -> tuple[Literal[DeliveryState, ""], str]:
    """The state of a subscriber's newest email, and the server's reply; both empty when there is none."""
    row = db.execute(
        "SELECT state, reply FROM transactional_mail WHERE subscriber_id = ? ORDER BY id DESC LIMIT 1", [subscriber_id]
    ).fetchone()
    return (row["state"], row["reply"]) if row else ("", "")


def delete_until(db: Database, until: datetime) -> None:
    """Delete emails asked for up to then, but those that wait."""
    db.execute(
        "DELETE FROM transactional_mail WHERE state NOT IN ('queued', 'sending') AND requested_at <= ?",
        [to_text(until)],
    )
