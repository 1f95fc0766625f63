"""Deliveries as somebody else reports on them: seen to arrive, or known by their reader alone."""

from core.records import Delivery
from db.mail.deliveries import MAX_REPLY_LENGTH
from db.rows import delivery_from_row
from db.schema.connect import Database

NAMED_MESSAGES = (("deliveries", "claimed_boot_id <> ''"), ("transactional_mail", "token <> ''"))  # as they are indexed


def confirm_delivered(db: Database, token: str, words: str) -> None:
    """Somebody saw it arrive, a delivery or an alert: of what is unknown that makes sent, all else stays as it is."""
    for table, named in NAMED_MESSAGES:
        db.execute(
            f"UPDATE {table} SET state = 'sent', reply = ? WHERE token = ? AND {named} AND state = 'unknown'",
            [words[:MAX_REPLY_LENGTH], token],
        )


def get_newest(db: Database, subscriber_id: int) -> Delivery | None:
    """The last delivery that a subscriber was sent, as far as is known; None: none."""
    row = db.execute(
        """
        SELECT d.*, s.email FROM deliveries AS d JOIN subscribers AS s ON s.id = d.subscriber_id
        WHERE d.subscriber_id = ? AND d.via = 'smtp' AND d.state IN ('sent', 'unknown', 'refused')
        ORDER BY d.period DESC LIMIT 1
        """,
        [subscriber_id],
    ).fetchone()
    return delivery_from_row(row) if row else None


def mark_bounced(db: Database, token: str, words: str) -> None:
    """What was sent has come back, and why: it counts as refused from now on. One to be sent again is left alone.

    `token`: of a delivery, or of an alert. A delivery may come back before its receipt is written, which then says
    nothing.
    """
    reply = words[:MAX_REPLY_LENGTH]
    db.execute(
        """
        UPDATE deliveries SET state = 'refused', reply = ?, via = iif(state = 'sending', 'smtp', via)
        WHERE token = ? AND claimed_boot_id <> '' AND state IN ('sending', 'sent', 'unknown', 'refused')
        """,
        [reply, token],
    )
    db.execute(
        """
        UPDATE transactional_mail SET state = 'refused', reply = ?
        WHERE token = ? AND token <> '' AND state IN ('sent', 'unknown', 'refused')
        """,
        [reply, token],
    )
