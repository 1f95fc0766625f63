"""Readers one by one, at the operator's desk: added, their wishes changed, listed, exported, brought back."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, closing
from pathlib import Path

import pytest

from core.subscriber_rules import Preferences
from db.mail import saved_searches, subscribers
from db.schema.connect import Database, connect, write_transaction
from services.readers.subscriptions import end_subscription
from tests.app.web.operator import PERIOD, Desk, sent
from tests.support.refused_mail import refuse
from tests.support.web_site import texts

NEW = {"address": "cy@example.org", "consent": "Asked by phone, 3 November."}


@pytest.fixture
def desk(db: Database) -> Desk:
    return Desk(db)


def test_a_reader_who_agreed_is_subscribed_at_once(desk: Desk) -> None:
    who = desk.operator()
    answer = who.press("/ops/people/add", NEW | {"mode": "agreed", "topics": "neglect", "nations": "Wales"})

    one = desk.house.one("cy@example.org")
    assert answer.location == f"/ops/people/{one.id}"
    assert (one.status, one.topics, one.nations) == ("active", ("neglect",), ("Wales",))
    assert (one.consent.wording, desk.house.letters()) == (NEW["consent"], [])
    assert desk.trail()[0] == "added c…@example.org, active"


def test_a_reader_who_is_asked_confirms_and_is_asked_again_no_more_than_the_cap_allows(desk: Desk) -> None:
    who = desk.operator()
    page = who.press("/ops/people/add", NEW | {"mode": "ask"}).location
    most = desk.settings.signup.per_address_per_day

    assert "An email asks them to confirm." in texts(who.get(page).text)
    for _ in range(most):
        who.press(page, action=f"{page}/confirmation")

    assert desk.house.letters() == [("confirm", "queued")]  # one that waits is not asked for twice
    assert "which is the most: send it tomorrow" in texts(who.get(page).text)
    assert desk.house.one("cy@example.org").consent.wording == NEW["consent"]


def test_who_is_there_stays_as_they_are_and_who_left_is_not_brought_back(desk: Desk) -> None:
    who, there, left = desk.operator(), desk.subscriber("cy"), desk.subscriber("left")
    end_subscription(desk.db, left.token, desk.house.clock.now)

    known = who.press("/ops/people/add", NEW | {"mode": "agreed"})
    assert "was there already, active: nothing was changed" in texts(who.get(known.location).text)
    gone = who.press("/ops/people/add", NEW | {"mode": "agreed", "address": "left@example.org"})

    assert subscribers.get_by_id(desk.db, there.id) == there
    assert (gone.status_code, "This address left, or was erased" in texts(gone.text)) == (409, True)
    assert desk.status(left) == "unsubscribed"


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"consent": " "}, "consent"),
        ({"address": ""}, "address"),
        ({"address": "cy"}, "address"),
        ({"topics": "neglct"}, "topics"),
        ({"nations": "Atlantis"}, "nation-1"),
    ],
)
def test_a_mistake_is_told_at_its_field_and_what_was_typed_stays(desk: Desk, fields: dict, field: str) -> None:
    answer = desk.operator().press("/ops/people/add", NEW | {"topics": "sleep", "mode": "agreed"} | fields)

    assert answer.status_code == 422
    assert f'<a href="#{field}">' in answer.text
    assert 'value="agreed" aria-describedby="mode-2-more" checked' in answer.text
    assert subscribers.counts(desk.db) == {}


def test_what_a_reader_gets_is_changed_and_the_trail_says_who_did_it(desk: Desk) -> None:
    one = desk.subscriber("cy", wishes=Preferences(("drugs, alcohol",), ("Wales",), "short"))
    who = desk.operator("Sam")
    wrong = who.press(f"/ops/people/{one.id}/wishes", {"edition": "long"})

    changed = {"topics": "drugs, alcohol; sleep", "edition": "full", "when": "matching", "rest": "none"}
    answer = who.press(f"/ops/people/{one.id}/wishes", changed)

    assert (wrong.status_code, '<a href="#edition-1">' in wrong.text) == (422, True)
    assert answer.location == f"/ops/people/{one.id}"
    now = desk.house.one("cy@example.org")
    assert (now.topics, now.nations, now.edition) == (("drugs, alcohol", "sleep"), (), "full")
    assert (now.matching, now.rest, now.wishes_since) == (True, "none", desk.house.clock.now)
    assert desk.trail()[0] == "changed what c…@example.org gets, as they asked"


def test_a_readers_page_lists_their_searches_and_emails(desk: Desk) -> None:
    desk.house.sign_up("cy@example.org")
    one = desk.house.one("cy@example.org")
    saved_searches.save(desk.db, one.id, "sleep", [("nation", "Wales")], "week", desk.house.clock.now)

    page = texts(desk.operator().get(f"/ops/people/{one.id}").text)

    assert "Words: “sleep”; Nation: Wales Once a week" in page
    assert "Please confirm : waiting" in page or "Please confirm: waiting" in page


def test_the_list_shows_those_of_a_status_or_a_domain_page_by_page(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.web.ops.reader_list_pages.ROWS_PER_PAGE", 2)
    who = desk.operator()
    for name in ("ada", "bea", "cy", "dee"):
        desk.subscriber(name, "paused" if name == "bea" else "active")
    who.press("/ops/people/add", NEW | {"mode": "agreed", "address": "eve@example.com"})

    first = who.get("/ops/people/all?status=active&domain=%40Example.ORG")
    after = who.get("/ops/people/all?after=3&status=active&domain=example.org")

    assert [f"number {number}" in first.text for number in range(1, 6)] == [True, False, True, False, False]
    assert "after=3&amp;status=active&amp;domain=example.org" in first.text
    assert [f"number {number}" in after.text for number in range(1, 6)] == [False, False, False, True, False]
    assert "The next ones" not in after.text
    assert "number 5" in who.get("/ops/people/all?domain=example.com").text


@pytest.mark.parametrize(("status", "names"), [("", ["ada", "bea"]), ("paused", ["bea"])])
def test_readers_come_as_a_file_that_no_spreadsheet_runs(desk: Desk, status: str, names: list[str]) -> None:
    desk.subscriber("ada", wishes=Preferences(("=cmd()",)))
    desk.subscriber("bea", "paused")

    file = desk.operator().press("/ops/people", {"status": status}, action="/ops/people/export")

    assert file.text.startswith("\ufeffemail,status,since,topics,")
    assert [line.partition("@")[0] for line in file.text.splitlines()[1:]] == names
    assert ",=cmd()" not in file.text
    assert "token-" not in file.text
    assert desk.trail()[0] == (
        f"exported the readers who are {status} as CSV" if status else "exported all readers as CSV"
    )


def test_who_takes_the_readers_as_a_file_stands_in_the_trail_though_somebody_writes_just_then(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    who, _ = desk.operator(), desk.subscriber("ada")
    with closing(connect(desk.db.file, shared=True)) as other, ThreadPoolExecutor(1) as elsewhere:

        def write_while_another_does(db: Database) -> AbstractContextManager[None]:
            other.execute("BEGIN IMMEDIATE")
            db.conn.set_trace_callback(
                lambda sql: elsewhere.submit(other.execute, "ROLLBACK") if "BEGIN" in sql else None
            )
            return write_transaction(db)

        monkeypatch.setattr("app.web.ops.audit_writer.write_transaction", write_while_another_does)
        who.press("/ops/people", action="/ops/people/export")

    assert desk.trail()[0] == "exported all readers as CSV"


def test_readers_are_brought_back_by_issue_domain_and_the_servers_words(tmp_path: Path) -> None:
    desk = Desk(sent(tmp_path))
    refuse(desk.db, desk.house.clock.now, *[f"reader{number}@example.org" for number in range(3)])
    who = desk.operator()
    who.press("/ops/bounces", action="/ops/bounces/1/them")
    assert subscribers.counts(desk.db) == {"bounced": 3}
    asked = {"period": PERIOD, "domain": "@example.org", "reply": "5.1.1"}

    nobody = who.press("/ops/bounces", action="/ops/bounces/find")
    other = who.press("/ops/bounces", asked | {"domain": "example.com"}, action="/ops/bounces/find")
    odd = who.press("/ops/bounces", {"period": "October"}, action="/ops/bounces/find")
    check = who.press("/ops/bounces", asked, action="/ops/bounces/find")

    assert [answer.status_code for answer in (nobody, other, odd, check)] == [422, 404, 422, 200]
    assert "3 subscriptions taken up again; the issue of 2016-09 goes to 3 again" in texts(check.text)
    assert subscribers.counts(desk.db) == {"bounced": 3}
    who.press("/ops/bounces", asked, action="/ops/bounces/restore")
    assert subscribers.counts(desk.db) == {"active": 3}
    assert desk.trail()[0].startswith(
        f"brought back who was refused of the issue of {PERIOD}, at example.org, in words"
    )
