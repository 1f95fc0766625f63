"""Staging of a list of readers: its rows in a temporary table, from where those who are new are taken at once.

What is staged is in a temporary file of SQLite's, so that memory does not grow with the list, and nobody waits for the
database while the list is read. The table is this connection's own and goes with it.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import NamedTuple

from core.records import Consent
from core.states import SubscriberStatus
from core.subscriber_rules import Preferences
from db.schema.connect import Database
from db.schema.timestamps import to_text

STAGING_CACHE = 16_384  # KiB of memory for the temporary table, and as much for the database's own


class StagedReader(NamedTuple):
    """One row of a list, as it will be stored should its mailbox be new."""

    key: str
    email: str
    mailbox: str
    token: str
    address_hash: str  # by which those who left or were erased are remembered
    wishes: Preferences


@dataclass(frozen=True, slots=True)
class StagedCounts:
    """How many of the staged rows are what; together they are all of them."""

    new: int
    known: int  # mailboxes that have a subscriber, of whatever status
    repeated: int  # further rows of the same mailbox
    suppressed: int  # mailboxes that left or were erased
    statuses: Mapping[SubscriberStatus, int]  # of those known, how many are of which


@contextmanager
def staging(db: Database) -> Iterator[None]:
    """Where rows can be staged; empty at first, and gone at the end."""
    db.conn.execute(f"PRAGMA temp.cache_size = {-STAGING_CACHE}")
    db.conn.execute("DROP TABLE IF EXISTS temp.staged_readers")
    db.conn.execute(
        """
        CREATE TEMP TABLE staged_readers (
            row INTEGER PRIMARY KEY, key TEXT NOT NULL, email TEXT NOT NULL, mailbox TEXT NOT NULL,
            token TEXT NOT NULL, address_hash TEXT NOT NULL, topics TEXT NOT NULL, nations TEXT NOT NULL,
            edition TEXT NOT NULL, only_when_matching INTEGER NOT NULL, rest TEXT NOT NULL
        ) STRICT
        """
    )
    try:
        yield
    finally:
        db.conn.execute("DROP TABLE temp.staged_readers")


def stage(db: Database, readers: Iterable[StagedReader]) -> None:
    """Stage rows in the order of the list. Of several with one mailbox the first counts."""
    db.conn.execute("BEGIN")
    try:
        db.conn.executemany(
            """
            INSERT INTO staged_readers
                (key, email, mailbox, token, address_hash, topics, nations, edition, only_when_matching, rest)
            VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            """,
            map(_staged_row, readers),
        )
    except BaseException:
        db.conn.execute("ROLLBACK")
        raise
    db.conn.execute("COMMIT")


def _staged_row(reader: StagedReader) -> tuple[str | int, ...]:
    wishes = reader.wishes
    topics = json.dumps(wishes.topics, ensure_ascii=False) if wishes.topics else "[]"
    nations = json.dumps(wishes.nations) if wishes.nations else "[]"
    return (*reader[:5], topics, nations, wishes.edition, int(wishes.matching), wishes.rest)


def count_staged(db: Database) -> StagedCounts:
    """What the staged rows are, as things stand."""
    rows, mailboxes, known, suppressed = db.execute(
        """
        SELECT TOTAL(rows), COUNT(*), TOTAL(known), TOTAL(suppressed AND NOT known) FROM (
            SELECT COUNT(*) AS rows,
                EXISTS (SELECT 1 FROM subscribers AS s WHERE s.key = r.key) AS known,
                EXISTS (SELECT 1 FROM suppressions AS p WHERE p.address_hash = r.address_hash) AS suppressed
            FROM staged_readers AS r GROUP BY r.key
        )
        """
    ).fetchone()
    statuses = db.execute(
        """
        SELECT status, COUNT(*) FROM subscribers WHERE key IN (SELECT key FROM staged_readers)
        GROUP BY status ORDER BY status
        """
    )
    return StagedCounts(
        int(mailboxes - known - suppressed),
        int(known),
        int(rows - mailboxes),
        int(suppressed),
        {row[0]: row[1] for row in statuses},
    )


def add_staged(db: Database, consent: Consent) -> None:
    """Store those who are new as active subscribers, who all agreed in the same way; in the caller's transaction."""
    db.conn.execute(f"PRAGMA cache_size = {-STAGING_CACHE}")
    db.conn.execute(
        """
        INSERT INTO subscribers (
            key, email, mailbox, status, status_since, token, topics, nations, edition, only_when_matching, rest,
            consent_at, consent_wording, consent_channel, confirmed_at
        )
        SELECT key, email, mailbox, 'active', ?1, token, topics, nations, edition, only_when_matching, rest,
            ?1, ?2, ?3, ?4
        FROM staged_readers AS r
        WHERE NOT EXISTS (SELECT 1 FROM suppressions AS p WHERE p.address_hash = r.address_hash)
        ORDER BY row
        ON CONFLICT (key) DO NOTHING
        """,
        [
            to_text(consent.when),
            consent.wording,
            consent.how,
            to_text(consent.confirmed_when) if consent.confirmed_when else None,
        ],
    )
