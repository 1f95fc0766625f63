"""Staging of a list of readers: its rows in a temporary table, from where those who are new are taken in batches.

What is staged is in a temporary file of SQLite's, so that memory does not grow with the list, and nobody waits for the
database while the list is read. The table is this connection's own and goes with it. A batch is a range of row numbers:
what it adds and what is counted of it is one transaction's.
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
_SUPPRESSED = "EXISTS (SELECT 1 FROM suppressions AS p WHERE p.address_hash = r.address_hash)"


class StagedReader(NamedTuple):
    """One row of a list, as it will be stored should its mailbox be new."""

    key: str
    email: str
    mailbox: str
    token: str
    address_hash: str  # by which those who left or were erased are remembered
    wishes: Preferences


@dataclass(frozen=True, slots=True)
class BatchCounts:
    """How many rows of a batch are what; together they are all of them."""

    new: int
    suppressed: int  # mailboxes that left or were erased
    statuses: Mapping[SubscriberStatus, int]  # mailboxes that have a subscriber: how many are of which


@contextmanager
def staging(db: Database) -> Iterator[None]:
    """Where rows can be staged; empty at first, and gone at the end."""
    db.conn.execute(f"PRAGMA temp.cache_size = {-STAGING_CACHE}")
    db.conn.execute(f"PRAGMA cache_size = {-STAGING_CACHE}")
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
    """Stage rows in the order of the list."""
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


def drop_repeated(db: Database) -> int:
    """Leave one row of each mailbox staged, the first of the list; how many others there were."""
    db.conn.execute("CREATE INDEX temp.staged_readers_by_key ON staged_readers (key)")
    return db.conn.execute(
        """
        DELETE FROM staged_readers WHERE row IN (
            SELECT r.row FROM (SELECT key, MIN(row) AS first FROM staged_readers GROUP BY key HAVING COUNT(*) > 1) AS k
            CROSS JOIN staged_readers AS r ON r.key = k.key AND r.row > k.first
        )
        """
    ).rowcount


def get_last_row(db: Database) -> int:
    """The number of the last row that is staged; they begin with 1."""
    return int(db.execute("SELECT COALESCE(MAX(row), 0) FROM staged_readers").fetchone()[0])


def count_batch(db: Database, batch: tuple[int, int]) -> BatchCounts:
    """What the rows of a batch are, as things stand."""
    rows, suppressed = db.execute(
        f"""
        SELECT COUNT(*), TOTAL({_SUPPRESSED} AND NOT EXISTS (SELECT 1 FROM subscribers AS s WHERE s.key = r.key))
        FROM staged_readers AS r WHERE row >= ? AND row < ?
        """,
        batch,
    ).fetchone()
    statuses = db.execute(
        """
        SELECT s.status, COUNT(*) FROM staged_readers AS r CROSS JOIN subscribers AS s ON s.key = r.key
        WHERE r.row >= ? AND r.row < ? GROUP BY s.status ORDER BY s.status
        """,
        batch,
    )
    known = {row[0]: row[1] for row in statuses}
    return BatchCounts(rows - int(suppressed) - sum(known.values()), int(suppressed), known)


def add_batch(db: Database, batch: tuple[int, int], consent: Consent) -> None:
    """Store those of a batch who are new as active subscribers, who all agreed in the same way.

    In the transaction in which they were counted, all of which an error ends: so that SQLite need not copy each page
    before it changes it, to take this one statement back.
    """
    db.conn.execute(
        f"""
        INSERT OR ROLLBACK INTO subscribers (
            key, email, mailbox, status, status_since, token, topics, nations, edition, only_when_matching, rest,
            consent_at, consent_wording, consent_channel, confirmed_at
        )
        SELECT key, email, mailbox, 'active', ?3, token, topics, nations, edition, only_when_matching, rest,
            ?3, ?4, ?5, ?6
        FROM staged_readers AS r WHERE row >= ?1 AND row < ?2 AND NOT {_SUPPRESSED}
        ORDER BY row
        ON CONFLICT (key) DO NOTHING
        """,
        [
            *batch,
            to_text(consent.when),
            consent.wording,
            consent.how,
            to_text(consent.confirmed_when) if consent.confirmed_when else None,
        ],
    )
