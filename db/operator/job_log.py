"""Job log of the scheduler: when each job was last done for each day, month or name."""

import sqlite3
from dataclasses import dataclass
from datetime import datetime

from db.schema.connect import Database
from db.schema.timestamps import instant_or_none, to_instant, to_text

RESTORED_JOB = "restored"  # the task of months of which a backup does not say whether their issue went out since


@dataclass(frozen=True, slots=True)
class JobLogEntry:
    """One thing done, identified by its task and slot."""

    task: str  # "links", "late", "notice"
    slot: str  # the day, the month or the name it was done for; empty where there is but one
    at: datetime  # UTC
    words: str = ""


def _entry_from_row(row: sqlite3.Row) -> JobLogEntry:
    return JobLogEntry(row["task"], row["slot"], to_instant(row["at"]), row["words"])


def get(db: Database, task: str, slot: str = "") -> JobLogEntry | None:
    """What is written down of a task and slot, or None."""
    row = db.execute("SELECT * FROM chores WHERE task = ? AND slot = ?", [task, slot]).fetchone()
    return _entry_from_row(row) if row else None


def listing(db: Database, task: str) -> dict[str, JobLogEntry]:
    """All that is written down of a task, by slot."""
    rows = db.execute("SELECT * FROM chores WHERE task = ? ORDER BY slot", [task])
    return {row["slot"]: _entry_from_row(row) for row in rows}


def save(db: Database, task: str, slot: str, now: datetime, words: str = "") -> None:
    """Write down that a task was done, in place of what was there."""
    db.execute(
        """
        INSERT INTO chores (task, slot, at, words) VALUES (?, ?, ?, ?)
        ON CONFLICT (task, slot) DO UPDATE SET at = excluded.at, words = excluded.words
        """,
        [task, slot, to_text(now), words],
    )


def delete(db: Database, task: str, slot: str = "") -> None:
    """Forget what is written down of a task and slot."""
    db.execute("DELETE FROM chores WHERE task = ? AND slot = ?", [task, slot])


def delete_before(db: Database, task: str, slot: str) -> None:
    """Forget a task's slots before this one, for slots that sort as time does."""
    db.execute("DELETE FROM chores WHERE task = ? AND slot < ?", [task, slot])


def first_good_read(db: Database) -> datetime | None:
    """The start of the first read that went well, of whatever source: no issue is due before it."""
    return instant_or_none(db.execute("SELECT MIN(started_at) FROM runs WHERE good = 1").fetchone()[0])
