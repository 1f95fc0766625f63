"""Waiting notices: messages to one operator that others have already, until they have it too."""

from datetime import datetime
from typing import NamedTuple

from db.schema.connect import Database
from db.schema.timestamps import instant_or_none, to_instant, to_text


class WaitingNotice(NamedTuple):
    """One message that could not be handed over, identified by its number. Printing one shows no message."""

    id: int
    mailbox: str
    name: str  # of its file, should it go to the outbox
    message: bytes
    asked_at: datetime  # UTC
    attempts: int

    def __repr__(self) -> str:
        return f"WaitingNotice({self.id}, {self.name!r})"


def add(db: Database, mailbox: str, name: str, message: bytes, now: datetime, due_at: datetime) -> None:
    """Keep a message after its first attempt; in the caller's transaction."""
    db.execute(
        """
        INSERT INTO waiting_notices (mailbox, name, message, asked_at, attempts, due_at) VALUES (?, ?, ?, ?, 1, ?)
        """,
        [mailbox, name, message, to_text(now), to_text(due_at)],
    )


def list_due(db: Database, now: datetime) -> list[WaitingNotice]:
    """Those whose time has come, the oldest first."""
    rows = db.execute(
        """
        SELECT id, mailbox, name, message, asked_at, attempts FROM waiting_notices WHERE due_at <= ? ORDER BY id
        """,
        [to_text(now)],
    )
    return [
        WaitingNotice(
            row["id"], row["mailbox"], row["name"], row["message"], to_instant(row["asked_at"]), row["attempts"]
        )
        for row in rows
    ]


def first_asked(db: Database) -> datetime | None:
    """When the oldest of those that wait was first tried; None where none waits."""
    return instant_or_none(db.execute("SELECT MIN(asked_at) FROM waiting_notices").fetchone()[0])


def list_mailboxes(db: Database) -> list[str]:
    """Whom those that wait are for, each once."""
    return [row[0] for row in db.execute("SELECT DISTINCT mailbox FROM waiting_notices ORDER BY mailbox")]


def postpone(db: Database, number: int, due_at: datetime) -> None:
    """It could not be handed over once more; in the caller's transaction."""
    db.execute("UPDATE waiting_notices SET attempts = attempts + 1, due_at = ? WHERE id = ?", [to_text(due_at), number])


def delete(db: Database, number: int) -> None:
    """It was handed over, or given up; in the caller's transaction."""
    db.execute("DELETE FROM waiting_notices WHERE id = ?", [number])
