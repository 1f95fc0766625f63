"""Source addresses with their HTTP validators, runs, robots.txt."""

import json
import sqlite3
from collections.abc import Iterable
from datetime import datetime

from core.records import Robots, Run, SourceCheckpoint
from db.schema.connect import Database
from db.schema.timestamps import instant_or_none, to_instant, to_text

RUN_COUNTS = "pages seen new changed missing unchanged not_modified quarantined bytes requests seconds".split()


def get(db: Database, source: str, url: str) -> SourceCheckpoint:
    """What we hold of a source's address; an empty record before its first read."""
    row = db.execute("SELECT * FROM sources WHERE name = ? AND url = ?", [source, url]).fetchone()
    if row is None:
        return SourceCheckpoint(source, url)
    return SourceCheckpoint(
        source,
        url,
        row["etag"],
        row["last_modified"],
        row["sha256"],
        row["grammar"],
        instant_or_none(row["read_at"]),
        instant_or_none(row["baseline_at"]),
        instant_or_none(row["not_before"]),
    )


def has_baseline(db: Database, source: str) -> bool:
    """Whether a source was ever read well, at whatever address: what it lists from then on is news."""
    row = db.execute("SELECT 1 FROM sources WHERE name = ? AND baseline_at IS NOT NULL LIMIT 1", [source]).fetchone()
    return row is not None


def clear_validators(db: Database, review_id: int) -> None:
    """Have the sources that show a review read in full again: what they say of it was passed over."""
    db.execute(
        """
        UPDATE sources SET etag = '', last_modified = '', sha256 = ''
        WHERE name IN (SELECT source FROM sightings WHERE review_id = ?)
        """,
        [review_id],
    )
    db.execute("UPDATE sightings SET missing_since = NULL WHERE review_id = ?", [review_id])


def save(db: Database, known: SourceCheckpoint) -> None:
    """Store what we hold of a source's address."""
    db.table("sources", pk=("name", "url")).upsert(
        {
            "name": known.source,
            "url": known.url,
            "etag": known.etag,
            "last_modified": known.last_modified,
            "sha256": known.sha256,
            "grammar": known.grammar,
            "read_at": to_text(known.read_at) if known.read_at else None,
            "baseline_at": to_text(known.baseline_at) if known.baseline_at else None,
            "not_before": to_text(known.not_before) if known.not_before else None,
        }
    )


def add_run(db: Database, run: Run) -> None:
    """Note what a read did."""
    db.table("runs").insert(
        {name: getattr(run, name) for name in RUN_COUNTS}
        | {
            "source": run.source,
            "started_at": to_text(run.started_at),
            "good": int(not run.failed and not run.quarantined and not run.paused),
            "failed": int(run.failed),
            "problems": json.dumps(run.problems),
        }
    )


def last_run(db: Database, source: str, good: bool = False) -> Run | None:
    """The last read of a source, or its last good one; None when there is none."""
    row = db.execute(
        "SELECT * FROM runs WHERE source = ? AND (good = 1 OR ? = 0) ORDER BY id DESC LIMIT 1",
        [source, int(good)],
    ).fetchone()
    return run_from_row(row) if row else None


def last_verdict(db: Database, source: str) -> Run | None:
    """The last read of a source that was believed or quarantined: a failed or paused one says nothing of either."""
    row = db.execute(
        "SELECT * FROM runs WHERE source = ? AND (good = 1 OR quarantined > 0) ORDER BY id DESC LIMIT 1", [source]
    ).fetchone()
    return run_from_row(row) if row else None


def run_from_row(row: sqlite3.Row) -> Run:
    return Run(
        row["source"],
        to_instant(row["started_at"]),
        **{name: row[name] for name in RUN_COUNTS},
        problems=tuple(json.loads(row["problems"])),
        failed=bool(row["failed"]),
    )


def list_robots(db: Database) -> dict[str, Robots]:
    """Every robots.txt we hold, by origin."""
    rows = db.execute("SELECT origin, status, body, fetched_at FROM robots ORDER BY origin")
    return {row[0]: Robots(row[0], row[1], row[2], to_instant(row[3])) for row in rows}


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


def save_robots(db: Database, found: Iterable[Robots]) -> None:
    """Store what was read of robots.txt."""
    for robots in found:
        db.table("robots", pk="origin").upsert(
            {
                "origin": robots.origin,
                "status": robots.status,
                "body": robots.body,
                "fetched_at": to_text(robots.fetched_at),
            }
        )


def earliest_good_read(db: Database, sources: Iterable[str]) -> datetime | None:
    """The earliest of the sources' last good reads: until then all were read well. None if one never was."""
    days = [run.started_at if (run := last_run(db, source, good=True)) else None for source in sources]
    return min(day for day in days if day) if days and all(days) else None
