"""Accounts of the people at the desk: who they are, their role, how they log in."""

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime

from core.states import OperatorNotice, Role
from db.schema.connect import Database
from db.schema.timestamps import instant_or_none, to_instant, to_text

SHARED_PASSWORD_ID = 0  # of who logged in by the password that several know: no account


@dataclass(frozen=True, slots=True)
class Account:
    """One person at the desk, identified by `id`; 0: somebody who knows the shared password."""

    id: int
    email: str  # as it was given; empty where the password is shared
    name: str
    role: Role
    invited_at: datetime  # UTC
    activated_at: datetime | None = None  # UTC; None: the invitation was not taken yet
    closed_at: datetime | None = None  # UTC; None: it is open
    told: tuple[OperatorNotice, ...] = ()  # what they are told by email
    password_hash: str = field(default="", repr=False)  # scrypt; empty: none chosen
    totp_secret: str = field(default="", repr=False)  # encrypted; empty: no second factor
    oidc_issuer: str = ""
    oidc_subject: str = ""

    @property
    def active(self) -> bool:
        """Whether the person may log in: the invitation was taken, and the account is open."""
        return self.activated_at is not None and self.closed_at is None

    @property
    def label(self) -> str:
        """As the audit trail and pages name the person."""
        return f"{self.name}, {self.email}" if self.email else self.name


def add(db: Database, email: str, name: str, role: Role, now: datetime, told: Iterable[OperatorNotice] = ()) -> Account:
    """A new account, which nobody can log in to yet. Whoever calls has checked that the address is not taken."""
    number = db.conn.execute(
        "INSERT INTO accounts (email, name, role, told, invited_at) VALUES (?, ?, ?, ?, ?)",
        [email, name, role, json.dumps([*told]), to_text(now)],
    ).lastrowid
    assert number
    return Account(number, email, name, role, now, told=tuple(told))


def get(db: Database, number: int) -> Account | None:
    """The account of a number, closed ones too; None where there is none."""
    row = db.execute("SELECT * FROM accounts WHERE id = ?", [number]).fetchone()
    return _account_from_row(row) if row else None


def find_by_email(db: Database, email: str) -> Account | None:
    """The account of an address, however its letters are written; closed ones too."""
    row = db.execute("SELECT * FROM accounts WHERE email = ?", [email.strip()]).fetchone()
    return _account_from_row(row) if row else None


def find_by_oidc(db: Database, issuer: str, subject: str) -> Account | None:
    """The account of whom a provider vouches for."""
    row = db.execute("SELECT * FROM accounts WHERE oidc_issuer = ? AND oidc_subject = ?", [issuer, subject]).fetchone()
    return _account_from_row(row) if row else None


def has_open(db: Database) -> bool:
    """Whether anybody has an account that is not closed."""
    return db.execute("SELECT 1 FROM accounts WHERE closed_at IS NULL").fetchone() is not None


def listing(db: Database) -> list[Account]:
    """All accounts: the open ones first, by name."""
    rows = db.execute("SELECT * FROM accounts ORDER BY closed_at IS NOT NULL, name COLLATE NOCASE, id")
    return [_account_from_row(row) for row in rows]


def update_role(db: Database, number: int, role: Role) -> None:
    """Give a person another role: it counts from their next request on."""
    db.execute("UPDATE accounts SET role = ? WHERE id = ?", [role, number])


def update_told(db: Database, number: int, told: Iterable[OperatorNotice]) -> None:
    """Change what a person is told by email."""
    db.execute("UPDATE accounts SET told = ? WHERE id = ?", [json.dumps([*told]), number])


def set_password_hash(db: Database, number: int, password_hash: str, now: datetime) -> None:
    """Store the hash of a person's password; the first one activates the account."""
    db.execute(
        "UPDATE accounts SET password_hash = ?, activated_at = COALESCE(activated_at, ?) WHERE id = ?",
        [password_hash, to_text(now), number],
    )


def set_totp_secret(db: Database, number: int, secret: str) -> None:
    """Store the secret of a person's second factor, encrypted; empty: none from now on."""
    db.execute("UPDATE accounts SET totp_secret = ?, totp_last_step = NULL WHERE id = ?", [secret or None, number])


def take_totp_step(db: Database, number: int, step: int) -> bool:
    """Use up a code by its step of time; False where it, or a later one, was used before."""
    return bool(
        db.conn.execute(
            "UPDATE accounts SET totp_last_step = ? WHERE id = ? AND COALESCE(totp_last_step, -1) < ?",
            [step, number, step],
        ).rowcount
    )


def set_oidc(db: Database, number: int, issuer: str, subject: str, now: datetime) -> None:
    """Store who vouches for a person; the first log-in of the kind activates the account. Empty: nobody from now on."""
    db.execute(
        """
        UPDATE accounts SET oidc_issuer = ?, oidc_subject = ?, activated_at = COALESCE(activated_at, ?) WHERE id = ?
        """,
        [issuer or None, subject or None, to_text(now), number],
    )


def close(db: Database, number: int, now: datetime) -> None:
    """Nobody logs in to it any more; its log-ins end at their next request. No provider vouches for it from now on."""
    db.execute(
        """
        UPDATE accounts SET closed_at = ?, oidc_issuer = NULL, oidc_subject = NULL WHERE id = ? AND closed_at IS NULL
        """,
        [to_text(now), number],
    )


def reopen(db: Database, number: int) -> None:
    """Bring back a closed account as it was; a provider that vouched for it does so anew at the next log-in."""
    db.execute("UPDATE accounts SET closed_at = NULL WHERE id = ?", [number])


def _account_from_row(row: sqlite3.Row) -> Account:
    return Account(
        row["id"],
        row["email"],
        row["name"],
        row["role"],
        to_instant(row["invited_at"]),
        instant_or_none(row["activated_at"]),
        instant_or_none(row["closed_at"]),
        tuple(json.loads(row["told"])),
        row["password_hash"] or "",
        row["totp_secret"] or "",
        row["oidc_issuer"] or "",
        row["oidc_subject"] or "",
    )
