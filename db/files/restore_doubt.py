"""Restored deliveries in doubt: what may have been sent since the backup becomes unknown."""

from datetime import datetime

from db.mail.alert_mail import LOST_MAIL
from db.schema.connect import Database, write_transaction
from db.schema.timestamps import to_text

RESTORED_REPLY = "restored from a backup: it may have been sent since"


def mark_unknown(db: Database, transactional: bool, now: datetime) -> int:
    """What a backup shows in hand may have been sent since: it is unknown from now on; how many deliveries.

    With `transactional` the emails that wait too, all that saved searches found, and corrections that are being mailed:
    most likely they have left since, and who asked can ask again.
    """
    with write_transaction(db):
        db.execute(
            """
            UPDATE transactional_mail SET state = 'unknown', reply = ?
            WHERE state = 'sending' OR (? AND state = 'queued')
            """,
            [RESTORED_REPLY, transactional],
        )
        if transactional:
            db.execute("UPDATE saved_search_matches SET mail_id = ? WHERE mail_id IS NULL", [LOST_MAIL])
            db.execute("DELETE FROM unmatched_news")
            _stop_corrections(db, now)
        return db.conn.execute(
            "UPDATE deliveries SET state = 'unknown', changed_at = ?, reply = ? WHERE state = 'sending'",
            [to_text(now), RESTORED_REPLY],
        ).rowcount


def _stop_corrections(db: Database, now: datetime) -> None:
    """Who waited for a correction may have it; nobody is mailed it by itself."""
    db.execute(
        """
        UPDATE deliveries SET state = 'unknown', changed_at = ?, reply = ? WHERE state = 'queued'
            AND period IN (SELECT run FROM correction_mailings WHERE status = 'sending')
        """,
        [to_text(now), RESTORED_REPLY],
    )
    db.execute("UPDATE correction_mailings SET status = 'sent', sent_at = ? WHERE status = 'sending'", [to_text(now)])


def mark_issue_unknown(db: Database, period: str, now: datetime) -> int:
    """Who waits for an issue that was sent before may have it; how many. Inside the caller's transaction."""
    return db.conn.execute(
        """
        UPDATE deliveries SET state = 'unknown', changed_at = ?, reply = ?
        WHERE period = ? AND state IN ('queued', 'sending')
        """,
        [to_text(now), "restored from a backup; it was sent before", period],
    ).rowcount
