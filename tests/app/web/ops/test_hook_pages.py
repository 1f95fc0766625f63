"""The operator's page of providers' reports: what came, and the one click that confirms a topic."""

from typing import Any

import pytest

from core.errors import FetchError
from core.provider_events import TopicConfirmation
from db.mail import provider_events
from db.schema.connect import Database, write_transaction
from services.delivery import sns_client
from tests.app.web.operator import Desk
from tests.support import provider_requests as requests
from tests.support.provider_requests import CONFIRMATION, TOPIC
from tests.support.signups import NOW
from tests.support.web_site import texts


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What Amazon was asked."""
    addresses: list[str] = []
    monkeypatch.setattr(sns_client, "ask_amazon", lambda effects, settings, url: addresses.append(url) or b"")
    return addresses


def asking(db: Database) -> Desk:
    """A desk to which a topic has put its question."""
    with write_transaction(db):
        provider_events.save_confirmation(db, TopicConfirmation(TOPIC, CONFIRMATION, NOW))
    return Desk(db, hooks=requests.all_hooks())


def test_a_topic_is_confirmed_by_the_operator_s_click_alone(db: Database, asked: list[str]) -> None:
    desk = asking(db)
    who = desk.operator()
    assert f"May {TOPIC} report bounces?" in texts(who.get("/ops").text)
    assert asked == []

    answer = who.press("/ops/hooks", {"topic": TOPIC}, "/ops/hooks/confirm")

    assert (answer.status_code, asked) == (303, [CONFIRMATION])
    assert f"Amazon was told that {TOPIC} may report." in texts(who.get("/ops/hooks").text)
    assert provider_events.list_confirmations(db) == []
    assert desk.trail()[0] == f"confirmed the topic {TOPIC}"
    assert who.press("/ops/hooks", {"topic": TOPIC}, "/ops/hooks/confirm").status_code == 404


def test_a_stranger_confirms_nothing(db: Database, asked: list[str]) -> None:
    visitor = asking(db).visitor()

    assert visitor.post("/ops/hooks/confirm", {"topic": TOPIC}).status_code in (303, 400)

    assert asked == []


def test_a_topic_that_amazon_did_not_hear_about_asks_on(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def silent(*_: Any) -> bytes:
        raise FetchError("did not answer", CONFIRMATION, "Try again later.")

    monkeypatch.setattr(sns_client, "ask_amazon", silent)
    who = asking(db).operator()

    assert who.press("/ops/hooks", {"topic": TOPIC}, "/ops/hooks/confirm").status_code == 409

    assert len(provider_events.list_confirmations(db)) == 1


def test_the_page_counts_what_came_and_what_was_refused(db: Database) -> None:
    desk = asking(db)
    with write_transaction(db):
        provider_events.add(db, "postmark", "1", "delivered", NOW)
        provider_events.add(db, "mailgun", "1", "request", NOW)
    who = desk.operator()
    who.client.post("/hooks/brevo", data=b"{}", base_url=desk.address)

    page = texts(who.get("/ops/hooks").text)

    assert "postmark In the last 9 days: 1 delivered. The last report: 23 November 2026 at 09:00." in page
    assert "mailgun In the last 9 days: nothing. https" in page
    assert "brevo In the last 9 days: nothing. Refused since the start: 1 request" in page


def test_the_page_says_that_nobody_may_report(db: Database) -> None:
    assert "Nobody: no secret is set in [hooks]" in texts(Desk(db).operator().get("/ops/hooks").text)
