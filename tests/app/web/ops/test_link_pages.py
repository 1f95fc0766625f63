"""Links are looked at from the operator's pages, with what became of them."""

from collections.abc import Iterator
from pathlib import Path
from threading import Event

import pytest

from app.runtime.lock import process_lock
from core.config.schema import FetchSettings, Source
from db.collection import links
from db.schema.connect import Database
from tests.app.web.operator import Desk, add_link, approved
from tests.support.loopback_site import Answer, Request, Site
from tests.support.waiting import HANG
from tests.support.web_site import texts

PDF = Answer(200, b"%PDF-1.7\n" + bytes(60), {"Content-Type": "application/pdf"})
ROBOTS = Answer(200, b"User-agent: *\nAllow: /\n", {"Content-Type": "text/plain"})


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    opened = approved(tmp_path)
    yield opened
    opened.close()


def desk_with(db: Database, site: Site, count: int) -> Desk:
    """A desk whose first review has so many links, on this machine."""
    for number in range(count):
        add_link(db, 1, site.url(f"/{number}.pdf"), number)
    source = Source(name="nspcc", url=site.url("/list"))
    return Desk(db, sources=(source,), fetch=FetchSettings(spacing=0, retries=0, backoff=0))


@pytest.mark.loopback
@pytest.mark.enable_socket
def test_the_links_that_are_due_are_looked_at_with_totals(db: Database) -> None:
    routes = {"/robots.txt": lambda _: ROBOTS, "/0.pdf": lambda _: PDF, "/1.pdf": lambda _: Answer(410)}
    with Site(routes) as site:
        desk = desk_with(db, site, 2)
        who = desk.operator()
        before = texts(who.get("/ops/links").text)
        answer = who.press("/ops/links", {"which": "due"})
        desk.wait()
        page = texts(who.get(answer.headers["Location"]).text)

    assert "Look at the 2 that are due" in before
    assert "2 of 2 links looked at" in page
    assert "Lead to their reports: 1" in page
    assert links.get(db, site.url("/0.pdf")).state == "live"
    assert desk.trail()[0] == "looked at the links that are due"
    after = texts(who.get("/ops/links").text)
    assert "that are due" not in after
    assert "Look at all 2" in after


@pytest.mark.loopback
@pytest.mark.enable_socket
def test_a_look_is_stopped_and_what_it_has_seen_stays_and_the_next_goes_on(db: Database) -> None:
    asked, going = Event(), Event()

    def slow(_: Request) -> Answer:
        asked.set()
        going.wait(HANG)
        return PDF

    with Site({"/robots.txt": lambda _: ROBOTS} | {f"/{number}.pdf": slow for number in range(3)}) as site:
        desk = desk_with(db, site, 3)
        who = desk.operator()
        at = who.press("/ops/links", {"which": "due"}).headers["Location"]
        assert asked.wait(HANG)
        doing = who.get(f"{at}.json").json
        second = who.press("/ops/links", {"which": "all"})
        stopped = who.press(at, action=f"{at}/stop")
        going.set()
        desk.wait()
        page = texts(who.get(at).text)
        seen = len([path for path in site.paths() if path.endswith(".pdf")])
        who.press("/ops/links", {"which": "due"})
        desk.wait()
        all_asked = sorted({path for path in site.paths() if path.endswith(".pdf")})

    assert doing
    assert doing["doing"] == "0 of 3 links"
    assert (second.headers["Location"], stopped.headers["Location"]) == (at, at)
    assert "Stopped." in page
    assert "1 of 3 links looked at" in page
    assert seen == 1
    assert all_asked == ["/0.pdf", "/1.pdf", "/2.pdf"]
    assert "stopped: Look at the links that are due" in desk.trail()


def test_links_wait_for_no_other_run(db: Database) -> None:
    desk = Desk(db)
    who = desk.operator()
    add_link(db, 1, "https://example.org/a.pdf")
    with process_lock(desk.settings.data_dir):
        answer = who.press("/ops/links", {"which": "all"})
        desk.wait()

    assert "another run is at work" in texts(who.get(answer.headers["Location"]).text)


def test_dead_links_lead_to_their_reviews(db: Database) -> None:
    url = "https://example.org/gone.pdf"
    add_link(db, 1, url, state="dead", dead_since="2026-10-03")
    page = Desk(db).operator().get("/ops/links").text

    assert f"{url} , since 3 October 2026 Review 1" in texts(page)
    assert 'href="/ops/reviews/1"' in page
