"""The operator at the desk: a house with a password, and somebody who knows it."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from werkzeug.security import generate_password_hash

from core.config.schema import WebSettings
from core.states import Role
from db.operator import accounts, audit_trail
from db.operator.accounts import Account
from db.schema.connect import Database, connect, write_transaction
from tests.support import issue_sending
from tests.support.signups import NETWORK
from tests.support.waiting import until
from tests.support.web_site import Site, Visitor, publish

PASSWORD = "correct horse"
HASH = generate_password_hash(PASSWORD, "scrypt:1024:8:1")  # as real ones, and quick
PERIOD = issue_sending.PERIOD


class Desk(Site):
    """The pages of a house with a password. `changes`: of the settings; `export_folder`: of its pages."""

    def __init__(self, db: Database, password_hash: str = HASH, export_folder: str = "", **changes: Any) -> None:
        super().__init__(db, web=WebSettings(password_hash=password_hash, export_folder=export_folder), **changes)

    def operator(self, name: str = "Sam", network: str = NETWORK) -> Visitor:
        """Somebody who has logged in."""
        who = self.visitor(network)
        assert log_in(who, PASSWORD, name).status_code == 303
        return who

    def account(self, role: Role, email: str = "", name: str = "") -> Account:
        """Somebody who has taken an account, by the same password."""
        now = self.house.clock.now
        one = accounts.add(self.db, email or f"{role}@example.org", name or f"Some {role}", role, now)
        accounts.set_password_hash(self.db, one.id, HASH, now)
        return replace(one, activated_at=now, password_hash=HASH)

    def person(self, role: Role, network: str = NETWORK) -> Visitor:
        """Somebody of a role who has logged in to their own account."""
        email = f"{role}@example.org"
        if not accounts.find_by_email(self.db, email):
            self.account(role)
        who = self.visitor(network)
        assert log_in(who, PASSWORD, email).status_code == 303
        return who

    def trail(self) -> list[str]:
        """What the audit trail says was done, newest first."""
        return [entry.what for entry in audit_trail.listing(self.db)]

    def wait(self) -> None:
        """Wait until nothing is done in the background."""
        works = self.app.extensions["casereviews.ops"].works
        until(lambda: not works.running())


def log_in(who: Visitor, password: str, name: str = "", wanted: str = "") -> Any:
    """Fill in the form and send it."""
    return who.press("/ops/login", {"password": password, "name": name, "next": wanted})


def approved(folder: Path, readers: int = 3, reviews: int = 3) -> Database:
    """A house whose September issue is approved, and goes to so many readers."""
    issue_sending.prepare(folder, readers, reviews)
    return connect(folder / "data" / "casereviews.db")


def sent(folder: Path, readers: int = 3, reviews: int = 3) -> Database:
    """A house whose September issue was sent to so many readers, as files."""
    publish(folder, readers, reviews)
    return connect(folder / "data" / "casereviews.db")


def add_link(db: Database, number: int, url: str, position: int = 0, **known: str) -> None:
    """Give a review a link to its report; `known`: of the address."""
    beside = {"review_id": number, "position": position, "text": "Report", "state": "unchecked", "media": ""}
    with write_transaction(db):
        db.insert("link_checks", {"url": url} | known)
        db.insert("links", beside | {"url": url})
