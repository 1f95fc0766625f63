"""Invitations to the desk: links, good once, by which a person takes an account or chooses a new password."""

import hashlib
from datetime import datetime, timedelta

from db.schema.connect import Database
from db.schema.timestamps import to_text

GOOD_FOR = timedelta(days=7)  # after which a link is worth nothing


def make(db: Database, account_id: int, token: str, now: datetime) -> None:
    """A link for an account; those made for it before are worth nothing now."""
    db.execute("DELETE FROM account_invitations WHERE account_id = ?", [account_id])
    db.execute(
        "INSERT INTO account_invitations (token_hash, account_id, made_at) VALUES (?, ?, ?)",
        [_hash(token), account_id, to_text(now)],
    )


def find(db: Database, token: str, now: datetime) -> int:
    """The number of the account that a link is for; 0 where it is worth nothing: unknown, used, or too old."""
    row = db.execute(
        "SELECT account_id FROM account_invitations WHERE token_hash = ? AND used_at IS NULL AND made_at > ?",
        [_hash(token), to_text(now - GOOD_FOR)],
    ).fetchone()
    return int(row[0]) if row else 0


def take(db: Database, token: str, now: datetime) -> int:
    """Use up a link; the number of the account that it is for, or 0 as `find` says. Inside a transaction."""
    if number := find(db, token, now):
        db.execute("UPDATE account_invitations SET used_at = ? WHERE token_hash = ?", [to_text(now), _hash(token)])
    return number


def delete_of(db: Database, account_id: int) -> None:
    """The links of an account are worth nothing now."""
    db.execute("DELETE FROM account_invitations WHERE account_id = ?", [account_id])


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
