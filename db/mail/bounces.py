"""Bounces of our messages, hard or soft, with spam complaints."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from sqlite3 import Row
from typing import NamedTuple

from core.bounce_rules import Bounce
from core.states import BounceKind, BounceSource, BounceStanding
from db.schema.connect import Database
from db.schema.timestamps import to_instant, to_text


class BounceSelection(NamedTuple):
    """Which bounces are meant: those that agree with all that is given."""

    period: str = ""  # of the issue
    domain: str = ""  # of the mailbox
    reply: str = ""  # words that stand in the server's, in capitals or not
    key: str = ""  # of the mailbox
    hold_id: int = 0


@dataclass(frozen=True, slots=True)
class EndedCount:
    """How many subscriptions ended for the same reason at the same domain."""

    kind: BounceKind
    source: BounceSource  # who told us
    domain: str
    count: int
    total: int  # of all reasons and domains
    words: str  # the server's, of one of them


def add(db: Database, bounce: Bounce) -> int:
    """Store a bounce; its number, 0 when it is there already."""
    cursor = db.conn.execute(
        """
        INSERT INTO bounces (subscriber_id, period, kind, at, diagnostic, fingerprint, domain, signature, source, ended)
        VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (fingerprint) DO NOTHING
        """,
        [
            *(bounce.subscriber_id, bounce.period, bounce.kind, to_text(bounce.at), bounce.words, bounce.print),
            *(bounce.domain, bounce.signature, bounce.source, bounce.ended),
        ],
    )
    return cursor.lastrowid or 0 if cursor.rowcount == 1 else 0


def exists(db: Database, print: str) -> bool:
    """Whether a bounce is stored."""
    return find(db, print) is not None


def find(db: Database, print: str) -> Bounce | None:
    """The bounce of a fingerprint, or None."""
    row = db.execute("SELECT * FROM bounces WHERE fingerprint = ?", [print]).fetchone()
    return _bounce_from_row(row) if row else None


def list_counted(db: Database, subscriber_id: int, since: datetime) -> list[tuple[BounceKind, datetime]]:
    """The bounces of a subscriber that count, each kind with its time, oldest first; those since then."""
    rows = db.execute(
        """
        SELECT kind, at FROM bounces
        WHERE subscriber_id = ? AND kind IN ('soft', 'domain', 'hard') AND standing = 'counted' AND at >= ?
        ORDER BY at, id
        """,
        [subscriber_id, to_text(since)],
    )
    return [(row["kind"], to_instant(row["at"])) for row in rows]


def listing(db: Database, subscriber_id: int) -> list[Bounce]:
    """The bounces of a subscriber, oldest first."""
    rows = db.execute("SELECT * FROM bounces WHERE subscriber_id = ? ORDER BY at, id", [subscriber_id])
    return [_bounce_from_row(row) for row in rows]


def list_alike(db: Database, like: Bounce) -> list[Bounce]:
    """The bounces of one issue and domain in the same words, itself among them, oldest first; not what was ours."""
    rows = db.execute(
        """
        SELECT * FROM bounces
        WHERE period = ? AND domain = ? AND signature = ? AND kind <> 'complaint' AND standing <> 'void'
        ORDER BY at, id
        """,
        [like.period, like.domain, like.signature],
    )
    return [_bounce_from_row(row) for row in rows]


def list_grave(db: Database, period: str) -> list[Bounce]:
    """The bounces of an issue that end a subscription at once or at the second, or have ended one, oldest first.

    Not those of which the operator is or was asked.
    """
    rows = db.execute(
        """
        SELECT * FROM bounces WHERE period = ? AND standing = 'counted' AND hold_id IS NULL
            AND (kind IN ('hard', 'domain') OR (ended <> '' AND kind <> 'complaint')) ORDER BY at, id
        """,
        [period],
    )
    return [_bounce_from_row(row) for row in rows]


def count_alike(db: Database, like: Bounce) -> int:
    """How many `list_alike` would find."""
    row = db.execute(
        """
        SELECT COUNT(*) FROM bounces
        WHERE period = ? AND domain = ? AND signature = ? AND kind <> 'complaint' AND standing <> 'void'
        """,
        [like.period, like.domain, like.signature],
    ).fetchone()
    return int(row[0])


def count_grave(db: Database, period: str) -> int:
    """How many `list_grave` would find."""
    row = db.execute(
        """
        SELECT COUNT(*) FROM bounces WHERE period = ? AND standing = 'counted' AND hold_id IS NULL
            AND (kind IN ('hard', 'domain') OR (ended <> '' AND kind <> 'complaint'))
        """,
        [period],
    ).fetchone()
    return int(row[0])


def select(db: Database, which: BounceSelection) -> list[Bounce]:
    """The bounces that are meant, of those that hold or have ended a subscription, or count; oldest first."""
    rows = db.execute(
        """
        SELECT b.* FROM bounces AS b JOIN subscribers AS s ON s.id = b.subscriber_id
        WHERE b.kind <> 'complaint' AND b.standing <> 'void'
            AND (?1 = '' OR b.period = ?1) AND (?2 = '' OR b.domain = ?2)
            AND (?3 = '' OR instr(lower(b.diagnostic), ?3) > 0) AND (?4 = '' OR s.key = ?4)
            AND (?5 = 0 OR b.hold_id = ?5)
        ORDER BY b.at, b.id
        """,
        [which.period, which.domain.lower(), which.reply.lower(), which.key, which.hold_id],
    )
    return [_bounce_from_row(row) for row in rows]


def set_standing(db: Database, bounces: Iterable[Bounce], standing: BounceStanding, hold_id: int | None = None) -> None:
    """From now on bounces are held, count again or are void; they have ended nothing then."""
    db.conn.executemany(
        "UPDATE bounces SET standing = ?, hold_id = coalesce(?, hold_id), ended = '' WHERE id = ?",
        [(standing, hold_id, one.id) for one in bounces],
    )


def set_ended(db: Database, bounce: Bounce) -> None:
    """Write down which status a bounce has ended."""
    db.execute("UPDATE bounces SET ended = ? WHERE id = ?", [bounce.ended, bounce.id])


def void_delivered(db: Database, period: str) -> int:
    """What was refused and ended nobody, and was taken when it was sent again, says nothing any more; how many."""
    return db.conn.execute(
        """
        UPDATE bounces SET standing = 'void' WHERE period = ?1 AND EXISTS (
            SELECT 1 FROM deliveries
            WHERE period = ?1 AND subscriber_id = bounces.subscriber_id AND state = 'sent'
        ) AND (standing = 'held' OR (standing = 'counted' AND source = 'refusal' AND ended = ''))
        """,
        [period],
    ).rowcount


def count_ended(db: Database, period: str, most: int) -> list[EndedCount]:
    """How many subscriptions were ended by what came of an issue, for each kind, source and domain.

    Those of most subscriptions, so many at most.
    """
    rows = db.execute(
        """
        SELECT kind, source, domain, count, total, (
            SELECT diagnostic FROM bounces AS b WHERE b.period = ?1 AND b.ended <> ''
                AND b.kind = largest.kind AND b.source = largest.source AND b.domain = largest.domain LIMIT 1
        ) AS words
        FROM (
            SELECT kind, source, domain, COUNT(*) AS count, SUM(COUNT(*)) OVER () AS total FROM bounces
            WHERE period = ?1 AND ended <> '' GROUP BY kind, source, domain
            ORDER BY count DESC, kind, source, domain LIMIT ?2
        ) AS largest ORDER BY count DESC, kind, source, domain
        """,
        [period, most],
    )
    return [EndedCount(**dict(row)) for row in rows]


def count_ended_by_kind(db: Database, period: str) -> dict[BounceKind, int]:
    """The same by kind alone, all of them."""
    rows = db.execute(
        "SELECT kind, COUNT(*) FROM bounces WHERE period = ? AND ended <> '' GROUP BY kind ORDER BY kind", [period]
    )
    return {row[0]: row[1] for row in rows}


def _bounce_from_row(row: Row) -> Bounce:
    return Bounce(
        **{
            name: row[name]
            for name in "id subscriber_id period kind domain signature source standing ended hold_id".split()
        },
        at=to_instant(row["at"]),
        words=row["diagnostic"],
        print=row["fingerprint"],
    )


def void_all(db: Database, subscriber_id: int) -> None:
    """No bounce of a subscriber counts any more: their mail goes to another mailbox."""
    db.execute("UPDATE bounces SET standing = 'void' WHERE subscriber_id = ? AND standing <> 'void'", [subscriber_id])
