"""Audit trail of the operator's pages: who did what, when."""

from datetime import datetime
from typing import NamedTuple

from db.schema.connect import Database
from db.schema.timestamps import to_instant, to_text

MAX_LENGTH = 500  # characters of a line that are kept


class AuditEntry(NamedTuple):
    """One thing that was done, identified by its number."""

    id: int
    at: datetime  # UTC
    who: str
    what: str


def add(db: Database, who: str, what: str, now: datetime) -> None:
    """Write a line. Whoever calls leaves out tokens, and masks addresses."""
    db.execute(
        "INSERT INTO audit_trail (at, actor, action) VALUES (?, ?, ?)",
        [to_text(now), who[:MAX_LENGTH], " ".join(what.split())[:MAX_LENGTH]],
    )


def listing(db: Database, before: int = 0, limit: int = 50) -> list[AuditEntry]:
    """The newest lines first; `before`: those older than the line of that number."""
    rows = db.execute(
        "SELECT id, at, actor, action FROM audit_trail WHERE ? = 0 OR id < ? ORDER BY id DESC LIMIT ?",
        [before, before, limit],
    )
    return [AuditEntry(row["id"], to_instant(row["at"]), row["actor"], row["action"]) for row in rows]


def delete_before(db: Database, before: datetime) -> int:
    """Delete what was written down before then; how many lines."""
    return db.conn.execute("DELETE FROM audit_trail WHERE at < ?", [to_text(before)]).rowcount
