"""Health queries: counts for health, metrics, alerts."""

from datetime import datetime
from typing import Literal

from core.states import IssueStatus, MailingStatus, ReviewStatus
from db.schema.connect import Database
from db.schema.timestamps import instant_or_none, to_text


def count_overdue_mail(db: Database, due: datetime) -> tuple[int, datetime | None]:
    """How many letters wait that were due by then, or are in hand for as long; and since when the first. No alerts.

    The plus: see `db.mail.subscribers.list_in_status_since`.
    """
    row = db.execute(
        """
        SELECT COUNT(*), MIN(due_at) FROM transactional_mail
        WHERE state IN ('queued', 'sending') AND (kind = 'alert') = 0 AND +due_at <= ?
        """,
        [to_text(due)],
    ).fetchone()
    return row[0], instant_or_none(row[1])


def count_reviews(db: Database) -> dict[ReviewStatus, int]:
    """How many reviews there are of each status that has any."""
    return dict(db.execute("SELECT status, COUNT(*) FROM reviews GROUP BY status ORDER BY status"))


def list_recent_corrections(db: Database, status: MailingStatus) -> list[str]:
    """The runs of the corrections of a status that were mailed to readers of the last issue that was sent, or since."""
    rows = db.execute(
        """
        SELECT run FROM correction_mailings WHERE status = ? AND (
            status = 'sending' OR asked_at >= (SELECT MAX(frozen_at) FROM issues WHERE status = 'sent')
        ) ORDER BY asked_at DESC, run
        """,
        [status],
    )
    return [row[0] for row in rows]


def list_recent_periods(db: Database, most: int, status: Literal[IssueStatus, ""] = "") -> list[str]:
    """The periods of the last so many issues that were frozen, newest first; of this status or any."""
    rows = db.execute(
        """
        SELECT period FROM issues WHERE frozen_at IS NOT NULL AND (? = '' OR status = ?) ORDER BY period DESC LIMIT ?
        """,
        [status, status, most],
    )
    return [row[0] for row in rows]
