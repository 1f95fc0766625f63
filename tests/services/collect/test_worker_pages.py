"""Pages of a walk read by workers: real Redis, a real worker that is killed and another that goes on, at one pace."""

from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from threading import Thread

import pytest

from app.runtime.side_effects import system_effects
from core.config.load import load
from core.errors import FetchError, RobotsRefused
from core.records import Page, Robots
from db.collection import crawls
from db.schema.connect import create
from scraper.fetch import FetchRules, RunTimeUsed, SiteBusy
from scraper.fetch.rules import RequestFailed
from services.collect.page_codec import (
    PageAnswer,
    PageRequest,
    decode_answer,
    decode_request,
    encode_answer,
    encode_request,
)
from services.collect.scrape_sources import scrape_sources
from tests.support.catalogue_site import START, Catalogue, numbers
from tests.support.cluster import Broker, Worker
from tests.support.installation import rows
from tests.support.loopback_site import Answer, Site
from tests.support.waiting import HANG

PAGES, DELAY = 5, 0.6  # seconds from answer to request, as robots.txt wants it
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
ROBOTS = Robots("https://example.org", 200, "User-agent: *\n", NOW)


@contextmanager
def relay_race(catalogue: Catalogue, first: Worker, second: Worker) -> Iterator[None]:
    """Once a page is held back, the worker that asked for it dies, and another starts."""

    def run() -> None:
        catalogue.held.wait(HANG)
        first.kill()
        second.start()

    thread = Thread(target=run)
    thread.start()
    try:
        yield
    finally:
        catalogue.held.set()
        thread.join()
        second.kill()


@pytest.mark.loopback
@pytest.mark.enable_socket
def test_a_walk_begun_by_one_worker_is_ended_by_another_at_the_pace_of_robots_txt(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    catalogue = Catalogue(numbers(PAGES), hold={3})
    catalogue.routes["/robots.txt"] = lambda _: Answer(200, f"User-agent: *\nCrawl-delay: {DELAY}\n".encode())
    with Site(catalogue.routes) as site, Broker(tmp_path) as broker:
        source = f'[[sources]]\nname = "catalogue"\nkind = "heritage"\nurl = "{site.url(START)}"\n'
        more = f'[fetch]\nwalk_spacing = 0.1\n[cluster]\nbroker = "{broker.address}"\n'
        Path("casereviews.toml").write_text(source + more, "utf-8")
        settings = load(Path("casereviews.toml"))
        settings.data_dir.mkdir()
        with (
            Worker(tmp_path, 1, 1) as first,
            closing(create(settings.database)) as db,
            relay_race(catalogue, first, Worker(tmp_path, 2, 1)),
        ):
            (run,) = scrape_sources(system_effects(), settings, db, settings.sources)

            assert not first.alive
            assert (run.new, run.failed, run.problems, run.pages) == (PAGES, False, (), PAGES)
            assert run.requests == PAGES + 1  # robots.txt; what died with its worker, nobody counts
            assert (rows(db)["reviews"], crawls.get(db, "catalogue")) == (PAGES, None)
        assert [catalogue.asked[number] for number in range(1, PAGES + 1)] == [1, 1, 2, 1, 1]
        assert site.paths().count("/robots.txt") == 1
        gaps = [later.at - earlier.at for earlier, later in pairwise(site.requests)]
        assert min(gaps) >= 0.99 * DELAY
    assert b"read_page" in broker.kept() and b"Serious case review" not in broker.kept()


def test_page_that_is_wanted_comes_to_a_worker_as_it_was() -> None:
    request = PageRequest(FetchRules("us"), "https://example.org/", ("www.example.org",), '"1"', "today", (ROBOTS,))

    assert decode_request(encode_request(request)) == request


def test_page_comes_back_as_it_was() -> None:
    page = Page("a", "b", 200, (("etag", '"1"'), ("etag", "2")), bytes(range(256)), NOW, "c")
    answer = PageAnswer(page, 2, 300, (ROBOTS,))

    assert decode_answer(encode_answer(answer)) == answer


@pytest.mark.parametrize("kind", [FetchError, RobotsRefused, SiteBusy, RunTimeUsed])
def test_failure_comes_back_as_its_kind(kind: type[FetchError]) -> None:
    error = kind("answered 503", "https://example.org/", "Wait.")
    if isinstance(error, SiteBusy):
        error.retry_at = NOW

    found = decode_answer(encode_answer(PageAnswer(error, 1, 0, ()))).found

    assert type(found) is kind
    assert (str(found), getattr(found, "retry_at", None)) == (str(error), getattr(error, "retry_at", None))


def test_failure_of_a_kind_that_only_a_fetcher_knows_comes_back_as_any() -> None:
    found = decode_answer(encode_answer(PageAnswer(RequestFailed("no answer", "x", timed_out=True), 1, 0, ()))).found

    assert (type(found), str(found)) == (FetchError, str(RequestFailed("no answer", "x")))
