"""Limits of time: answers that never end, hosts that are silent, the time of a run; the servers are slow on purpose."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from core.errors import FetchError
from scraper.fetch import RunTimeUsed
from tests.scraper.fetch.test_fetch import PAGE, RULES, Clock, always, fetcher, in_turn, known, one_line
from tests.support.loopback_site import Answer, Request, Route, Site

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
BEGINNINGS = {  # of answers that go on a byte at a time, never silent for long
    "status line": b"HTTP/1.1 2",
    "header": b"HTTP/1.1 200 OK\r\nX: ",
    "body": b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n",
    "body to the end of the connection": b"HTTP/1.1 200 OK\r\n\r\n",
    "length of a chunk": CHUNKED + b"5\r\n<p>re\r\n0",
    "words beside a chunk": CHUNKED + b"5;x=",
    "trailer": CHUNKED + b"5\r\n<p>re\r\n0\r\nX-Trailer: ",
}
HASTY = replace(RULES, deadline=0.3)


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")


def dripping(beginning: bytes) -> Route:
    def route(request: Request) -> Iterator[bytes]:
        yield beginning
        while not request.closing.wait(0.02):
            yield b"0"

    return route


@pytest.mark.parametrize("place", BEGINNINGS)
def test_answer_that_never_ends_is_cut_at_the_deadline_wherever_it_drips(place: str) -> None:
    with Site({"/list": dripping(BEGINNINGS[place])}) as site, fetcher(HASTY, robots=known(site)) as f:
        with pytest.raises(FetchError) as error:
            f.get(site.url("/list"))

        assert f"answer too slow: {site.url('/list')} took more than 0.3 s" in one_line(error)
        assert len(site.requests) == 1


def test_second_answer_of_a_kept_connection_is_bounded_too() -> None:
    routes = {"/list": always(PAGE), "/next": dripping(BEGINNINGS["header"])}
    with Site(routes) as site, fetcher(HASTY, robots=known(site)) as f:
        assert f.get(site.url("/list")).body == PAGE.body
        with pytest.raises(FetchError) as error:
            f.get(site.url("/next"))

        assert "answer too slow" in one_line(error)
        assert site.connections == 1


@contextmanager
def _drips(beginning: bytes) -> Iterator[int]:
    """The port of a server that answers whatever comes with a byte after another, before any request is read."""
    closing = threading.Event()

    def serve(listener: socket.socket) -> None:
        connection, _ = listener.accept()
        with connection:
            try:
                connection.sendall(beginning)
                while not closing.wait(0.02):
                    connection.sendall(b"0")
            except OSError:
                pass  # it hung up

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, args=[listener])
        thread.start()
        yield listener.getsockname()[1]
        closing.set()
        thread.join()


def test_tls_handshake_that_never_ends_is_cut_at_the_deadline() -> None:
    record = b"\x16\x03\x03\x40\x00"  # the head of a TLS record of 16,384 bytes
    rules = replace(RULES, deadline=1.0)  # longer than TLS takes to begin on a busy machine
    with _drips(record) as port, fetcher(rules) as f, pytest.raises(FetchError) as error:
        f.get(f"https://127.0.0.1:{port}/list")

    assert "took more than 1 s" in one_line(error)


def test_proxy_that_never_ends_its_greeting_is_cut_at_the_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    with _drips(b"HTTP/1.1 200 Connection established\r\nX: ") as port:
        monkeypatch.setenv("https_proxy", f"http://127.0.0.1:{port}")
        with fetcher(HASTY) as f, pytest.raises(FetchError) as error:
            f.get("https://reviews.example/list")

    assert "took more than 0.3 s" in one_line(error)


def silent(request: Request) -> Answer:
    request.closing.wait(30)
    return PAGE


def test_host_that_was_silent_once_is_given_up_for_the_run() -> None:
    with Site({"/list": silent, "/other": always(PAGE)}) as site:
        with fetcher(replace(RULES, read_timeout=0.2), robots=known(site)) as f:
            with pytest.raises(FetchError) as first:
                f.get(site.url("/list"))
            with pytest.raises(FetchError) as second:
                f.get(site.url("/other"))
            probe = f.probe(site.url("/other"))

        assert one_line(first).startswith(f"no answer: {site.url('/list')} within 0.2 s. Try again later")
        assert one_line(second).startswith("not asked again: 127.0.0.1 did not answer in time just now")
        assert site.paths() == ["/list"]
        assert probe.outcome == "refused"  # loopback is no public address; nothing was asked


def test_link_of_a_silent_host_is_left_for_another_day() -> None:
    with Site({"/a.pdf": silent, "/b.pdf": always(PAGE)}) as site:
        with fetcher(replace(RULES, read_timeout=0.2), robots=known(site), private=True) as f:
            outcomes = [f.probe(site.url(path)).outcome for path in ("/a.pdf", "/b.pdf")]

        assert outcomes == ["failed", "busy"]
        assert site.paths() == ["/a.pdf"]


def test_connection_refused_is_tried_again_for_it_costs_no_time() -> None:
    with Site() as site:
        gone, robots = site.url("/list"), known(site)
    with fetcher(robots=robots) as f, pytest.raises(FetchError):
        f.get(gone)

    assert f.requests == RULES.retries + 1


def test_run_ends_when_its_time_is_used_up_and_asks_nothing_more() -> None:
    clock = Clock()
    rules = replace(RULES, spacing=10.0, run_seconds=25.0)
    with Site({"/list": always(PAGE)}) as site, fetcher(rules, clock, robots=known(site), private=True) as f:
        for _ in range(3):
            f.get(site.url("/list"))
        with pytest.raises(RunTimeUsed) as error:
            f.get(site.url("/list"))
        with pytest.raises(RunTimeUsed):
            f.probe(site.url("/list"))

        assert "the time of this run is used up: 0.416667 minutes are over" in one_line(error)
        assert len(site.requests) == 3
        assert clock.sleeps == [10.0, 10.0]


def test_answer_is_cut_where_the_time_of_the_run_ends() -> None:
    rules = replace(RULES, run_seconds=0.3)
    routes = {"/list": dripping(BEGINNINGS["body"])}
    with Site(routes) as site, fetcher(rules, robots=known(site)) as f, pytest.raises(RunTimeUsed):
        f.get(site.url("/list"))


def test_host_that_is_silent_near_the_end_of_the_run_has_not_used_up_its_time() -> None:
    rules = replace(RULES, read_timeout=0.2, run_seconds=20.0)
    with Site({"/list": silent}) as site, fetcher(rules, robots=known(site)) as f, pytest.raises(FetchError) as error:
        f.get(site.url("/list"))

    assert not isinstance(error.value, RunTimeUsed)
    assert one_line(error).startswith("no answer: ")


def test_time_used_up_while_robots_are_asked_is_no_refusal() -> None:
    rules = replace(RULES, run_seconds=0.3)
    routes = {"/robots.txt": dripping(BEGINNINGS["body"])}
    with Site(routes) as site, fetcher(rules) as f, pytest.raises(RunTimeUsed):
        f.get(site.url("/list"))


def test_a_walk_waits_longer_between_its_pages() -> None:
    clock = Clock()
    rules = replace(RULES, spacing=1.0, walk_spacing=5.0)
    with Site({"/list": in_turn(PAGE)}) as site, fetcher(rules, clock, robots=known(site)) as f:
        with f.walk():
            f.get(site.url("/list"))
            f.get(site.url("/list?page=2"))
        f.get(site.url("/list"))

    assert clock.sleeps == [5.0, 1.0]
