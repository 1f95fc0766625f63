"""Accounts at the desk: log-in by address, log-ins that outlive a restart and are ended, roles given and taken."""

import re
from datetime import datetime, timedelta

import pytest
from werkzeug.security import generate_password_hash

from app.runtime.side_effects import system_effects
from app.web.runner import WebRunner
from core.errors import HouseError, NotFound
from core.states import Role
from db.operator import account_invitations, account_sessions, accounts
from db.schema.connect import Database
from services.operator import manage_accounts
from tests.app.web.operator import HASH, PASSWORD, Desk, log_in
from tests.app.web.ops.test_login import cookie
from tests.support.signups import NOW
from tests.support.waiting import HANG
from tests.support.web_site import CSRF, Visitor, texts

OTHER_PASSWORD = "four quiet words here"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:133.0) Gecko/20100101 Firefox/133.0"


@pytest.fixture
def desk(db: Database) -> Desk:
    return Desk(db)


def ends(who: Visitor) -> list[str]:
    """Where the buttons go that end one other log-in."""
    return re.findall(r'action="(/ops/account/log-ins/\d+/end)"', who.get("/ops/account").text)


def test_an_address_is_known_however_it_is_written_and_the_trail_names_the_account(desk: Desk) -> None:
    desk.account("editor", "Edith.Field@example.org", "Edith Field")
    answer = log_in(desk.visitor(), PASSWORD, " edith.field@EXAMPLE.org")

    assert answer.status_code == 303
    page = texts(desk.operator().get("/ops/audit").text)
    assert "Edith Field, Edith.Field@example.org (192.0.2.0/24)" in page


@pytest.mark.parametrize("name", ["editor@example.org", "nobody@example.org", "closed@example.org", "new@example.org"])
def test_a_wrong_address_and_a_wrong_password_are_answered_alike(
    desk: Desk, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from app.web.ops import password_check

    desk.account("editor")
    accounts.close(desk.db, desk.account("operator", "closed@example.org").id, NOW)
    accounts.add(desk.db, "new@example.org", "Nadia", "approver", NOW)
    looks = []
    real = password_check.check_password_hash
    monkeypatch.setattr(password_check, "check_password_hash", lambda *these: looks.append(these) or real(*these))

    answer = log_in(desk.visitor(), "wrong", name)

    body = re.sub(r'value="[^"]*"', "", CSRF.sub("", answer.text))
    assert (answer.status_code, len(looks)) == (403, 1)
    assert "The address or the password is wrong, or there were too many tries" in texts(body)


def test_nobody_s_hash_takes_as_long_as_a_real_one() -> None:
    from app.web.ops.password_check import NOBODYS_HASH
    from app.web.ops.sessions import SCRYPT_HASH

    assert SCRYPT_HASH.fullmatch(NOBODYS_HASH)
    assert NOBODYS_HASH.split("$")[0] == generate_password_hash("any", "scrypt").split("$")[0]


@pytest.mark.parametrize("password", ["", PASSWORD])
def test_who_has_not_taken_the_invitation_or_is_closed_does_not_come_in(desk: Desk, password: str) -> None:
    accounts.add(desk.db, "new@example.org", "Nadia", "approver", NOW)
    accounts.close(desk.db, desk.account("owner").id, NOW)

    for name in ("new@example.org", "owner@example.org"):
        assert log_in(desk.visitor(), password, name).status_code == 403


def test_without_the_shared_password_accounts_log_in_and_nobody_else(db: Database) -> None:
    desk = Desk(db, "")
    assert desk.visitor().get("/ops").status_code == 503
    desk.account("owner")

    assert desk.person("owner").get("/ops").status_code == 200
    assert log_in(desk.visitor(), PASSWORD, "Sam").status_code == 403
    assert log_in(desk.visitor(), PASSWORD).status_code == 403
    assert "shared" not in desk.visitor().get("/ops/login").text


def test_the_shared_password_makes_an_owner_who_reads_that_it_will_go(desk: Desk) -> None:
    who = desk.operator()

    for path in ("/ops", "/ops/account", "/ops/accounts"):
        assert "You came in by the password that everybody here shares" in texts(who.get(path).text), path
    assert who.get("/ops/account/password").status_code == 404
    assert "shares" not in desk.person("owner").get("/ops").text


def test_log_ins_outlive_a_restart_and_another_shared_password_ends_those_by_it(db: Database) -> None:
    desk = Desk(db)
    shared, own = desk.operator(), desk.person("editor")
    again, other = Desk(db), Desk(db, generate_password_hash("another", "scrypt:1024:8:1"))

    def status(at: Desk, who: Visitor) -> int:
        same = at.visitor()
        same.client.set_cookie("casereviews", cookie(who), domain="news.example.org")
        return same.get("/ops").status_code

    assert [status(again, shared), status(again, own)] == [200, 200]
    assert [status(other, shared), status(other, own)] == [303, 200]


def test_no_token_of_a_log_in_is_stored(desk: Desk) -> None:
    who = desk.person("editor")
    with who.client.session_transaction(base_url="https://news.example.org") as session:
        token = session["ops"]

    assert token not in "\n".join(desk.db.conn.iterdump())


def test_pages_write_a_log_in_s_last_request_once_a_minute_and_wait_for_no_writer(desk: Desk) -> None:
    who = desk.person("editor")

    def seen() -> datetime:
        return account_sessions.listing(desk.db, 1, desk.house.clock.now)[0].seen_at

    begun = seen()

    desk.house.clock.move(seconds=59)
    who.get("/ops/account")
    early = seen()
    desk.house.clock.move(seconds=1)
    desk.db.execute("BEGIN IMMEDIATE")
    assert who.get("/ops/account").status_code == 200
    desk.db.execute("COMMIT")
    held = seen()
    who.get("/ops/account")

    assert (early, held, seen()) == (begun, begun, begun + timedelta(minutes=1))


def test_one_s_own_log_ins_are_listed_and_each_is_ended(desk: Desk) -> None:
    here, there = desk.person("editor"), desk.visitor("198.51.100.9")
    there._how["headers"] = {"User-Agent": FIREFOX}
    assert log_in(there, PASSWORD, "editor@example.org").status_code == 303
    stranger = desk.person("operator")
    page = texts(here.get("/ops/account").text)

    assert "Firefox on Windows, 198.51.100.0/24 Since" in page
    assert page.count("(here)") == 1
    (end,) = ends(here)
    assert stranger.press("/ops/account", action=end).status_code == 404
    assert there.get("/ops").status_code == 200
    assert here.press("/ops/account", action=end).status_code == 303
    assert (there.get("/ops").status_code, here.get("/ops").status_code) == (303, 200)


def test_all_others_are_ended_at_once(desk: Desk) -> None:
    here, others = desk.person("editor"), [desk.person("editor") for _ in range(3)]
    other = desk.person("owner")

    assert here.press("/ops/account", action="/ops/account/log-ins/end-others").status_code == 303

    assert "3 other log-ins ended." in here.get("/ops/account").text
    assert {who.get("/ops").status_code for who in others} == {303}
    assert (here.get("/ops").status_code, other.get("/ops").status_code) == (200, 200)


def test_another_password_ends_the_other_log_ins(desk: Desk) -> None:
    here, there = desk.person("editor"), desk.person("editor")
    typed = {"current": PASSWORD, "new": OTHER_PASSWORD, "again": OTHER_PASSWORD}

    assert here.press("/ops/account/password", typed).status_code == 303

    assert "Your password is changed. 1 other log-in ended." in texts(here.get("/ops/account").text)
    assert there.get("/ops").status_code == 303
    assert log_in(desk.visitor(), PASSWORD, "editor@example.org").status_code == 403
    assert log_in(desk.visitor(), OTHER_PASSWORD, "editor@example.org").status_code == 303


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"current": "wrong", "new": OTHER_PASSWORD, "again": OTHER_PASSWORD}, "current"),
        ({"current": PASSWORD, "new": "short", "again": "short"}, "new"),
        ({"current": PASSWORD, "new": OTHER_PASSWORD, "again": "four other words here"}, "again"),
    ],
)
def test_a_password_that_will_not_do_is_refused(desk: Desk, typed: dict[str, str], field: str) -> None:
    answer = desk.person("editor").press("/ops/account/password", typed)
    found = accounts.find_by_email(desk.db, "editor@example.org")

    assert (answer.status_code, f'href="#{field}"' in answer.text) == (422, True)
    assert found and found.password_hash == HASH


def test_whoever_finds_the_desk_open_does_not_find_the_password_by_trying(desk: Desk) -> None:
    who = desk.person("editor")
    for _ in range(5):
        who.press("/ops/account/password", {"current": "wrong", "new": OTHER_PASSWORD, "again": OTHER_PASSWORD})

    right = {"current": PASSWORD, "new": OTHER_PASSWORD, "again": OTHER_PASSWORD}
    assert who.press("/ops/account/password", right).status_code == 422
    desk.house.clock.move(minutes=1)
    assert who.press("/ops/account/password", right).status_code == 303


def test_an_owner_gives_a_role_closes_an_account_and_brings_it_back(desk: Desk) -> None:
    owner, editor = desk.person("owner"), desk.person("editor")
    found = accounts.find_by_email(desk.db, "editor@example.org")
    assert found

    def press(what: str, fields: dict[str, str] | None = None) -> int:
        return owner.press("/ops/accounts", fields, f"/ops/accounts/{found.id}/{what}").status_code

    assert press("role", {"role": "operator"}) == 303
    assert editor.get("/ops/people").status_code == 200
    assert press("close") == 303
    assert (editor.get("/ops").status_code, log_in(desk.visitor(), PASSWORD, found.email).status_code) == (303, 403)
    assert press("reopen") == 303
    assert editor.get("/ops").status_code == 303  # what has ended stays so
    assert log_in(desk.visitor(), PASSWORD, found.email).status_code == 303
    assert press("role", {"role": "queen"}) == 400
    assert desk.trail()[:6] == [
        "change role: answered 400",
        "logged in",
        "brought back the account of Some editor, editor@example.org",
        "tried a wrong password",
        "closed the account of Some editor, editor@example.org",
        "made Some editor, editor@example.org operator",
    ]


def test_the_last_owner_stays(desk: Desk) -> None:
    owner, number = desk.person("owner"), accounts.listing(desk.db)[0].id
    accounts.add(desk.db, "invited@example.org", "Ines", "owner", NOW)  # who has not come yet
    accounts.close(desk.db, desk.account("owner", "gone@example.org").id, NOW)

    for what, fields in (("role", {"role": "editor"}), ("close", {})):
        answer = owner.press("/ops/accounts", fields, f"/ops/accounts/{number}/{what}")
        assert (answer.status_code, "is the only owner" in answer.text) == (409, True)
    assert owner.get("/ops/accounts").status_code == 200

    desk.account("owner", "second@example.org")
    assert manage_accounts.change_role(desk.db, number, "editor").role == "editor"
    with pytest.raises(HouseError, match="only owner"):
        manage_accounts.close_account(desk.db, accounts.listing(desk.db)[-2].id, NOW)


@pytest.mark.parametrize("role", ["owner", "editor"])
def test_an_account_that_is_none_is_not_found(desk: Desk, role: Role) -> None:
    with pytest.raises(NotFound, match="no such account"):
        manage_accounts.change_role(desk.db, 999, role)


def test_a_closed_account_has_no_link_left(desk: Desk) -> None:
    desk.account("owner")
    one = accounts.add(desk.db, "new@example.org", "Nadia", "approver", NOW)
    account_invitations.make(desk.db, one.id, "link", NOW)
    assert account_invitations.find(desk.db, "link", NOW) == one.id

    manage_accounts.close_account(desk.db, one.id, NOW)

    assert account_invitations.find(desk.db, "link", NOW) == 0


@pytest.mark.loopback
@pytest.mark.enable_socket
@pytest.mark.parametrize(("password_hash", "times"), [(HASH, 1), ("", 0)])
def test_the_log_says_that_the_shared_password_will_go(
    db: Database, caplog: pytest.LogCaptureFixture, password_hash: str, times: int
) -> None:
    web = WebRunner(system_effects(), Desk(db, password_hash).settings, "127.0.0.1", 0)
    web.start()

    assert web.end(HANG)
    assert caplog.text.count("give each person an account at /ops/accounts, then take it out") == times
