"""What a restored backup leaves in doubt: messages that may have been sent since it was made."""

from datetime import datetime

from db.connect import Database, write
from db.times import to_text

BEFORE = "restored from a backup: it may have been sent since"


def leave_in_doubt(db: Database, letters: bool, now: datetime) -> int:
    """What a backup shows in hand may have been sent since: it is unknown from now on; how many deliveries.

    With `letters` those that wait too: most likely they have left since, and who asked can ask again.
    """
    with write(db):
        db.execute(
            "UPDATE post SET state = 'unknown', reply = ? WHERE state = 'sending' OR (? AND state = 'queued')",
            [BEFORE, letters],
        )
        return db.conn.execute(
            "UPDATE deliveries SET state = 'unknown', changed_at = ?, reply = ? WHERE state = 'sending'",
            [to_text(now), BEFORE],
        ).rowcount


def settle(db: Database, period: str, now: datetime) -> int:
    """Who waits for an issue that was sent before may have it; how many. Inside the caller's transaction."""
    return db.conn.execute(
        """
        UPDATE deliveries SET state = 'unknown', changed_at = ?, reply = ?
        WHERE period = ? AND state IN ('queued', 'sending')
        """,
        [to_text(now), "restored from a backup; it was sent before", period],
    ).rowcount
