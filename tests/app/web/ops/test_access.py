"""Who may do what at the desk: each role at each address, as the table says."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.web.ops.access import ACCESS, DUTIES, OPEN_ENDPOINTS, roles_words
from core.states import ROLES, Role
from db.operator import accounts
from db.schema.connect import Database
from tests.app.web.operator import Desk, sent
from tests.app.web.ops.test_login import address, cookie, rules, signed
from tests.documents import ROOT
from tests.support import program
from tests.support.web_site import Visitor, texts

REFUSED = "Your role may not do this"


def test_each_address_stands_in_one_line_of_the_table(db: Database) -> None:
    endpoints = {rule.endpoint for rule in Desk(db).app.url_map.iter_rules() if rule.endpoint.startswith("ops.")}
    named = [f"ops.{name}" for duty in DUTIES for name in duty.endpoints.split()]

    assert sorted(endpoints - {*named}) == [], "add them to a line of DUTIES in app/web/ops/access.py"
    assert sorted({*named} - endpoints) == []
    assert len(named) == len(ACCESS)


def test_the_manual_shows_the_same_table() -> None:
    written = (ROOT / "docs/web.md").read_text("utf-8")

    assert "| Approve, send, pause and resume an issue; mail a correction | – | yes | – | yes |" in written
    assert written == program.web_document(), "make it anew: python -m tests.documents"


@pytest.mark.parametrize(
    ("roles", "words"),
    [
        (["owner"], "an owner"),
        (["owner", "operator"], "an operator or an owner"),
        (["owner", "approver", "editor"], "an editor, an approver or an owner"),
    ],
)
def test_the_roles_are_named_in_their_order(roles: list[Role], words: str) -> None:
    assert roles_words(roles) == words


@pytest.mark.parametrize("role", ROLES)
def test_each_role_reaches_what_the_table_says_and_nothing_else(db: Database, role: Role) -> None:
    desk = Desk(db)
    who = desk.person(role)
    token = signed(who.get("/ops/account"))
    for endpoint in ACCESS.keys() - {"ops.login"}:
        desk.app.view_functions[endpoint] = lambda **_: "reached"

    for method in ("GET", "POST"):
        found = [rule for rule in rules(desk, method) if rule.endpoint not in OPEN_ENDPOINTS]
        assert len(found) > 20
        for rule in found:
            answer = who.get(address(rule)) if method == "GET" else who.post(address(rule), token)
            if role in ACCESS[rule.endpoint]:
                assert (answer.status_code, answer.text) == (200, "reached"), (method, rule)
            else:
                assert (answer.status_code, REFUSED in answer.text) == (403, True), (method, rule)


@pytest.mark.parametrize("role", ROLES)
def test_a_form_without_its_token_is_refused_whatever_the_role(db: Database, role: Role) -> None:
    desk = Desk(db)
    who = desk.person(role)

    for rule in rules(desk, "POST"):
        assert who.post(address(rule), {}).status_code == 400, rule


def test_who_is_refused_reads_which_role_may_and_who_has_it(db: Database) -> None:
    desk = Desk(db)
    desk.account("operator", name="Olive Field")
    page = texts(desk.person("editor").get("/ops/people").text)

    assert "Your role is editor. An operator or an owner may" in page
    assert "Olive Field, operator@example.org" in page


def test_a_stolen_cookie_has_the_new_role_at_once_and_none_once_the_account_is_closed(db: Database) -> None:
    desk = Desk(db)
    who, thief = desk.person("owner"), desk.visitor()
    thief.client.set_cookie("casereviews", cookie(who), domain="news.example.org")
    token = signed(thief.get("/ops/people"))
    number = accounts.listing(db)[0].id

    accounts.update_role(db, number, "editor")
    after = thief.get("/ops/accounts"), thief.post("/ops/people", {"address": "reader@example.org", **token})
    accounts.close(db, number, desk.house.clock.now)

    assert [answer.status_code for answer in after] == [403, 403]
    assert all(REFUSED in answer.text for answer in after)
    assert [one.get("/ops").status_code for one in (who, thief)] == [303, 303]


@pytest.fixture
def published(tmp_path: Path) -> Iterator[Desk]:
    db = sent(tmp_path)
    yield Desk(db)
    db.close()


def actions(page: str) -> set[str]:
    """Where the forms of a page go, but for the way out."""
    return {*re.findall(r'<form[^>]* action="([^"]+)"', page)} - {"/ops/logout"}


def test_pages_have_no_button_that_their_reader_may_not_press(published: Desk) -> None:
    for role in ROLES:
        who: Visitor = published.person(role)
        for path in ("/ops", "/ops/sources/nspcc", "/ops/issues/2016-09", "/ops/issues/2016-10", "/ops/queue/2016-09"):
            page = who.get(path).text
            with published.app.test_request_context():
                match = published.app.url_map.bind("").match
                refused = {url for url in actions(page) if role not in ACCESS[match(url, method="POST")[0]]}
            assert refused == set(), (role, path)


def test_what_a_role_may_not_do_is_said_in_the_buttons_place(published: Desk) -> None:
    editor, operator = published.person("editor"), published.person("operator")

    assert "Scrape now: an operator or an owner may." in texts(editor.get("/ops").text)
    assert "Scrape now: an" not in texts(operator.get("/ops").text)
    assert "Approve waits It is for an approver or an owner." in texts(editor.get("/ops/issues/2016-10").text)
    assert "Edit waits It is for an editor, an approver or an owner." in texts(operator.get("/ops/issues/2016-10").text)


def test_addresses_of_the_queue_are_for_who_may_look_readers_up(published: Desk) -> None:
    editor, operator = (
        published.person(role).get("/ops/queue/2016-09?state=sent").text for role in ("editor", "operator")
    )

    assert "reader0@example.org" in operator
    assert "reader0@example.org" not in editor
    assert "Who they are, an operator or an owner sees." in texts(editor)
    assert "Sent (3)" in texts(editor)
