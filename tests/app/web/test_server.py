"""The real server: letters leave at once, slow and greedy clients are bounded, what is in flight is finished."""

import logging
import re
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from threading import Event, Thread

import pytest
import requests
from flask import Flask, Response, request

from app.web import server as web_server
from app.web.runner import WebRunner
from app.web.server import WebServer
from core.errors import HouseError
from db.schema.connect import Database
from tests.support.signups import House
from tests.support.web_site import CSRF, Site

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
GET = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
HELD = b"GET /held HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"


@pytest.fixture
def house(db: Database) -> House:
    return House(db)


@pytest.fixture
def web(db: Database) -> Iterator[WebRunner]:
    site = Site(db, "http://127.0.0.1:8765")
    served = WebRunner(site.house.effects, site.settings, "127.0.0.1", 0)
    served.start()
    yield served
    assert served.end(8)


class Small:
    """A small application on a real server, whose pages a test can hold back."""

    def __init__(self) -> None:
        self.app = Flask("small")
        self.asked, self.go = Event(), Event()
        self.app.add_url_rule("/", "hello", lambda: "hello")
        self.app.add_url_rule("/big", "big", lambda: "x" * 3_000_000)
        self.app.add_url_rule("/held", "held", self._held)
        self.app.add_url_rule("/stream", "stream", lambda: Response(self._stream()))
        self.app.add_url_rule("/echo", "echo", lambda: str(len(request.get_data())), methods=["POST"])
        self.ahead = 0.0  # seconds that the server's clock was moved
        self.server = WebServer(self.app, lambda: time.monotonic() + self.ahead, "127.0.0.1", 0)
        self.port = self.server.address[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self.server.start()

    def _held(self) -> str:
        self.asked.set()
        self.go.wait(20)
        return "x" * 12_000_000 + "finished"  # more than the system holds for us

    def _stream(self) -> Iterator[str]:
        for _ in range(20):
            time.sleep(0.05)
            yield "x" * 300_000
        yield "finished"

    def connect(self, first: bytes = b"") -> socket.socket:
        """A connection that has sent so much."""
        opened = socket.create_connection(("127.0.0.1", self.port), timeout=10)
        opened.sendall(first)
        return opened


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Small]]:
    """Start a small server, with limits of its own: small(REQUEST_TIMEOUT=0.5)."""
    with ExitStack() as stack:

        def start(**limits: float) -> Small:
            for name, value in limits.items():
                monkeypatch.setattr(web_server, name, value)
            started = Small()
            stack.callback(started.server.stop, 5)
            stack.callback(started.go.set)
            return started

        yield start


def closed(connection: socket.socket, seconds: float) -> bool:
    """Whether the server hangs up in so many seconds; what it says meanwhile is read."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        connection.settimeout(left)
        try:
            if not connection.recv(65536):
                return True
        except TimeoutError:
            return False
        except ConnectionError:
            return True
    return False


def whole(connection: socket.socket) -> bytes:
    """All that the server says until it hangs up."""
    return b"".join(iter(lambda: connection.recv(65536), b""))


def wait_for(found: Callable[[], object], seconds: float = 5) -> bool:
    until = time.monotonic() + seconds
    while not found():
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True


def test_a_letter_leaves_as_soon_as_somebody_signs_up(web: WebRunner, db: Database) -> None:
    with requests.Session() as browser:
        token = CSRF.search(browser.get(f"{web.url}/").text)
        assert token
        fields = {"email": "ada@example.org", "csrf_token": token[1]}
        answer = browser.post(f"{web.url}/subscribe", fields, allow_redirects=False)

    assert (answer.status_code, answer.headers["Location"]) == (303, "/check-your-email")
    assert wait_for(lambda: list((db.file.parent / "outbox").rglob("confirm-*.eml")))


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
        assert wait_for(lambda count=count: len(tries) == count)  # type: ignore[misc]

    assert caplog.text.count("emails about subscriptions could not be sent: the mail server is away") == 2


@pytest.mark.parametrize("chunked", [False, True])
def test_ten_megabytes_are_answered_plainly_and_not_kept(web: WebRunner, chunked: bool) -> None:
    body = (b"x" * 100_000 for _ in range(100)) if chunked else b"x" * 10_000_000

    answer = requests.post(f"{web.url}/subscribe", data=body, timeout=10)

    assert (answer.status_code, answer.text) == (413, "That is too much at once. Go back, and send less.\n")
    assert answer.headers["Connection"] == "close"
    assert "waitress" not in answer.text + str(answer.headers)


def test_who_sends_all_of_it_before_they_listen_hears_us_too(web: WebRunner) -> None:
    head = b"POST /subscribe HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10000000\r\n\r\n"
    with socket.create_connection(("127.0.0.1", int(web.url.rpartition(":")[2])), timeout=10) as connection:
        connection.sendall(head)
        time.sleep(0.2)  # the answer is there by now
        connection.sendall(b"x" * 10_000_000)

        assert whole(connection).startswith(b"HTTP/1.1 413 ")


def test_a_little_too_much_gets_a_page(web: WebRunner) -> None:
    answer = requests.post(f"{web.url}/subscribe", data={"email": "x" * 100_000}, timeout=10)

    assert answer.status_code == 413
    assert "<h1>That is too much at once</h1>" in answer.text


def test_who_goes_on_sending_is_not_heard_out_forever(small: Callable[..., Small]) -> None:
    house = small(DRAIN_TIMEOUT=0.5, CLEANUP_INTERVAL=0)
    head = b"POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n"
    with house.connect(head) as connection:
        began = time.monotonic()
        with pytest.raises(OSError):
            while time.monotonic() - began < 10:
                connection.sendall(b"x" * 1000)
                time.sleep(0.02)

    assert time.monotonic() - began < 6


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
        (b"GET / HTTP/1.1\r\nHost: localhost\r\nCookie: " + b"x" * 40_000 + b"\r\n\r\n", 431),
        (b"POST /subscribe HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST /subscribe HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
    ],
    ids=lambda value: repr(value)[2:40],
)
def test_what_no_browser_sends_is_answered_plainly(web: WebRunner, sent: bytes, code: int) -> None:
    port = int(web.url.rpartition(":")[2])
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(sent)
        said = connection.recv(4096)

    assert re.match(rb"HTTP/1\.[01] %d " % code, said)
    head, _, body = said.partition(b"\r\n\r\n")
    assert b"waitress" not in said
    assert b"root:" not in body
    assert b"\r\nlocation:" not in head.lower()


def test_clients_that_drip_keep_nobody_out_and_are_cut_off(small: Callable[..., Small]) -> None:
    house = small(REQUEST_TIMEOUT=0.5, CLEANUP_INTERVAL=0, MAX_CONNECTIONS=40)
    with ExitStack() as stack:
        slow = [stack.enter_context(house.connect(b"GET / HTTP/1.1\r\nHost: lo")) for _ in range(30)]
        began = time.monotonic()
        assert requests.get(house.url, timeout=5).text == "hello"
        assert time.monotonic() - began < 1
        while time.monotonic() - began < 2:  # each says a little now and then: they are never silent
            for connection in slow:
                with suppress(OSError):
                    connection.sendall(b"c")
            time.sleep(0.1)

        assert all(closed(connection, 0.2) for connection in slow)
    assert requests.get(house.url, timeout=5).text == "hello"


def test_more_connections_than_there_is_room_for_wait_for_the_slow_to_be_cut_off(small: Callable[..., Small]) -> None:
    house = small(REQUEST_TIMEOUT=0.5, CLEANUP_INTERVAL=0, MAX_CONNECTIONS=10)
    with ExitStack() as stack:
        for _ in range(30):
            stack.enter_context(house.connect(b"POST /echo HTTP/1.1\r\nContent-Length: 9\r\n\r\n"))

        assert requests.get(house.url, timeout=20).text == "hello"


def test_a_client_that_takes_nothing_is_cut_off(small: Callable[..., Small]) -> None:
    house = small(RESPONSE_TIMEOUT=1.0, CLEANUP_INTERVAL=0)
    with house.connect(b"GET /big HTTP/1.1\r\nHost: localhost\r\n\r\n" * 4) as connection:
        assert wait_for(lambda: house.server._server.busy())
        assert wait_for(lambda: not house.server._server.active_channels, 6)
        connection.setblocking(False)


def test_who_takes_their_time_within_reason_gets_all_of_it(small: Callable[..., Small]) -> None:
    house = small(RESPONSE_TIMEOUT=10.0, CLEANUP_INTERVAL=0)
    with house.connect(b"GET /big HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n") as connection:
        got = 0
        while part := connection.recv(100_000):
            got += len(part)
            time.sleep(0.01)

    assert got > 3_000_000


def test_a_page_that_takes_long_is_not_the_clients_fault(small: Callable[..., Small]) -> None:
    house = small(CLEANUP_INTERVAL=0)
    with house.connect(HELD) as connection:
        assert house.asked.wait(5)
        house.ahead = 1000.0
        time.sleep(1.2)  # it looks at who is slow at least every second
        house.go.set()
        time.sleep(0.3)  # now the answer waits for its reader

        assert whole(connection).endswith(b"finished")


def test_an_answer_that_comes_bit_by_bit_may_take_as_long_as_it_does(small: Callable[..., Small]) -> None:
    house = small(REQUEST_TIMEOUT=0.1, RESPONSE_TIMEOUT=0.1, CLEANUP_INTERVAL=0)
    with house.connect(b"GET /stream HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n") as connection:
        assert b"finished" in whole(connection)


def test_what_is_in_flight_is_finished_and_nothing_new_is_taken(small: Callable[..., Small]) -> None:
    house = small()
    with house.connect(GET) as idle, house.connect(HELD) as connection:
        assert house.asked.wait(5)
        results: list[bool] = []
        ending = Thread(target=lambda: results.append(house.server.stop(8)))
        ending.start()
        assert wait_for(lambda: refused(house.port))
        house.go.set()
        assert b"finished" in whole(connection)
        ending.join()

        assert whole(idle).endswith(b"hello")  # it was kept open for more, until now

    assert results == [True]


def refused(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except ConnectionError:
        return True
    return False


def test_what_does_not_end_is_given_up_in_time(small: Callable[..., Small]) -> None:
    house = small()
    with house.connect(HELD):
        assert house.asked.wait(5)
        began = time.monotonic()

        assert not house.server.stop(1)

    assert time.monotonic() - began < 3


def test_what_waitress_logs_holds_no_readers_token(web: WebRunner, caplog: pytest.LogCaptureFixture) -> None:
    logging.getLogger("waitress").warning("Exception while serving /unsubscribe/token-0000000000000001")

    assert [record.getMessage() for record in caplog.records] == ["Exception while serving a page"]


def test_a_taken_port_is_named(web: WebRunner, house: House) -> None:
    port = int(web.url.rpartition(":")[2])

    with pytest.raises(HouseError, match=f"127.0.0.1 port {port}: Address already in use. Choose another --port"):
        WebRunner(house.effects, house.settings, "127.0.0.1", port)


def test_it_answers_on_ipv6_too(house: House) -> None:
    served = WebRunner(house.effects, house.settings, "::1", 0)
    served.start()

    assert requests.get(served.url, timeout=5).status_code == 200
    assert served.end(5)
