"""What sending says and to whom, of two who send at once, and what an issue is called while it is sent."""

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from app.runtime.lock import process_lock
from app.runtime.side_effects import system_effects
from core.config.load import load
from db.schema.connect import connect
from services.issues import release_issue as issue_release
from services.issues.release_issue import release_issue
from tests.conftest import Typed
from tests.services.delivery.test_delivery_faults import states
from tests.support.issue_sending import PERIOD, post
from tests.support.mail_relay import Relay, at, readers

Type = Callable[..., Typed]
pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket, pytest.mark.usefixtures("house")]


# Who is told what


def test_whom_it_did_not_reach_is_named_in_full_on_stdout_only(relay: Relay, typed: Type) -> None:
    readers(1, 20)
    relay.refuse = lambda address: "550 5.1.1 <{to}>: no such user" if at("a")(address) else ""

    plain = typed("issue", "send", PERIOD)
    as_json = typed("issue", "send", PERIOD, "--json")

    assert "a000@a.example.org: refused: 550 5.1.1 <a000@a.example.org>: no such user\n" in plain.out
    assert "a000@" not in plain.err
    assert json.loads(as_json.out)["refused"] == 1
    assert "a…@a.example.org: refused: 550 5.1.1 <a…@a.example.org>: no such user" in as_json.err
    assert "a000@" not in as_json.err


def test_more_than_ten_are_counted(relay: Relay, typed: Type) -> None:
    readers(*[1] * 13, 20)
    relay.refuse = lambda address: "" if at("n")(address) else "550 5.7.1 not from you"

    answer = typed("issue", "send", PERIOD)

    assert answer.out.count(": refused: ") == 10
    assert "casereviews: and 3 more\n" in answer.err


def test_a_quota_that_names_a_reader_names_nobody_in_the_error(relay: Relay, typed: Type) -> None:
    readers(2, 2)
    relay.refuse = lambda address: "550 5.4.5 <{to}>: daily sending quota exceeded"

    answer = typed("issue", "send", PERIOD)

    assert answer.code == 12
    assert "a000@" not in answer.err
    assert "a…@" in answer.err


# Two at once


def test_of_two_who_send_a_draft_at_once_the_later_finds_the_lock(
    relay: Relay, typed: Type, monkeypatch: pytest.MonkeyPatch
) -> None:
    readers(3)
    settings = load(Path("casereviews.toml"))

    def slower(*asked: Any, by_hand: bool) -> int:
        with closing(connect(settings.database)) as theirs:  # just before the one who was typed releases it
            release_issue(system_effects(), settings, theirs, PERIOD, by_hand=True)
        return release_issue(*asked, by_hand=by_hand)

    monkeypatch.setattr(issue_release, "release_issue", slower)
    with process_lock(settings.data_dir, "delivery"):
        locked = typed("issue", "send", PERIOD)

    assert locked.code == 11, locked.err
    assert states() == {"queued": 3}
    assert typed("issue", "send", PERIOD).code == 0


# What an issue is called


def test_an_issue_keeps_all_that_it_was_released_with(typed: Type) -> None:
    readers(1)
    news = '[newsletter]\ntitle = "Case reviews"\ncollection = "NSPCC Repository"\npostal_address = "1 Old Street"\n'
    post(1, news, transport="outbox")
    settings = load(Path("casereviews.toml"))
    assert typed("issue", "build", PERIOD).code == 0
    with closing(connect(settings.database)) as db:
        release_issue(system_effects(), settings, db, PERIOD, by_hand=True)
    other = '[newsletter]\ntitle = "Other"\ncollection = "Other Library"\npostal_address = "2 New Street"\n'
    post(1, other, transport="outbox", sender="Team <team@example.org>")

    assert typed("issue", "send", PERIOD).code == 0

    (file,) = Path(f"data/outbox/{PERIOD}").iterdir()
    mail = file.read_text("ascii")
    assert "List-Id: <case-reviews.news.example.org>" in mail
    assert "Other" not in mail
    assert "1 Old Street" in mail and "2 New Street" not in mail
    assert "From: Case reviews <news@example.org>" in mail


def test_what_pause_and_erase_did_can_be_read_by_a_program(typed: Type) -> None:
    readers(1)

    paused, dry, resumed = (
        typed("issue", *words, "--json")
        for words in (("pause", PERIOD), ("pause", PERIOD, "--dry-run"), ("resume", PERIOD))
    )
    erased = typed("subscribers", "erase", "a000@a.example.org", "--yes", "--json")

    assert json.loads(paused.out) == json.loads(dry.out) == {"period": PERIOD, "paused": True}
    assert json.loads(resumed.out) == {"period": PERIOD, "paused": False}
    assert json.loads(erased.out) == {"email": "a000@a.example.org", "known": True, "erased": True}
