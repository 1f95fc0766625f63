"""Accounts, log-ins and invitations as stored: what is unique, what is good once, what has ended."""

import sqlite3
from datetime import timedelta

import pytest

from db.operator import account_invitations, account_sessions, accounts
from db.schema.connect import Database
from tests.support.signups import NOW

DAY = timedelta(days=1)


def test_an_address_has_one_account_however_it_is_written(db: Database) -> None:
    accounts.add(db, "Ada@example.org", "Ada", "editor", NOW)

    with pytest.raises(sqlite3.IntegrityError):
        accounts.add(db, "ada@EXAMPLE.org", "Ada again", "owner", NOW)
    found = accounts.find_by_email(db, " ADA@example.org ")
    assert found and (found.email, found.role) == ("Ada@example.org", "editor")
    assert accounts.find_by_email(db, "bea@example.org") is None


def test_an_account_is_stored_as_it_is_read(db: Database) -> None:
    one = accounts.add(db, "ada@example.org", "Ada", "approver", NOW, told=["approval"])

    assert accounts.get(db, one.id) == one
    assert not one.active
    accounts.set_password_hash(db, one.id, "hash", NOW + DAY)
    accounts.set_password_hash(db, one.id, "another", NOW + 2 * DAY)
    accounts.set_totp_secret(db, one.id, "SECRET")
    accounts.set_oidc(db, one.id, "https://log-in.example.org", "number 7", NOW)
    found = accounts.get(db, one.id)
    assert found and (found.password_hash, found.activated_at, found.totp_secret) == ("another", NOW + DAY, "SECRET")
    assert found.active
    assert accounts.find_by_oidc(db, "https://log-in.example.org", "number 7") == found
    assert accounts.find_by_oidc(db, "https://log-in.example.org", "number 8") is None
    assert "another" not in repr(found) and "SECRET" not in repr(found)


def test_a_code_is_good_once(db: Database) -> None:
    one = accounts.add(db, "ada@example.org", "Ada", "editor", NOW)

    assert [accounts.take_totp_step(db, one.id, step) for step in (7, 7, 6, 8)] == [True, False, False, True]


def test_a_closed_account_stays_closed_since_the_first_time_until_it_is_brought_back(db: Database) -> None:
    one = accounts.add(db, "ada@example.org", "Ada", "editor", NOW)
    assert accounts.has_open(db)

    accounts.close(db, one.id, NOW)
    accounts.close(db, one.id, NOW + DAY)
    closed = accounts.get(db, one.id)
    assert closed and closed.closed_at == NOW
    assert not accounts.has_open(db)
    accounts.reopen(db, one.id)
    assert accounts.get(db, one.id) == one


def test_a_log_in_ends_when_it_is_idle_for_twelve_hours_and_is_deleted_with_the_next(db: Database) -> None:
    one = accounts.add(db, "ada@example.org", "Ada", "editor", NOW)
    account_sessions.begin(db, "token", one.id, "a browser", NOW)
    idle = account_sessions.IDLE_LIMIT

    assert account_sessions.find(db, "token", NOW + idle)
    assert account_sessions.find(db, "token", NOW + idle + timedelta(seconds=1)) is None
    assert account_sessions.find(db, "token", NOW - DAY) is None  # the clock was put back
    assert account_sessions.find(db, "another", NOW) is None
    account_sessions.begin(db, "second", one.id, "a browser", NOW + DAY)
    assert db.execute("SELECT COUNT(*) FROM account_sessions").fetchone()[0] == 1


def test_log_ins_are_ended_by_whose_they_are(db: Database) -> None:
    ada, bea = (accounts.add(db, f"{name}@example.org", name, "editor", NOW).id for name in ("ada", "bea"))
    for number, whose in enumerate((ada, ada, bea, 0, 0)):
        account_sessions.begin(db, f"token {number}", whose, "a browser", NOW)

    def open_sessions() -> list[int]:
        return [len(account_sessions.listing(db, whose, NOW)) for whose in (ada, bea, 0)]

    first = account_sessions.find(db, "token 0", NOW)
    assert first and not account_sessions.end(db, first.id, bea, NOW)
    assert open_sessions() == [2, 1, 2]
    assert account_sessions.end(db, first.id, ada, NOW)
    assert not account_sessions.end(db, first.id, ada, NOW)
    assert account_sessions.end_all(db, 0, NOW) == 2
    assert open_sessions() == [1, 1, 0]
    account_sessions.delete_all(db)
    assert open_sessions() == [0, 0, 0]


def test_an_invitation_is_good_once_for_a_week_and_only_the_last_one(db: Database) -> None:
    one = accounts.add(db, "ada@example.org", "Ada", "editor", NOW)
    account_invitations.make(db, one.id, "first", NOW)
    account_invitations.make(db, one.id, "second", NOW)

    assert account_invitations.take(db, "first", NOW) == 0
    assert account_invitations.find(db, "second", NOW + account_invitations.GOOD_FOR) == 0
    assert account_invitations.take(db, "second", NOW) == one.id
    assert account_invitations.take(db, "second", NOW) == 0
