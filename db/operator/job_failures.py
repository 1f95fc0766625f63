"""Job failures of the scheduler: which jobs fail, since when, why."""

import sqlite3
from datetime import datetime
from typing import NamedTuple

from db.schema.connect import Database
from db.schema.timestamps import to_instant, to_text

DELIVERY_JOB = "delivery"  # what the sending of issues is called among the jobs


class JobFailure(NamedTuple):
    """A job that fails, identified by its name."""

    job: str
    since: datetime  # UTC
    reason: str  # one line: why it failed last
    tried_at: datetime  # UTC; the last time


def relay_job(name: str) -> str:
    """What a relay that fails while others go on is called among the jobs."""
    return f"relay {name}"


def _failure_from_row(row: sqlite3.Row) -> JobFailure:
    return JobFailure(row["job"], to_instant(row["since"]), row["reason"], to_instant(row["tried_at"]))


def get(db: Database, job: str) -> JobFailure | None:
    """How a job fails; None: it does not."""
    row = db.execute("SELECT job, since, reason, tried_at FROM job_failures WHERE job = ?", [job]).fetchone()
    return _failure_from_row(row) if row else None


def listing(db: Database) -> list[JobFailure]:
    """All jobs that fail, by name."""
    return [
        _failure_from_row(row)
        for row in db.execute("SELECT job, since, reason, tried_at FROM job_failures ORDER BY job")
    ]


def save(db: Database, job: str, now: datetime, reason: str) -> None:
    """Write down that a job has failed, again or for the first time."""
    at = to_text(now)
    db.execute(
        """
        INSERT INTO job_failures (job, since, reason, tried_at) VALUES (?, ?, ?, ?)
        ON CONFLICT (job) DO UPDATE SET reason = excluded.reason, tried_at = excluded.tried_at
        """,
        [job, at, reason, at],
    )


def delete(db: Database, job: str) -> None:
    """The job works again."""
    db.execute("DELETE FROM job_failures WHERE job = ?", [job])
