"""Support checks: the days on which a person rang or looked up the support lines, who it was, and which lines."""

from datetime import date
from typing import NamedTuple

from db.schema.connect import Database


class SupportCheck(NamedTuple):
    """That the support lines are right, identified by the day and who says so."""

    day: date  # of the installation's zone
    who: str
    lines: str  # as they were: another number is not checked by it


def latest(db: Database) -> SupportCheck | None:
    """The last one; None: nobody has said so on the desk."""
    row = db.execute("SELECT checked_on, who, lines FROM support_checks ORDER BY checked_on DESC, id DESC").fetchone()
    return SupportCheck(date.fromisoformat(row["checked_on"]), row["who"], row["lines"]) if row else None


def add(db: Database, check: SupportCheck) -> None:
    """Write one down."""
    db.execute(
        "INSERT INTO support_checks (checked_on, who, lines) VALUES (?, ?, ?)",
        [check.day.isoformat(), check.who, check.lines],
    )
