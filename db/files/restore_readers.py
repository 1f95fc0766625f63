"""Restore merge of readers: who left, was erased, changed their wishes or joined since the backup was made.

The replaced database is attached as `was`, in the caller's transaction; readers are paired by the key of their mailbox.
"""

import json
from collections.abc import Mapping
from datetime import datetime

from core.subscriber_rules import address_digest
from db.files import restore_searches
from db.mail import delivery_retention, subscribers
from db.mail.subscribers import COLUMNS
from db.operator import secrets
from db.schema.connect import Database, enable_secure_delete


def merge_moves(db: Database, now: datetime) -> None:
    """Whose subscription goes to another address there has it here too: their links tell that it is they."""
    moves = db.execute(
        """
        SELECT s.id, o.id AS other, w.key, w.email, w.mailbox FROM main.subscribers AS s
        JOIN was.subscribers AS w ON w.token = s.token AND w.key <> s.key
        LEFT JOIN main.subscribers AS o ON o.key = w.key ORDER BY s.id
        """
    ).fetchall()
    outdated = [row["other"] for row in moves if row["other"]]
    delivery_retention.detach_subscribers(db, outdated)
    subscribers.delete(db, outdated, now)
    db.conn.executemany(
        "UPDATE main.subscribers SET key = ?, email = ?, mailbox = ? WHERE id = ?",
        [(row["key"], row["email"], row["mailbox"], row["id"]) for row in moves],
    )


def merge_departures(db: Database) -> int:
    """Who left or paused since stays away; who came back since has to come back again.

    Also who left and has asked anew, but has not said yes to the letter.
    """
    _merge_leave_requests(db)
    return db.conn.execute(
        """
        UPDATE subscribers SET status = w.status, status_since = w.status_since FROM was.subscribers AS w
        WHERE w.key = subscribers.key AND w.status <> subscribers.status AND w.status_since >= subscribers.status_since
            AND (w.status IN ('paused', 'unsubscribed', 'bounced', 'complained')
                 OR (w.status = 'pending' AND subscribers.status IN ('active', 'paused')))
        """
    ).rowcount


def merge_erasures(db: Database, now: datetime) -> int:
    """Erase here who was erased or forgotten there, though they may have come again; their keyed hash stays.

    Who came again was given another token.
    """
    before = dict(db.execute("SELECT address_hash, at FROM main.suppressions ORDER BY 1"))
    there = dict(db.execute("SELECT address_hash, at FROM was.suppressions ORDER BY 1"))
    db.execute(
        """
        INSERT INTO main.suppressions (address_hash, reason, at)
        SELECT address_hash, reason, at FROM was.suppressions WHERE true
        ON CONFLICT (address_hash) DO UPDATE SET at = max(at, excluded.at)
        """
    )
    secret = secrets.get(db, "signing")
    gone = db.execute(
        """
        SELECT id, key, status_since FROM main.subscribers WHERE token NOT IN (SELECT token FROM was.subscribers)
        ORDER BY id
        """
    ).fetchall()
    ids = []
    for row in gone if there else []:
        mark = address_digest(secret, row["key"])
        if mark in there and (mark not in before or there[mark] >= row["status_since"]):
            ids.append(row["id"])
    enable_secure_delete(db)
    delivery_retention.detach_subscribers(db, ids)
    subscribers.delete(db, ids, now)
    return len(ids)


def keep_leavers_out(db: Database) -> None:
    """Of everybody who had left there, a keyed hash is kept: no import of an older list brings them back."""
    secret = secrets.get(db, "signing")
    rows = db.execute(
        """
        SELECT key, status_since FROM was.subscribers WHERE status IN ('unsubscribed', 'bounced', 'complained')
        ORDER BY id
        """
    ).fetchall()
    db.conn.executemany(
        """
        INSERT INTO main.suppressions (address_hash, reason, at) VALUES (?, 'left', ?)
        ON CONFLICT (address_hash) DO UPDATE SET at = max(at, excluded.at)
        """,
        [(address_digest(secret, row["key"]), row["status_since"]) for row in rows],
    )


def _merge_leave_requests(db: Database, keys: str | None = None) -> None:
    """Who has asked to leave without proof waits for the operator's word, unless it was given since.

    `keys`: of these readers alone, JSON.
    """
    db.execute(
        """
        INSERT INTO main.leave_requests (subscriber_id, received_at, message_hash, answered_at)
        SELECT s.id, w.received_at, w.message_hash, w.answered_at FROM was.leave_requests AS w
        JOIN was.subscribers AS x ON x.id = w.subscriber_id JOIN main.subscribers AS s ON s.key = x.key
        WHERE ?1 IS NULL OR x.key IN (SELECT value FROM json_each(?1)) ORDER BY w.id
        ON CONFLICT (message_hash) DO UPDATE SET answered_at = COALESCE(answered_at, excluded.answered_at)
        """,
        [keys],
    )


def merge_wishes(db: Database) -> int:
    """What readers have wanted since; how many wanted something else."""
    return db.conn.execute(
        """
        UPDATE subscribers SET (topics, nations, edition, only_when_matching, rest, wishes_since)
            = (w.topics, w.nations, w.edition, w.only_when_matching, w.rest, w.wishes_since)
        FROM was.subscribers AS w
        WHERE w.key = subscribers.key
            AND COALESCE(w.wishes_since, w.consent_at) > COALESCE(subscribers.wishes_since, subscribers.consent_at)
            AND (w.topics, w.nations, w.edition, w.only_when_matching, w.rest) IS NOT (
                subscribers.topics, subscribers.nations, subscribers.edition, subscribers.only_when_matching,
                subscribers.rest
            )
        """
    ).rowcount


def list_joined(db: Database) -> list[str]:
    """The mailboxes of those who are subscribed there and have not been here, nor left or been erased since."""
    secret = secrets.get(db, "signing")
    rows = db.execute(
        """
        SELECT w.key, w.status_since FROM was.subscribers AS w LEFT JOIN main.subscribers AS s ON s.key = w.key
        WHERE w.status IN ('active', 'paused') AND (s.key IS NULL OR s.status = 'pending') ORDER BY w.id
        """
    ).fetchall()
    gone = dict(db.execute("SELECT address_hash, at FROM main.suppressions ORDER BY 1")) if rows else {}
    return [row["key"] for row in rows if gone.get(address_digest(secret, row["key"]), "") <= row["status_since"]]


def bring_joined(db: Database) -> int:
    """Bring those who joined there, with what they were sent, saved and asked; how many. Their links stay good."""
    keys, columns = json.dumps(list_joined(db)), ", ".join(COLUMNS)
    count = db.conn.execute(
        f"""
        INSERT INTO main.subscribers ({columns}) SELECT {columns} FROM was.subscribers
        WHERE key IN (SELECT value FROM json_each(?)) ORDER BY id
        ON CONFLICT (key) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in COLUMNS)}
        """,
        [keys],
    ).rowcount
    db.execute(
        """
        UPDATE main.deliveries SET subscriber_id = s.id FROM was.deliveries AS w
        JOIN was.subscribers AS x ON x.id = w.subscriber_id JOIN main.subscribers AS s ON s.key = x.key
        WHERE w.token = deliveries.token AND +deliveries.subscriber_id IS NULL
            AND x.key IN (SELECT value FROM json_each(?))
        """,  # the plus: by their tokens, not through all that are nobody's for each
        [keys],
    )
    restore_searches.copy_searches(db, keys)
    _merge_leave_requests(db, keys)
    return count


def merge_reading_lists(db: Database, review_ids: Mapping[int, int]) -> None:
    """Reading lists are as they last were; `review_ids`: numbers of reviews, theirs to ours."""
    rows = db.execute("SELECT * FROM was.reading_lists ORDER BY token").fetchall()
    db.execute("DELETE FROM main.reading_lists")
    for row in rows:
        ours = [review_ids[number] for number in json.loads(row["review_ids"]) if number in review_ids]
        db.execute(
            """
            INSERT INTO main.reading_lists (token, title, review_ids, questions, changed_at) VALUES (?, ?, ?, ?, ?)
            """,
            [row["token"], row["title"], json.dumps(ours), row["questions"], row["changed_at"]],
        )
