"""Runs: what each read of each source did."""

import json
import sqlite3
from datetime import datetime

from core.source_records import Leftover, Run
from db.schema.connect import Database
from db.schema.timestamps import instant_or_none, to_instant, to_text

RUN_COUNTS = "pages seen new changed missing unchanged not_modified quarantined bytes requests seconds".split()


def add(db: Database, run: Run) -> None:
    """Note what a read did."""
    db.insert(
        "runs",
        {name: getattr(run, name) for name in RUN_COUNTS}
        | {
            "source": run.source,
            "started_at": to_text(run.started_at),
            "accepted": int(not run.failed and not run.quarantined and not run.paused),
            "failed": int(run.failed),
            "problems": json.dumps(run.problems),
            "baseline": int(run.baseline),
            "covered_years": json.dumps(run.covered),
            "leftovers": json.dumps([(one.words, one.why) for one in run.leftovers]),
            "lost_review_ids": json.dumps(run.lost),
        },
    )


def run_from_row(row: sqlite3.Row) -> Run:
    """A read as its row has it."""
    return Run(
        row["source"],
        to_instant(row["started_at"]),
        **{name: row[name] for name in RUN_COUNTS},
        problems=tuple(json.loads(row["problems"])),
        failed=bool(row["failed"]),
        baseline=bool(row["baseline"]),
        covered=tuple(json.loads(row["covered_years"])),
        leftovers=tuple(Leftover(*pair) for pair in json.loads(row["leftovers"])),
        lost=tuple(json.loads(row["lost_review_ids"])),
    )


def latest(db: Database, source: str, good: bool = False) -> Run | None:
    """The last read of a source, or its last good one; None when there is none."""
    row = db.execute(
        "SELECT * FROM runs WHERE source = ? AND (accepted = 1 OR ? = 0) ORDER BY id DESC LIMIT 1",
        [source, int(good)],
    ).fetchone()
    return run_from_row(row) if row else None


def latest_good_by(db: Database, source: str, at: datetime) -> Run | None:
    """The last good read of a source up to an instant; None when there is none."""
    row = db.execute(
        "SELECT * FROM runs WHERE source = ? AND accepted = 1 AND started_at <= ? ORDER BY started_at DESC LIMIT 1",
        [source, to_text(at)],
    ).fetchone()
    return run_from_row(row) if row else None


def latest_verdict(db: Database, source: str) -> Run | None:
    """The last read of a source that was believed or quarantined: a failed or paused one says nothing of either."""
    row = db.execute(
        "SELECT * FROM runs WHERE source = ? AND (accepted = 1 OR quarantined > 0) ORDER BY id DESC LIMIT 1", [source]
    ).fetchone()
    return run_from_row(row) if row else None


def latest_quarantined(db: Database, source: str) -> Run | None:
    """The last read of a source that was not believed; None when there is none."""
    row = db.execute(
        "SELECT * FROM runs WHERE source = ? AND quarantined > 0 ORDER BY id DESC LIMIT 1", [source]
    ).fetchone()
    return run_from_row(row) if row else None


def latest_attempt(db: Database, source: str) -> Run | None:
    """The last read of a source that came to an end, good or not: a part of a walk is none."""
    row = db.execute(
        """
        SELECT * FROM runs WHERE source = ? AND (accepted = 1 OR failed = 1 OR quarantined > 0)
        ORDER BY id DESC LIMIT 1
        """,
        [source],
    ).fetchone()
    return run_from_row(row) if row else None


def first_leftovers(db: Database, source: str) -> tuple[Leftover, ...]:
    """What the first good read of a source left over."""
    row = db.execute(
        "SELECT * FROM runs WHERE source = ? AND accepted = 1 ORDER BY started_at, id LIMIT 1", [source]
    ).fetchone()
    return run_from_row(row).leftovers if row else ()


def list_losses(db: Database, source: str) -> list[Run]:
    """The reads of a source from which too many reviews were gone, since its last good one that covers any year.

    The oldest first. One of a long list's front covers none.
    """
    rows = db.execute(
        """
        SELECT * FROM runs
        WHERE source = ? AND lost_review_ids <> '[]' AND id > COALESCE(
            (SELECT MAX(id) FROM runs WHERE source = ? AND accepted = 1 AND covered_years <> '[]'), 0)
        ORDER BY id
        """,
        [source, source],
    )
    return [run_from_row(row) for row in rows]


def list_doubted(db: Database, source: str, since: datetime) -> list[Run]:
    """The good reads of a source since then of which something was said all the same, the oldest first."""
    rows = db.execute(
        "SELECT * FROM runs WHERE source = ? AND started_at >= ? AND accepted = 1 AND problems <> '[]' ORDER BY id",
        [source, to_text(since)],
    )
    return [run_from_row(row) for row in rows]


def count_failures(db: Database, source: str) -> int:
    """How many reads in a row, up to the last, could not be made."""
    row = db.execute(
        """
        SELECT COUNT(*) FROM runs
        WHERE source = ? AND failed = 1 AND id > COALESCE(
            (SELECT MAX(id) FROM runs WHERE source = ? AND failed = 0), 0)
        """,
        [source, source],
    ).fetchone()
    return int(row[0])


def good_reads_around(db: Database, source: str, at: datetime) -> tuple[datetime | None, datetime | None]:
    """A source's last good read before an instant, and its first from then on."""
    row = db.execute(
        """
        SELECT (SELECT MAX(started_at) FROM runs WHERE source = ?1 AND accepted = 1 AND started_at < ?2),
            (SELECT MIN(started_at) FROM runs WHERE source = ?1 AND accepted = 1 AND started_at >= ?2)
        """,
        [source, to_text(at)],
    ).fetchone()
    return instant_or_none(row[0]), instant_or_none(row[1])


def first_good_read(db: Database) -> datetime | None:
    """The start of the first read that went well, of whatever source: no issue is due before it."""
    return instant_or_none(db.execute("SELECT MIN(started_at) FROM runs WHERE accepted = 1").fetchone()[0])


def last_good_read(db: Database) -> datetime | None:
    """The start of the last read that went well, of whatever source."""
    return instant_or_none(db.execute("SELECT MAX(started_at) FROM runs WHERE accepted = 1").fetchone()[0])


def delete_before(db: Database, before: datetime) -> int:
    """Delete the runs of before then but, of each source, its first and last good one and its last; how many."""
    return db.conn.execute(
        """
        DELETE FROM runs WHERE started_at < ? AND id NOT IN (
            SELECT MAX(id) FROM runs GROUP BY source
            UNION SELECT MIN(id) FROM runs WHERE accepted = 1 GROUP BY source
            UNION SELECT MAX(id) FROM runs WHERE accepted = 1 GROUP BY source
        )
        """,
        [to_text(before)],
    ).rowcount
