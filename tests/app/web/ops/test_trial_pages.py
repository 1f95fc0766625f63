"""An unknown page is tried, and kept pages are read again, on the operator's pages."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.config.schema import FetchSettings
from db.schema.connect import Database
from tests.app.web.operator import Desk, approved
from tests.support.installation import dump
from tests.support.loopback_site import Answer, Site
from tests.support.web_site import texts

ROBOTS = Answer(200, b"User-agent: *\nAllow: /\n", {"Content-Type": "text/plain"})
TITLE = "Local child safeguarding practice review: Child"
ITEMS = "".join(
    f'<li><a href="/reports/child-{name}.pdf">{TITLE} {name}</a>, May 20{n}</li>' for n, name in enumerate("ABCDEF", 15)
)
PAGE = f"<html><title>Westmere Safeguarding Partnership</title><main><h1>Reviews</h1><ul>{ITEMS}</ul></main></html>"


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    opened = approved(tmp_path)
    yield opened
    opened.close()


def desk_of(db: Database) -> Desk:
    return Desk(db, fetch=FetchSettings(spacing=0, retries=0, backoff=0))


@pytest.mark.loopback
@pytest.mark.enable_socket
def test_how_a_page_can_be_read_is_shown_with_the_table_to_copy(db: Database) -> None:
    page = Answer(200, PAGE.encode(), {"Content-Type": "text/html; charset=utf-8"})
    with Site({"/robots.txt": lambda _: ROBOTS, "/reviews": lambda _: page}) as site:
        desk = desk_of(db)
        who = desk.operator()
        answer = who.press("/ops/try", {"url": site.url("/reviews"), "publisher": "Westmere"})
        desk.wait()
        told = who.get(f"{answer.headers['Location']}.json").json
        shown = who.get(answer.headers["Location"]).text

    assert told
    assert told["error"] == ""
    assert told["text"].startswith("[[sources]]\nname = ")
    assert 'publisher = "Westmere"' in told["text"]
    assert any("6 reviews" in line for line in told["lines"])
    assert any("Child A" in line for line in told["lines"])
    assert "[[sources]]" in shown
    assert desk.trail()[0] == f"tried {site.url('/reviews')}"


@pytest.mark.loopback
@pytest.mark.enable_socket
def test_of_a_page_that_lists_nothing_it_is_said(db: Database) -> None:
    page = Answer(200, b"<html><h1>Contact us</h1><p>By post.</p></html>", {"Content-Type": "text/html"})
    with Site({"/robots.txt": lambda _: ROBOTS, "/": lambda _: page}) as site:
        desk = desk_of(db)
        who = desk.operator()
        answer = who.press("/ops/try", {"url": site.url("/")})
        desk.wait()
        told = who.get(f"{answer.headers['Location']}.json").json

    assert told
    assert told["error"] != ""
    assert told["text"] == ""


@pytest.mark.parametrize("url", ["", "no address at all", "ftp://example.org/", "https://"])
def test_what_is_no_address_is_not_asked(db: Database, url: str) -> None:
    answer = desk_of(db).operator().press("/ops/try", {"url": url, "publisher": "Westmere"})

    assert answer.status_code == 422
    assert 'value="Westmere"' in answer.text


def test_kept_pages_are_read_again_and_nothing_is_stored(db: Database) -> None:
    desk = desk_of(db)
    who = desk.operator()
    before = [line for line in dump(db) if "audit" not in line]
    answer = who.press("/ops/sources/nspcc", action="/ops/sources/nspcc/replay")
    desk.wait()

    assert "nothing would differ" in texts(who.get(answer.headers["Location"]).text)
    assert [line for line in dump(db) if "audit" not in line] == before
    assert desk.trail()[0] == "read the kept pages of nspcc again"
