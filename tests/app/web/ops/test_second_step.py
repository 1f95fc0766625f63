"""The second step at log-in: asked for after the password, set up, renewed, lost, required."""

import re
from datetime import timedelta
from html import unescape

import pyotp
import pytest
from werkzeug.test import TestResponse

from app.web.ops.half_log_in import GOOD_FOR
from core.config.schema import WebSettings
from core.states import Role
from db.operator import accounts, recovery_codes
from db.schema.connect import Database
from services.operator import second_factor
from tests.app.web.operator import HASH, PASSWORD, Desk, log_in
from tests.support.web_site import Visitor, texts

SECOND = "/ops/account/second-step"
CODE = "/ops/login/code"


@pytest.fixture
def desk(db: Database) -> Desk:
    return Desk(db)


def secret_on(page: str) -> str:
    found = re.search(r"<code>([A-Z2-7 ]+)</code>", page)
    assert found
    return found[1].replace(" ", "")


def shown(desk: Desk, secret: str, seconds: int = 0) -> str:
    """What the phone shows by the desk's clock."""
    return pyotp.TOTP(secret).at(desk.house.clock.now + timedelta(seconds=seconds))


def set_up(desk: Desk, who: Visitor) -> tuple[str, list[str]]:
    """Set a second step up: the secret, and the recovery codes."""
    secret = secret_on(who.get(SECOND).text)
    answer = who.press(SECOND, {"code": shown(desk, secret), "password": PASSWORD})
    assert answer.status_code == 200
    desk.house.clock.now += timedelta(minutes=1)
    return secret, re.findall(r"<li><code>([a-z2-7-]+)</code>", answer.text)


def come(desk: Desk, role: Role = "editor") -> Visitor:
    """Give the password, in a browser that was never in."""
    who = desk.visitor()
    answer = log_in(who, PASSWORD, f"{role}@example.org")
    assert answer.headers["Location"] == CODE
    return who


def is_inside(who: Visitor) -> bool:
    return who.get("/ops").status_code == 200


def give(who: Visitor, code: str) -> TestResponse:
    return who.press(CODE, {"code": code})


def test_it_is_set_up_by_a_code_and_asked_for_after_the_password(desk: Desk) -> None:
    own = desk.person("editor")
    page = own.get(SECOND)
    secret = secret_on(page.text)
    found = re.search(r'href="(otpauth:[^"]+)"', page.text)
    assert found and pyotp.parse_uri(unescape(found[1])).secret == secret
    assert second_factor.draw_qr_code(unescape(found[1])) in page.text
    assert own.press(SECOND, {"code": "000000", "password": PASSWORD}).status_code == 422
    assert secret_on(own.get(SECOND).text) == secret  # a mistake does not change it

    _, codes = set_up(desk, own)

    assert len(codes) == 10
    assert not any(code in own.get(SECOND).text for code in codes)  # shown once
    who = come(desk)
    assert not is_inside(who)
    answer = give(who, shown(desk, secret))
    assert (answer.status_code, answer.headers["Location"]) == (303, "/ops")
    assert is_inside(who)
    assert desk.trail()[0] == "logged in with the second step"


def test_a_code_is_good_for_one_log_in(desk: Desk) -> None:
    secret, codes = set_up(desk, desk.person("editor"))
    assert give(come(desk), shown(desk, secret)).status_code == 303

    other = come(desk)
    assert give(other, shown(desk, secret)).status_code == 403
    assert not is_inside(other)
    assert give(other, codes[0]).status_code == 303
    assert give(come(desk), codes[0]).status_code == 403


def test_nobody_gets_to_the_code_without_the_password(desk: Desk) -> None:
    secret, _ = set_up(desk, desk.person("editor"))
    who = desk.visitor()

    assert who.get(CODE).headers["Location"] == "/ops/login"
    token = who.token("/ops/login")
    assert who.post(CODE, {"code": shown(desk, secret), "csrf_token": token}).headers["Location"] == "/ops/login"
    assert not is_inside(who)


def test_who_takes_too_long_begins_again(desk: Desk) -> None:
    set_up(desk, desk.person("editor"))
    who = come(desk)
    desk.house.clock.now += GOOD_FOR + timedelta(seconds=1)

    assert who.get(CODE).headers["Location"] == "/ops/login"


def test_wrong_codes_are_throttled_and_a_browser_that_was_in_before_is_not_held_up(desk: Desk) -> None:
    known = desk.person("editor")
    secret, _ = set_up(desk, known)
    known.post("/ops/logout", {"csrf_token": known.token("/ops")})
    thief = come(desk)
    for _ in range(6):
        assert give(thief, "000000").status_code == 403

    assert give(thief, shown(desk, secret)).status_code == 403  # not looked at
    assert log_in(known, PASSWORD, "editor@example.org").headers["Location"] == CODE
    assert give(known, shown(desk, secret)).status_code == 303
    desk.house.clock.now += timedelta(minutes=3)
    assert give(come(desk), shown(desk, secret)).status_code == 303


def test_who_finds_the_desk_open_sets_no_second_step_up(desk: Desk) -> None:
    own = desk.person("editor")
    secret = secret_on(own.get(SECOND).text)

    answer = own.press(SECOND, {"code": shown(desk, secret), "password": "four words of a guess"})

    assert answer.status_code == 422 and "This is not your password" in texts(answer.text)
    account = accounts.find_by_email(desk.db, "editor@example.org")
    assert account and not account.totp_secret
    assert desk.trail()[0] == "typed a wrong password to set up a second step"


def test_a_password_given_before_another_was_chosen_leads_to_no_code(desk: Desk) -> None:
    secret, _ = set_up(desk, desk.person("editor"))
    who, account = come(desk), accounts.find_by_email(desk.db, "editor@example.org")
    assert account
    token = who.token(CODE)
    accounts.set_password_hash(desk.db, account.id, f"{HASH}0", desk.house.clock.now)

    answer = who.post(CODE, {"code": shown(desk, secret), "csrf_token": token})

    assert answer.headers["Location"] == "/ops/login"
    assert not is_inside(who)


def test_a_closed_account_does_not_come_in_by_its_code(desk: Desk) -> None:
    secret, _ = set_up(desk, desk.person("editor"))
    who, account = come(desk), accounts.find_by_email(desk.db, "editor@example.org")
    assert account
    token = who.token(CODE)
    accounts.close(desk.db, account.id, desk.house.clock.now)

    answer = who.post(CODE, {"code": shown(desk, secret), "csrf_token": token})

    assert answer.headers["Location"] == "/ops/login"
    assert not is_inside(who)


@pytest.mark.parametrize("do", ["codes", "off"])
def test_changing_it_takes_a_code_of_now(desk: Desk, do: str) -> None:
    own = desk.person("editor")
    secret, before = set_up(desk, own)

    assert own.press(SECOND, {"code": "000000", "do": do}, f"{SECOND}/change").status_code == 422
    answer = own.press(SECOND, {"code": shown(desk, secret), "do": do}, f"{SECOND}/change")

    account = accounts.find_by_email(desk.db, "editor@example.org")
    assert account
    if do == "off":
        assert (answer.status_code, account.totp_secret, recovery_codes.count(desk.db, account.id)) == (303, "", 0)
        assert log_in(desk.visitor(), PASSWORD, "editor@example.org").headers["Location"] == "/ops"
        assert is_inside(own)
    else:
        renewed = re.findall(r"<li><code>([a-z2-7-]+)</code>", answer.text)
        assert len(renewed) == 10 and not {*renewed} & {*before}


def test_an_owner_takes_somebody_s_away_and_nobody_else_does(desk: Desk) -> None:
    own = desk.person("editor")
    set_up(desk, own)
    account = accounts.find_by_email(desk.db, "editor@example.org")
    assert account
    path = f"/ops/accounts/{account.id}/second-step/reset"

    assert desk.person("approver").press("/ops/account", {}, path).status_code == 403
    owner = desk.person("owner")
    assert "Take the second step away : Some editor" in texts(owner.get("/ops/accounts").text)
    assert owner.press("/ops/accounts", {}, path).status_code == 303

    assert desk.trail()[0] == "took the second step of Some editor, editor@example.org away"
    assert not is_inside(own)  # their log-ins have ended
    assert log_in(desk.visitor(), PASSWORD, "editor@example.org").headers["Location"] == "/ops"


def test_where_it_is_required_nothing_else_can_be_done_before(db: Database) -> None:
    strict = Desk(db)
    required = WebSettings(password_hash=HASH, second_factor="required")
    strict.app.extensions["casereviews"].settings = strict.settings.replace(web=required)
    strict.account("editor")

    assert log_in(strict.visitor(), PASSWORD, "Sam").status_code == 403  # who know that password share no phone
    who = strict.visitor()
    assert log_in(who, PASSWORD, "editor@example.org").status_code == 303
    for path in ("/ops", "/ops/issues", "/ops/account"):
        assert who.get(path).headers["Location"] == SECOND
    page = who.get(SECOND)
    assert "Everybody here needs a second step" in texts(page.text)
    secret, _ = set_up(strict, who)
    assert is_inside(who)
    answer = who.press(SECOND, {"code": shown(strict, secret), "do": "off"}, f"{SECOND}/change")
    assert answer.status_code == 422
    assert "web.second_factor is required" in texts(answer.text)


def test_who_has_few_recovery_codes_left_is_told(desk: Desk) -> None:
    _, codes = set_up(desk, desk.person("editor"))
    for code in codes[:6]:
        assert give(come(desk), code).headers["Location"] == "/ops"

    who = come(desk)
    assert give(who, codes[6]).headers["Location"] == SECOND
    assert "3 of your recovery codes are left" in texts(who.get(SECOND).text)


def test_the_shared_password_has_no_second_step(desk: Desk) -> None:
    assert desk.operator().get(SECOND).status_code == 404


def test_without_the_key_the_page_says_what_to_do(desk: Desk) -> None:
    secret, _ = set_up(desk, desk.person("editor"))
    (desk.settings.data_dir / "second-factor.key").unlink()

    answer = give(come(desk), shown(desk, secret))

    assert answer.status_code == 403
    assert "Use a recovery code, or have an owner take the second step away" in texts(answer.text)
