"""Links of many hosts are looked at side by side, each host as politely as alone: as its server sees it."""

import itertools
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic
from typing import Any

import pytest

from app.runtime.side_effects import system_effects
from app.scheduler.daily_jobs import LINK_CHECK_JOB
from app.scheduler.job_context import JobContext
from core.config.load import load
from core.config.schema import Settings
from core.link_records import LinkCheck
from core.records import Link, Review
from db.collection import links, reviews, takedowns
from db.schema.connect import Database, connect, write_transaction
from scraper.identity import add_identity, heading_key
from services.collect.check_links import check_addresses
from services.collect.link_probes import HOSTS_AT_ONCE, group_by_host
from tests.support.loopback_site import Answer, Request, Site
from tests.support.waiting import HANG, until

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]

PDF = Answer(200, b"%PDF-1.7\n" + bytes(60), {"Content-Type": "application/pdf"})
GAP = 0.2  # seconds between two requests of a host
NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


@dataclass
class Servers:
    """Any host of example.org, as one server on this machine that remembers when each was asked and had answered."""

    site: Site = field(default_factory=Site)
    answer: Callable[[str, str], Answer] = lambda host, path: PDF
    turns: dict[str, list[tuple[float, float, str]]] = field(default_factory=dict)

    def handle(self, request: Request) -> Answer:
        """Answer a request of any host; a page has no robots.txt unless it says so."""
        host = request.headers["host"].partition(":")[0]
        answer = Answer(404) if request.path == "/robots.txt" else self.answer(host, request.path)
        self.turns.setdefault(host, []).append((request.at, monotonic(), request.path))
        return answer

    def url(self, host: str, path: str) -> str:
        """The address of a path on a host."""
        return self.site.url(path, host=f"{host}.example.org")

    def assert_polite(self, gap: float = GAP) -> None:
        """Never two requests at once to a host, nor sooner after an answer than the pace allows."""
        for host, turns in self.turns.items():
            gaps = [later[0] - earlier[1] for earlier, later in itertools.pairwise(sorted(turns))]
            assert all(seconds >= 0.99 * gap for seconds in gaps), (host, gaps)
            assert [path for _, _, path in turns].count("/robots.txt") == 1, host


class _AnyPath(dict[str, Any]):
    """One route for every path."""

    def __init__(self, handle: Callable[[Request], Answer]) -> None:
        super().__init__()
        self._handle = handle

    def get(self, path: str, default: Any = None) -> Any:
        return self._handle


@pytest.fixture
def servers(monkeypatch: pytest.MonkeyPatch) -> Iterator[Servers]:
    """Servers whose names lead to this machine."""
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost,.example.org")
    look_up = socket.getaddrinfo

    def local(host: str, *rest: Any, **named: Any) -> Any:
        return look_up("127.0.0.1" if host.endswith(".example.org") else host, *rest, **named)

    monkeypatch.setattr(socket, "getaddrinfo", local)
    many = Servers()
    many.site.routes = _AnyPath(many.handle)
    with many.site:
        yield many


def settings(servers: Servers, spacing: float = GAP) -> Settings:
    """Politely spaced, patient with a busy machine; its source on this machine, so that links may be on it."""
    source = f'[[sources]]\nname = "nspcc"\nurl = "{servers.site.url("/list")}"\n'
    fetch = f"[fetch]\nspacing = {spacing}\nretries = 0\nread_timeout = 60.0\nconnect_timeout = 60.0\n"
    Path("casereviews.toml").write_text(source + fetch, "utf-8")
    return load(Path("casereviews.toml"))


def stored(db: Database, urls: Sequence[str], name: str = "Child A") -> int:
    made = add_identity(Review("nspcc", "Westmere", name, 2016, links=tuple(Link("Read", url) for url in urls)))
    with write_transaction(db):
        added = reviews.add(db, made, heading_key(made), NOW)
        links.apply_known_checks(db, [added.id])
    return added.id


def threads() -> list[threading.Thread]:
    return [one for one in threading.enumerate() if one.name == "links"]


def test_hosts_are_asked_at_once_and_each_of_them_one_request_at_a_time_and_spaced(
    db: Database, servers: Servers
) -> None:
    hosts, together = [f"h{n}" for n in range(5)], threading.Barrier(5)

    def answer(host: str, path: str) -> Answer:
        if path == "/0.pdf":
            together.wait(HANG)  # the first of each host: all of them are being asked now
        return PDF

    servers.answer = answer
    stored(db, [servers.url(host, f"/{n}.pdf") for n in range(3) for host in hosts])
    found = check_addresses(system_effects(), settings(servers), db)

    servers.assert_polite()
    assert {host: len(turns) for host, turns in servers.turns.items()} == {f"{host}.example.org": 4 for host in hosts}
    assert [checked.url for checked in found] == sorted(checked.url for checked in found)  # as they were due
    assert {checked.state for checked in found} == {"live"} == set(links.count_states(db, NOW)[0])


def test_redirects_to_another_host_keep_to_its_pace_too(db: Database, servers: Servers) -> None:
    def answer(host: str, path: str) -> Answer:
        if host == "store.example.org":
            return PDF
        return Answer(302, b"", {"Location": servers.url("store", f"/{host}{path}")})

    servers.answer = answer
    urls = [servers.url(host, f"/{n}.pdf") for host in ("a", "b", "store") for n in range(2)]
    stored(db, urls)
    found = check_addresses(system_effects(), settings(servers), db)

    servers.assert_polite()
    assert len(servers.turns["store.example.org"]) == 7
    assert sorted(checked.state for checked in found) == ["live", "live", "moved", "moved", "moved", "moved"]


def test_two_who_are_led_to_a_new_host_at_once_ask_for_its_robots_once(db: Database, servers: Servers) -> None:
    together = threading.Barrier(2)

    def handle(request: Request) -> Answer:
        if request.path == "/robots.txt" and request.headers["host"].startswith("new."):
            servers.site.closing.wait(GAP)  # the other wants it meanwhile
        return servers.handle(request)

    def answer(host: str, path: str) -> Answer:
        if host == "new.example.org":
            return PDF
        together.wait(HANG)
        return Answer(302, b"", {"Location": servers.url("new", f"/{host}{path}")})

    servers.answer, servers.site.routes = answer, _AnyPath(handle)
    stored(db, [servers.url(host, "/0.pdf") for host in ("a", "b")])
    found = check_addresses(system_effects(), settings(servers), db)

    servers.assert_polite()
    assert [checked.state for checked in found] == ["moved", "moved"]


def test_a_delay_that_robots_ask_for_is_kept_by_whoever_is_led_there(db: Database, servers: Servers) -> None:
    def handle(request: Request) -> Answer:
        if request.path == "/robots.txt" and request.headers["host"].startswith("slow."):
            servers.turns["slow.example.org"] = [(request.at, monotonic(), request.path)]
            return Answer(200, b"User-agent: *\nCrawl-delay: 0.5\n", {"Content-Type": "text/plain"})
        return servers.handle(request)

    def answer(host: str, path: str) -> Answer:
        slow = host == "slow.example.org"
        return PDF if slow else Answer(302, b"", {"Location": servers.url("slow", f"/{host}{path}")})

    servers.answer, servers.site.routes = answer, _AnyPath(handle)
    stored(db, [servers.url(host, "/a.pdf") for host in ("a", "b", "slow")])
    check_addresses(system_effects(), settings(servers, spacing=0.01), db)

    assert len(servers.turns["slow.example.org"]) == 4
    servers.turns = {"slow.example.org": servers.turns["slow.example.org"]}
    servers.assert_polite(0.5)


def test_a_host_that_does_not_answer_holds_up_its_own_links_alone(db: Database, servers: Servers) -> None:
    others = [servers.url(f"h{n % 2}", f"/{n}.pdf") for n in range(6)]
    seen: list[LinkCheck] = []
    done = threading.Event()

    def answer(host: str, path: str) -> Answer:
        return PDF if host != "silent.example.org" or done.wait(HANG) else Answer(500)

    def progress(checked: LinkCheck) -> None:
        seen.append(checked)
        if len(seen) == len(others):
            done.set()

    servers.answer = answer
    stored(db, [servers.url("silent", "/a.pdf"), *others, servers.url("silent", "/b.pdf")])
    found = check_addresses(system_effects(), settings(servers, 0.0), db, progress=progress)

    assert {checked.url for checked in seen[: len(others)]} == set(others)
    assert [checked.state for checked in found] == ["live"] * 8


def test_who_cannot_be_reached_has_no_dead_links_nor_do_the_others_for_it(db: Database, servers: Servers) -> None:
    with closing(socket.socket()) as nobody:
        nobody.bind(("127.0.0.1", 0))  # and does not listen
        gone = f"http://gone.example.org:{nobody.getsockname()[1]}/a.pdf"
        stored(db, [gone, servers.url("here", "/a.pdf"), "http://[no-address/a.pdf"])
        found = check_addresses(system_effects(), settings(servers, 0.0), db)

    assert {checked.url[:11]: checked.state for checked in found} == {
        "http://gone": "unchecked",
        "http://here": "live",
        "http://[no-": "none",
    }
    assert "no connection" in links.get(db, gone).why


def test_more_hosts_than_are_asked_at_once_are_all_looked_at(db: Database, servers: Servers) -> None:
    stored(db, [servers.url(f"h{n}", "/a.pdf") for n in range(HOSTS_AT_ONCE + 3)])
    found = check_addresses(system_effects(), settings(servers, 0.0), db, limit=None)

    assert [checked.state for checked in found] == ["live"] * (HOSTS_AT_ONCE + 3)
    assert threads() == []


# stopped


def test_a_stop_ends_a_pause_and_keeps_what_was_found(db: Database, servers: Servers) -> None:
    seen: list[LinkCheck] = []
    stored(db, ["http://[no-address/a.pdf", servers.url("a", "/a.pdf")])
    found = check_addresses(
        system_effects(),
        settings(servers, spacing=HANG),
        db,
        progress=seen.append,
        may_go_on=lambda: not (seen and servers.turns),
    )

    assert [checked.state for checked in found] == ["none"]
    assert links.get(db, found[0].url).state == "none"
    assert [path for _, _, path in servers.turns["a.example.org"]] == ["/robots.txt"]
    assert threads() == []


def test_the_daily_look_that_is_told_to_stop_goes_on_the_same_day(db: Database, servers: Servers) -> None:
    stop = threading.Event()
    Path("data").mkdir()  # which holds the lock
    context = JobContext(system_effects(), settings(servers, 0.0), db, stop)

    def answer(host: str, path: str) -> Answer:
        stop.set()
        return PDF

    servers.answer = answer
    urls = [servers.url("a", f"/{n}.pdf") for n in range(3)]
    stored(db, urls)
    said = [*LINK_CHECK_JOB.do(context)]
    stop.clear()
    servers.answer = lambda host, path: PDF
    rest = [*LINK_CHECK_JOB.do(context)]

    assert said == ["looked at 1 link, 0 of them dead"]
    assert rest == ["looked at 2 links, 0 of them dead"]
    assert not [*LINK_CHECK_JOB.due(context)]


@contextmanager
def held_up(db: Database, servers: Servers) -> Iterator[list[str]]:
    """Two hosts, one quick and one that answers nothing until the end."""

    def answer(host: str, path: str) -> Answer:
        if host == "silent.example.org":
            asked.set()
            servers.site.closing.wait(HANG)
        else:
            asked.wait(HANG)
        return PDF

    asked = threading.Event()
    servers.answer = answer
    urls = [servers.url("silent", "/a.pdf"), *(servers.url("quick", f"/{n}.pdf") for n in range(3))]
    stored(db, urls)
    yield urls


def test_an_interruption_keeps_what_was_found_and_hangs_up_on_the_rest(db: Database, servers: Servers) -> None:
    def interrupt(checked: LinkCheck) -> None:
        seen.append(checked)
        if len(seen) == 3:
            raise KeyboardInterrupt

    seen: list[LinkCheck] = []
    with held_up(db, servers) as urls:
        with pytest.raises(KeyboardInterrupt):
            check_addresses(system_effects(), settings(servers, 0.0), db, progress=interrupt)
        until(lambda: not threads())

        assert [links.get(db, url).state for url in urls] == ["unchecked", "live", "live", "live"]
        assert links.get(db, urls[0]).checked_at is None  # being hung up on is nobody's failure


def test_what_nobody_foresaw_reaches_who_asked(db: Database, servers: Servers, monkeypatch: pytest.MonkeyPatch) -> None:
    def break_down(*_: object) -> None:
        raise ZeroDivisionError("unforeseen")

    monkeypatch.setattr("services.collect.link_probes.assess_link", break_down)
    stored(db, [servers.url("a", "/a.pdf"), servers.url("b", "/a.pdf")])
    with pytest.raises(ZeroDivisionError, match="unforeseen"):
        check_addresses(system_effects(), settings(servers, 0.0), db)

    until(lambda: not threads())


def test_a_takedown_amid_a_check_wins(db: Database, servers: Servers) -> None:
    def answer(host: str, path: str) -> Answer:
        with closing(connect(db.file)) as other, write_transaction(other):
            takedowns.add(other, number, "asked for", NOW)
        return PDF

    servers.answer = answer
    url = servers.url("a", "/a.pdf")
    number = stored(db, [url])
    check_addresses(system_effects(), settings(servers, 0.0), db)

    assert reviews.get(db, str(number)).status == "withdrawn"
    assert links.count_states(db, NOW) == ({}, 0)
    assert links.list_all(db) == []


def test_addresses_are_grouped_by_the_name_that_their_pace_goes_by() -> None:
    urls = [
        "http://a.example.org/1",
        "https://b.example.org/",
        "HTTPS://A.Example.org:8443/2",
        "http://[no/",
        "mailto:x",
    ]

    assert [[known.url for known in group] for group in group_by_host(map(LinkCheck, urls))] == [
        [urls[0], urls[2]],
        [urls[1]],
        [urls[3], urls[4]],
    ]
