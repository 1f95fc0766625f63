"""The real server: letters leave at once, slow and greedy clients are bounded, what is in flight is finished."""

import re
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from select import select
from threading import Event, Thread
from typing import Any

import pytest
import requests
from flask import Flask, Response, request

from app.web import server as web_server
from app.web import wsgi_bridge
from app.web.runner import WebRunner
from app.web.server import WebServer
from core.errors import HouseError
from db.schema.connect import Database
from tests.support.signups import Installation
from tests.support.waiting import HANG, until
from tests.support.web_site import OURS, Site

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
HELD = b"GET /held HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


@pytest.fixture
def house(db: Database) -> Installation:
    return Installation(db)


@pytest.fixture
def web(db: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[WebRunner]:
    for name in ("BODY_TIMEOUT", "DRAIN_TIMEOUT"):
        monkeypatch.setattr(wsgi_bridge, name, HANG)  # however busy the machine is
    site = Site(db, "http://127.0.0.1:8765")
    served = WebRunner(site.house.effects, site.settings, "127.0.0.1", 0)
    served.start()
    yield served
    assert served.end(HANG)


class Small:
    """A small application on a real server, whose pages a test can hold back."""

    def __init__(self) -> None:
        self.app = Flask("small")
        self.asked, self.go, self.ended = Event(), Event(), Event()
        self.given_up = Event()
        self.app.add_url_rule("/", "hello", lambda: "hello")
        self.app.add_url_rule("/held", "held", self._held)
        self.app.add_url_rule("/stream", "stream", lambda: Response(self._stream()))
        self.app.add_url_rule("/cookie", "cookie", lambda: dict(request.headers))
        for path in ("/echo", "/ops/people/import"):
            self.app.add_url_rule(path, path, lambda: str(len(request.get_data())), methods=["POST"])
        self.server = WebServer(self.app, "127.0.0.1", 0)
        self.port = self.server.address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.server.start()

    def _held(self) -> str:
        self.asked.set()
        self.go.wait(HANG)
        self.ended.set()
        return "x" * 12_000_000 + "finished"  # more than the system holds for us

    def _stream(self) -> Iterator[str]:
        try:
            for _ in range(40):
                yield "x" * 1_000_000
            yield "finished"
        finally:
            self.given_up.set()

    def connect(self, first: bytes = b"") -> socket.socket:
        """A connection that has sent so much."""
        opened = socket.create_connection(("127.0.0.1", self.port), timeout=HANG)
        opened.sendall(first)
        return opened


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Small]]:
    """Start a small server, with limits of its own: small(MAX_CONNECTIONS=10)."""
    with ExitStack() as stack:

        def start(**limits: float) -> Small:
            for name, value in limits.items():
                monkeypatch.setattr(web_server if hasattr(web_server, name) else wsgi_bridge, name, value)
            started = Small()
            stack.callback(started.server.stop, HANG)
            stack.callback(started.go.set)
            return started

        yield start


def drips(connection: socket.socket, peek: bool = True) -> bool:
    """Say a little, so as not to be silent; whether the server still listens, and says nothing where we `peek`."""
    try:
        connection.sendall(b"c")
        return not (peek and select([connection], [], [], 0)[0])
    except OSError:
        return False


def whole(connection: socket.socket) -> bytes:
    """All that the server says until it hangs up."""
    return b"".join(iter(lambda: connection.recv(65536), b""))


@pytest.mark.skipif(not socket.has_dualstack_ipv6(), reason="no IPv6 here")
@pytest.mark.parametrize("host", ["::", "[::]"])
def test_everywhere_is_ipv6_and_ipv4(db: Database, host: str) -> None:
    site = Site(db, "http://127.0.0.1:8765/case-reviews")
    served = WebRunner(site.house.effects, site.settings, host, 0)
    served.start()
    url = served.url
    port = url.rpartition(":")[2].partition("/")[0]
    answers = [requests.get(f"http://{one}:{port}/case-reviews/readyz", timeout=HANG) for one in ("127.0.0.1", "[::1]")]
    metrics = requests.get(f"http://127.0.0.1:{port}/metrics", timeout=HANG)  # seen as ::ffff:127.0.0.1 by the socket

    assert served.end(HANG)
    assert url == f"http://[::]:{port}/case-reviews"
    assert [answer.status_code for answer in answers] == [200, 200]
    assert "There is no such page" not in metrics.text


def test_a_letter_leaves_as_soon_as_somebody_signs_up(web: WebRunner, db: Database) -> None:
    fields = {"email": "ada@example.org"}
    answer = requests.post(f"{web.url}/subscribe", fields, headers=OURS, allow_redirects=False, timeout=HANG)

    assert (answer.status_code, answer.headers["Location"]) == (303, "/check-your-email")
    assert until(lambda: list((db.file.parent / "outbox").rglob("confirm-*.eml")))


def test_a_letter_that_cannot_be_sent_does_not_stop_the_next(
    web: WebRunner, db: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    from app.web import runner

    tries: list[int] = []

    def fail(*_: object) -> int:
        tries.append(1)
        raise HouseError("the mail server is away")

    monkeypatch.setattr(runner, "send_due", fail)
    for count in (1, 2):
        web._mail_event.set()
        until(lambda count=count: len(tries) == count)  # type: ignore[misc]
    until(lambda: caplog.text.count("the mail server is away") == 2)

    assert caplog.text.count("emails about subscriptions could not be sent: the mail server is away") == 2


@pytest.mark.parametrize("chunked", [False, True])
def test_ten_megabytes_are_answered_plainly_and_not_kept(web: WebRunner, chunked: bool) -> None:
    body = (b"x" * 100_000 for _ in range(100)) if chunked else b"x" * 10_000_000

    answer = requests.post(f"{web.url}/subscribe", data=body, timeout=HANG)

    assert (answer.status_code, answer.text) == (413, "That is too much at once. Go back, and send less.\n")
    assert answer.headers["Connection"] == "close"
    assert "granian" not in answer.text + str(answer.headers)


@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize(
    ("path", "size", "status"), [("/hooks/ses", 900, 404), ("/hooks/ses", 1100, 413), ("/", 130, 413)]
)
def test_a_mail_provider_may_send_more_than_a_reader(
    web: WebRunner, path: str, size: int, status: int, chunked: bool
) -> None:
    body = (b"x" * 1024 for _ in range(size)) if chunked else b"x" * 1024 * size

    assert requests.post(f"{web.url}{path}", data=body, timeout=HANG).status_code == status


@pytest.mark.parametrize(("size", "status"), [(190_000, 200), (210_000, 413)])
def test_a_list_of_readers_may_be_larger_than_any_form(small: Callable[..., Small], size: int, status: int) -> None:
    house = small(MAX_UPLOAD_BYTES=200_000, UPLOAD_ROOM=0)

    answer = requests.post(f"{house.url}/ops/people/import", data=b"x" * size, timeout=HANG)

    assert answer.status_code == status
    assert answer.text == (str(size) if status == 200 else f"{wsgi_bridge.UPLOAD_TEXT}\n")
    assert requests.post(f"{house.url}/echo", data=b"x" * size, timeout=HANG).status_code == 413


def test_only_so_many_lists_are_taken_in_at_once(small: Callable[..., Small]) -> None:
    house = small(MAX_UPLOADS=1)
    head = b"POST /ops/people/import HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Length: 300000\r\n\r\n"
    with house.connect(head + b"x") as first:
        until(lambda: _upload(house) == 413)
        first.sendall(b"x" * 299_999)
        assert whole(first).endswith(b"300000")

    until(lambda: _upload(house) == 200)


def _upload(house: Small) -> int:
    return requests.post(f"{house.url}/ops/people/import", data=b"x" * 300_000, timeout=HANG).status_code


def test_a_list_may_come_slowly_but_not_drop_by_drop(small: Callable[..., Small]) -> None:
    house = small(BODY_TIMEOUT=0.0, MIN_BODY_RATE=100_000)
    head = b"POST /ops/people/import HTTP/1.1\r\nHost: localhost\r\nContent-Length: 900000\r\n\r\n"
    with house.connect(head) as slow:
        assert whole(slow).startswith(b"HTTP/1.1 408 ")
    house = small(BODY_TIMEOUT=HANG)
    with house.connect(head.replace(b"900000", b"5")) as slow:
        for _ in range(5):
            slow.sendall(b"x")

        assert slow.recv(1000).endswith(b"\r\n\r\n5")


def test_who_sends_all_of_it_before_they_listen_hears_us_too(web: WebRunner) -> None:
    head = b"POST /subscribe HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10000000\r\n\r\n"
    with socket.create_connection(("127.0.0.1", int(web.url.rpartition(":")[2])), timeout=HANG) as connection:
        connection.sendall(head)
        assert select([connection], [], [], HANG)[0]  # the answer is there
        connection.sendall(b"x" * 10_000_000)

        assert whole(connection).startswith(b"HTTP/1.1 413 ")


def test_a_little_too_much_gets_a_page(web: WebRunner) -> None:
    answer = requests.post(f"{web.url}/subscribe", data={"email": "x" * 100_000}, timeout=HANG)

    assert answer.status_code == 413
    assert "<h1>That is too much at once</h1>" in answer.text


def test_who_goes_on_sending_is_not_heard_out_forever(small: Callable[..., Small]) -> None:
    house = small(DRAIN_TIMEOUT=0.2)
    head = b"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n"
    with house.connect(head) as connection:
        assert connection.recv(65536).startswith(b"HTTP/1.1 413 ")
        until(lambda: not drips(connection))


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nbad header\r\n\r\n", 400),
        (b"GET /\x00\xff HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        (b"GET //evil.example/.. HTTP/1.1\r\nHost: localhost\r\n\r\n", 404),
        (b"GET //evil.example HTTP/1.1\r\nHost: localhost\r\n\r\n", 404),
        (b"GET /\\evil.example HTTP/1.1\r\nHost: localhost\r\n\r\n", 404),
        (b"GET //subscribe HTTP/1.1\r\nHost: localhost\r\n\r\n", 200),
        (b"GET /subscribe/ HTTP/1.1\r\nHost: localhost\r\n\r\n", 404),
        (b"GET http://evil.example/ HTTP/1.1\r\nHost: localhost\r\n\r\n", 200),
        (b"GET /../../etc/passwd HTTP/1.1\r\nHost: localhost\r\n\r\n", 404),
        (b"GET / HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421),
        (b"GET / HTTP/1.0\r\n\r\n", 421),
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nCookie: " + b"x" * 70_000 + b"\r\n\r\n", 431),
        (b"POST /subscribe HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST /subscribe HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n\r\n", 400),
    ],
    ids=lambda value: repr(value)[2:40],
)
def test_what_no_browser_sends_is_answered_plainly(web: WebRunner, sent: bytes, code: int) -> None:
    port = int(web.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=HANG) as connection:
        connection.sendall(sent)
        said = connection.recv(4096)

    assert re.match(rb"HTTP/1\.[01] %d " % code, said)
    head, _, body = said.partition(b"\r\n\r\n")
    assert b"granian" not in said
    assert b"root:" not in body
    assert b"\r\nlocation:" not in head.lower()


def test_clients_that_drip_keep_nobody_out_and_are_cut_off(small: Callable[..., Small]) -> None:
    house = small(HEAD_TIMEOUT=2.0, BODY_TIMEOUT=2.0)
    with ExitStack() as stack:
        heads = [b"GET / HTTP/1.1\r\nHost: lo", b"POST /echo HTTP/1.1\r\nHost: lo\r\nContent-Length: 99\r\n\r\n"] * 15
        slow = [stack.enter_context(house.connect(head)) for head in heads]  # more than there are threads
        assert requests.get(house.url, timeout=HANG).text == "hello"

        until(lambda: not any(list(map(drips, slow))))  # they are never silent
    assert requests.get(house.url, timeout=HANG).text == "hello"


def test_more_connections_than_there_is_room_for_wait_for_the_slow_to_be_cut_off(small: Callable[..., Small]) -> None:
    house = small(HEAD_TIMEOUT=0.3, MAX_CONNECTIONS=10)
    with ExitStack() as stack:
        slow = [stack.enter_context(house.connect()) for _ in range(30)]

        assert requests.get(house.url, timeout=HANG).text == "hello"
        assert not drips(slow[0])


@pytest.mark.skipif(not hasattr(socket, "TCP_USER_TIMEOUT"), reason="only Linux ends such connections")
def test_a_client_that_asks_and_takes_nothing_is_cut_off(small: Callable[..., Small], monkeypatch: Any) -> None:
    monkeypatch.setattr(web_server, "RESPONSE_TIMEOUT", 0.5)
    house = small()
    with house.connect(HELD) as connection:  # it is answered with more than the system holds for a client
        house.go.set()
        until(lambda: not drips(connection, peek=False))


def test_a_client_that_takes_nothing_of_a_long_answer_is_given_up(small: Callable[..., Small]) -> None:
    house = small(RESPONSE_TIMEOUT=0.5)
    with house.connect(b"GET /stream HTTP/1.1\r\nHost: localhost\r\n\r\n"):
        assert house.given_up.wait(HANG)
        assert requests.get(house.url, timeout=HANG).text == "hello"


def test_a_long_answer_comes_whole_as_it_is_made(small: Callable[..., Small]) -> None:
    house = small()
    with house.connect(b"GET /stream HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n") as connection:
        said = whole(connection)

    assert b"finished" in said
    assert said.count(b"x") > 40_000_000


def test_a_header_with_an_underscore_passes_for_none_with_a_hyphen(small: Callable[..., Small]) -> None:
    answer = requests.get(f"{small().url}/cookie", headers={"X_Forwarded_For": "1.2.3.4", "X-Other": "a"}, timeout=HANG)

    assert answer.json()["X-Other"] == "a"
    assert "X-Forwarded-For" not in answer.json()


def test_what_is_in_flight_is_finished_and_nothing_new_is_taken(small: Callable[..., Small]) -> None:
    house = small()
    with house.connect(GET) as idle, house.connect(HELD) as connection:
        assert house.asked.wait(HANG)
        results: list[bool] = []
        ending = Thread(target=lambda: results.append(house.server.stop(HANG)))
        ending.start()
        until(lambda: refused(house.port))
        house.go.set()
        assert b"finished" in whole(connection)
        ending.join()

        assert whole(idle).endswith(b"hello")  # it was kept open for more, until now

    assert results == [True]


def refused(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=HANG).close()
    except ConnectionError:
        return True
    return False


def test_what_does_not_end_is_given_up_in_time(small: Callable[..., Small]) -> None:
    house = small()
    with house.connect(HELD):
        assert house.asked.wait(HANG)

        assert not house.server.stop(0.2)

        assert not house.ended.is_set()


def test_what_fails_outside_the_pages_is_logged_without_a_readers_token(
    small: Callable[..., Small], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = small()
    monkeypatch.setattr(house.app, "wsgi_app", lambda *_: 1 / 0)
    answer = requests.get(f"{house.url}/unsubscribe/token-0000000000000001", timeout=HANG)

    assert (answer.status_code, "Something went wrong here" in answer.text) == (500, True)
    assert "a request failed outside the pages" in caplog.text
    assert "token-" not in caplog.text


def test_a_taken_port_is_named(web: WebRunner, house: Installation) -> None:
    port = int(web.url.rpartition(":")[2])

    with pytest.raises(HouseError, match=f"127.0.0.1 port {port}: Address already in use. Choose another --port"):
        WebRunner(house.effects, house.settings, "127.0.0.1", port)


def test_it_answers_on_ipv6_too(house: Installation) -> None:
    served = WebRunner(house.effects, house.settings, "::1", 0)
    served.start()

    assert requests.get(served.url, timeout=HANG).status_code == 200
    assert served.end(HANG)
