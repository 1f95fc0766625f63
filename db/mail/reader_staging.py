"""Staging of a list of readers: its rows in a temporary table, from where those who are new are taken in batches.

What is staged is in a temporary file of SQLite's, so that memory does not grow with the list, and nobody waits for the
database while the list is read. The tables are this connection's own and go with it. A batch is a range of places: what
it adds and what is counted of it is one transaction's.

Readers are added in the order of their mailboxes' keys, with the list's tokens dealt out in the order of these, so that
the two largest indexes are filled from one end to the other: else each batch would write all pages of both.
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

STAGING_CACHE, CACHE = 4_096, 32_768  # KiB of memory for the temporary tables, and for the database's own
COLUMNS = "key, email, mailbox, address_hash, topics, nations, edition, only_when_matching, rest"
TABLES = {
    "listed_readers": f"row INTEGER PRIMARY KEY, token, {COLUMNS}",
    "staged_readers": f"place INTEGER PRIMARY KEY, row, {COLUMNS}",
    "staged_tokens": "place INTEGER PRIMARY KEY, token",
}
_SUPPRESSED = "EXISTS (SELECT 1 FROM suppressions AS p WHERE p.address_hash = r.address_hash)"


class StagedReader(NamedTuple):
    """One row of a list, as it will be stored should its mailbox be new."""

    token: str  # dealt out among the readers of the list
    key: str
    email: str
    mailbox: str
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
    db.conn.execute(f"PRAGMA cache_size = {-CACHE}")
    _drop_tables(db)
    for name, columns in TABLES.items():
        db.conn.execute(f"CREATE TEMP TABLE {name} ({columns})")
    try:
        yield
    finally:
        _drop_tables(db)


def _drop_tables(db: Database) -> None:
    for name in TABLES:
        db.conn.execute(f"DROP TABLE IF EXISTS temp.{name}")


def stage(db: Database, readers: Iterable[StagedReader]) -> None:
    """Stage rows in the order of the list."""
    db.conn.execute("BEGIN")
    try:
        db.conn.executemany(
            f"INSERT INTO listed_readers (token, {COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
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


def sort_staged(db: Database) -> tuple[int, int]:
    """Sort what is staged by mailbox, one row of each, the first of the list; how many stay, and how many do not.

    The places of those that stay are the numbers from 1 on. SQLite takes the other columns from the row of the minimum.
    """
    staged = db.conn.execute(
        f"""
        INSERT INTO staged_readers (row, {COLUMNS})
        SELECT MIN(row), {COLUMNS} FROM listed_readers GROUP BY key ORDER BY key
        """
    ).rowcount
    db.conn.execute("INSERT INTO staged_tokens (token) SELECT token FROM listed_readers ORDER BY token")
    listed = db.conn.execute("DELETE FROM listed_readers").rowcount
    return staged, listed - staged


def count_batch(db: Database, batch: tuple[int, int]) -> BatchCounts:
    """What the rows of a batch are, as things stand."""
    rows, suppressed = db.execute(
        f"""
        SELECT COUNT(*), TOTAL({_SUPPRESSED} AND NOT EXISTS (SELECT 1 FROM subscribers AS s WHERE s.key = r.key))
        FROM staged_readers AS r WHERE place >= ? AND place < ?
        """,
        batch,
    ).fetchone()
    statuses = db.execute(
        """
        SELECT s.status, COUNT(*) FROM staged_readers AS r CROSS JOIN subscribers AS s ON s.key = r.key
        WHERE r.place >= ? AND r.place < ? GROUP BY s.status ORDER BY s.status
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
        FROM staged_readers AS r CROSS JOIN staged_tokens USING (place)
        WHERE place >= ?1 AND place < ?2 AND NOT {_SUPPRESSED}
        ORDER BY place
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
