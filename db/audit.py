"""The audit trail: what was done on the operator's pages, by whom, when."""

from dataclasses import dataclass
from datetime import datetime

from db.connect import Database
from db.times import to_instant, to_text

LONGEST = 500  # characters of a line that are kept


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing that was done, identified by its number."""

    id: int
    at: datetime  # UTC
    who: str
    what: str


def add(db: Database, who: str, what: str, now: datetime) -> None:
    """Write a line. Whoever calls leaves out tokens, and masks addresses."""
    db.execute(
        "INSERT INTO audit (at, who, what) VALUES (?, ?, ?)",
        [to_text(now), who[:LONGEST], " ".join(what.split())[:LONGEST]],
    )


def listing(db: Database, before: int = 0, limit: int = 50) -> list[Entry]:
    """The newest lines first; `before`: those older than the line of that number."""
    rows = db.execute(
        "SELECT id, at, who, what FROM audit WHERE ? = 0 OR id < ? ORDER BY id DESC LIMIT ?", [before, before, limit]
    )
    return [Entry(row["id"], to_instant(row["at"]), row["who"], row["what"]) for row in rows]
