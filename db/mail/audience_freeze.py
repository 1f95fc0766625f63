"""Audience freeze: the deliveries of an issue queued in batches, before it is released.

Nothing delivers them while the issue is a draft or approved, and nobody counts them. A batch is a range of subscribers'
numbers, and one short transaction of the caller's, between which others sign up, leave and are erased. The audience is
that of one instant nevertheless: whoever became active after it is in no batch, and nobody is in two.
"""

from collections.abc import Callable
from datetime import datetime

from db.schema.connect import Database
from db.schema.timestamps import to_text

_UNRELEASED = "EXISTS (SELECT 1 FROM issues WHERE period = ?1 AND status IN ('draft', 'approved'))"


def get_last_number(db: Database) -> int:
    """The number of the subscriber who came last. Who comes later has one after it, or that of somebody erased."""
    return int(db.execute("SELECT COALESCE(MAX(id), 0) FROM subscribers").fetchone()[0])


def queue_batch(
    db: Database,
    period: str,
    batch: tuple[int, int],
    token: Callable[[str], str],
    matches: Callable[[str, str], bool],
    as_of: datetime,
    now: datetime,
) -> None:
    """Queue an issue for those of a batch who were active at an instant, and are now.

    `token`: of the message to a mailbox, by its key. `matches`: whether the issue holds what somebody wants who gets
    mail only then, by their topics and nations as they are stored. A status that began after `now` began before the
    clock was put right.
    """
    db.conn.create_function("message_token", 1, token)
    db.conn.create_function("matches_wishes", 2, matches)
    db.conn.execute(
        f"""
        INSERT INTO deliveries (period, subscriber_id, token, edition, state, due_at, changed_at)
        SELECT ?1, id, message_token(key), edition, 'queued', ?4, ?4 FROM subscribers NOT INDEXED
        WHERE id >= ?2 AND id < ?3 AND status = 'active' AND NOT (status_since > ?4 AND status_since <= ?5)
            AND (only_when_matching = 0 OR matches_wishes(topics, nations)) AND {_UNRELEASED}
        ORDER BY id
        """,
        [period, *batch, to_text(as_of), to_text(now)],
    )


def forget_batch(db: Database, period: str, size: int) -> int:
    """Delete so many of the deliveries that were queued of an issue which was not released; how many were."""
    return db.conn.execute(
        f"""
        DELETE FROM deliveries WHERE id IN (
            SELECT id FROM deliveries WHERE period = ?1 AND {_UNRELEASED} ORDER BY subscriber_id LIMIT ?2
        )
        """,
        [period, size],
    ).rowcount
