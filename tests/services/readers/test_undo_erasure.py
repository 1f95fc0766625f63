"""An erasing that is taken back within a day: all is as it was, and until then only the address opens it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Literal

import pytest
from cryptography.fernet import InvalidToken

from core.errors import HouseError
from core.records import Subscriber
from core.subscriber_rules import address_digest
from db.mail import bounces, erasures, leave_requests, subscribers, suppressions
from db.read.growth_figures import count_reader_months
from db.schema.connect import truncate_wal
from services.readers.erasure_seal import open_seal, seal_text
from services.readers.subscriptions import (
    can_undo_erasure,
    confirm_signup,
    delete_expired,
    erase_subscriber,
    keep_subscription,
    undo_erasure,
)
from tests.conftest import Typed
from tests.services.readers import test_erasure
from tests.support.installation import dump
from tests.support.signups import NOW, Installation

house, one = test_erasure.house, test_erasure.one  # fixtures
Type = Callable[..., Typed]
WHO = "zanzibarx@gmail.com"
DAY = timedelta(days=1)


def deliveries_of(house: Installation) -> list[tuple[str, ...]]:
    return list(map(tuple, house.db.execute("SELECT period, state, token, reply FROM deliveries ORDER BY token")))


def test_what_was_erased_by_mistake_is_back_as_it_was(house: Installation, one: Subscriber) -> None:
    house.db.execute("UPDATE issues SET status = 'sending' WHERE period = '2026-10'")
    before = deliveries_of(house)
    erase_subscriber(house.db, WHO, NOW, undoable=True)
    assert test_erasure.traces(house) == []
    assert can_undo_erasure(house.db, WHO, NOW + timedelta(hours=23))

    restored = undo_erasure(house.settings, house.db, "Zanzibar.x@gmail.com", NOW + timedelta(hours=23))

    assert (restored.email, restored.token, restored.topics) == (one.email, one.token, one.topics)
    assert (restored.status, restored.consent) == (one.status, one.consent)
    assert deliveries_of(house) == before
    assert [found.words for found in bounces.listing(house.db, restored.id)] == ["no zanzibar.x@gmail.com here"]
    assert house.db.execute("SELECT COUNT(*) FROM suppressions").fetchone()[0] == 0
    assert not can_undo_erasure(house.db, WHO, NOW + timedelta(hours=23))


def test_who_had_asked_by_mail_to_leave_still_asks(house: Installation, one: Subscriber) -> None:
    leave_requests.add(house.db, one.id, "answered", NOW - DAY)
    keep_subscription(house.db, one.token, NOW - DAY)
    leave_requests.add(house.db, one.id, "open", NOW)
    erase_subscriber(house.db, WHO, NOW, undoable=True)
    house.sign_up("late@example.org")
    leave_requests.add(house.db, house.one("late@example.org").id, "another", NOW)  # has a number of its own

    undo_erasure(house.settings, house.db, WHO, NOW)

    assert [(found.id, found.subscriber.email) for found in leave_requests.list_open(house.db)] == [
        (2, one.email),
        (3, "late@example.org"),
    ]
    assert leave_requests.list_times(house.db, one.id) == [NOW - DAY, NOW]


@pytest.mark.parametrize("status", ["active", "paused"])
def test_the_figures_of_the_months_before_stay_as_they_were(
    house: Installation, one: Subscriber, status: Literal["active", "paused"]
) -> None:
    subscribers.update(house.db, replace(one, status=status))
    months = ("2026-11", "2027-01")
    erase_subscriber(house.db, WHO, NOW + 50 * DAY, undoable=True)

    undo_erasure(house.settings, house.db, WHO, NOW + 50 * DAY)

    counted = count_reader_months(house.db, months)
    assert counted.readers == (1, 1)
    assert (counted.changes["joined"], counted.changes["left"]) == ((1, 1), (0, 1))


def test_of_an_issue_that_is_sent_nothing_waits_again(house: Installation, one: Subscriber) -> None:
    erase_subscriber(house.db, WHO, NOW, undoable=True)

    undo_erasure(house.settings, house.db, WHO, NOW)

    assert house.db.execute("SELECT COUNT(*) FROM deliveries WHERE state = 'queued'").fetchone()[0] == 0


def test_after_a_day_nothing_is_left_to_take_back(house: Installation, one: Subscriber) -> None:
    erase_subscriber(house.db, WHO, NOW, undoable=True)
    assert erasures.has_older(house.db, NOW)
    with pytest.raises(HouseError, match="in the last 24 hours"):
        undo_erasure(house.settings, house.db, WHO, NOW + DAY)

    delete_expired(house.db, NOW + DAY)

    assert not erasures.has_older(house.db, NOW + DAY)


@pytest.mark.parametrize("undoable", [True, False])
def test_who_asks_to_be_deleted_themselves_is_at_once(
    house: Installation,
    one: Subscriber,
    undoable: bool,
) -> None:
    erase_subscriber(house.db, WHO, NOW, undoable=undoable)

    assert can_undo_erasure(house.db, WHO, NOW) is undoable


def test_who_has_come_again_is_not_put_back(house: Installation, one: Subscriber) -> None:
    erase_subscriber(house.db, WHO, NOW, undoable=True)
    house.sign_up(WHO)
    again = confirm_signup(house.db, house.one(WHO).token, NOW)

    with pytest.raises(HouseError, match="has subscribed again"):
        undo_erasure(house.settings, house.db, WHO, NOW)

    assert house.one(WHO).token == again.token != one.token


def test_who_had_left_before_stays_known_as_such(house: Installation, one: Subscriber) -> None:
    digest = address_digest("the key of the tests", one.key)
    suppressions.add(house.db, [digest], "left", NOW)
    erase_subscriber(house.db, WHO, NOW, undoable=True)

    undo_erasure(house.settings, house.db, WHO, NOW)

    assert suppressions.find(house.db, [digest]) == {digest}


def test_a_dry_run_takes_nothing_back(house: Installation, one: Subscriber) -> None:
    erase_subscriber(house.db, WHO, NOW, undoable=True)
    truncate_wal(house.db)
    before = dump(house.db)

    assert undo_erasure(house.settings, house.db, WHO, NOW, dry=True).email == one.email

    assert dump(house.db) == before


def test_a_seal_opens_for_the_same_mailbox_alone() -> None:
    sealed = seal_text("secret", WHO, "held")

    assert open_seal("secret", WHO, sealed) == "held"
    for secret, key in (("secret", "other@example.org"), ("another", WHO)):
        with pytest.raises(InvalidToken):
            open_seal(secret, key, sealed)


# On the command line

YES = ("--confirmed", "--consent", "Asked.")


def test_the_command_asks_first(typed: Type, monkeypatch: pytest.MonkeyPatch) -> None:
    typed("init")
    typed("subscribers", "add", "reader@example.org", *YES)
    assert typed("subscribers", "erase", "reader@example.org").code == 2  # nobody can be asked

    monkeypatch.setattr("sys.stdin", _Terminal("n\ny\n"))
    no = typed("subscribers", "erase", "reader@example.org")
    yes = typed("subscribers", "erase", "reader@example.org")

    assert (no.code, "r…@example.org is a subscriber. Erase them?" in no.err) == (1, True)
    assert no.err.endswith("casereviews: nothing was erased.\n")
    assert (yes.code, yes.out) == (0, "r…@example.org erased; no import will add it\n")
    assert "erase --undo reader@example.org" in yes.err


def test_the_command_takes_it_back(typed: Type) -> None:
    typed("init")
    typed("subscribers", "add", "reader@example.org", *YES)
    typed("subscribers", "erase", "--yes", "reader@example.org")
    assert typed("subscribers", "erase", "--undo", "other@example.org").code == 1

    dry = typed("subscribers", "erase", "--undo", "--dry-run", "reader@example.org")
    back = typed("subscribers", "erase", "--undo", "reader@example.org")

    assert dry.out == "r…@example.org would be back, active as before\n"
    assert back.out == "r…@example.org is back, active as before\n"
    assert "reader@example.org" in typed("subscribers", "list", "--status", "active").out
    assert list(Path("data").glob("casereviews.db"))


class _Terminal:
    """A terminal at which somebody has typed."""

    def __init__(self, typed: str) -> None:
        self._lines = iter(typed.splitlines(keepends=True))

    def isatty(self) -> bool:
        return True

    def readline(self, size: int = -1) -> str:
        return next(self._lines, "")

    def __iter__(self) -> "_Terminal":
        return self

    def __next__(self) -> str:
        return next(self._lines)
