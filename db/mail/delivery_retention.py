"""Delivery retention: what stays of deliveries whose subscriber was erased, and of those of old issues."""

import json
from collections.abc import Iterable
from datetime import datetime

from core.records import Claim
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


def list_parted_tokens(db: Database, claims: Iterable[Claim]) -> list[str]:
    """The message tokens of those of these deliveries that are nobody's now: their subscriber erased, or stopped."""
    tokens = [claim.message_token for claim in claims]
    rows = db.execute(
        """
        SELECT value FROM json_each(?) WHERE value NOT IN (
            SELECT token FROM deliveries WHERE subscriber_id IS NOT NULL AND claimed_boot_id <> ''
                AND token IN (SELECT value FROM json_each(?))
        ) ORDER BY key
        """,
        [json.dumps(tokens), json.dumps(tokens)],
    )
    return [row[0] for row in rows]


def fold_old(db: Database, before: datetime, most: int) -> int:
    """Keep of what was sent to its end before then only how many deliveries ended how; how many were deleted.

    So many at most: who calls asks again until there is none, each time in a transaction. Nobody's name or token is
    left of them, and nothing of such an issue, or correction, can be sent again; what its readers hold in their mail
    still works, for the links are the readers' own.
    """
    old = db.execute(
        """
        SELECT json_group_array(id) FROM (
            SELECT d.id FROM mailings AS m CROSS JOIN deliveries AS d ON d.period = m.run
            WHERE m.status IN ('sent', 'stopped') AND m.sent_at <= ? LIMIT ? -- any: all go in the end
        )
        """,
        [to_text(before), most],
    ).fetchone()[0]
    db.execute(
        """
        INSERT INTO delivery_counts (period, state, relay, count, changed_at)
        SELECT period, state, relay, COUNT(*), MAX(changed_at) FROM deliveries
        WHERE id IN (SELECT value FROM json_each(?)) GROUP BY period, state, relay
        ON CONFLICT (period, state, relay) DO UPDATE SET count = count + excluded.count,
            changed_at = MAX(changed_at, excluded.changed_at)
        """,
        [old],
    )
    enable_secure_delete(db)
    return db.conn.execute("DELETE FROM deliveries WHERE id IN (SELECT value FROM json_each(?))", [old]).rowcount
