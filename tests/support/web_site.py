"""A house with its web pages, and people who read them without script."""

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.cli import run_command
from app.web import create_app
from core.config.schema import Settings, SignupSettings, WebSettings
from core.records import Subscriber
from core.retention_times import MOVE_RETENTION, PROOF_RETENTION
from core.states import LinkKind, ProofKind
from core.subscriber_rules import CONSENT_VERSION, Preferences, proof_token
from db.mail import subscribers, transactional
from db.operator import secrets
from db.schema.connect import Database
from newsletter.mail.confirm_message import PROOF_PATHS
from services.readers.fresh_proof import request_proof
from services.readers.subscriptions import SubscriptionRequest, add_subscriber, confirm_signup
from tests.support import issue_sending
from tests.support.copies import copied
from tests.support.signups import NETWORK, Installation

ADDRESS = "https://news.example.org"
CSRF = re.compile(r'name="csrf_token" value="([^"]+)"')
FROM_OUR_PAGE = "from our page"  # in place of a hidden token, where the page needs none
OURS = {"Sec-Fetch-Site": "same-origin"}  # what a browser says of a form that a page of ours sent
UNKNOWN = "AAAAAAAAAAAAAAAAAAAAAA"  # as long as a token, and nobody's


class Site:
    """The pages of a house whose clock a test moves. `changes`: of the settings."""

    def __init__(
        self,
        db: Database,
        address: str = ADDRESS,
        signup: SignupSettings | None = None,
        web: WebSettings | None = None,
        **changes: Any,
    ) -> None:
        self.house = Installation(db, signup)
        changes = {"base_url": address, "web": web or WebSettings()} | changes
        self.house.settings = self.house.settings.replace(**changes)
        self.db, self.address = db, address
        self.app = create_app(self.house.effects, self.house.settings)

    @property
    def settings(self) -> Settings:
        """As the house has them."""
        return self.house.settings

    def visitor(self, network: str = NETWORK) -> "Visitor":
        """Somebody with a browser of their own."""
        return Visitor(self.app.test_client(), self.address, network)

    def subscriber(self, name: str = "reader", status: str = "active", wishes: Preferences | None = None) -> Subscriber:
        """Somebody of a status; all but the pending have confirmed once."""
        email = f"{name}@example.org"
        asked = SubscriptionRequest(wishes or Preferences(), CONSENT_VERSION, "web")
        one, _ = add_subscriber(self.house.effects, self.db, email, asked)
        if status != "pending":
            one = replace(confirm_signup(self.db, one.token, self.house.clock.now), status=status)
            subscribers.update(self.db, one)
        return one

    def status(self, one: Subscriber) -> str:
        """What became of a subscriber; "gone" when nothing is there."""
        found = subscribers.get_by_token(self.db, one.token)
        return found.status if found else "gone"


class Visitor:
    """A browser without script, which keeps its cookies."""

    def __init__(self, client: FlaskClient, address: str, network: str) -> None:
        self.client = client
        self._how: dict[str, Any] = {"base_url": address, "environ_overrides": {"REMOTE_ADDR": network}}

    def get(self, path: str, **more: Any) -> TestResponse:
        """Open a page."""
        return self.client.get(path, **self._how, **more)

    def post(self, path: str, fields: Mapping[str, Any] | None = None, **more: Any) -> TestResponse:
        """Send a form; where it came from is said only if `token` has looked at its page."""
        if (fields or {}).get("csrf_token") == FROM_OUR_PAGE:
            more["headers"] = {**OURS, **more.get("headers", {})}
        return self.client.post(path, data=fields, **self._how, **more)

    def token(self, page: str) -> str:
        """The hidden token of a page's form; a page for readers has none."""
        text = self.get(page).text
        assert "<form" in text, page
        found = CSRF.search(text)
        return found[1] if found else FROM_OUR_PAGE

    def press(self, page: str, fields: Mapping[str, Any] | None = None, action: str = "") -> TestResponse:
        """Open a page, fill in its form and send it; where it goes to another address, `action` is that."""
        return self.post(action or page, {**(fields or {}), "csrf_token": self.token(page)})


def publish(folder: Path, readers: int = 2, reviews: int = 2) -> None:
    """Make a house in an empty folder that has sent an issue to its readers, as files in its outbox."""
    copied(folder, f"published-{readers}-{reviews}", lambda: _publish(readers, reviews))


def _publish(readers: int, reviews: int) -> None:
    issue_sending.prepare(Path(), readers, reviews)
    issue_sending.post(1, transport="outbox", live=False)
    assert run_command(["issue", "send", issue_sending.PERIOD]) == 0


def proof_path(db: Database, one: Subscriber, kind: ProofKind, now: datetime) -> str:
    """The address in an email that a reader asks for, to see their data or to delete it."""
    assert request_proof(db, one.token, kind, now)
    number, asked_at = transactional.list_times(db, kind, one.id, now - PROOF_RETENTION)[-1]
    proof = proof_token(secrets.get(db, "signing"), kind, number, asked_at, one.key)
    return f"/preferences/{one.token}/{'data' if kind == 'data' else 'delete'}/{proof}"


def link_path(db: Database, email: str, kind: LinkKind, now: datetime) -> str:
    """The address in the newest email of a kind that was asked for on the pages, of the reader of an address."""
    one = subscribers.get(db, email)
    assert one
    number, asked_at = transactional.list_times(db, kind, one.id, now - MOVE_RETENTION)[-1]
    proof = proof_token(secrets.get(db, "signing"), kind, number, asked_at, one.key)
    return PROOF_PATHS[kind].format(token=one.token, number=number, proof=proof)


def texts(page: str) -> str:
    """What a page says, without its tags."""
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())
