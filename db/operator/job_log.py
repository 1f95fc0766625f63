"""Job log of the scheduler: when each job was last done."""

from datetime import datetime, timedelta
from typing import NamedTuple

from db.schema.connect import Database
from db.schema.timestamps import to_instant, to_text

TICK_TASK, HEARTBEAT_TASK = "tick", "heartbeat"  # a tick; that serve lives, however long its work takes
CLOCK_SET_BACK_TASK, CLOCK_JUMP_TASK = "clock set back", "clock jump"  # from what; by how many days
CLOCK_DAYS_TASK, CLOCK_BEHIND_TASK = "clock days", "clock behind"  # the last days of ticks; since when it is doubted
UNSENT_TASK = "unsent alert"  # the last message to the operator that failed
SERVE_RUNNER, TICK_RUNNER = "serve", "tick"  # who ticked last
CLOCK_TOLERANCE = timedelta(minutes=1)  # by which a clock may be put right unnoticed


class JobLogEntry(NamedTuple):
    """When a job was last done, identified by the job."""

    job: str  # "tick", "links"
    at: datetime  # UTC
    details: str = ""


def get(db: Database, job: str) -> JobLogEntry | None:
    """When a job was last done; None: never."""
    row = db.execute("SELECT job, at, details FROM job_log WHERE job = ?", [job]).fetchone()
    return JobLogEntry(row["job"], to_instant(row["at"]), row["details"]) if row else None


def save(db: Database, job: str, now: datetime, details: str = "") -> None:
    """Write down that a job was done, in place of what was there."""
    db.execute(
        """
        INSERT INTO job_log (job, at, details) VALUES (?, ?, ?)
        ON CONFLICT (job) DO UPDATE SET at = excluded.at, details = excluded.details
        """,
        [job, to_text(now), details],
    )


def delete(db: Database, job: str) -> None:
    """Forget when a job was done."""
    db.execute("DELETE FROM job_log WHERE job = ?", [job])
