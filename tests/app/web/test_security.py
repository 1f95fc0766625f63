"""What keeps the pages safe when nobody attacks: proxies, errors that say what to do, logs that name nobody."""

import logging
import re
from typing import NoReturn

import pytest

from core.config.schema import SignupSettings, WebSettings
from core.errors import HouseError, LockHeld, StoreError
from db.schema.connect import Database
from services.delivery.send_transactional import send_due
from tests.app.web.operator import HASH
from tests.support.installation import rows
from tests.support.web_site import UNKNOWN, Site, texts

SECRET = "/secret/path token-0000000000000001 ada@example.org"


@pytest.fixture
def site(db: Database) -> Site:
    return Site(db)


def failing(site: Site, error: Exception) -> None:
    """Add a page that fails."""

    def fail() -> NoReturn:
        raise error

    site.app.add_url_rule("/fails", view_func=fail, methods=["GET", "POST"])


@pytest.mark.parametrize(
    ("error", "code", "words"),
    [
        (RuntimeError(SECRET), 500, "Something went wrong here"),
        (HouseError("a thing failed", SECRET, "do this on the server"), 500, "Something went wrong here"),
        (StoreError("the database could not be used", SECRET), 503, "This takes longer than it should"),
        (LockHeld("another run is at work", SECRET), 503, "This takes longer than it should"),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_a_page_that_fails_says_what_to_do_and_nothing_of_why(
    site: Site, error: Exception, code: int, words: str, caplog: pytest.LogCaptureFixture
) -> None:
    failing(site, error)

    page = site.visitor().get("/fails")

    assert page.status_code == code
    assert words in texts(page.text)
    for leak in ("secret", "token-", "example.org", "Traceback", "RuntimeError", "on the server"):
        assert leak not in page.text
    (record,) = caplog.records
    why = f": {error.what}" if isinstance(error, StoreError | LockHeld) else ""
    assert record.getMessage() == f"a page failed: GET /fails{why}"  # the rule, not the address
    assert bool(record.exc_info) is not bool(why)  # a full disk is no page of the log for every visitor


def test_an_error_page_that_fails_is_still_an_answer(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    del site.app.jinja_env.globals["site_name"]

    page = site.visitor().get("/nowhere")

    assert (page.status_code, page.content_type) == (404, "text/plain; charset=utf-8")
    assert page.text.startswith("There is no such page. ")


@pytest.mark.parametrize("host", ["a..b", "a" * 300])
def test_a_host_that_can_be_none_is_no_page_of_the_log(site: Site, host: str, caplog: pytest.LogCaptureFixture) -> None:
    page = site.visitor().client.get("/", headers={"Host": host})

    assert (page.status_code, caplog.records) == (421, [])


def test_the_wrong_method_says_which_are_right(site: Site) -> None:
    page = site.visitor().client.put("/check-your-email", base_url=site.address)

    assert page.status_code == 405
    assert set(page.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
    assert "use the button on the page" in page.text


@pytest.mark.parametrize("size", [65_000, 66_000, 10_000_000])
def test_what_is_too_much_is_told_so(site: Site, size: int) -> None:
    visitor = site.visitor()
    token = visitor.token("/subscribe")

    page = visitor.post("/subscribe", {"csrf_token": token, "email": "x" * size})

    assert page.status_code == (400 if size < 65_536 else 413)
    if page.status_code == 413:
        assert "That is too much at once" in page.text


@pytest.mark.parametrize(
    ("headers", "code"),
    [
        ({"Sec-Fetch-Site": "same-origin"}, 303),
        ({"Sec-Fetch-Site": "none"}, 303),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "null"}, 303),
        ({"Origin": "https://news.example.org"}, 303),
        ({"Origin": "HTTPS://NEWS.EXAMPLE.ORG"}, 303),
        ({"Origin": "null", "Referer": "https://news.example.org/subscribe"}, 303),
        ({"Referer": "https://news.example.org/"}, 303),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site"}, 403),
        ({"Sec-Fetch-Site": "cross-site", "Origin": "https://news.example.org"}, 403),
        ({"Origin": "https://elsewhere.example"}, 403),
        ({"Origin": "https://news.example.org.elsewhere.example"}, 403),
        ({"Origin": "https://news.example.org:8443"}, 403),
        ({"Origin": "https://["}, 403),
        ({"Referer": "https://elsewhere.example/?https://news.example.org"}, 403),
        ({"Origin": "null"}, 400),
        ({}, 400),
    ],
    ids=str,
)
def test_a_form_is_ours_by_the_browsers_word(site: Site, headers: dict[str, str], code: int) -> None:
    page = site.visitor().post("/subscribe", {"email": "ada@example.org"}, headers=headers)

    assert page.status_code == code
    assert "Set-Cookie" not in page.headers or code == 400
    assert bool(rows(site.db)["signup_attempts"]) is (code == 303)
    if code == 403:
        assert "This form was sent from another site Nothing was changed." in texts(page.text)


def test_a_browser_that_says_nothing_is_asked_once_and_nothing_typed_is_lost(site: Site) -> None:
    visitor = site.visitor()
    asked = visitor.post("/subscribe", {"email": "ada@example.org", "nations": ["Wales", "England"], "topics": "a\nb"})
    assert (asked.status_code, rows(site.db)["signup_attempts"]) == (400, 0)
    assert "ada@example.org" in texts(asked.text)
    fields = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]+)">', asked.text)
    assert [value for name, value in fields if name == "nations"] == ["Wales", "England"]
    own = {name: value for name, value in fields if name != "nations"}
    stranger = site.visitor().post("/subscribe", own)

    sent = visitor.post("/subscribe", {**own, "nations": ["Wales", "England"]})

    assert (stranger.status_code, sent.status_code) == (400, 303)
    assert set(site.house.one("ada@example.org").nations) == {"England", "Wales"}


def test_a_readers_own_page_is_guarded_as_well(site: Site) -> None:
    one = site.subscriber(status="pending")

    foreign = site.visitor().post(f"/confirm/{one.token}", headers={"Origin": "https://elsewhere.example"})
    assert (foreign.status_code, site.status(one)) == (403, "pending")
    said_nothing = site.visitor().post(f"/confirm/{one.token}", headers={"Origin": "null"})
    assert (said_nothing.status_code, site.status(one)) == (400, "pending")
    assert site.visitor().press(f"/confirm/{one.token}").status_code == 200
    assert site.status(one) == "active"


def test_without_https_nothing_claims_it(db: Database) -> None:
    page = Site(db, "http://news.example.org", web=WebSettings(password_hash=HASH)).visitor().get("/ops/login")

    assert "Strict-Transport-Security" not in page.headers
    assert "Secure" not in page.headers["Set-Cookie"]
    assert "HttpOnly" in page.headers["Set-Cookie"]


# Proxies


def signed_up_via(site: Site, forwarded: str) -> int:
    visitor = site.visitor("127.0.0.1")
    fields = {"email": f"{rows(site.db)['signup_attempts']}@example.org", "csrf_token": visitor.token("/subscribe")}
    return visitor.post("/subscribe", fields, headers={"X-Forwarded-For": forwarded}).status_code


def test_a_network_that_a_client_claims_to_be_is_not_believed(db: Database) -> None:
    site = Site(db, signup=SignupSettings(per_network_per_hour=2))

    codes = [signed_up_via(site, f"198.51.{number}.1") for number in range(4)]

    assert codes == [303, 303, 429, 429]


def test_behind_a_proxy_the_network_is_the_one_the_proxy_saw(db: Database) -> None:
    site = Site(db, signup=SignupSettings(per_network_per_hour=2), web=WebSettings(proxies=1))

    apart = [signed_up_via(site, f"10.9.9.9, 198.51.{number}.1") for number in range(4)]
    together = [signed_up_via(site, f"10.{number}.9.9, 203.0.113.1") for number in range(4)]

    assert apart == [303] * 4
    assert together == [303, 303, 429, 429]


@pytest.mark.parametrize(("proxies", "code"), [(0, 200), (1, 421)])
def test_a_forwarded_name_counts_only_behind_a_proxy(db: Database, proxies: int, code: int) -> None:
    site = Site(db, web=WebSettings(proxies=proxies))

    assert site.visitor().get("/", headers={"X-Forwarded-Host": "evil.example"}).status_code == code


def test_a_proxy_that_passes_no_name_on_is_fine(db: Database) -> None:
    site = Site(db, web=WebSettings(proxies=1))
    proto = {"X-Forwarded-Proto": "https"}

    assert site.app.test_client().get("/", base_url="http://127.0.0.1:8765", headers=proto).status_code == 200


# Logs


def test_no_address_and_no_token_is_ever_logged(site: Site, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    failing(site, RuntimeError("x"))
    visitor = site.visitor()
    visitor.press("/subscribe", {"email": "ada@example.org", "topics": "sleep"})
    visitor.press("/subscribe", {"email": "not ada", "topics": "sleep"})
    visitor.post("/subscribe", {"email": "ada@example.org"})
    send_due(site.house.effects, site.settings, site.db)
    one = site.house.one("ada@example.org")
    for path in ("confirm", "preferences", "unsubscribe"):
        visitor.press(f"/{path}/{one.token}")
    visitor.post(f"/unsubscribe/{one.token}", {"List-Unsubscribe": "One-Click"})
    visitor.get(f"/confirm/{UNKNOWN}")
    visitor.get(f"/fails?email=ada@example.org&token={one.token}")
    visitor.press(f"/preferences/{one.token}/delete")
    for _ in range(310):
        visitor.post(f"/confirm/{UNKNOWN}")

    said = caplog.text
    assert "a page failed" in said
    for secret in ("ada@", one.token, UNKNOWN, "192.0.2", "sleep;"):
        assert secret not in said
