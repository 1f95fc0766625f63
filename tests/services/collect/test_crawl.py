"""A crawl is kept page by page: whatever stops it, it goes on, ends complete and has no record twice."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Collection
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Event
from typing import cast

import pytest

from core.config.schema import Source
from core.errors import FetchError, StoreError
from core.records import Page, PageReading
from db.collection import crawls, pages
from db.schema.connect import Database, connect, create, write_transaction
from scraper.adapter import Adapter, load_adapter
from scraper.fetch import Fetcher, FetchRules
from services.collect.crawl import REORDER_WINDOW, CrawlResult, crawl_source, rewrite_session
from tests.support.catalogue_site import START, Catalogue, following, numbers, record
from tests.support.installation import rows
from tests.support.loopback_site import Answer, Request, Route, Site
from tests.support.processes import Popen
from tests.support.waiting import HANG, until

loopback = [pytest.mark.loopback, pytest.mark.enable_socket]
ROOT = Path(__file__).parents[3]
HOST = "http://library.example.org"
SOURCE = Source(name="catalogue", kind="heritage", url=HOST + START)
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


class Fake:
    """A fetcher without a network: asks the routes, and remembers what."""

    def __init__(self, routes: dict[str, Route], now: datetime = NOW) -> None:
        self.routes, self.now = routes, now
        self.asked: list[str] = []
        self.fail_at: Collection[int] = ()  # requests by number that find no server

    def get(self, url: str, *, hosts: Collection[str] = ()) -> Page:
        self.asked.append(url)
        if len(self.asked) in self.fail_at:
            raise FetchError("no connection", url)
        path = url.removeprefix(HOST)
        route = self.routes.get(path.partition("?")[0])
        answer = route(Request("GET", path, {}, b"", 0.0, Event())) if route else Answer(404)
        assert isinstance(answer, Answer)
        if answer.status != 200:
            raise FetchError(f"answered {answer.status}", url)
        body = answer.body if isinstance(answer.body, bytes) else b"".join(answer.body)
        return Page(url, url, 200, (("content-type", "text/html"),), body, self.now)


Go = Callable[..., CrawlResult]


@pytest.fixture
def go(db: Database, tmp_path: Path) -> Go:
    """Walk the catalogue that a fake serves: go(fake, limit=10)."""

    def run(fake: Fake, limit: int = 0, source: Source = SOURCE, kind: Adapter | None = None) -> CrawlResult:
        kind = kind or load_adapter("heritage")
        return crawl_source(db, tmp_path / "pages", source, kind, cast(Fetcher, fake), fake.now, limit)

    return run


def read(walked: CrawlResult) -> list[str]:
    """The catalogue numbers of a crawl's pages, in order."""
    return [
        review.catalogue
        for page in walked.pages
        for review in load_adapter("heritage").parse(page, "catalogue").reviews
    ]


def test_a_whole_crawl_keeps_every_page_in_order(go: Go, db: Database) -> None:
    catalogue = Catalogue(numbers(12))

    walked = go(fake := Fake(catalogue.routes))

    assert (walked.ended, walked.complete, walked.read, walked.problems) == (True, True, 12, ())
    assert read(walked) == numbers(12) == read(walked)
    assert len(fake.asked) == 12
    assert rows(db)["pages"] == 12


def test_progress_is_told_page_by_page(db: Database, tmp_path: Path) -> None:
    told: list[int] = []
    fake = cast(Fetcher, Fake(Catalogue(numbers(3)).routes))

    crawl_source(db, tmp_path, SOURCE, load_adapter("heritage"), fake, NOW, progress=told.append)

    assert told == [1, 2, 3]


def test_an_ended_crawl_is_handed_out_until_it_is_finished(go: Go, db: Database) -> None:
    fake = Fake(Catalogue(numbers(3)).routes)
    go(fake)

    again = go(fake)
    with write_transaction(db):
        crawls.finish(db, "catalogue")
    anew = go(fake)

    assert (again.complete, again.read, read(again)) == (True, 0, numbers(3))
    assert (anew.complete, anew.read, read(anew)) == (True, 3, numbers(3))
    assert len(fake.asked) == 6


def test_a_limit_reads_so_many_pages_and_the_next_run_goes_on(go: Go) -> None:
    fake = Fake(Catalogue(numbers(10)).routes)

    runs = [go(fake, limit=4) for _ in range(3)]

    assert [(run.read, run.ended, run.kept) for run in runs] == [(4, False, 4), (4, False, 8), (2, True, 10)]
    assert read(runs[-1]) == numbers(10)
    assert len(fake.asked) == 10


@pytest.mark.parametrize("at", range(1, 9))
def test_stopped_at_any_request_it_goes_on_without_asking_again(go: Go, at: int) -> None:
    fake = Fake(Catalogue(numbers(8)).routes)
    fake.fail_at = {at}

    with pytest.raises(FetchError, match="no connection"):
        go(fake)
    walked = go(fake)

    assert (walked.complete, read(walked)) == (True, numbers(8))
    assert len(fake.asked) == 8 + 1


@pytest.mark.parametrize("at", range(1, 7))
@pytest.mark.parametrize("where", ["save_body", "add"])
def test_stopped_inside_the_write_it_asks_for_that_page_again(
    go: Go, monkeypatch: pytest.MonkeyPatch, where: str, at: int
) -> None:
    fake, real, calls = Fake(Catalogue(numbers(6)).routes), getattr(pages, where), []

    def breaks(*args: object) -> None:
        calls.append(args)
        if len(calls) == at:
            raise KeyboardInterrupt
        real(*args)

    monkeypatch.setattr(pages, where, breaks)
    with pytest.raises(KeyboardInterrupt):
        go(fake)
    walked = go(fake)

    assert (walked.complete, read(walked), walked.kept) == (True, numbers(6), 6)
    assert len(fake.asked) == 6 + 1


def test_a_body_is_looked_for_while_retention_cannot_delete_it(
    go: Go, db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    in_transaction, real = [], pages.save_body

    def saves(folder: Path, page: Page) -> None:
        in_transaction.append(db.conn.in_transaction)
        real(folder, page)

    monkeypatch.setattr(pages, "save_body", saves)
    go(Fake(Catalogue(numbers(3)).routes))

    assert in_transaction == [True] * 3


@pytest.mark.parametrize(("days", "asked"), [(6, 10), (8, 14)])
def test_a_crawl_that_stood_still_for_a_week_starts_anew(go: Go, days: int, asked: int) -> None:
    fake = Fake(Catalogue(numbers(10)).routes)
    go(fake, limit=4)

    fake.now += timedelta(days=days)
    walked = go(fake)

    assert (walked.complete, read(walked), len(fake.asked)) == (True, numbers(10), asked)


def test_another_start_address_is_another_crawl(go: Go) -> None:
    fake = Fake(Catalogue(numbers(4)).routes)
    go(fake, limit=2)

    walked = go(fake, source=Source(name="catalogue", kind="heritage", url=HOST + START + "&Bool=AND"))

    assert (walked.complete, read(walked), len(fake.asked)) == (True, numbers(4), 6)


class TestSessions:
    """What an ended session costs, and that it costs no more."""

    @pytest.mark.parametrize("gone", [200, 404, 500])
    @pytest.mark.parametrize(("kept", "more"), [(1, 2), (2, 3), (7, 3), (9, 3)])
    def test_a_new_one_goes_on_from_the_page_before(self, go: Go, gone: int, kept: int, more: int) -> None:
        catalogue = Catalogue(numbers(10))
        catalogue.gone = gone
        fake = Fake(catalogue.routes)
        go(fake, limit=kept)

        catalogue.expire()
        walked = go(fake)

        assert (walked.complete, walked.problems, walked.renewed) == (True, (), 1)
        assert read(walked) == numbers(10)
        assert len(fake.asked) == 10 + more  # the dead address, the start, and the page before unless it is the start
        assert (catalogue.dead, catalogue.sessions) == (1, 2)

    def test_many_may_end(self, go: Go) -> None:
        catalogue = Catalogue(numbers(10))
        fake = Fake(catalogue.routes)

        for _ in range(9):
            catalogue.expire()
            go(fake, limit=1)
        catalogue.expire()
        walked = go(fake)

        assert (walked.complete, read(walked)) == (True, numbers(10))
        assert len(fake.asked) == 10 + 2 + 8 * 3

    def test_without_a_way_back_it_walks_again_from_the_start_and_says_so(self, go: Go, db: Database) -> None:
        catalogue = Catalogue(numbers(10))
        catalogue.keyed = False
        fake = Fake(catalogue.routes)
        go(fake, limit=6)

        catalogue.expire()
        walked = go(fake)

        assert (walked.complete, read(walked)) == (True, numbers(10))
        assert rows(db)["pages"] == 10
        assert walked.problems == ("page 7: the session had ended; walks again from the start, a request a page",)
        assert len(fake.asked) == 6 + 2 + 10  # read; dead and the page before; from the start

    def test_a_walk_from_the_start_goes_on_too(self, go: Go) -> None:
        catalogue = Catalogue(numbers(10))
        catalogue.keyed = False
        fake = Fake(catalogue.routes)
        go(fake, limit=6)
        catalogue.expire()
        go(fake, limit=3)

        walked = go(fake)

        assert (walked.complete, walked.problems, read(walked)) == (True, (), numbers(10))
        assert len(fake.asked) == 6 + 2 + 10

    def test_records_added_before_are_no_gap_in_what_is_read(self, go: Go) -> None:
        catalogue = Catalogue(numbers(10))
        fake = Fake(catalogue.routes)
        go(fake, limit=6)

        catalogue.records[:0] = numbers(2, first=90)
        catalogue.expire()
        walked = go(fake)

        assert read(walked) == numbers(10)  # those added are for the next crawl
        assert (walked.ended, walked.complete) == (True, False)  # so absence means nothing
        assert walked.problems == ("page 7: the order had changed meanwhile",)

    def test_a_record_taken_away_before_leaves_no_other_out(self, go: Go) -> None:
        catalogue = Catalogue(numbers(10))
        fake = Fake(catalogue.routes)
        go(fake, limit=6)

        del catalogue.records[2]
        catalogue.expire()
        walked = go(fake)

        assert sorted(read(walked)) == numbers(10)
        assert walked.ended

    def test_one_that_ends_at_once_stops_the_walk_for_now(self, go: Go) -> None:
        catalogue = Catalogue(numbers(10))
        fake = Fake(catalogue.routes)
        go(fake, limit=6)
        catalogue.expire()
        routes = dict(catalogue.routes)
        fake.routes = routes | {path: dying(catalogue, route) for path, route in routes.items()}

        stopped = go(fake)
        fake.routes = routes
        walked = go(fake)

        assert (stopped.ended, stopped.kept) == (False, 6)
        assert stopped.problems[-1].startswith("page 7 is no record: ")
        assert (walked.complete, read(walked)) == (True, numbers(10))


def dying(catalogue: Catalogue, route: Route) -> Route:
    """A route after which the session is over."""

    def answer(request: Request) -> Answer:
        found = route(request)
        catalogue.expire()
        assert isinstance(found, Answer)
        return found

    return answer


def last_reasons(db: Database) -> list[str] | None:
    """Why the page kept last was quarantined; None when it was good."""
    row = db.execute("SELECT quarantine_reasons FROM pages ORDER BY id DESC LIMIT 1").fetchone()
    return json.loads(row[0]) if row[0] else None


class TestBadPages:
    """A page that is no record in the middle, at the start, at the end."""

    def test_it_stops_there_in_words_and_goes_on_when_it_is_mended(self, go: Go, db: Database) -> None:
        catalogue = Catalogue(numbers(10))
        catalogue.broken[6] = "<h1>Server error</h1>"
        fake = Fake(catalogue.routes)

        stopped = go(fake)
        catalogue.broken.clear()
        walked = go(fake)

        assert (stopped.ended, stopped.complete, stopped.kept) == (False, False, 5)
        (problem,) = stopped.problems
        assert problem.startswith("page 6 is no record: ")
        assert "it looks like an error page" in problem
        assert catalogue.asked[6] == 3  # in the old session, in a new one, mended
        assert (walked.complete, walked.problems, read(walked)) == (True, (), numbers(10))
        assert last_reasons(db) is None  # the last page was good again

    def test_the_bad_page_is_kept_with_its_reason(self, go: Go, db: Database) -> None:
        catalogue = Catalogue(numbers(4))
        catalogue.broken[3] = "<h1>Server error</h1>"

        walked = go(Fake(catalogue.routes))

        assert tuple(last_reasons(db) or ()) == walked.problems

    def test_a_start_that_is_no_record_ends_nothing(self, go: Go) -> None:
        catalogue = Catalogue(numbers(4))
        catalogue.broken[1] = "<p>No results.</p>"

        walked = go(fake := Fake(catalogue.routes))

        assert (walked.ended, walked.kept, len(fake.asked)) == (False, 0, 1)
        assert walked.problems[0].startswith("page 1 is no record: ")

    def test_a_start_that_is_gone_is_an_error(self, go: Go) -> None:
        with pytest.raises(FetchError, match="answered 404"):
            go(Fake({}))

    def test_a_page_cut_short_is_no_record(self, go: Go) -> None:
        def cut(_: Request) -> Answer:
            return Answer(200, f"<html><body>{record('C1001')}".encode())

        walked = go(Fake({START.partition("?")[0]: cut}))

        assert (walked.kept, walked.problems) == (0, ("page 1 is no record: the page is cut off before its end",))

    def test_a_body_that_is_lost_says_what_to_do(self, go: Go, tmp_path: Path) -> None:
        walked = go(Fake(Catalogue(numbers(2)).routes))
        for file in (tmp_path / "pages").rglob("*.gz"):
            file.unlink()

        with pytest.raises(StoreError, match="read the source again"):
            list(walked.pages)


class TestLoops:
    """A crawl never runs in circles."""

    def test_a_page_that_leads_back_ends_it_incomplete(self, go: Go, db: Database) -> None:
        catalogue = Catalogue(numbers(5))
        catalogue.broken[5] = record("C1005") + following("retrieve2?" + catalogue_address(3))
        walked = go(fake := Fake(catalogue.routes))

        again = go(fake)

        assert (walked.ended, walked.complete, read(walked)) == (True, False, numbers(5))
        assert "page 5 leads back to pages already read" in walked.problems[0]
        assert (again.problems, again.complete, len(fake.asked)) == (walked.problems, False, 5)

    def test_the_same_pages_under_ever_new_addresses_end_it_too(self, go: Go) -> None:
        catalogue = Catalogue(numbers(5))

        def last(request: Request) -> Answer:
            return Answer(200, f"{record('C1005')}{following(f'last?{len(fake.asked)}')}".encode())

        catalogue.broken[5] = record("C1005") + following("last?0")
        fake = Fake(catalogue.routes | {"/HeritageScripts/Hapi.dll/last": last})

        walked = go(fake)

        assert (walked.ended, walked.complete, read(walked)) == (True, False, numbers(5))
        assert len(fake.asked) == 5 + 5 + REORDER_WINDOW + 1

    def test_a_number_met_twice_counts_once(self, go: Go, db: Database) -> None:
        walked = go(Fake(Catalogue(["C1001", "C1002", "C1001", "C1003"]).routes))

        assert (walked.complete, walked.read) == (True, 4)
        assert read(walked) == ["C1001", "C1002", "C1003"]


def catalogue_address(number: int) -> str:
    """The query of a page in the first session."""
    return f"SetID=8A7B2C01-1111-4222-8333-944455556666&searchterm=*&Media=SCR&Offset={number}&Dispfmt=F"


class TestSeveralAddressesAPage:
    """A source whose lists lead to reports and to the next list."""

    LISTS = Adapter(
        parse=lambda page, source: (
            load_adapter("heritage").parse(page, source) if b"fulllabel" in page.body else PageReading()
        ),
        follow=lambda page: tuple(HOST + path for path in page.header("leads-to").split()),
    )

    def fake(self, *missing: str) -> Fake:
        leads = {"/1": "/a /b /2", "/2": "/c /b /d"}
        fake = Fake({})

        def get(url: str, *, hosts: Collection[str] = ()) -> Page:
            fake.asked.append(url)
            path = url.removeprefix(HOST)
            if path in missing:
                raise FetchError("answered 404", url)
            body = "" if path in leads else record(f"C100{ord(path[1])}")
            headers = (("leads-to", leads.get(path, "")),)
            return Page(url, url, 200, headers, f"<p>{path}</p>{body}".encode(), NOW)

        fake.get = get  # type: ignore[method-assign]  # a site of two lists and four reports
        return fake

    def test_each_is_read_once_reports_before_the_next_list(self, go: Go) -> None:
        source = Source(name="lists", kind="heritage", url=f"{HOST}/1")

        walked = go(fake := self.fake(), source=source, kind=self.LISTS)

        assert (walked.complete, len(read(walked))) == (True, 4)
        assert "".join(url[-1] for url in fake.asked) == "1ab2cd"

    @pytest.mark.parametrize("gone", ["/a", "/b", "/c"])
    def test_one_that_is_gone_is_left_out_and_said(self, go: Go, gone: str) -> None:
        source = Source(name="lists", kind="heritage", url=f"{HOST}/1")

        walked = go(self.fake(gone), source=source, kind=self.LISTS)

        assert (walked.ended, walked.complete, len(read(walked))) == (True, False, 3)
        assert walked.problems == (f"{HOST}{gone} is left out: answered 404: {HOST}{gone}",)

    @pytest.mark.parametrize(("gone", "found"), [("/2", 2), ("/d", 3)])
    def test_the_last_is_tried_in_another_run_before_it_is_left_out(self, go: Go, gone: str, found: int) -> None:
        source = Source(name="lists", kind="heritage", url=f"{HOST}/1")

        stopped = go(self.fake(gone), source=source, kind=self.LISTS)
        walked = go(self.fake(gone), source=source, kind=self.LISTS)

        assert (stopped.ended, stopped.problems[0].partition(" is no record")[0]) == (False, f"page {stopped.kept + 1}")
        assert (walked.ended, walked.complete, len(read(walked))) == (True, False, found)

    def test_a_list_that_is_back_is_gone_on_with(self, go: Go) -> None:
        source = Source(name="lists", kind="heritage", url=f"{HOST}/1")
        go(self.fake("/2"), source=source, kind=self.LISTS)

        walked = go(self.fake(), source=source, kind=self.LISTS)

        assert (walked.complete, len(read(walked))) == (True, 4)


@pytest.mark.parametrize(
    ("address", "old", "new", "expected"),
    [
        ("http://a/r?S=1&n=9", "http://a/r?S=1&n=2", "http://a/r?S=7&n=2", "http://a/r?S=7&n=9"),
        ("http://a/r?S=1&n=9&x=", "http://a/r?S=1&n=2&x=", "http://a/r?S=7&n=2&x=", "http://a/r?S=7&n=9&x="),
        ("http://a/r?n=9", "http://a/r?n=2", "http://a/r?n=2", "http://a/r?n=9"),
        ("http://a/r?n=9&q=%2A", "http://a/r?n=2&q=%2A", "", "http://a/r?n=9&q=%2A"),
    ],
)
def test_an_address_moves_into_a_new_session(address: str, old: str, new: str, expected: str) -> None:
    assert rewrite_session(address, old, new) == expected


def crawl(folder: str, url: str) -> None:
    """What a run does, in a process of its own: told on stdout when it ends."""
    rules = FetchRules("casereviews-test", spacing=0.0, retries=0, read_timeout=HANG)
    source, kind = Source(name="catalogue", kind="heritage", url=url), load_adapter("heritage")
    db = connect(Path(folder) / "casereviews.db")
    with Fetcher(rules, now=lambda: datetime.now(UTC), clock=time.monotonic, sleep=time.sleep) as fetcher:
        walked = crawl_source(db, Path(folder) / "pages", source, kind, fetcher, datetime.now(UTC))
    found = [review.catalogue for page in walked.pages for review in kind.parse(page, source.name).reviews]
    print(json.dumps({"found": found, "complete": walked.complete, "read": walked.read, "asked": fetcher.requests}))
    db.close()


class TestKilled:
    """A real server, real processes, SIGKILL."""

    pytestmark = loopback

    def start(self, folder: Path, site: Site) -> "subprocess.Popen[str]":
        run = "import sys; from tests.services.collect.test_crawl import crawl; crawl(*sys.argv[1:])"
        command = [sys.executable, "-c", run, str(folder), site.url(START)]
        return Popen(command, stdout=subprocess.PIPE, text=True)

    def wait_for(self, process: "subprocess.Popen[str]", catalogue: Catalogue, records: int) -> None:
        until(lambda: process.poll() is not None or len(catalogue.asked) >= records)
        assert process.poll() is None

    def test_400_records_killed_at_three_places_end_complete_with_no_record_twice(self, tmp_path: Path) -> None:
        create(tmp_path / "casereviews.db").close()
        catalogue = Catalogue(numbers(400), hold=(51, 202, 353))
        with Site(catalogue.routes) as site:
            for kept, session_lives in ((50, True), (201, False), (352, False)):
                process = self.start(tmp_path, site)
                assert catalogue.held.wait(HANG)
                process.kill()
                process.communicate()
                catalogue.held.clear()
                with connect(tmp_path / "casereviews.db") as db:
                    assert rows(db)["crawl_steps"] == kept
                if not session_lives:
                    catalogue.expire()
            process = self.start(tmp_path, site)
            said, _ = process.communicate(timeout=HANG)
            asked = site.paths()

        run = json.loads(said)
        assert run["complete"]
        assert run["found"] == numbers(400)
        renewed, killed, runs = 2, 3, 4
        assert len(asked) == 400 + killed + 3 * renewed + runs  # in flight when killed; each session; robots.txt
        assert asked.count("/robots.txt") == runs
        assert catalogue.dead == renewed
        twice = {number: times for number, times in catalogue.asked.items() if times > 1}
        assert twice == {1: 1 + renewed, 51: 2, 201: 2, 202: 2, 352: 2, 353: 2}
        assert run["asked"] == 400 - 352 + 3 + 1

    def test_killed_at_no_chosen_place_it_still_ends_complete(self, tmp_path: Path) -> None:
        create(tmp_path / "casereviews.db").close()
        catalogue = Catalogue(numbers(60))
        with Site(catalogue.routes) as site:
            for kept in (5, 17, 31, 44):
                process = self.start(tmp_path, site)
                self.wait_for(process, catalogue, kept)
                process.kill()
                process.communicate()
            said, _ = self.start(tmp_path, site).communicate(timeout=HANG)

        run = json.loads(said)
        assert (run["complete"], run["found"]) == (True, numbers(60))
        assert 60 <= sum(catalogue.asked.values()) <= 60 + 4
