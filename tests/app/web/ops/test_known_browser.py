"""A browser that was logged in before: no stranger's try keeps it out, and it opens nothing by itself."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import Any

import pytest

from app.web.known_browser import COOKIE_NAME, MAX_ACCOUNTS
from app.web.ops import password_check
from app.web.ops.login_throttle import FREE_TRIES, FREE_TRIES_TOTAL
from app.web.write_slots import STRANGERS
from db.schema.connect import Database
from tests.app.web.operator import PASSWORD, Desk, log_in
from tests.app.web.ops.test_login import OTHER
from tests.support.web_site import Visitor

EDITOR = "editor@example.org"


@pytest.fixture
def desk(db: Database) -> Desk:
    desk = Desk(db)
    desk.account("editor")
    return desk


def out_again(desk: Desk, name: str = EDITOR) -> Visitor:
    """Somebody who was in before, and has logged out."""
    who = desk.visitor()
    assert log_in(who, PASSWORD, name).status_code == 303
    who.press("/ops", action="/ops/logout")
    return who


def known(who: Visitor) -> str:
    held = who.client.get_cookie(COOKIE_NAME, domain="news.example.org", path="/ops")
    assert held is not None
    return held.value


def thief_of(desk: Desk, value: str, network: str = OTHER) -> Visitor:
    """Somebody with another's cookie."""
    thief = desk.visitor(network)
    thief.client.set_cookie(COOKIE_NAME, value, domain="news.example.org", path="/ops")
    return thief


@pytest.mark.parametrize("name", [EDITOR, "Sam"])
def test_wrong_tries_from_the_same_office_do_not_keep_out_who_was_in_before(desk: Desk, name: str) -> None:
    who = out_again(desk, name)
    for _ in range(FREE_TRIES):
        assert log_in(desk.visitor(), "wrong", name).status_code == 403

    assert log_in(desk.visitor(), PASSWORD, name).status_code == 403
    assert log_in(who, PASSWORD, name).status_code == 303


def test_nor_do_tries_from_everywhere(desk: Desk) -> None:
    who = out_again(desk)
    throttle, now = desk.app.extensions["casereviews.ops"].throttle, desk.house.clock.now
    for number in range(FREE_TRIES_TOTAL + 10):
        throttle.record_failure(f"network {number}", now)
    who._how["environ_overrides"] = {"REMOTE_ADDR": OTHER}  # at home

    assert log_in(desk.visitor(OTHER), PASSWORD, EDITOR).status_code == 403
    assert log_in(who, PASSWORD, EDITOR).status_code == 303


def test_nor_does_a_crowd_that_is_being_looked_at_or_waits(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(password_check, "LOCK_TIMEOUT", 60.0)
    who, crowd = out_again(desk), [desk.visitor(OTHER) for _ in range(STRANGERS)]
    tokens = [stranger.token("/ops/login") for stranger in crowd]
    going, inside, real = Event(), Barrier(2), password_check.check_password_hash

    def held(password_hash: str, password: str) -> Any:
        if password == "wrong" and not going.is_set():
            inside.wait(60)
            assert going.wait(60)
        return real(password_hash, password)

    monkeypatch.setattr(password_check, "check_password_hash", held)
    with ThreadPoolExecutor(STRANGERS) as pool:
        tries = [
            pool.submit(stranger.post, "/ops/login", {"name": EDITOR, "password": "wrong", "csrf_token": token})
            for stranger, token in zip(crowd, tokens, strict=True)
        ]
        inside.wait(60)
        monkeypatch.setattr(password_check, "LOCK_TIMEOUT", 0.0)
        came_in = log_in(who, PASSWORD, EDITOR)
        going.set()

        assert [one.result().status_code for one in tries] == [403] * STRANGERS
    assert came_in.status_code == 303


def test_nor_does_the_limit_of_what_one_network_may_send(desk: Desk) -> None:
    who, stranger = out_again(desk), desk.visitor()
    codes = [stranger.post("/ops/login").status_code for _ in range(301)]

    assert (codes[0], codes[-1]) == (400, 429)
    assert log_in(who, PASSWORD, EDITOR).status_code == 303
    assert who.press("/ops/account", action="/ops/account/log-ins/end-others").status_code == 303


def test_a_stolen_cookie_tries_no_more_passwords_than_any_stranger_and_five_more(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    thief = thief_of(desk, known(out_again(desk)))
    for _ in range(2 * FREE_TRIES):
        log_in(thief, "wrong", EDITOR)

    assert log_in(thief, PASSWORD, EDITOR).status_code == 403
    desk.house.clock.move(seconds=59)
    assert log_in(thief, PASSWORD, EDITOR).status_code == 403


def test_whose_cookie_was_stolen_comes_in_all_the_same(desk: Desk) -> None:
    who = out_again(desk)
    thief = thief_of(desk, known(who))
    for _ in range(2 * FREE_TRIES):
        log_in(thief, "wrong", EDITOR)

    assert log_in(who, PASSWORD, EDITOR).status_code == 303  # as anybody from their network
    who.press("/ops", action="/ops/logout")
    for _ in range(2 * FREE_TRIES):
        log_in(thief, "wrong", EDITOR)
    assert log_in(who, PASSWORD, EDITOR).status_code == 303  # by a cookie that the thief has not


def test_it_is_good_for_its_own_account_alone(desk: Desk) -> None:
    desk.account("owner")
    who = out_again(desk)
    for _ in range(FREE_TRIES):
        log_in(desk.visitor(), "wrong", "owner@example.org")

    assert log_in(who, PASSWORD, "owner@example.org").status_code == 403


@pytest.mark.parametrize("change", [lambda value: value[:-2] + "AA", lambda value: "", lambda value: "e30.x"])
def test_a_forged_one_is_a_stranger_s(desk: Desk, change: Any) -> None:
    thief = thief_of(desk, change(known(out_again(desk))))
    for _ in range(FREE_TRIES):
        log_in(thief, "wrong", EDITOR)

    assert log_in(thief, PASSWORD, EDITOR).status_code == 403


def test_it_opens_no_page_is_sent_to_no_reader_s_page_and_is_out_of_reach_of_scripts(desk: Desk) -> None:
    answer = log_in(desk.visitor(), PASSWORD, EDITOR)
    (said,) = [line for line in answer.headers.getlist("Set-Cookie") if line.startswith(COOKIE_NAME)]

    assert all(word in said for word in ("Secure", "HttpOnly", "SameSite=Strict", "Path=/ops", "Max-Age=31536000"))
    assert thief_of(desk, known(out_again(desk))).get("/ops").status_code == 303


def test_a_shared_browser_is_known_for_the_last_few_accounts(desk: Desk) -> None:
    who = desk.visitor()
    for number in range(MAX_ACCOUNTS + 1):
        desk.account("editor", f"e{number}@example.org")
        log_in(who, PASSWORD, f"e{number}@example.org")
        who.press("/ops", action="/ops/logout")
    for number in [0, 1] * FREE_TRIES:
        log_in(desk.visitor(), "wrong", f"e{number}@example.org")

    codes = [log_in(who, PASSWORD, f"e{number}@example.org").status_code for number in (0, 1)]
    assert codes == [403, 303]
