"""Kept pages: given again only while they hold, only to whoever asks the same, with every guard of the first time."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from werkzeug.test import Client, EnvironBuilder

from app.web.page_cache import ENVIRON_KEY, PAGE_OVERHEAD, PageCache
from tests.support.sample_archive import BASE, NOW, Shelf, sample


class Pages:
    """An application that counts how often it is asked, and a stamp that a test turns."""

    def __init__(self, body: bytes = b"page", status: str = "200 OK", kept: bool = True) -> None:
        self.asked, self.tag, self.body, self.status, self.kept = 0, "one", body, status, kept
        self.broken = False

    def stamp(self) -> tuple[str, Any]:
        if self.broken:
            raise RuntimeError("the disk is gone")
        return self.tag, NOW

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        self.asked += 1
        if self.kept:
            environ[ENVIRON_KEY] = (self.tag, self.stamp, f"etag-{self.tag}", NOW, True)
        headers = [
            ("Content-Type", "text/html"),
            ("Content-Length", str(len(self.body))),
            ("ETag", f'"etag-{self.tag}"'),
        ]
        start_response(self.status, headers)
        return [self.body]


def test_a_page_is_asked_for_once_while_it_holds() -> None:
    pages = Pages()
    client = Client(PageCache(pages, "build"))
    assert [client.get("/a").data for _ in range(3)] == [b"page"] * 3
    assert pages.asked == 1
    pages.tag, pages.body = "two", b"other"

    assert client.get("/a").data == b"other"
    assert (client.get("/a").data, pages.asked) == (b"other", 2)


@pytest.mark.parametrize(
    "other",
    [
        {"path": "/b"},
        {"query_string": "q=1"},
        {"base_url": "http://other.example.org"},
        {"base_url": "https://localhost"},
        {"base_url": "http://localhost:81"},
    ],
    ids=str,
)
def test_what_was_asked_otherwise_is_another_page(other: dict[str, str]) -> None:
    pages = Pages()
    client = Client(PageCache(pages, "build"))
    client.get("/a")
    client.open(EnvironBuilder(**{"path": "/a", **other}))  # type: ignore[arg-type]  # all of them are text

    assert pages.asked == 2


@pytest.mark.parametrize(
    ("header", "value", "status"),
    [
        ("If-None-Match", '"etag-one"', 304),
        ("If-None-Match", 'W/"etag-one"', 304),
        ("If-None-Match", '"x", "etag-one"', 304),
        ("If-None-Match", "*", 304),
        ("If-None-Match", '"etag-two"', 200),
        ("If-None-Match", "etag", 200),
        ("If-Modified-Since", "Mon, 23 Nov 2026 09:00:00 GMT", 304),
        ("If-Modified-Since", "Mon, 23 Nov 2026 08:59:59 GMT", 200),
        ("If-Modified-Since", "yesterday", 200),
        ("If-Modified-Since", "Mon, 23 Nov 99999999999 09:00:00 GMT", 200),
    ],
)
def test_whoever_has_it_is_told_so(header: str, value: str, status: int) -> None:
    client = Client(PageCache(Pages(), "build"))
    client.get("/a")
    answer = client.get("/a", headers={header: value})

    assert answer.status_code == status
    assert answer.data == (b"" if status == 304 else b"page")
    assert answer.headers["ETag"] == '"etag-one"'
    assert ("Content-Length" in answer.headers) is (status == 200)


def test_the_application_is_told_no_date_that_is_none() -> None:
    told = []

    def pages(environ: Any, start_response: Any) -> list[bytes]:
        told.append(environ.get("HTTP_IF_MODIFIED_SINCE"))
        start_response("200 OK", [])
        return [b""]

    for date in ("Mon, 23 Nov 99999999999 09:00:00 GMT", "Mon, 23 Nov 2026 09:00:00 GMT"):
        Client(PageCache(pages, "build")).get("/a", headers={"If-Modified-Since": date})

    assert told == [None, "Mon, 23 Nov 2026 09:00:00 GMT"]


def test_an_etag_is_asked_before_a_date() -> None:
    client = Client(PageCache(Pages(), "build"))
    client.get("/a")
    both = {"If-None-Match": '"old"', "If-Modified-Since": "Mon, 23 Nov 2026 09:00:00 GMT"}

    assert client.get("/a", headers=both).status_code == 200


def test_only_good_answers_that_may_be_kept_are() -> None:
    for pages in (Pages(status="410 GONE"), Pages(status="304 NOT MODIFIED"), Pages(kept=False)):
        client = Client(PageCache(pages, "build"))
        client.get("/a")
        client.get("/a")
        assert pages.asked == 2
    pages = Pages()
    client = Client(PageCache(pages, "build"))
    client.get("/a")
    client.post("/a")
    assert pages.asked == 2
    assert client.head("/a").data == b""
    assert pages.asked == 2


def test_a_stamp_that_fails_leaves_it_to_the_page(caplog: pytest.LogCaptureFixture) -> None:
    pages = Pages()
    client = Client(PageCache(pages, "build"))
    client.get("/a")
    pages.broken = True

    assert client.get("/a").data == b"page"
    assert pages.asked == 2
    assert "could not be looked after" in caplog.text


def test_the_least_lately_asked_for_are_forgotten_when_room_is_short() -> None:
    pages = Pages(b"x" * 1000)
    client = Client(PageCache(pages, "build", room=3 * (1000 + PAGE_OVERHEAD)))
    for path in ("/a", "/b", "/c", "/a", "/d"):
        client.get(path)
    assert pages.asked == 4

    client.get("/a")
    assert pages.asked == 4
    client.get("/b")
    assert pages.asked == 5


def test_a_kept_page_has_every_header_of_the_first_and_another_host_gets_nothing(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.add(sample())
    client = shelf.client()
    first = client.get("/reviews/1", base_url=BASE)
    again = client.get("/reviews/1", base_url=BASE)
    unchanged = client.get("/reviews/1", base_url=BASE, headers={"If-None-Match": first.headers["ETag"]})

    assert dict(again.headers) == dict(first.headers)
    assert dict(unchanged.headers) == {k: v for k, v in first.headers if k not in ("Content-Length", "Content-Type")}
    assert {"Content-Security-Policy", "Strict-Transport-Security", "X-Frame-Options"} <= set(unchanged.headers.keys())
    assert client.get("/reviews/1", base_url="https://evil.example.org").status_code == 421


@pytest.mark.parametrize("path", ["/reviews", "/style.css"])
def test_a_page_is_kept_without_the_date_of_its_first_answer(tmp_path: Path, path: str) -> None:
    """The web server says the date of each answer, unless the page does."""
    client = Shelf(tmp_path).client()

    first, kept = client.get(path, headers={"If-None-Match": '"another"'}), client.get(path)

    assert (first.status_code, first.data, kept.headers.get("Date")) == (200, kept.data, None)


def test_behind_a_proxy_the_name_it_tells_is_guarded_too(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path, web={"proxies": 1})
    shelf.add(sample())
    client = shelf.client()
    ours, other = (
        {"X-Forwarded-Host": host, "X-Forwarded-Proto": "https"} for host in ("news.example.org", "evil.example.org")
    )
    assert client.get("/reviews/1", headers=ours).status_code == 200

    assert client.get("/reviews/1", headers=other).status_code == 421
    assert client.get("/reviews/1", headers=ours).status_code == 200


def test_another_form_of_the_house_is_another_page(tmp_path: Path) -> None:
    shelf = Shelf(tmp_path)
    shelf.add(sample())
    other = Shelf(tmp_path, newsletter={"title": "Other reviews"})
    tag = shelf.client().get("/reviews/1").headers["ETag"]

    assert other.client().get("/reviews/1", headers={"If-None-Match": tag}).status_code == 200
