"""Log-in sessions of the desk: whose a request is; kept in the database, so that they outlive a restart."""

import hashlib
import re
from contextlib import suppress
from dataclasses import dataclass

from flask import request, session

from app.web.context import context
from core.errors import StoreError
from core.subscriber_rules import network_key
from db.operator import account_sessions, accounts
from db.operator.account_sessions import AccountSession
from db.operator.accounts import SHARED_PASSWORD_ID, Account
from db.schema.connect import write_at_once, write_transaction

SCRYPT_HASH = re.compile(r"scrypt:\d+:\d+:\d+\$[^$]+\$[0-9a-f]+")
BROWSERS = (("Edg", "Edge"), ("OPR", "Opera"), ("Firefox", "Firefox"), ("FxiOS", "Firefox"), ("Chrome", "Chrome"),
            ("CriOS", "Chrome"), ("Safari", "Safari"))  # fmt: skip  # the first that is named is it: all say Safari
SYSTEMS = (("iPhone", "an iPhone"), ("iPad", "an iPad"), ("Android", "Android"), ("Windows", "Windows"),
           ("Mac OS", "a Mac"), ("Linux", "Linux"))  # fmt: skip


@dataclass(frozen=True, slots=True)
class Visit:
    """A request of somebody who is logged in."""

    session: AccountSession
    account: Account


def shared_password_hash() -> str:
    """The hash of the password that several know; empty where none is set, it is no hash, or a second step is required.

    Who knows that password has no phone in common.
    """
    if context().settings.web.second_factor == "required":
        return ""
    password_hash = context().settings.web.password_hash.get_secret_value()
    return password_hash if SCRYPT_HASH.fullmatch(password_hash) else ""


def current_visit() -> Visit | None:
    """Whose request this is, seen just now; None: nobody's who is logged in, or may still be here."""
    db, now = context().db, context().effects.now()
    if not (token := session.get("ops", "")) or not (found := account_sessions.find(db, token, now)):
        return None
    if not (account := _session_account(found)):
        return None
    if account_sessions.is_visit_due(found, now):
        with suppress(StoreError), write_at_once(db):  # who reads a page waits for no writer: the next one says it
            account_sessions.visit(db, found.id, now)
    return Visit(found, account)


def begin_session(account: Account) -> None:
    """Somebody has logged in: nothing of before is worth anything now, the forms' token included."""
    db, now, token = context().db, context().effects.now(), context().effects.token()
    old = account_sessions.find(db, session.get("ops", ""), now)
    shared = ("", "") if account.id else (account.name, _shared_digest())
    with write_transaction(db):
        if old:
            account_sessions.end(db, old.id, old.account_id, now)
        account_sessions.begin(
            db, token, account.id, describe_client(), now, shared_name=shared[0], shared_digest=shared[1]
        )
    session.clear()
    session["ops"] = token


def end_session(visit: Visit) -> None:
    """Somebody has logged out: the session ends here, and not only in the cookie."""
    with write_transaction(context().db):
        account_sessions.end(context().db, visit.session.id, visit.account.id, context().effects.now())
    session.clear()


def list_sessions(account: Account) -> list[AccountSession]:
    """The log-ins of an account that are good still, the one seen last first."""
    found = account_sessions.listing(context().db, account.id, context().effects.now())
    return [one for one in found if account.id or one.shared_digest == _shared_digest()]


def client_network() -> str:
    """The network of who asks, without its kind: "192.0.2.0/24"."""
    return network_key(request.remote_addr or "", context().effects.now().date()).split()[1]


def describe_client() -> str:
    """By what somebody came, for a person: "Firefox on Windows, 192.0.2.0/24"."""
    agent = request.user_agent.string
    browser = next((words for mark, words in BROWSERS if mark in agent), "a browser")
    system = next((f" on {words}" for mark, words in SYSTEMS if mark in agent), "")
    return f"{browser}{system}, {client_network()}"


def _session_account(found: AccountSession) -> Account | None:
    if found.account_id != SHARED_PASSWORD_ID:
        account = accounts.get(context().db, found.account_id)
        return account if account and account.active else None
    if not shared_password_hash() or found.shared_digest != _shared_digest():
        return None
    return Account(SHARED_PASSWORD_ID, "", found.shared_name, "owner", found.began_at, found.began_at)


def _shared_digest() -> str:
    return hashlib.sha256(shared_password_hash().encode()).hexdigest()
