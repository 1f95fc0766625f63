"""Front cache: what it answers is what the application would, on a kept connection, and never after a change."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from http.client import HTTPConnection
from pathlib import Path
from typing import Any

import pytest

from app.web.front_cache import front_cache
from app.web.page_cache import PAGE_OVERHEAD
from app.web.server import WebServer
from tests.support.sample_archive import NOW, Shelf, sample
from tests.support.waiting import HANG

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
HOST = {"Host": "news.example.org"}
Answer = tuple[int, dict[str, str], bytes]


class Served:
    """A shelf's pages on a real server, which counts what the front cache did not answer."""

    def __init__(self, folder: Path, **settings: Any) -> None:
        self.shelf = Shelf(folder, **settings)
        self.shelf.add(sample())
        self.now, self.asked = NOW, 0
        self.shelf.effects = replace(self.shelf.effects, now=lambda: self.now)
        app = self.shelf.app()
        self.cache = app.extensions["casereviews.stored"]

        def counted(environ: Any, start_response: Any) -> Any:
            self.asked += 1
            return app(environ, start_response)

        self.server = WebServer(counted, "127.0.0.1", 0, self.shelf.settings.web.proxies, front_cache(app))
        self.server.start()

    @contextmanager
    def browser(self) -> Iterator[Callable[..., Answer]]:
        """Ask over one connection, which must be kept."""
        connection = HTTPConnection("127.0.0.1", self.server.address[1], timeout=HANG)
        connection.connect()
        kept = connection.sock

        def ask(path: str, method: str = "GET", **headers: str) -> Answer:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            connection.request(method, path, headers=HOST | named)
            answer = connection.getresponse()
            body = answer.read()
            assert connection.sock is kept
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, body

        yield ask
        connection.close()


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Callable[..., Served]]:
    with ExitStack() as stack:

        def start(**settings: Any) -> Served:
            served = Served(tmp_path, **settings)
            stack.callback(served.server.stop, HANG)
            return served

        yield start


@pytest.mark.parametrize("path", ["/", "/style.css", "/style.css?v=1", "/reviews/1", "/reviews", "/feeds/reviews.atom"])
def test_it_answers_with_every_header_of_the_first_time(serve: Callable[..., Served], path: str) -> None:
    served = serve()
    with served.browser() as ask:
        fresh = ask(path)
        kept, head = ask(path), ask(path, "HEAD")
        unchanged = ask(path, If_None_Match=fresh[1]["etag"])
        again = ask(path, If_None_Match='"other"')

    for _, headers, _ in (fresh, kept, head, unchanged, again):
        headers.pop("date")
    assert served.asked == 1
    assert kept == again == fresh
    assert head == (200, fresh[1], b"")
    assert unchanged == (
        304,
        {name: value for name, value in fresh[1].items() if name not in ("content-length", "content-type")},
        b"",
    )
    assert {"content-security-policy", "x-frame-options", "cache-control"} <= unchanged[1].keys()
    assert "set-cookie" not in fresh[1]


def test_a_page_that_was_taken_down_is_gone_at_once(serve: Callable[..., Served]) -> None:
    served = serve()
    with served.browser() as ask:
        assert [ask("/reviews/1")[0] for _ in range(2)] == [200, 200]
        served.shelf.take_down(1)  # by a connection of its own, as another process has
        gone = ask("/reviews/1")

    assert gone[0] == 410
    assert b"Child A" not in gone[2]


def test_a_page_that_is_as_before_after_a_write_is_asked_about_once(serve: Callable[..., Served]) -> None:
    served = serve()
    with served.browser() as ask:
        first = ask("/reviews/1")
        served.shelf.add(sample("Child B"))
        again = [ask("/reviews/1") for _ in range(3)]

    assert served.asked == 2
    assert [answer[2] for answer in again] == [first[2]] * 3


def test_the_next_day_it_cites_that_day(serve: Callable[..., Served]) -> None:
    served = serve()
    with served.browser() as ask:
        first = ask("/reviews/1")[2]
        served.now += timedelta(days=1)
        second = ask("/reviews/1")[2]

    assert (b"23 November 2026" in first, b"24 November 2026" in second) == (True, True)


def test_a_page_that_is_a_file_is_read_again(serve: Callable[..., Served], tmp_path: Path) -> None:
    (tmp_path / "site").mkdir()
    file = tmp_path / "site" / "about.md"
    served = serve()
    with served.browser() as ask:
        for word in (b"first", b"second"):
            file.write_bytes(b"# About\n\n" + word)
            assert word in ask("/about")[2]


def test_another_name_gets_nothing_of_what_is_kept(serve: Callable[..., Served]) -> None:
    with serve().browser() as ask:
        assert ask("/reviews/1")[0] == 200

        assert ask("/reviews/1", Host="evil.example.org")[0] == 421
        assert ask("/reviews/1")[0] == 200


def test_behind_a_proxy_the_name_that_it_tells_decides(serve: Callable[..., Served]) -> None:
    served = serve(web={"proxies": 1})
    with served.browser() as ask:
        ours = {"X_Forwarded_Host": "news.example.org", "X_Forwarded_Proto": "https"}
        answers = [ask("/reviews/1", **ours)[0] for _ in range(2)]
        answers += [ask("/reviews/1", **ours | {"X_Forwarded_Host": "evil.example.org"})[0]]

    assert answers == [200, 200, 421]
    assert served.asked == 2


def test_it_holds_no_page_that_the_page_cache_forgot(serve: Callable[..., Served]) -> None:
    served = serve()
    with served.browser() as ask:
        ask("/reviews/1")
        served.cache._room = 60_000 + PAGE_OVERHEAD
        for number in range(20):
            ask(f"/?n={number}")
        before = served.asked
        ask("/reviews/1")

    assert served.asked == before + 1
