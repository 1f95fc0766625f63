"""Delivery retention: what stays of deliveries whose subscriber was erased, and of those of old issues."""

import json
from collections.abc import Iterable
from datetime import datetime

from db.schema.connect import Database, enable_secure_delete
from db.schema.timestamps import to_text


def detach_subscribers(db: Database, subscriber_ids: Iterable[int]) -> list[str]:
    """Part deliveries from subscribers about to be erased; the message tokens of theirs.

    What was not sent is deleted; of what was, only that somebody got it is kept.
    """
    ids = list(subscriber_ids)
    held = "SELECT value FROM json_each(?)"
    rows = db.execute(f"SELECT token FROM deliveries WHERE subscriber_id IN ({held}) ORDER BY id", [json.dumps(ids)])
    tokens = [row[0] for row in rows]
    db.execute(f"DELETE FROM deliveries WHERE subscriber_id IN ({held}) AND state = 'queued'", [json.dumps(ids)])
    db.execute(
        f"UPDATE deliveries SET subscriber_id = NULL, reply = '' WHERE subscriber_id IN ({held})", [json.dumps(ids)]
    )
    return tokens


def list_erased_tokens(db: Database, ids: Iterable[int]) -> list[str]:
    """The message tokens of those of these deliveries whose subscriber was erased."""
    rows = db.execute(
        """
        SELECT token FROM deliveries WHERE id IN (SELECT value FROM json_each(?)) AND subscriber_id IS NULL ORDER BY id
        """,
        [json.dumps(list(ids))],
    )
    return [row[0] for row in rows]


def fold_old(db: Database, before: datetime) -> int:
    """Keep of issues sent to their end before then only how many deliveries ended how; how many were deleted.

    Inside the caller's transaction. Nobody's name or token is left of them, and nothing of such an issue can be sent
    again; what its readers hold in their mail still works, for the links are the readers' own.
    """
    old = "SELECT period FROM issues WHERE status = 'sent' AND sent_at <= ?"
    db.execute(
        f"""
        INSERT INTO delivery_counts (period, state, count, changed_at)
        SELECT period, state, COUNT(*), MAX(changed_at) FROM deliveries WHERE period IN ({old}) GROUP BY period, state
        ON CONFLICT (period, state) DO UPDATE SET count = count + excluded.count,
            changed_at = MAX(changed_at, excluded.changed_at)
        """,
        [to_text(before)],
    )
    enable_secure_delete(db)
    return db.conn.execute(f"DELETE FROM deliveries WHERE period IN ({old})", [to_text(before)]).rowcount
