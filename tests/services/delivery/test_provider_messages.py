"""Every message to a reader says to its provider that nobody is to be followed, and which delivery it is."""

from email import message_from_bytes
from pathlib import Path

import pytest

from app.cli import run_command
from db.schema.connect import Database
from services.delivery.send_transactional import send_due
from tests.support import issue_sending
from tests.support.signups import Installation, read

PERIOD = issue_sending.PERIOD


def test_each_message_of_an_issue_names_its_delivery(monkeypatch: pytest.MonkeyPatch) -> None:
    issue_sending.prepare(Path(), 2)
    issue_sending.post(1, transport="outbox", live=False, provider="postmark")

    assert run_command(["issue", "send", PERIOD]) == 0

    for file in Path("data/outbox", PERIOD).glob("*.eml"):
        mail = message_from_bytes(file.read_bytes())
        assert mail["Message-ID"] == f"<{PERIOD}.{mail['X-PM-Metadata-casereviews']}@news.example.org>"
        assert mail["X-PM-KeepID"] == "true"


def test_a_confirmation_is_followed_as_little(db: Database) -> None:
    house = Installation(db, provider="mailgun")
    house.sign_up("reader@example.org")

    send_due(house.effects, house.settings, db)

    (file,) = house.outbox.glob("*.eml")
    assert read(file.read_bytes())["X-Mailgun-Track"] == "no"
