"""The operator's door: who gets in, how often they may try, when they are out again."""

from datetime import timedelta

import pytest
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from app.web.ops import password_check
from app.web.ops.access import OPEN_ENDPOINTS
from app.web.ops.login_throttle import FREE_TRIES, FREE_TRIES_TOTAL, LoginThrottle
from db.schema.connect import Database
from db.schema.timestamps import to_text
from tests.app.web.operator import PASSWORD, Desk, log_in
from tests.support.installation import dump
from tests.support.signups import NOW
from tests.support.web_site import CSRF, Visitor, texts

OTHER = "198.51.100.9"


def rules(desk: Desk, method: str) -> list[Rule]:
    """The addresses of the operator's room that answer to a method, but those of who is not in yet."""
    found = [rule for rule in desk.app.url_map.iter_rules() if rule.endpoint.startswith("ops.")]
    return [rule for rule in found if method in (rule.methods or ()) and rule.endpoint not in OPEN_ENDPOINTS]


def address(rule: Rule) -> str:
    """An address that a rule answers."""
    some = {"period": "2016-09", "number": 1, "name": "nspcc", "folder": "2016-09", "other": "what/ever"}
    built = rule.build({name: some.get(name, "1") for name in rule.arguments})
    assert built is not None
    return built[1]


def signed(page: TestResponse) -> dict[str, str]:
    """The hidden token of a form, ready to be sent."""
    found = CSRF.search(page.text)
    assert found
    return {"csrf_token": found[1]}


@pytest.mark.parametrize("stored", ["", "plain text", "md5$x$y"], ids=["none", "no hash", "another hash"])
def test_without_a_password_every_page_says_how_to_set_one(db: Database, stored: str) -> None:
    desk = Desk(db, stored)
    who = desk.visitor()

    for path in ("/ops", "/ops/login", "/ops/people", "/ops/what/ever"):
        answer = who.get(path)
        assert answer.status_code == 503
        assert "docs/first-month.md" in answer.text
        assert "<form" not in answer.text


def test_without_a_password_nobody_logs_in(db: Database) -> None:
    desk = Desk(db, "")
    who = desk.visitor()
    before = Desk(db).visitor()  # when there was one
    token = signed(before.get("/ops/login"))
    who.client.set_cookie("casereviews", cookie(before), domain="news.example.org")

    assert who.post("/ops/login", {"password": "", **token}).status_code == 503
    assert who.get("/ops").status_code == 503


def test_nobody_sees_any_page_without_logging_in(db: Database) -> None:
    desk = Desk(db)
    who = desk.visitor()
    found = rules(desk, "GET")

    assert len(found) > 30
    for rule in found:
        answer = who.get(address(rule))
        assert answer.status_code == 303, rule
        assert answer.headers["Location"].startswith("/ops/login"), rule
        assert answer.headers["Cache-Control"] == "no-store"


def test_nobody_does_anything_without_logging_in(db: Database) -> None:
    desk = Desk(db)
    who = desk.visitor()
    token = signed(who.get("/ops/login"))
    before = dump(db)

    for rule in rules(desk, "POST"):
        answer = who.post(address(rule), token)
        assert (answer.status_code, answer.headers["Location"]) == (303, "/ops/login"), rule
    assert dump(db) == before


def test_the_password_opens_the_page_that_was_asked_for(db: Database) -> None:
    desk = Desk(db)
    who = desk.visitor()
    asked = who.get("/ops/people/all?after=7")

    assert asked.headers["Location"] == "/ops/login?next=/ops/people/all?after%3D7"
    form = who.get(asked.headers["Location"])
    assert 'name="next" value="/ops/people/all?after=7"' in form.text
    opened = who.post("/ops/login", {"password": PASSWORD, "next": "/ops/people/all?after=7", **signed(form)})
    assert opened.headers["Location"] == "/ops/people/all?after=7"
    assert who.get("/ops/people/all?after=7").status_code == 200


@pytest.mark.parametrize(
    "wanted",
    [
        "https://evil.example/ops",
        "//evil.example/ops",
        "/ops//evil.example",
        "/ops/..//evil.example",
        "/ops/../reviews",
        "/ops/%2e%2e/reviews",
        "/opsevil",
        "/ops@evil.example",
        "/ops\\evil.example",
        "/ops\r\nSet-Cookie: a=b",
        "\t/ops",
        "/reviews",
        "javascript:alert(1)",
        "",
    ],
)
def test_the_door_leads_nowhere_else(db: Database, wanted: str) -> None:
    opened = log_in(Desk(db).visitor(), PASSWORD, wanted=wanted)

    assert (opened.status_code, opened.headers["Location"]) == (303, "/ops")


def test_a_wrong_password_is_answered_as_one_that_comes_too_soon(db: Database) -> None:
    desk = Desk(db)
    who = desk.visitor()

    answers = [log_in(who, f"wrong {n}") for n in range(FREE_TRIES)]
    too_soon = [log_in(who, "wrong again"), log_in(who, PASSWORD)]

    bodies = {CSRF.sub("", answer.text) for answer in (*answers, *too_soon)}
    assert {answer.status_code for answer in (*answers, *too_soon)} == {403}
    assert len(bodies) == 1
    assert "The password is wrong, or there were too many tries" in texts(bodies.pop())
    assert answers[0].text.count("<title>Error: ") == 1


def test_every_failure_takes_the_work_of_one_look(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = []
    real = password_check.check_password_hash
    monkeypatch.setattr(password_check, "check_password_hash", lambda *these: looks.append(these) or real(*these))
    who = Desk(db).visitor()

    for password in ["wrong"] * FREE_TRIES + ["too soon", PASSWORD, ""]:
        log_in(who, password)

    assert len(looks) == FREE_TRIES + 3


def test_after_five_wrong_tries_the_waits_grow_and_end(db: Database) -> None:
    desk = Desk(db)
    who = desk.visitor()
    for _ in range(FREE_TRIES):
        log_in(who, "wrong")

    desk.house.clock.move(seconds=59)
    assert log_in(who, PASSWORD).status_code == 403
    desk.house.clock.move(seconds=1)
    assert log_in(who, "wrong").status_code == 403  # that was looked at: two minutes now
    desk.house.clock.move(seconds=119)
    assert log_in(who, PASSWORD).status_code == 403
    desk.house.clock.move(seconds=1)
    assert log_in(who, PASSWORD).status_code == 303


def test_a_try_that_comes_too_soon_does_not_make_the_wait_longer(db: Database) -> None:
    desk = Desk(db)
    who = desk.visitor()
    for _ in range(FREE_TRIES + 20):
        log_in(who, "wrong")

    desk.house.clock.move(minutes=1)
    assert log_in(who, PASSWORD).status_code == 303


def test_one_network_does_not_lock_out_another(db: Database) -> None:
    desk = Desk(db)
    for _ in range(FREE_TRIES + 1):
        log_in(desk.visitor(), "wrong")

    assert log_in(desk.visitor(OTHER), PASSWORD).status_code == 303


def test_who_gets_in_tries_no_more_passwords_of_another_s(db: Database) -> None:
    desk = Desk(db)
    desk.account("owner")
    desk.account("editor")
    for _ in range(FREE_TRIES):
        log_in(desk.visitor(), "wrong", "owner@example.org")
        assert log_in(desk.visitor(), PASSWORD, "editor@example.org").status_code == 303

    assert log_in(desk.visitor(), PASSWORD, "owner@example.org").status_code == 403


def test_many_networks_together_are_slowed_down_but_not_who_knew_it_before() -> None:
    throttle = LoginThrottle()
    throttle.record_success("the operator's")
    for number in range(FREE_TRIES_TOTAL + 3):
        throttle.record_failure(f"network {number}", NOW)

    assert not throttle.allows("another", NOW)
    assert throttle.allows("the operator's", NOW)
    assert throttle.allows("another", NOW + timedelta(minutes=1))


def test_no_wait_is_longer_than_an_hour_and_none_is_remembered_for_more_than_a_day() -> None:
    throttle = LoginThrottle()
    for _ in range(1000):
        throttle.record_failure("one", NOW)

    assert not throttle.allows("one", NOW + timedelta(minutes=59))
    assert throttle.allows("one", NOW + timedelta(hours=1))
    throttle.record_failure("one", NOW + timedelta(days=2))
    assert throttle.allows("one", NOW + timedelta(days=2))


def test_tries_side_by_side_count_before_any_is_looked_at() -> None:
    throttle = LoginThrottle()

    begun = [throttle.begin_known("code of 1", NOW) for _ in range(FREE_TRIES + 1)]

    assert begun == [True] * FREE_TRIES + [False]
    throttle.record_known_success("code of 1")
    assert throttle.begin_known("code of 1", NOW)


def test_the_throttle_keeps_no_more_networks_than_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.web.ops.login_throttle.MAX_NETWORKS", 10)
    throttle = LoginThrottle()
    for number in range(100):
        throttle.record_failure(f"network {number}", NOW)

    assert len(throttle._by_network) <= 10


def cookie(who: Visitor) -> str:
    held = who.client.get_cookie("casereviews", domain="news.example.org")
    assert held is not None
    return held.value


def test_the_cookie_is_safe_and_new_at_each_log_in(db: Database) -> None:
    desk = Desk(db)
    who = desk.visitor()
    before = signed(who.get("/ops/login"))
    planted = cookie(who)

    answer = who.post("/ops/login", {"password": PASSWORD, **before})

    (said,) = [one for one in answer.headers.getlist("Set-Cookie") if one.startswith("casereviews=")]
    assert all(word in said for word in ("Secure", "HttpOnly", "SameSite=Lax"))
    assert cookie(who) != planted
    assert who.post("/ops/logout", before).status_code == 400  # the form of before is worth nothing now
    other = desk.visitor()
    other.client.set_cookie("casereviews", planted, domain="news.example.org")
    assert other.get("/ops").status_code == 303


def test_logging_out_ends_a_copied_cookie_too(db: Database) -> None:
    desk = Desk(db)
    who, thief = desk.operator(), desk.visitor()
    thief.client.set_cookie("casereviews", cookie(who), domain="news.example.org")
    assert thief.get("/ops").status_code == 200

    assert who.press("/ops", action="/ops/logout").headers["Location"] == "/ops/login"

    assert (who.get("/ops").status_code, thief.get("/ops").status_code) == (303, 303)


def test_twelve_idle_hours_end_a_session_and_every_page_begins_them_anew(db: Database) -> None:
    desk = Desk(db)
    who = desk.operator()

    for _ in range(3):
        desk.house.clock.move(hours=11, minutes=59)
        assert who.get("/ops").status_code == 200
    desk.house.clock.move(hours=12, seconds=1)
    assert who.get("/ops").status_code == 303


def test_a_cookie_that_is_kept_in_use_ends_after_thirty_days(db: Database) -> None:
    desk = Desk(db)
    who, now = desk.operator(), desk.house.clock.now
    for age, status in ((timedelta(days=30), 200), (timedelta(days=30, seconds=1), 303)):
        db.execute("UPDATE account_sessions SET began_at = ?", [to_text(now - age)])
        assert who.get("/ops").status_code == status


def test_a_form_is_good_for_as_long_as_the_session(db: Database) -> None:
    desk = Desk(db)
    who = desk.operator()
    token = signed(who.get("/ops/people"))

    desk.house.clock.move(hours=11)
    assert who.post("/ops/people", {"address": "nobody@example.org", **token}).status_code == 404


def test_a_form_without_its_token_does_nothing(db: Database) -> None:
    desk = Desk(db)
    who = desk.operator()
    before = dump(db)

    for rule in rules(desk, "POST"):
        assert who.post(address(rule), {}).status_code == 400, rule
        assert who.post(address(rule), {"csrf_token": "forged"}).status_code == 400, rule
    assert dump(db) == before


def test_no_page_is_kept_or_listed_by_anybody(db: Database) -> None:
    desk = Desk(db)
    who = desk.operator()

    for path in ("/ops", "/ops/login", "/ops/audit", "/ops/what/ever", "/ops/ops.js", "/ops/issues/2016-09/html"):
        headers = who.get(path).headers
        assert headers["Cache-Control"] == "no-store", path
        assert "noindex" in headers["X-Robots-Tag"], path


def test_the_trail_names_who_logged_in_and_from_where(db: Database) -> None:
    desk = Desk(db)
    log_in(desk.visitor(), "wrong", "Mallory\r\n<b>")
    desk.operator("Sam")
    who = desk.operator(name="")
    page = who.get("/ops/audit").text

    assert desk.trail() == ["logged in", "logged in", "tried a wrong password"]
    assert "Sam (192.0.2.0/24)" in page
    assert "operator (192.0.2.0/24)" in page
    assert "Mallory &lt;b&gt; (192.0.2.0/24)" in page


def test_the_trail_shows_no_address_that_is_no_account_s(db: Database) -> None:
    desk = Desk(db)
    log_in(desk.visitor(), "wrong", "reader@example.org")
    page = desk.operator().get("/ops/audit").text

    assert "r…@example.org (192.0.2.0/24)" in page
    assert "reader@" not in page


def test_nor_what_somebody_types_of_a_reader(db: Database) -> None:
    desk = Desk(db)
    desk.account("editor")
    asked = {"reply": "550 reader@example.org is no editor@example.org"}
    assert desk.operator().press("/ops/bounces", asked, action="/ops/bounces/find").status_code == 404

    assert "r…@example.org is no editor@example.org" in desk.trail()[0]


def test_a_page_in_clear_over_a_network_warns(db: Database) -> None:
    warned = Desk(db, base_url="http://news.example.org").visitor()
    warned._how["base_url"] = "http://news.example.org"
    own = Desk(db, base_url="http://127.0.0.1:8765").visitor()
    own._how["base_url"] = "http://127.0.0.1:8765"

    assert "Not encrypted" in warned.get("/ops/login").text
    assert "Not encrypted" not in own.get("/ops/login").text
    assert "Not encrypted" not in Desk(db).visitor().get("/ops/login").text


def test_the_password_is_in_no_page_and_no_log(db: Database, caplog: pytest.LogCaptureFixture) -> None:
    desk = Desk(db)
    caplog.set_level("DEBUG")

    answer = log_in(desk.visitor(), "a wrong secret")

    assert "a wrong secret" not in answer.text + caplog.text
    assert not [line for line in dump(db) if "a wrong secret" in line]
