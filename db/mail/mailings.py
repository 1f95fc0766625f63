"""Mailings: all that is delivered to many, issues as well as corrections at once, each named by its run.

The run of an issue is its period. That of a correction names issue, number and version, so that each version has
deliveries of its own, and everything that is known by a period (journal, receipts, bounces, questions) knows it too.
"""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from core.dates import correction_run, parse_correction_run
from core.errors import StoreError
from core.states import MailingStatus
from db.mail import issues
from db.schema.connect import Database
from db.schema.timestamps import instant_or_none, to_instant, to_text

if TYPE_CHECKING:
    from core.editor_records import Correction


class CorrectionMailing(NamedTuple):
    """A version of a correction that is or was mailed at once, identified by its run."""

    run: str
    version: int
    status: MailingStatus
    asked_at: datetime  # UTC
    actor: str  # who asked for it
    ended_at: datetime | None  # UTC; sent to the last reader, or stopped


def list_sending(db: Database) -> list[str]:
    """The runs of what is being sent, in their order: an issue before its corrections."""
    return [row[0] for row in db.execute("SELECT run FROM mailings WHERE status = 'sending' ORDER BY run")]


def list_sent(db: Database, since: datetime) -> list[str]:
    """The runs that were sent to their last reader from then on, in their order."""
    sql = "SELECT run FROM mailings WHERE status = 'sent' AND sent_at >= ? ORDER BY run"
    return [row[0] for row in db.execute(sql, [to_text(since)])]


def get_frozen_at(db: Database, run: str) -> datetime | None:
    """When the content and audience of a run were frozen; None: they are not."""
    row = db.execute("SELECT frozen_at FROM mailings WHERE run = ?", [run]).fetchone()
    return instant_or_none(row[0]) if row else None


def mark_sent(db: Database, run: str, now: datetime) -> None:
    """Nothing is left to send of a run."""
    issues.mark_sent(db, run, now)
    db.execute(
        "UPDATE correction_mailings SET status = 'sent', sent_at = ? WHERE run = ? AND status = 'sending'",
        [to_text(now), run],
    )


def mark_sending(db: Database, run: str) -> None:
    """Some of what was sent is to be sent again."""
    issues.mark_sending(db, run)
    db.execute("UPDATE correction_mailings SET status = 'sending' WHERE run = ? AND status = 'sent'", [run])


def add_correction(db: Database, one: "Correction", actor: str, wording: str, message: bytes, now: datetime) -> str:
    """Begin to mail the version of a correction that stands; the run. Nobody has queued it before."""
    run = correction_run(one.period, one.number, one.current.version)
    db.execute(
        """
        INSERT INTO correction_mailings (run, period, number, version, status, asked_at, actor, wording, message)
        VALUES (?, ?, ?, ?, 'sending', ?, ?, ?, ?)
        """,
        [run, one.period, one.number, one.current.version, to_text(now), actor, wording, message],
    )
    return run


def stop_corrections(db: Database, period: str, number: int, now: datetime) -> int:
    """Mail a correction to nobody else, in any of its versions; how many are not sent it any more.

    Inside the caller's transaction. What was claimed and not begun is taken from under its sender, who then does not
    send it; what has begun to leave is not called back.
    """
    runs = "SELECT run FROM correction_mailings WHERE period = ? AND number = ? AND status = 'sending'"
    count = db.conn.execute(
        f"""
        DELETE FROM deliveries WHERE period IN ({runs})
            AND (state = 'queued' OR (state = 'sending' AND send_started = 0))
        """,
        [period, number],
    ).rowcount
    db.execute(
        """
        UPDATE correction_mailings SET status = 'stopped', sent_at = ?
        WHERE period = ? AND number = ? AND status = 'sending'
        """,
        [to_text(now), period, number],
    )
    return count


def stop_of_review(db: Database, review_id: int, now: datetime) -> int:
    """Mail no correction about a review to anybody else; how many are not sent one any more. As above."""
    rows = db.execute("SELECT period, number FROM corrections WHERE review_id = ? ORDER BY 1, 2", [review_id])
    return sum(stop_corrections(db, row["period"], row["number"], now) for row in rows.fetchall())


def list_corrections(db: Database, period: str = "", number: int = 0) -> list[CorrectionMailing]:
    """The mailings of one correction, or of all; the last asked for first."""
    rows = db.execute(
        """
        SELECT run, version, status, asked_at, actor, sent_at FROM correction_mailings
        WHERE ?1 = '' OR (period = ?1 AND number = ?2) ORDER BY asked_at DESC, run DESC
        """,
        [period, number],
    )
    return [
        CorrectionMailing(
            row["run"],
            row["version"],
            row["status"],
            to_instant(row["asked_at"]),
            row["actor"],
            instant_or_none(row["sent_at"]),
        )
        for row in rows
    ]


def list_runs_of_review(db: Database, review_id: int) -> list[str]:
    """The runs in which corrections about a review were mailed."""
    rows = db.execute(
        """
        SELECT run FROM correction_mailings JOIN corrections USING (period, number) WHERE review_id = ? ORDER BY run
        """,
        [review_id],
    )
    return [row[0] for row in rows]


def get_status(db: Database, run: str) -> MailingStatus | None:
    """How far the mailing of a correction has come; None: there is none of that run."""
    row = db.execute("SELECT status FROM correction_mailings WHERE run = ?", [run]).fetchone()
    return row[0] if row else None


def may_go_on(db: Database, run: str) -> bool:
    """Whether more of a run may be mailed: of a correction, while its words stand and its review is not taken down."""
    if not (parts := parse_correction_run(run)):
        return True
    if get_status(db, run) in (None, "stopped"):
        return False
    from db.mail import corrections  # and none is mailed in most months

    period, number, version = parts
    one = corrections.get(db, period, number)
    return not one.taken_down and one.current.version == version


def get_message(db: Database, run: str) -> tuple[bytes, str]:
    """The message of a correction, with marks where a reader's own go, and its wording as JSON. Raises StoreError."""
    row = db.execute("SELECT message, wording FROM correction_mailings WHERE run = ?", [run]).fetchone()
    if row is None:
        raise StoreError("a correction has lost its message", run, "Restore a backup.")
    return row["message"], row["wording"]


_RECIPIENTS = """
    FROM deliveries AS d CROSS JOIN subscribers AS s ON s.id = d.subscriber_id
    WHERE d.period = ?1 AND (d.state = 'unknown' OR (d.state = 'sent' AND NOT (?2 AND d.via = 'outbox')))
        AND s.status = 'active'
"""


def count_recipients(db: Database, period: str, but_written: bool) -> int:
    """How many got an issue and are still readers: to whom a correction would go.

    Who got it: a receipt says sent, or unknown. Of the unknown nobody knows, and words that correct what somebody
    never had do no harm, while wrong words that are not corrected do. With `but_written` not those whose message was
    written to a file: they never got it.
    """
    return int(db.execute(f"SELECT COUNT(*) {_RECIPIENTS}", [period, but_written]).fetchone()[0])


def queue_recipients(
    db: Database, run: str, period: str, but_written: bool, token: Callable[[str], str], now: datetime
) -> int:
    """Queue the mailing of a correction for those; how many. Inside the transaction that begins it.

    `token`: of the message to a mailbox, by its key.
    """
    db.conn.create_function("message_token", 1, token)
    return db.conn.execute(
        f"""
        INSERT INTO deliveries (period, subscriber_id, token, edition, state, due_at, changed_at)
        SELECT ?3, s.id, message_token(s.key), 'full', 'queued', ?4, ?4 {_RECIPIENTS} ORDER BY s.id
        """,
        [period, but_written, run, to_text(now)],
    ).rowcount
