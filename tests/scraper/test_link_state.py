"""Link states: what a look at an address shows of a real server on loopback, and what it is judged to be."""

import gzip
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from core.link_records import LinkCheck, Probe
from core.records import Robots
from scraper.fetch import Fetcher, FetchRules, is_private
from scraper.link_state import assess_link, count_pdf_pages, detect_media
from tests.support.loopback_site import Answer, Request, Route, Site

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
TODAY = date(2026, 11, 23)
RULES = FetchRules("casereviews/test", spacing=0.0, connect_timeout=30.0, read_timeout=30.0, deadline=60.0, backoff=0.0)
HEAD = b"%PDF-1.7\n1 0 obj\n<</Linearized 1/L 1200000/O 3/E 900/N 24/T 1199000/H [ 500 200]>>\nendobj\n"
PDF = HEAD + bytes(1_200_000 - len(HEAD))
HTML = {"Content-Type": "text/html; charset=utf-8"}


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")


def always(answer: Answer) -> Route:
    return lambda request: answer


def in_turn(*answers: Answer) -> Route:
    left = list(answers)
    return lambda request: left.pop(0) if len(left) > 1 else left[0]


def to(location: str, status: int = 301) -> Route:
    return always(Answer(status, b"moved", {"Location": location}))


def document(body: bytes = PDF, media: str = "application/pdf") -> Route:
    """A server that knows nothing of ranges."""
    return always(Answer(200, body, {"Content-Type": media}))


def ranged(request: Request) -> Answer:
    """A server that gives what was asked for."""
    first, last = map(int, request.headers["range"].removeprefix("bytes=").split("-"))
    given = PDF[first : last + 1]
    headers = {"Content-Type": "application/pdf", "Content-Range": f"bytes {first}-{last}/{len(PDF)}"}
    return Answer(206, given, headers)


def page(title: str, body: str = "", h1: str = "") -> Route:
    text = f"<!doctype html><html><head><title>{title}</title></head><body><h1>{h1 or title}</h1>{body}</body></html>"
    return always(Answer(200, text.encode(), HTML))


def fetcher(rules: FetchRules = RULES, **given: Any) -> Fetcher:
    usual: dict[str, Any] = {"now": lambda: NOW, "clock": time.monotonic, "sleep": time.sleep, "private": True}
    return Fetcher(rules, **usual | given)


def look(url: str, held: LinkCheck | None = None, today: date = TODAY, **given: Any) -> LinkCheck:
    """Probe an address and judge it."""
    with fetcher(**given) as f:
        return assess_link(f.probe(url), held or LinkCheck(url), today)


def at(path: str, route: Route, held: LinkCheck | None = None) -> LinkCheck:
    """Judge what a server answers at a path."""
    with Site({path: route}) as site:
        url = site.url(path)
        return look(url, replace(held, url=url) if held else None)


# the states


@pytest.mark.parametrize("route", [document(), ranged])
def test_a_pdf_is_live_with_its_type_size_and_pages(route: Route) -> None:
    found = at("/report.pdf", route)

    assert (found.state, found.media, found.size, found.pages) == ("live", "application/pdf", 1_200_000, 24)
    assert (found.why, found.checked_at, found.failures) == ("", NOW, 0)
    assert found.status == (206 if route is ranged else 200)


@pytest.mark.parametrize(
    ("title", "h1"),
    [
        ("Page not found", ""),
        ("Northshire Safeguarding Partnership", "404 - File or directory not found"),
        ("Sorry, we can’t find that page", ""),
        ("404 | Northshire", ""),
        ("Error 404", ""),
        ("Page not found | Log in", ""),
        ("Northshire | 404", ""),
        ("No records found", ""),
        ("Your session has expired", ""),
        ("Northshire council", "This document has been removed"),
        ("This report is no longer available", ""),
        ("The page you were looking for does not exist", ""),
    ],
)
def test_a_page_that_says_there_is_nothing_is_dead_whatever_its_status(title: str, h1: str) -> None:
    found = at("/reports/child-a", page(title, h1=h1))

    assert (found.state, found.status) == ("dead", 200)
    assert f"says “{h1 or title}”" in found.why


@pytest.mark.parametrize(
    "title",
    [
        "Child A: serious case review | Northshire",
        "Learning from medication error: Child B",
        "Report on a child who was missing",
        "Mother not found guilty: the case of Child C",
        "Reviews published in 2014 – 404 children",
        "Children missing from home",
    ],
)
def test_the_reports_own_page_is_live(title: str) -> None:
    found = at("/reports/child-a", page(title))

    assert (found.state, found.media, found.size, found.why) == ("live", "text/html", None, "")


@pytest.mark.parametrize("asked", ["/reports/2014/child-a.pdf", "/reports/child-a", "/?download=12"])
def test_a_redirect_to_the_home_page_is_dead(asked: str) -> None:
    home = page("Welcome to Northshire")

    def at_home(request: Request) -> Answer:
        found = to("/")(request) if request.path != "/" else home(request)
        assert isinstance(found, Answer)
        return found

    with Site({asked.partition("?")[0]: at_home, "/": at_home}) as site:
        found = look(site.url(asked))

    assert (found.state, found.status, found.why) == ("dead", 200, "leads to the site's home page")


def test_a_redirect_to_another_sites_home_page_is_dead() -> None:
    with Site({"/": page("The new partnership")}) as new, Site({"/a.pdf": to(new.url("/", "localhost"))}) as old:
        assert look(old.url("/a.pdf")).why == "leads to the site's home page"


@pytest.mark.parametrize(
    ("asked", "came", "why"),
    [
        ("/lscb/reviews/2014/child-a.pdf", "/lscb/reviews", "leads to a general page of the site"),
        ("/lscb/reviews/2014/child-a.pdf", "/safeguarding", "leads to a general page of the site"),
        ("/reviews/child-a", "/page-not-found", "not to the report"),
        ("/reviews/child-a", "/en", "leads to the site's home page"),
    ],
)
def test_a_redirect_to_a_general_page_is_dead(asked: str, came: str, why: str) -> None:
    with Site({asked: to(came), came: page("Northshire")}) as site:
        found = look(site.url(asked))

    assert found.state == "dead"
    assert why in found.why


@pytest.mark.parametrize("title", ["Error", "Northshire - Error", "Something went wrong", "Oops!", "Server Error"])
def test_a_page_that_says_that_the_site_fails_is_a_failure_that_may_pass(title: str) -> None:
    found = at("/report.pdf", page(title), LinkCheck("", "live", media="application/pdf", size=5))

    assert (found.state, found.size, found.failures, found.unsettled) == ("live", 5, 1, True)
    assert f"says “{title}”" in found.why


@pytest.mark.parametrize("title", ["Log in", "Sign in to your account", "Northshire | Login"])
def test_a_log_in_says_nothing_of_the_report(title: str) -> None:
    found = at("/report.pdf", page(title))

    assert (found.state, found.why) == ("unreached", f"the site asks for a log-in: “{title}”")


@pytest.mark.parametrize(
    ("came", "state", "failures"), [("/account/login.aspx", "unreached", 0), ("/error.aspx", "unchecked", 1)]
)
def test_a_redirect_to_a_log_in_or_an_error_is_not_the_end_of_the_report(came: str, state: str, failures: int) -> None:
    with Site({"/reviews/child-a": to(came), came: page("Northshire")}) as site:
        found = look(site.url("/reviews/child-a"))

    assert (found.state, found.failures) == (state, failures)
    assert "not to the report" in found.why


def test_a_document_at_another_address_has_moved_there() -> None:
    with Site({"/new/a.pdf": document()}) as new:
        there = new.url("/new/a.pdf", host="localhost")
        with Site({"/a.pdf": to("/b.pdf", 302), "/b.pdf": to(there)}) as old:
            found = look(old.url("/a.pdf"))

    assert (found.state, found.size, found.pages, found.why) == ("moved", 1_200_000, 24, f"now at {there}")


def test_the_same_address_written_otherwise_is_no_move() -> None:
    with Site({"/reports/a.pdf": to("/Reports/A.pdf/"), "/Reports/A.pdf/": document()}) as site:
        assert look(site.url("/reports/a.pdf")).state == "live"


@pytest.mark.parametrize(
    ("one", "other", "state"),
    [
        ("http://board.example/a b.pdf", "https://www.board.example/a%20b.pdf", "live"),
        ("https://board.example/r?id=a b", "https://board.example:443/r/?id=a%20b", "live"),
        ("https://board.example/r?id=1", "https://board.example/r?id=2", "moved"),
        ("https://board.example/a.pdf", "https://board.example/a.pdf?v=1764", "live"),
        ("https://board.example/a.pdf?v=1&lang=cy", "https://board.example/a.pdf?lang=cy&V=2", "live"),
        ("https://board.example/a.pdf?lang=en", "https://board.example/a.pdf?lang=cy", "moved"),
        ("https://video.example/watch?v=one", "https://video.example/watch?v=other", "moved"),
        ("https://board.example/a.pdf", "https://partnership.example/a.pdf", "moved"),
    ],
)
def test_a_move_is_what_a_reader_would_call_one(one: str, other: str, state: str) -> None:
    probe = Probe(one, other, "answered", NOW, 200, "application/pdf", 5, b"%PDF-")

    assert assess_link(probe, LinkCheck(one), TODAY).state == state


@pytest.mark.parametrize("status", [404, 410, 451])
def test_what_is_gone_is_dead_at_once(status: int) -> None:
    found = at("/report.pdf", always(Answer(status, b"gone")))

    assert (found.state, found.status, found.media, found.size) == ("dead", status, "", None)
    assert found.why.startswith(f"answered {status}, ")


@pytest.mark.parametrize(
    ("status", "state"),
    [(401, "unreached"), (403, "unreached"), (400, "unchecked"), (405, "unchecked"), (416, "unchecked")],
)
def test_a_refusal_says_nothing_of_the_report(status: int, state: str) -> None:
    found = at("/report.pdf", always(Answer(status)), LinkCheck("", "live", media="application/pdf", size=5))

    assert (found.state, found.status, found.media, found.size) == (state, status, "", None)
    assert found.why.startswith(f"answered {status}, ")


@pytest.mark.parametrize("title", ["Just a moment...", "Access Denied", "Are you human?"])
def test_a_bot_check_says_nothing_of_the_report(title: str) -> None:
    found = at("/report.pdf", page(title))

    assert (found.state, found.why) == ("unreached", f"the site will not let us read it: “{title}”")


def test_a_web_page_where_a_document_was_is_not_called_live() -> None:
    assert at("/report.pdf", page("Northshire")).state == "unchecked"
    assert at("/download/12", page("Northshire"), LinkCheck("", "live", media="application/pdf")).state == "unchecked"


OF_ONE = "https://board.example/download/12"
WEB_PAGE = Probe(OF_ONE, OF_ONE, "answered", NOW, 200, "text/html", first=b"<h1>Northshire</h1>")
LOOKS = {
    "a document": replace(WEB_PAGE, content_type="application/pdf", first=PDF[:2048]),
    "a web page": WEB_PAGE,
    "not found": replace(WEB_PAGE, status=404),
    "a general page": replace(WEB_PAGE, final_url="https://board.example/reviews"),
    "the home page": replace(WEB_PAGE, final_url="https://board.example/"),
    "no log-in": replace(WEB_PAGE, status=403),
    "a bot check": replace(WEB_PAGE, first=b"<h1>Just a moment...</h1>"),
    "an odd status": replace(WEB_PAGE, status=418),
    "nothing": replace(WEB_PAGE, first=b""),
    "an error": replace(WEB_PAGE, status=500),
    "silence": replace(WEB_PAGE, outcome="failed", status=0),
    "robots": replace(WEB_PAGE, outcome="refused"),
    "later": replace(WEB_PAGE, outcome="busy", status=429),
}


def in_a_row(*names: str) -> LinkCheck:
    """What is known of an address after looks on days that follow each other; a failure is met on three."""
    check, days = LinkCheck(OF_ONE), count()
    for name in names:
        for _ in range(3 if name in ("an error", "silence") else 1):
            check = assess_link(LOOKS[name], check, TODAY + timedelta(days=next(days)))
    return check


@pytest.mark.parametrize("then", LOOKS)
def test_the_same_answer_is_judged_the_same_again(then: str) -> None:
    assert in_a_row("a document", then, then).state == in_a_row("a document", then).state


@pytest.mark.parametrize("between", LOOKS)
def test_where_a_document_was_a_web_page_is_never_called_live_whatever_came_between(between: str) -> None:
    assert in_a_row("a document", between, "a web page").state in ("unchecked", "dead")
    assert in_a_row("a document", between, "a general page").state == "dead"
    assert in_a_row("a document", between, "a web page", "a document").state == "live"


@pytest.mark.parametrize("then", [name for name in LOOKS if name != "a document"])
def test_what_says_nothing_of_the_report_makes_no_dead_link_live(then: str) -> None:
    found, since = in_a_row("a document", "not found", then, "silence"), TODAY + timedelta(days=1)

    assert (found.state, found.dead_since) == ("dead", since)


def test_an_error_told_as_plain_text_is_no_document_to_be_expected_for_good() -> None:
    said = replace(WEB_PAGE, content_type="text/plain", first=b"Try again")
    found = LinkCheck(OF_ONE)
    for probe in (WEB_PAGE, said, WEB_PAGE, WEB_PAGE):
        found = assess_link(probe, found, TODAY)

    assert found.state == "live"


def test_a_server_error_and_then_an_answer_is_live() -> None:
    with Site({"/report.pdf": in_turn(Answer(500), Answer(200, PDF))}) as site:
        found = look(site.url("/report.pdf"))

        assert site.paths() == ["/robots.txt", "/report.pdf", "/report.pdf"]
    assert (found.state, found.status, found.failures) == ("live", 200, 0)


# failures that may pass


def failing(kind: str, tls: ssl.SSLContext) -> Site:
    def stall(request: Request) -> Answer:
        request.closing.wait(30)
        return Answer()

    def cut(request: Request) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n%PDF-1.7"

    def reset(request: Request) -> Iterator[bytes]:
        raise ConnectionResetError
        yield b""

    routes: dict[str, Route] = {"timeout": stall, "500": always(Answer(500)), "521": always(Answer(521)), "cut": cut}
    routes["reset"] = reset
    return Site({"/report.pdf": routes.get(kind, document())}, tls=tls if kind == "tls" else None)


@pytest.fixture(scope="module")
def tls(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    """A certificate for 127.0.0.1 that nobody signed but itself."""
    key = tmp_path_factory.mktemp("tls") / "site.pem"
    subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject]
    subprocess.run([*command, "-keyout", key, "-out", f"{key}.crt"], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(f"{key}.crt", key)
    return context


@pytest.mark.parametrize(
    ("kind", "status", "words"),
    [
        ("timeout", 0, "no answer: "),
        ("tls", 0, "TLS cannot be trusted: "),
        ("500", 500, "answered 500"),
        ("521", 521, "answered 521"),
        ("cut", 0, "answer cut short"),
        ("reset", 0, "no connection: "),
        ("gone", 0, "no connection: "),
    ],
)
def test_a_failure_makes_a_link_unreached_on_the_third_day_and_an_answer_forgets_it(
    kind: str, status: int, words: str, tls: ssl.SSLContext
) -> None:
    rules = replace(RULES, read_timeout=0.1) if kind == "timeout" else RULES
    with failing(kind, tls) as site:
        url = site.url("/report.pdf")
        held = LinkCheck(url, "live", 200, "application/pdf", 1_200_000, 24, reviews=(7,))
        if kind == "gone":
            site.__exit__()
        states = []
        for day in (0, 0, 1, 1, 5):
            held = look(url, held, TODAY + timedelta(days=day), rules=rules)
            states.append((held.state, held.failures, held.unsettled))
            assert words in held.why
            assert held.status == status

    assert states == [("live", 1, True)] * 2 + [("live", 2, True)] * 2 + [("unreached", 3, False)]
    assert (held.media, held.size, held.pages, held.reviews) == ("application/pdf", 1_200_000, 24, (7,))
    assert held.why.endswith("(on 3 days, since 2026-11-23)")
    answered = Probe(url, url, "answered", NOW, 200, "application/pdf", 1_200_000, PDF[:65_536])
    again = assess_link(answered, held, TODAY + timedelta(days=6))
    assert (again.state, again.failures, again.first_failed_on, again.why) == ("live", 0, None, "")


def test_a_link_never_seen_alive_stays_unchecked_until_it_is_unreached() -> None:
    with Site() as site:
        url = site.url("/report.pdf")
    found, states = LinkCheck(url), []
    for day in range(4):
        found = look(url, found, TODAY + timedelta(days=day))
        states.append(found.state)

    assert states == ["unchecked", "unchecked", "unreached", "unreached"]


def test_a_link_that_an_answer_called_dead_is_not_alive_for_silence() -> None:
    with Site({"/report.pdf": always(Answer(410))}) as site:
        found = look(site.url("/report.pdf"))
    for day in range(1, 5):
        found = look(found.url, found, TODAY + timedelta(days=day))

    assert (found.state, found.failures) == ("dead", 4)


def test_a_link_is_dead_since_the_day_it_was_found_so_until_it_lives_again() -> None:
    answers, since = [Answer(200, b"%PDF-1.7"), Answer(404), Answer(410), Answer(500), Answer(200, b"%PDF-1.7")], []
    with Site({"/report.pdf": lambda _: answers[len(since)]}) as site:
        found = LinkCheck(site.url("/report.pdf"))
        for day in range(len(answers)):
            found = look(found.url, found, TODAY + timedelta(days=day))
            since.append(found.dead_since)

    first = TODAY + timedelta(days=1)
    assert since == [None, first, first, first, None]


@pytest.mark.parametrize(
    "route", [always(Answer(429)), always(Answer(503, headers={"Retry-After": "7200"})), page("Down for maintenance")]
)
def test_a_site_that_asks_us_to_come_back_later_says_nothing_of_the_link(route: Route) -> None:
    before = LinkCheck("", "live", 200, "application/pdf", 5, 2, failures=2, last_failed_on=TODAY - timedelta(days=1))

    found = at("/report.pdf", route, before)

    assert (found.state, found.media, found.size, found.failures, found.unsettled) == (
        "live",
        "application/pdf",
        5,
        2,
        True,
    )
    assert found.why


def test_a_circle_is_a_failure() -> None:
    found = at("/report.pdf", to("/report.pdf"))

    assert (found.state, found.failures) == ("unchecked", 1)
    assert "redirects more than 5 times" in found.why


# the catalogue


RECORD = "/HeritageScripts/Hapi.dll/search2"


@pytest.mark.parametrize(
    ("body", "state", "why"),
    [
        ('<div class="fulllabel">Title</div><div>Child A. No records were kept of visits.</div>', "live", ""),
        ("<p>Record C6021</p>", "live", ""),
        ("<p>Your search for C6021: 0 records</p>", "dead", "the catalogue has no record C6021"),
        ("<p>No matching records</p>", "dead", "the catalogue has no record C6021"),
        ("<p>Search the library</p><script>c6021</script>", "unchecked", "does not show record C6021"),
    ],
)
def test_a_catalogue_record_is_live_as_a_page_when_it_shows_the_record(body: str, state: str, why: str) -> None:
    with Site({RECORD: to("/HeritageScripts/Hapi.dll/retrieve2?SetID=1F", 302)}) as site:
        site.routes["/HeritageScripts/Hapi.dll/retrieve2"] = page("Library catalogue", body)
        found = look(site.url(f"{RECORD}?SearchTerm0=c6021"))

    assert found.state == state
    assert why in found.why


# politeness


def test_a_look_is_one_request_of_the_first_bytes() -> None:
    with Site({"/report.pdf": document()}) as site, fetcher(robots={}) as f:
        f.robots[site.url("")] = Robots(site.url(""), 404, "", NOW)
        probe = f.probe(site.url("/report.pdf"))

        assert [request.method for request in site.requests] == ["GET"]
        assert site.requests[0].headers["range"] == "bytes=0-65535"
        assert site.requests[0].headers["accept-encoding"] == "identity"
        assert (len(probe.first), probe.size, f.bytes) == (65_536, 1_200_000, 65_537)


def test_an_endless_answer_is_left_after_its_first_bytes() -> None:
    def endless(request: Request) -> Iterator[bytes]:
        yield b"HTTP/1.1 200 OK\r\nContent-Type: application/pdf\r\n\r\n%PDF-1.4\n"
        while not request.closing.is_set():
            yield bytes(65_536)

    found = at("/report.pdf", endless)

    assert (found.state, found.size, found.pages) == ("live", None, None)


def test_a_packed_page_is_read_and_a_packed_documents_size_is_not_believed() -> None:
    packed = gzip.compress(b"<html><title>Page not found</title>" + b"x" * 500_000)
    assert at("/a", always(Answer(200, packed, HTML | {"Content-Encoding": "gzip"}))).state == "dead"

    headers = {"Content-Type": "application/pdf", "Content-Encoding": "gzip"}
    assert at("/a.pdf", always(Answer(200, gzip.compress(PDF), headers))).size is None


def test_robots_are_asked_and_obeyed_at_every_host_on_the_way() -> None:
    rules = always(Answer(200, b"User-agent: *\nDisallow: /private", {"Content-Type": "text/plain"}))
    with Site({"/robots.txt": rules, "/private/a.pdf": document()}) as new, Site() as old:
        old.routes["/a.pdf"] = to(new.url("/private/a.pdf", host="localhost"))
        found = look(old.url("/a.pdf"), LinkCheck(old.url("/a.pdf"), "live", media="application/pdf"))

        assert (old.paths(), new.paths()) == (["/robots.txt", "/a.pdf"], ["/robots.txt"])
    assert (found.state, found.failures, found.media) == ("unreached", 0, "")
    assert found.why.startswith("robots.txt refuses: ")


def test_robots_that_answer_an_error_refuse_without_a_failure() -> None:
    with Site({"/robots.txt": always(Answer(500)), "/a.pdf": document(), "/b.pdf": document()}) as site:
        with fetcher() as f:
            found = [
                assess_link(f.probe(url), LinkCheck(url), TODAY) for url in (site.url("/a.pdf"), site.url("/b.pdf"))
            ]

        assert site.paths() == ["/robots.txt"] * 2  # the second link is not worth asking again
    assert [(one.state, one.failures) for one in found] == [("unreached", 0)] * 2


def test_a_site_that_asked_us_to_stay_away_is_not_asked_again() -> None:
    with Site({"/a.pdf": always(Answer(503, headers={"Retry-After": "7200"})), "/b.pdf": document()}) as site:
        with fetcher() as f:
            outcomes = [f.probe(site.url(path)).outcome for path in ("/a.pdf", "/b.pdf")]

        assert site.paths() == ["/robots.txt", "/a.pdf"]
    assert outcomes == ["busy", "busy"]


def test_the_pace_of_a_host_is_kept() -> None:
    sleeps: list[float] = []
    stopped = {"clock": lambda: 100.0, "sleep": sleeps.append}
    with Site({"/a.pdf": ranged}) as site, fetcher(replace(RULES, spacing=2.0), **stopped) as f:
        f.probe(site.url("/a.pdf"))
        f.probe(site.url("/a.pdf"))

    assert sleeps == [2.0, 2.0]


# where we do not look


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "2130706433", "0x7f.1"])
def test_our_own_machine_is_not_asked(host: str) -> None:
    with Site({"/report.pdf": document()}) as site:
        found = look(site.url("/report.pdf", host=host), private=False)

        assert site.connections == 0
    assert (found.state, found.failures) == ("unreached", 0)
    assert "on a private network" in found.why


@pytest.mark.parametrize(
    "ip",
    [
        "10.0.0.1",
        "169.254.169.254",
        "224.0.0.1",
        "100.64.0.1",
        "::1",
        "fe80::1%eth0",
        "::ffff:10.0.0.1",
        "2002:7f00:1::",
    ],
)
def test_no_private_number_behind_a_name_is_asked(ip: str, monkeypatch: pytest.MonkeyPatch) -> None:
    public = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.216.34", 80))
    other = (socket.AF_INET, socket.SOCK_STREAM, 6, "", (ip, 80))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *args, **more: [public, other])

    assert look("http://board.example/report.pdf", private=False).why.startswith(
        "not asked, it is on a private network"
    )


def test_a_name_that_changes_its_number_after_the_question_is_told_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    real, asked = socket.getaddrinfo, []

    def rebound(host: str, *args: Any, **more: Any) -> Any:
        asked.append(host)
        return real("93.184.216.34" if len(asked) == 1 else "127.0.0.1", *args, **more)

    with Site({"/report.pdf": document()}) as site:
        monkeypatch.setattr(socket, "getaddrinfo", rebound)
        found = look(site.url("/report.pdf", host="board.example"), private=False)

        assert site.requests == []
    assert "on a private network" in found.why
    assert found.state == "unreached"


def test_a_redirect_to_our_own_machine_is_not_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    with Site({"/secret": document()}) as inside, Site() as outside, fetcher(private=False) as f:
        outside.routes["/report.pdf"] = to(inside.url("/secret", host="localhost"))
        monkeypatch.setattr("scraper.fetch.web_address.is_public", lambda ip: ip == "127.0.0.1")
        monkeypatch.setattr("scraper.fetch.connection.is_public", lambda ip: True)
        real = socket.getaddrinfo
        monkeypatch.setattr(
            socket, "getaddrinfo", lambda host, *a, **k: real("127.0.0.2" if host == "localhost" else host, *a, **k)
        )
        probe = f.probe(outside.url("/report.pdf"))

        assert inside.requests == []
    assert probe.outcome == "refused"


@pytest.mark.parametrize(
    "url", ["mailto:a@example.org", "", "http://", "http://[", "file:///etc/passwd", "http://a:x/"]
)
def test_what_is_no_address_on_the_web_is_no_link(url: str) -> None:
    found = look(url)

    assert (found.state, found.why) == ("none", "not an address on the web")


def test_a_redirect_off_the_web_is_a_failure() -> None:
    assert at("/report.pdf", to("file:///etc/passwd")).failures == 1


@pytest.mark.parametrize(
    ("url", "private"),
    [
        ("http://127.0.0.1:8000/list", True),
        ("http://localhost/list", True),
        ("http://10.1.2.3/", True),
        ("http://[::1]/", True),
        ("https://learning.nspcc.org.uk/list", False),
        ("http://93.184.216.34/", False),
        ("http://[", False),
        ("", False),
    ],
)
def test_an_address_says_whether_it_is_on_a_private_network(url: str, private: bool) -> None:
    assert is_private(url) is private


# documents


@pytest.mark.parametrize(
    ("first", "said", "media"),
    [
        (b"%PDF-1.4", "application/octet-stream", "application/pdf"),
        (b"\n\n%PDF-1.4", "text/html", "application/pdf"),
        (
            b"PK\x03\x04...word/document.xml",
            "",
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        ),
        (b"PK\x03\x04...", "application/zip", "application/zip"),
        (b"\xd0\xcf\x11\xe0\xa1", "application/octet-stream", "application/msword"),
        (b"\xd0\xcf\x11\xe0\xa1", "application/msword", "application/msword"),
        (b"<!DOCTYPE html>", "application/pdf", "text/html"),
        (b"\xef\xbb\xbf<html>", "", "text/html"),
        (b"plain", "Text/Plain; charset=utf-8", "text/plain"),
        (b"plain", "text/html, Text/Plain; charset=utf-8", "text/plain"),
        (b"<p>", "text/html; charset=utf-8, text/html", "text/html"),
        (b"<p>", "text/html,", "text/html"),
        (b"\x00\x01", "pdf", "pdf"),
        (b"\x00\x01", "", "application/octet-stream"),
    ],
)
def test_a_documents_type_is_read_from_its_first_bytes(first: bytes, said: str, media: str) -> None:
    assert detect_media(Probe("u", "u", "answered", NOW, 200, said, None, first)) == media


@pytest.mark.parametrize(
    ("first", "size", "pages"),
    [
        (HEAD, 1_200_000, 24),
        (HEAD, None, 24),
        (HEAD, 1_300_000, None),
        (b"%PDF-1.4\r<< /Linearized 1 /O 12 /N 84 >>", 5000, 84),
        (b"%PDF-1.4\n1 0 obj<</Type/Page/N 3>>", 5000, None),
        (b"%PDF-1.4\n<</Linearized 1/N 0>>", 5000, None),
        (b"%PDF-1.4\n<</Linearized 1/Next 7>>", 5000, None),
        (b"", 0, None),
    ],
)
def test_pages_are_counted_only_where_the_first_bytes_tell(first: bytes, size: int | None, pages: int | None) -> None:
    assert count_pdf_pages(first, size) == pages


@pytest.mark.parametrize("body", [b"", b"   "])
def test_an_empty_answer_says_nothing(body: bytes) -> None:
    assert at("/report.pdf", document(body)).why == "answers with nothing"


@pytest.mark.parametrize(
    "body", [b"page.html", b"<?xml version='1.0'?><rss/>", b"<p>" * 5000, b"\xff\xfe\x00", b"<title>"]
)
def test_odd_pages_are_judged_without_a_word(body: bytes) -> None:
    assert at("/child-a", always(Answer(200, body, HTML))).state == "live"
