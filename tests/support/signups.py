"""A house for people who subscribe, with a clock that a test moves."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import count, pairwise
from pathlib import Path
from typing import Any

from app.runtime.side_effects import system_effects
from core.config.schema import MailSettings, Settings, SignupSettings
from core.records import Subscriber
from core.subscriber_rules import CONSENT_VERSION, Preferences
from db.mail import subscribers
from db.operator import secrets
from db.schema.connect import Database
from services.readers.signup import sign_up

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
VALUE = re.compile(r"'(?:[^']|'')*'|\bNULL\b|\b\d+\b")
NETWORK = "192.0.2.7"


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: datetime = NOW) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        """Let time pass: move(minutes=5)."""
        self.now += timedelta(**by)


class Installation:
    """A database with its key, settings beside it, and a world whose clock a test moves."""

    def __init__(self, db: Database, signup: SignupSettings | None = None, **mail: Any) -> None:
        self.db, self.clock = db, Clock()
        numbers = count(1)
        self.effects = system_effects(now=self.clock, token=lambda: f"token-{next(numbers):016}")
        sender = {"sender": "Case reviews <news@example.org>", "security": "none", "host": "127.0.0.1"}
        self.settings = Settings(
            data_dir=db.file.parent,
            base_url="https://news.example.org",
            mail=MailSettings(**{**sender, **mail}),
            signup=signup or SignupSettings(),
        )
        secrets.add_if_missing(db, "signing", "the key of the tests")

    def sign_up(self, email: str, wishes: Preferences | None = None, network: str = NETWORK) -> None:
        """Somebody fills in the form."""
        sign_up(self.effects, self.settings, self.db, email, wishes or Preferences(), CONSENT_VERSION, network)

    def one(self, email: str) -> Subscriber:
        """The subscriber of an address written plainly."""
        found = subscribers.get(self.db, email)
        assert found is not None
        return found

    def letters(self) -> list[tuple[str, str]]:
        """Kind and state of every letter, in the order they were asked for."""
        return [
            (row["kind"], row["state"])
            for row in self.db.execute("SELECT kind, state FROM transactional_mail ORDER BY id")
        ]

    @property
    def outbox(self) -> Path:
        """Where messages are written to that nobody gets."""
        return self.settings.data_dir / "outbox"


def read(raw: bytes) -> EmailMessage:
    """A message as a mail program reads it."""
    mail = message_from_bytes(raw, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    assert not mail.defects
    return mail


def traced(db: Database, work: Callable[[], object]) -> list[str]:
    """The statements that some work runs, with a question mark for each value.

    SQLite says a statement again for each trigger that it sets off: it counts once.
    """
    seen: list[str] = []
    db.conn.set_trace_callback(lambda statement: seen.append(VALUE.sub("?", " ".join(statement.split()))))
    try:
        work()
    finally:
        db.conn.set_trace_callback(None)
    return [statement for before, statement in pairwise(["", *seen]) if statement != before]
