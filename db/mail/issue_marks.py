"""Issue marks: what the scheduler or a person decided of a month, whether or not it has an issue."""

import sqlite3
from datetime import datetime
from typing import NamedTuple

from core.states import IssueMark
from db.schema.connect import Database
from db.schema.timestamps import to_instant, to_text


class PeriodMark(NamedTuple):
    """One mark of a month, identified by the period and the mark."""

    period: str
    mark: IssueMark
    at: datetime  # UTC; of a restored one, when the backup was made
    details: str = ""


def _mark_from_row(row: sqlite3.Row) -> PeriodMark:
    return PeriodMark(row["period"], row["mark"], to_instant(row["at"]), row["details"])


def get(db: Database, period: str, mark: IssueMark) -> PeriodMark | None:
    """A month's mark; None: it has none of that kind."""
    row = db.execute(
        "SELECT period, mark, at, details FROM issue_marks WHERE period = ? AND mark = ?", [period, mark]
    ).fetchone()
    return _mark_from_row(row) if row else None


def listing(db: Database, mark: IssueMark) -> dict[str, PeriodMark]:
    """The months that have a mark, oldest first."""
    rows = db.execute("SELECT period, mark, at, details FROM issue_marks WHERE mark = ? ORDER BY period", [mark])
    return {row["period"]: _mark_from_row(row) for row in rows}


def by_period(db: Database, since: str) -> dict[str, set[IssueMark]]:
    """The marks of each month that has any, from the period `since` on."""
    found: dict[str, set[IssueMark]] = {}
    for row in db.execute("SELECT period, mark FROM issue_marks WHERE period >= ? ORDER BY period, mark", [since]):
        found.setdefault(row["period"], set()).add(row["mark"])
    return found


def save(db: Database, period: str, mark: IssueMark, now: datetime, details: str = "") -> None:
    """Mark a month, in place of an earlier mark of the kind."""
    db.execute(
        """
        INSERT INTO issue_marks (period, mark, at, details) VALUES (?, ?, ?, ?)
        ON CONFLICT (period, mark) DO UPDATE SET at = excluded.at, details = excluded.details
        """,
        [period, mark, to_text(now), details],
    )


def delete(db: Database, period: str, mark: IssueMark) -> None:
    """Take a mark away."""
    db.execute("DELETE FROM issue_marks WHERE period = ? AND mark = ?", [period, mark])
