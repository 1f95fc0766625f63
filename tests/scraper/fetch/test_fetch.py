"""Tests of fetching, against a real server on loopback."""

import gzip
import importlib.metadata
import itertools
import logging
import ssl
import subprocess
import time
import tracemalloc
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from core.errors import FetchError, RobotsRefused
from core.records import Robots
from scraper.fetch import Fetcher, FetchRules, SiteBusy, user_agent
from tests.support.loopback_site import Answer, Request, Route, Site

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
RULES = FetchRules(
    user_agent="casereviews/test",
    spacing=0.0,
    connect_timeout=30.0,
    read_timeout=30.0,
    deadline=60.0,
    retries=2,
    backoff=0.0,
    patience=60.0,
)
PAGE = Answer(200, b"<p>reviews</p>", {"ETag": '"one"', "Content-Type": "text/html; charset=utf-8"})


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")


@dataclass
class Clock:
    """A clock that only sleeping moves, and that remembers the sleeps."""

    at: float = 100.0  # seconds
    sleeps: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.at

    def sleep(self, seconds: float) -> None:
        self.sleeps.append(seconds)
        self.at += seconds


def always(answer: Answer) -> Route:
    return lambda request: answer


def in_turn(*answers: Answer) -> Route:
    """The answers one after another, the last for good."""
    left = list(answers)
    return lambda request: left.pop(0) if len(left) > 1 else left[0]


def to(location: str, status: int = 302) -> Route:
    return always(Answer(status, b"moved", {"Location": location}))


def robots(text: str) -> Route:
    return always(Answer(200, text.encode(), {"Content-Type": "text/plain"}))


def known(site: Site, text: str = "", status: int = 200, age: timedelta = timedelta(hours=1)) -> dict[str, Robots]:
    origin = site.url("")
    return {origin: Robots(origin, status, text, NOW - age)}


def fetcher(rules: FetchRules = RULES, clock: Clock | None = None, **given: Any) -> Fetcher:
    """A fetcher on a clock of its own, or on the real one when none is given."""
    reads, sleeps = (clock, clock.sleep) if clock else (time.monotonic, time.sleep)
    return Fetcher(rules, now=lambda: NOW, clock=reads, sleep=sleeps, **given)


def one_line(error: pytest.ExceptionInfo[FetchError]) -> str:
    """The error's line, having seen that it is one and that no foreign object shows."""
    line = str(error.value)
    assert "\n" not in line
    assert "object at 0x" not in line
    assert "HTTPConnectionPool" not in line
    return line


# the page


def test_page_is_the_answer_with_its_headers_in_lower_case() -> None:
    with Site({"/list": always(PAGE)}) as site, fetcher() as f:
        page = f.get(site.url("/list"))

        assert (page.status, page.body, page.fetched_at) == (200, b"<p>reviews</p>", NOW)
        assert page.url == page.final_url == site.url("/list")
        assert page.header("etag") == '"one"'
        assert ("content-type", "text/html; charset=utf-8") in page.headers
        assert not page.not_modified


def test_page_that_a_proxy_changed_on_the_way_is_a_page() -> None:
    with Site({"/list": always(Answer(203, PAGE.body, PAGE.headers))}) as site, fetcher(robots=known(site)) as f:
        assert f.get(site.url("/list")).body == PAGE.body


def test_each_request_says_who_asks_and_what_it_unpacks() -> None:
    with Site({"/list": always(PAGE)}) as site, fetcher() as f:
        f.get(site.url("/list"))

        assert site.paths() == ["/robots.txt", "/list"]
        assert {request.headers["user-agent"] for request in site.requests} == {"casereviews/test"}
        assert {request.headers["accept-encoding"] for request in site.requests} == {"gzip, deflate"}


@pytest.mark.parametrize(
    ("contact", "site", "words"),
    [
        ("ann@example.org", "https://reviews.example", " (+https://reviews.example; contact: ann@example.org)"),
        ("", "https://reviews.example", " (+https://reviews.example)"),
        ("zoë\r\nX: y", "", " (contact: zo? X: y)"),
        ("", "", ""),
    ],
)
def test_user_agent_names_version_site_and_contact(contact: str, site: str, words: str) -> None:
    assert user_agent(contact, site) == f"casereviews/{importlib.metadata.version('casereviews')}{words}"


def test_no_credentials_of_the_machine_are_sent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login ann password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    with Site({"/list": always(PAGE)}) as site, fetcher() as f:
        f.get(site.url("/list"))

        assert all("authorization" not in request.headers for request in site.requests)


def test_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with Site({"http://reviews.example/list": always(PAGE)}) as site, fetcher() as f:
        monkeypatch.setenv("http_proxy", site.url())
        page = f.get("http://reviews.example/list")

        assert page.body == PAGE.body
        assert site.paths() == ["http://reviews.example/robots.txt", "http://reviews.example/list"]


def test_requests_and_bytes_on_the_wire_are_counted() -> None:
    packed = gzip.compress(b"reviews " * 1000)
    routes = {
        "/robots.txt": robots("User-agent: *\n"),
        "/old": to("/list"),
        "/list": in_turn(Answer(503), Answer(200, packed, {"Content-Encoding": "gzip"})),
    }
    with Site(routes) as site, fetcher() as f:
        page = f.get(site.url("/old"))

        assert page.body == b"reviews " * 1000
        assert f.requests == len(site.requests) == 4
        assert f.bytes == len(packed) + len("User-agent: *\n")


def test_one_connection_serves_pages_that_have_not_changed() -> None:
    with Site({"/list": always(Answer(304))}) as site, fetcher(robots=known(site)) as f:
        for _ in range(3):
            f.get(site.url("/list"), etag='"one"')

        assert site.connections == 1


CHALLENGE = b"<title>Just a moment...</title><script>window._cf_chl_opt={};</script>"


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (Answer(403, CHALLENGE), "answered 403 with a bot check (Cloudflare)"),
        (Answer(403, b"", {"cf-mitigated": "challenge"}), "answered 403 with a bot check (Cloudflare)"),
        (Answer(503, CHALLENGE, {"CF-Mitigated": "challenge"}), "answered 503 with a bot check (Cloudflare)"),
        (Answer(200, CHALLENGE, {"cf-mitigated": "challenge"}), "answered 200 with a bot check (Cloudflare)"),
        (Answer(202, b"", {"x-amzn-waf-action": "challenge"}), "answered 202 with a bot check (AWS WAF)"),
        (Answer(403, gzip.compress(CHALLENGE), {"Content-Encoding": "gzip"}), "answered 403 with a bot check (Cloudf"),
    ],
)
def test_bot_check_is_called_one_and_asked_once(answer: Answer, words: str) -> None:
    with Site({"/list": always(answer)}) as site, fetcher(robots=known(site)) as f:
        with pytest.raises(FetchError) as error:
            f.get(site.url("/list"))

        assert one_line(error).startswith(words)
        assert "ask its owner to let casereviews in" in one_line(error)
        assert len(site.requests) == 1


def test_refusal_of_another_kind_is_no_bot_check() -> None:
    refused = always(Answer(403, b"<h1>Forbidden</h1>"))
    with Site({"/list": refused}) as site, fetcher(robots=known(site)) as f, pytest.raises(FetchError) as error:
        f.get(site.url("/list"))

    assert one_line(error).startswith(f"answered 403: {site.url('/list')}. ")


@pytest.mark.parametrize("hints", [1, 3])
def test_interim_answers_are_not_taken_for_the_page(hints: int) -> None:
    def hinted(request: Request) -> Iterator[bytes]:
        for _ in range(hints):
            yield b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>; rel=preload\r\n\r\n"
        yield b"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\npage"

    with Site({"/list": hinted, "/next": always(PAGE)}) as site, fetcher(robots=known(site)) as f:
        assert f.get(site.url("/list")).body == b"page"
        assert f.get(site.url("/next")).body == PAGE.body


@pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "list.html", "", "http://", "http://[::1", "http://a:x/"])
def test_what_is_not_on_the_web_is_refused(url: str) -> None:
    with fetcher() as f, pytest.raises(FetchError) as error:
        f.get(url)

    assert "not an address on the web" in one_line(error)
    assert f.requests == 0


# unchanged pages


def test_unchanged_page_costs_one_request_when_robots_are_known() -> None:
    with Site({"/list": always(Answer(304, headers={"ETag": '"one"'}))}) as site:
        with fetcher(robots=known(site)) as f:
            page = f.get(site.url("/list"), etag='"one"', last_modified="Sun, 01 Nov 2026 06:30:00 GMT")

        assert (page.status, page.body, page.not_modified) == (304, b"", True)
        assert site.requests[0].headers["if-none-match"] == '"one"'
        assert site.requests[0].headers["if-modified-since"] == "Sun, 01 Nov 2026 06:30:00 GMT"
        assert f.requests == len(site.requests) == 1


def test_validators_are_not_sent_unless_given() -> None:
    with Site({"/list": always(PAGE)}) as site, fetcher() as f:
        f.get(site.url("/list"))

        assert not {"if-none-match", "if-modified-since"} & set(site.requests[-1].headers)


def test_unchanged_is_no_answer_to_who_did_not_ask() -> None:
    with Site({"/list": always(Answer(304))}) as site, fetcher() as f, pytest.raises(FetchError) as error:
        f.get(site.url("/list"))

    assert "answered 304" in one_line(error)


@pytest.mark.parametrize("status", [204, 206, 300, 400, 401, 403, 404, 410, 418, 501])
def test_any_other_status_is_an_error_that_names_it(status: int) -> None:
    with Site({"/list": always(Answer(status, b"something else"))}) as site, fetcher() as f:
        with pytest.raises(FetchError) as error:
            f.get(site.url("/list"))

        assert one_line(error).startswith(f"answered {status}: {site.url('/list')}. ")
        assert site.paths() == ["/robots.txt", "/list"]


# another try


def test_server_error_twice_then_fine_is_fine() -> None:
    with Site({"/list": in_turn(Answer(503), Answer(503), PAGE)}) as site, fetcher() as f:
        page = f.get(site.url("/list"))

        assert page.status == 200
        assert f.requests == len(site.requests) == 4


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_tries_end_with_the_status(status: int) -> None:
    with Site({"/list": always(Answer(status))}) as site, fetcher(robots=known(site)) as f:
        with pytest.raises(FetchError) as error:
            f.get(site.url("/list"))

        assert one_line(error).startswith(f"answered {status}: {site.url('/list')}. Try again later")
        assert len(site.requests) == 3


def test_tries_back_off_doubling_and_never_beyond_our_patience() -> None:
    clock = Clock()
    rules = replace(RULES, retries=6, backoff=1.0, patience=5.0)
    with Site({"/list": always(Answer(500))}) as site, fetcher(rules, clock, robots=known(site)) as f:
        with pytest.raises(FetchError):
            f.get(site.url("/list"))

        assert clock.sleeps == [1.0, 2.0, 4.0, 5.0, 5.0]  # none before the first


@pytest.mark.parametrize(
    ("asked", "slept"),
    [
        ("7", [7.0]),
        (format_datetime(NOW + timedelta(seconds=9), usegmt=True), [9.0]),
        (format_datetime(NOW - timedelta(days=1), usegmt=True), []),
        ("soon", []),
        ("9" * 40, []),
        (f"Fri, 31 Dec {'9' * 20} 23:59:59 GMT", []),
    ],
)
def test_retry_after_is_obeyed_in_seconds_or_as_a_date(asked: str, slept: list[float]) -> None:
    clock = Clock()
    route = in_turn(Answer(429, headers={"Retry-After": asked}), PAGE)
    with Site({"/list": route}) as site, fetcher(clock=clock, robots=known(site)) as f:
        page = f.get(site.url("/list"))

    assert page.status == 200
    assert clock.sleeps == slept


def test_retry_after_beyond_our_patience_is_not_waited_for() -> None:
    clock = Clock()
    route = always(Answer(503, headers={"Retry-After": "3600"}))
    with Site({"/list": route}) as site, fetcher(clock=clock, robots=known(site)) as f:
        with pytest.raises(SiteBusy) as error:
            f.get(site.url("/list"))

        assert error.value.retry_at == NOW + timedelta(hours=1)
        assert "asks us to wait 3600 s. Come back after 2026-11-23 10:00 UTC." in one_line(error)
        assert (clock.sleeps, len(site.requests)) == ([], 1)


def test_robots_that_ask_for_a_long_wait_say_until_when() -> None:
    busy = always(Answer(503, headers={"Retry-After": "86400"}))
    with Site({"/robots.txt": busy, "/list": always(PAGE)}) as site, fetcher() as f:
        with pytest.raises(SiteBusy) as error:
            f.get(site.url("/list"))

        assert error.value.retry_at == NOW + timedelta(days=1)
        assert site.paths() == ["/robots.txt"]


def test_gibberish_is_said_without_its_control_characters() -> None:
    def gibberish(request: Request) -> Iterator[bytes]:
        yield b"\x1b[31mSSH-2.0" + b"x" * 1000 + b"\r\n\r\n"

    with Site({"/list": gibberish}) as site, fetcher(robots=known(site)) as f:
        with pytest.raises(FetchError) as error:
            f.get(site.url("/list"))

        assert "no connection" in one_line(error)
        assert "SSH-2.0" in one_line(error)
        assert "\x1b" not in one_line(error)
        assert len(one_line(error)) < 400


def test_nobody_there_is_said_in_one_line() -> None:
    with Site() as site:
        gone, kept = site.url("/list"), known(site)
    with fetcher(robots=kept) as f, pytest.raises(FetchError) as error:
        f.get(gone)

    assert one_line(error).startswith(f"no connection: {gone} (Connection refused). Try again later")
    assert f.requests == 3


def test_answer_cut_short_is_asked_for_again_then_given_up() -> None:
    cut = Answer(200, [b"<p>revi"], {"Content-Length": "100"})
    with Site({"/list": always(cut)}) as site, fetcher(robots=known(site)) as f:
        with pytest.raises(FetchError) as error:
            f.get(site.url("/list"))

        assert one_line(error).startswith(f"answer cut short: {site.url('/list')}")
        assert len(site.requests) == 3


def test_answer_cut_short_once_is_read_the_second_time() -> None:
    cut = Answer(200, [b"5\r\n<p>re\r\n"], {"Transfer-Encoding": "chunked"})
    with Site({"/list": in_turn(cut, PAGE)}) as site, fetcher(robots=known(site)) as f:
        page = f.get(site.url("/list"))

    assert page.body == PAGE.body


# redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_on_the_same_host_is_followed(status: int) -> None:
    with Site({"/old": to("new?page=1#top", status), "/new": always(PAGE)}) as site, fetcher() as f:
        page = f.get(site.url("/old"))

        assert (page.url, page.final_url) == (site.url("/old"), site.url("/new?page=1"))
        assert site.paths() == ["/robots.txt", "/old", "/new?page=1"]


def test_redirect_to_another_port_of_the_same_host_is_followed_by_its_own_robots() -> None:
    with Site({"/new": always(PAGE)}) as second, Site({"/old": to(second.url("/new"))}) as first:
        with fetcher() as f:
            page = f.get(first.url("/old"))

        assert page.final_url == second.url("/new")
        assert second.paths() == ["/robots.txt", "/new"]
        assert set(f.robots) == {first.url(""), second.url("")}


def test_redirect_in_a_circle_ends_after_five() -> None:
    with Site({"/list": to("/list")}) as site, fetcher() as f:
        with pytest.raises(FetchError) as error:
            f.get(site.url("/list"))

        assert "redirects more than 5 times" in one_line(error)
        assert site.paths() == ["/robots.txt", *["/list"] * 6]


def test_five_redirects_are_followed() -> None:
    routes = {f"/{n}": to(f"/{n + 1}") for n in range(5)} | {"/5": always(PAGE)}
    with Site(routes) as site, fetcher() as f:
        page = f.get(site.url("/0"))

        assert page.final_url == site.url("/5")


def test_redirect_to_another_host_is_refused_by_name() -> None:
    with Site() as site, fetcher() as f:
        site.routes["/list"] = to(site.url("/list", host="localhost"))
        with pytest.raises(FetchError) as error:
            f.get(site.url("/list"))

        assert "redirects to another host, localhost" in one_line(error)
        assert site.paths() == ["/robots.txt", "/list"]


def test_redirect_to_a_host_we_named_is_followed_by_its_robots() -> None:
    with Site({"/new": always(PAGE)}) as site, fetcher() as f:
        site.routes["/list"] = to(site.url("/new", host="localhost"))
        page = f.get(site.url("/list"), hosts=["LOCALHOST"])

        assert page.final_url == site.url("/new", host="localhost")
        assert site.paths() == ["/robots.txt", "/list", "/robots.txt", "/new"]


@pytest.mark.parametrize("location", ["file:///etc/passwd", "javascript:alert(1)", "http://[", "http://[::1"])
def test_redirect_off_the_web_is_refused(location: str) -> None:
    with Site({"/list": to(location)}) as site, fetcher() as f:
        with pytest.raises(FetchError) as error:
            f.get(site.url("/list"))

        assert "not an address on the web" in one_line(error)


def test_redirect_into_a_disallowed_place_is_refused() -> None:
    routes = {"/robots.txt": robots("User-agent: *\nDisallow: /private"), "/list": to("/private/list")}
    with Site(routes) as site, fetcher() as f:
        with pytest.raises(RobotsRefused) as error:
            f.get(site.url("/list"))

        assert site.url("/private/list") in one_line(error)
        assert site.paths() == ["/robots.txt", "/list"]


def test_body_of_a_redirect_is_not_read() -> None:
    moved = Answer(302, b"x" * 1_000_000, {"Location": "/new"})
    with Site({"/old": always(moved), "/new": always(PAGE)}) as site, fetcher() as f:
        page = f.get(site.url("/old"))

        assert f.bytes == len(page.body)


# robots.txt


def test_robots_refusal_is_one_line_and_asks_nothing_more(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    rules = "User-agent: casereviews\nDisallow: /list\n\nUser-agent: *\nAllow: /\n"
    with Site({"/robots.txt": robots(rules), "/list": always(PAGE)}) as site, fetcher() as f:
        with pytest.raises(RobotsRefused) as error:
            f.get(site.url("/list"))

        assert one_line(error).startswith(f"robots.txt refuses: {site.url('/list')}. ")
        assert site.paths() == ["/robots.txt"]
        assert f"{site.url('/list')}: refused by robots.txt (status 200" in caplog.text


def test_robots_decision_is_logged_with_its_source_and_delay(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    routes = {"/robots.txt": robots("User-agent: *\nCrawl-delay: 2"), "/list": always(PAGE)}
    with Site(routes) as site, fetcher(clock=Clock()) as f:
        f.get(site.url("/list"))

        words = "allowed by robots.txt (status 200, read 2026-11-23 09:00; crawl-delay 2 s)"
        assert f"{site.url('/list')}: {words}" in caplog.text


def test_robots_written_for_others_do_not_bind_us() -> None:
    rules = "User-agent: badbot\nDisallow: /\n\nUser-agent: *\nDisallow: /private"
    with Site({"/robots.txt": robots(rules), "/list": always(PAGE)}) as site, fetcher() as f:
        assert f.get(site.url("/list")).status == 200


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410])
def test_missing_robots_allow_everything_and_are_remembered(status: int) -> None:
    refusal = Answer(status, b"User-agent: *\nDisallow: /")
    with Site({"/robots.txt": always(refusal), "/list": always(PAGE)}) as site, fetcher() as f:
        f.get(site.url("/list"))
        f.get(site.url("/list"))

        assert site.paths() == ["/robots.txt", "/list", "/list"]
        assert f.robots == {site.url(""): Robots(site.url(""), status, "", NOW)}


@pytest.mark.parametrize("status", [304, 429, 500, 503, 520])
def test_unreachable_robots_refuse_everything_and_are_not_remembered(
    status: int, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with Site({"/robots.txt": always(Answer(status)), "/list": always(PAGE)}) as site, fetcher() as f:
        with pytest.raises(RobotsRefused) as error:
            f.get(site.url("/list"))

        assert f"{site.url('/robots.txt')} (answered {status})" in one_line(error)
        assert "/list" not in site.paths()
        assert f.robots == {}
        assert "refused by robots.txt" in caplog.text


def test_site_that_is_down_refuses_by_its_robots() -> None:
    with Site() as site:
        gone = site.url("/list")
    with fetcher() as f, pytest.raises(RobotsRefused) as error:
        f.get(gone)

    assert "Connection refused" in one_line(error)


def test_robots_are_found_behind_redirects_wherever_they_lead() -> None:
    with Site({"/list": always(PAGE), "/rules": robots("User-agent: *\nDisallow: /list")}) as site:
        site.routes["/robots.txt"] = to(site.url("/rules", host="localhost"))
        with fetcher() as f, pytest.raises(RobotsRefused):
            f.get(site.url("/list"))

        assert site.paths() == ["/robots.txt", "/rules"]
        assert f.robots[site.url("")].body == "User-agent: *\nDisallow: /list"


def test_robots_in_a_circle_refuse() -> None:
    with Site({"/robots.txt": to("/robots.txt"), "/list": always(PAGE)}) as site, fetcher() as f:
        with pytest.raises(RobotsRefused) as error:
            f.get(site.url("/list"))

        assert "redirects more than 5 times" in one_line(error)


def test_robots_of_a_day_ago_are_read_again() -> None:
    with Site({"/robots.txt": robots("User-agent: *\nDisallow: /list"), "/list": always(PAGE)}) as site:
        with fetcher(robots=known(site, age=timedelta(hours=24))) as f, pytest.raises(RobotsRefused):
            f.get(site.url("/list"))

        assert f.robots[site.url("")].fetched_at == NOW


def test_robots_of_less_than_a_day_ago_are_kept_to() -> None:
    with Site({"/list": always(PAGE)}) as site:
        kept = known(site, "User-agent: *\nDisallow: /list", age=timedelta(hours=23, minutes=59))
        with fetcher(robots=kept) as f, pytest.raises(RobotsRefused):
            f.get(site.url("/list"))

        assert site.paths() == []


@pytest.mark.parametrize(("status", "age"), [(0, 1), (503, 1), (200, -1)])
def test_robots_that_were_unreachable_or_are_from_the_future_are_read_again(status: int, age: int) -> None:
    with Site({"/list": always(PAGE)}) as site:
        with fetcher(robots=known(site, "", status, timedelta(hours=age))) as f:
            f.get(site.url("/list"))

        assert site.paths() == ["/robots.txt", "/list"]


def test_only_the_first_500_kib_of_robots_count() -> None:
    filler = "# " + "x" * 97 + "\n"  # 100 bytes
    text = "User-agent: *\nDisallow: /private\n" + filler * 6000 + "Disallow: /list\n"
    with Site({"/robots.txt": robots(text), "/list": always(PAGE)}) as site, fetcher() as f:
        f.get(site.url("/list"))

        assert len(f.robots[site.url("")].body) == 500 * 1024


def test_crawl_delay_beyond_our_patience_is_said() -> None:
    slow = robots("User-agent: *\nCrawl-delay: 61")
    with Site({"/robots.txt": slow, "/list": always(PAGE)}) as site, fetcher() as f:
        with pytest.raises(FetchError) as error:
            f.get(site.url("/list"))

        assert f"crawl-delay beyond our patience: {site.url('')} wants 61 s" in one_line(error)
        assert site.paths() == ["/robots.txt"]


# the pace


def test_two_requests_to_one_host_are_spaced_whatever_they_are() -> None:
    clock = Clock()
    routes = {"/old": to("/list"), "/list": in_turn(Answer(503), PAGE)}
    with Site(routes) as site, fetcher(replace(RULES, spacing=3.0), clock) as f:
        f.get(site.url("/old"))
        f.get(site.url("/list"))

        assert site.paths() == ["/robots.txt", "/old", "/list", "/list", "/list"]
        assert clock.sleeps == [3.0] * 4


def test_crawl_delay_longer_than_our_spacing_sets_the_pace() -> None:
    clock = Clock()
    routes = {"/robots.txt": robots("User-agent: *\nCrawl-delay: 8"), "/list": always(PAGE)}
    with Site(routes) as site, fetcher(replace(RULES, spacing=3.0), clock) as f:
        f.get(site.url("/list"))
        f.get(site.url("/list"))

    assert clock.sleeps == [8.0, 8.0]


def test_time_already_passed_counts_towards_the_pace() -> None:
    clock = Clock()
    rules = replace(RULES, spacing=3.0)
    with Site({"/list": always(PAGE)}) as site, fetcher(rules, clock, robots=known(site)) as f:
        f.get(site.url("/list"))
        clock.at += 2.0
        f.get(site.url("/list"))

    assert clock.sleeps == [1.0]


def test_another_host_need_not_wait() -> None:
    clock = Clock()
    with Site({"/list": always(PAGE)}) as site, fetcher(replace(RULES, spacing=3.0), clock) as f:
        f.get(site.url("/list"))
        clock.sleeps.clear()
        f.get(site.url("/list", host="localhost"))

    assert clock.sleeps == [3.0]  # between its own robots.txt and page


def test_pace_is_what_the_server_sees() -> None:
    with Site({"/list": always(PAGE)}) as site, fetcher(replace(RULES, spacing=0.1)) as f:
        f.get(site.url("/list"))
        f.get(site.url("/list"))

        times = [request.at for request in site.requests]
        assert all(later - earlier >= 0.1 for earlier, later in itertools.pairwise(times))


# limits


SMALL = replace(RULES, max_bytes=1_000_000)


def test_gzip_bomb_fails_without_being_held() -> None:
    bomb = Answer(200, gzip.compress(bytes(50_000_000), 1), {"Content-Encoding": "gzip"})
    with Site({"/list": always(bomb)}) as site, fetcher(SMALL, robots=known(site)) as f:
        tracemalloc.start()
        try:
            with pytest.raises(FetchError) as error:
                f.get(site.url("/list"))
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()

        assert "has more than 1,000,000 bytes" in one_line(error)
        assert peak < 5_000_000
        assert len(site.requests) == 1


def test_declared_length_beyond_the_cap_is_refused_at_once() -> None:
    def huge(request: Request) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nContent-Length: 1000001\r\n\r\n"
        request.closing.wait(30)

    with Site({"/list": huge}) as site, fetcher(SMALL, robots=known(site)) as f, pytest.raises(FetchError) as error:
        f.get(site.url("/list"))

    assert "answer too big" in one_line(error)
    assert f.bytes == 0


def test_endless_answer_is_cut_at_the_cap() -> None:
    def endless(request: Request) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\n\r\n"
        while not request.closing.is_set():
            yield bytes(65_536)

    with Site({"/list": endless}) as site, fetcher(SMALL, robots=known(site)) as f:
        with pytest.raises(FetchError) as error:
            f.get(site.url("/list"))

        assert "answer too big" in one_line(error)
        assert f.bytes < 1_200_000


@pytest.mark.parametrize("pack", [gzip.compress, zlib.compress, bytes], ids=["gzip", "deflate", "identity"])
def test_page_of_exactly_the_cap_is_read(pack: Callable[[bytes], bytes]) -> None:
    encoding = {gzip.compress: "gzip", zlib.compress: "deflate", bytes: "identity"}[pack]
    body = bytes(1_000_000)
    answer = Answer(200, pack(body), {"Content-Encoding": encoding})
    with Site({"/list": always(answer)}) as site, fetcher(SMALL, robots=known(site)) as f:
        assert f.get(site.url("/list")).body == body


@pytest.mark.parametrize(
    ("encoding", "data"),
    [
        ("gzip", b"<p>not packed</p>"),
        ("gzip", gzip.compress(b"reviews " * 1000, mtime=0)[:-20]),
        ("gzip", gzip.compress(b"reviews", mtime=0)[:-8] + bytes(8)),
        ("deflate", b"<p>not packed</p>"),
        ("deflate", zlib.compress(b"reviews " * 1000)[:-10]),
        ("br", b"something"),
    ],
    ids=["plain as gzip", "short gzip", "gzip of another sum", "plain as deflate", "short deflate", "brotli"],
)
def test_badly_compressed_answer_is_an_error(encoding: str, data: bytes) -> None:
    answer = Answer(200, data, {"Content-Encoding": encoding})
    with Site({"/list": always(answer)}) as site, fetcher(robots=known(site)) as f:
        with pytest.raises(FetchError) as error:
            f.get(site.url("/list"))

        assert "bad compressed data" in one_line(error)


def test_gzip_in_several_members_is_read_whole() -> None:
    answer = Answer(200, gzip.compress(b"one ") + gzip.compress(b"two"), {"Content-Encoding": "gzip"})
    with Site({"/list": always(answer)}) as site, fetcher() as f:
        assert f.get(site.url("/list")).body == b"one two"


# TLS


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for 127.0.0.1 that nobody signed but itself, with its key, in one file."""
    where = tmp_path_factory.mktemp("tls") / "site.pem"
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject]
    subprocess.run([*command, "-keyout", where, "-out", f"{where}.crt"], check=True, capture_output=True)
    where.write_text(where.read_text() + Path(f"{where}.crt").read_text())
    return where


def secure(certificate: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    return context


def test_certificate_that_nobody_signed_is_refused_once(certificate: Path) -> None:
    with Site({"/list": always(PAGE)}, tls=secure(certificate)) as site:
        with fetcher(robots=known(site)) as f, pytest.raises(FetchError) as error:
            f.get(site.url("/list"))

        assert one_line(error).startswith(f"TLS cannot be trusted: {site.url('/list')} (self")
        assert (f.requests, site.requests) == (1, [])


def test_certificate_for_another_name_is_refused(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with Site({"/list": always(PAGE)}, tls=secure(certificate)) as site:
        with fetcher() as f, pytest.raises(RobotsRefused) as error:
            f.get(site.url("/list", host="localhost"))

        assert "TLS cannot be trusted" in one_line(error)
        assert site.requests == []


def test_https_is_read_but_never_goes_down_to_http(certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with Site({"/list": always(PAGE)}) as plain, Site(tls=secure(certificate)) as safe, fetcher() as f:
        safe.routes |= {"/list": always(PAGE), "/old": to(plain.url("/list"))}
        page = f.get(safe.url("/list"))
        with pytest.raises(FetchError) as error:
            f.get(safe.url("/old"))

        assert page.status == 200
        assert "redirects from https down to http" in one_line(error)
        assert plain.requests == []
