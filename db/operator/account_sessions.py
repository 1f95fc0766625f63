"""Log-in sessions of the desk: the hash of each token, whose it is, when it was last seen."""

import hashlib
import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta

from db.operator.accounts import SHARED_PASSWORD_ID
from db.schema.connect import Database
from db.schema.timestamps import to_instant, to_text

IDLE_LIMIT = timedelta(hours=12)  # after which a session is over
AGE_LIMIT = timedelta(days=30)  # the same, however often it is seen: a cookie that was copied is not good for ever
SEEN_STEP = timedelta(minutes=1)  # between two times that a session's last request is written down


@dataclass(frozen=True, slots=True)
class AccountSession:
    """One log-in, identified by its number; its token is known to its cookie alone."""

    id: int
    account_id: int  # 0: by the shared password
    shared_name: str  # what they called themselves who know that password
    shared_digest: str  # of that password's hash at the log-in
    client: str  # "Firefox on Windows, 192.0.2.0/24"
    began_at: datetime  # UTC
    seen_at: datetime  # UTC


def begin(
    db: Database,
    token: str,
    account_id: int,
    client: str,
    now: datetime,
    *,
    shared_name: str = "",
    shared_digest: str = "",
) -> None:
    """Somebody has logged in. What has ended or was idle for too long is deleted."""
    db.execute(
        "DELETE FROM account_sessions WHERE ended_at IS NOT NULL OR seen_at < ? OR began_at < ?",
        [to_text(now - IDLE_LIMIT), to_text(now - AGE_LIMIT)],
    )
    db.execute(
        """
        INSERT INTO account_sessions
            (token_hash, account_id, shared_name, shared_digest, client, began_at, seen_at)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        """,
        [_hash(token), account_id or None, shared_name, shared_digest, client, to_text(now), to_text(now)],
    )


def find(db: Database, token: str, now: datetime) -> AccountSession | None:
    """The session of a token; None where there is none, it has ended, is too old, or was idle for too long."""
    row = db.execute(
        "SELECT * FROM account_sessions WHERE token_hash = ? AND ended_at IS NULL AND began_at >= ?",
        [_hash(token), to_text(now - AGE_LIMIT)],
    ).fetchone()
    session = _session_from_row(row) if row else None
    return (
        session if session and abs(now - session.seen_at) <= IDLE_LIMIT else None
    )  # far ahead: the clock was put back


def is_visit_due(session: AccountSession, now: datetime) -> bool:
    """Whether a request is to be written down: not each is, so that reading pages writes little."""
    return abs(now - session.seen_at) >= SEEN_STEP


def visit(db: Database, number: int, now: datetime) -> None:
    """A request of the session has come just now."""
    db.execute("UPDATE account_sessions SET seen_at = ? WHERE id = ?", [to_text(now), number])


def end(db: Database, number: int, account_id: int, now: datetime) -> bool:
    """End one session of an account; whether it was one, and went on."""
    return bool(
        db.conn.execute(
            """
            UPDATE account_sessions SET ended_at = ? WHERE id = ? AND account_id IS ? AND ended_at IS NULL
            """,
            [to_text(now), number, account_id or None],
        ).rowcount
    )


def end_all(db: Database, account_id: int, now: datetime, but: int = 0) -> int:
    """End all sessions of an account, `but` one; how many."""
    return db.conn.execute(
        "UPDATE account_sessions SET ended_at = ? WHERE account_id IS ? AND ended_at IS NULL AND id <> ?",
        [to_text(now), account_id or None, but],
    ).rowcount


def listing(db: Database, account_id: int, now: datetime) -> list[AccountSession]:
    """The sessions of an account that go on, the one seen last first."""
    rows = db.execute(
        """
        SELECT * FROM account_sessions WHERE account_id IS ? AND ended_at IS NULL AND seen_at >= ? AND began_at >= ?
        ORDER BY seen_at DESC, id DESC
        """,
        [account_id or None, to_text(now - IDLE_LIMIT), to_text(now - AGE_LIMIT)],
    )
    return [_session_from_row(row) for row in rows]


def delete_all(db: Database) -> None:
    """Nobody is logged in any more."""
    db.execute("DELETE FROM account_sessions")


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _session_from_row(row: sqlite3.Row) -> AccountSession:
    return AccountSession(
        row["id"],
        row["account_id"] or SHARED_PASSWORD_ID,
        row["shared_name"],
        row["shared_digest"],
        row["client"],
        to_instant(row["began_at"]),
        to_instant(row["seen_at"]),
    )
