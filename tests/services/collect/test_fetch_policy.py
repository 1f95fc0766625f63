"""Who asks, how long a run may take, what a site says of its new address."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from email import message_from_bytes
from pathlib import Path

import pytest

from app.runtime.side_effects import system_effects
from core.config.schema import FetchSettings, MailSettings, Settings, Source
from core.source_records import Run
from db.collection import pages, runs
from db.schema.connect import Database, create
from services.collect.fetch_policy import contact_address, fetch_rules
from services.collect.read_request import ReadRequest
from services.collect.scrape_sources import scrape_sources
from services.collect.sources_due import sources_due
from services.operator.scrape_alerts import alert_after_scrape
from tests.support.loopback_site import Answer, Request, Site
from tests.support.timed_installation import Listing

LISTING = Listing([(2026, name) for name in ("Child A", "Child B", "Child C")])


@pytest.mark.parametrize(
    ("given", "contact", "words"),
    [
        ({}, "", ""),
        ({"operator": "ops@localhost"}, "", ""),
        ({"operator": "ops@example.org"}, "ops@example.org", " (contact: ops@example.org)"),
        (
            {"fetch": FetchSettings(contact="web@example.org"), "operator": "ops@example.org"},
            "web@example.org",
            " (contact: web@example.org)",
        ),
        (
            {"mail": MailSettings(sender="News <news@example.org>"), "base_url": "https://news.example.org"},
            "News <news@example.org>",
            " (+https://news.example.org; contact: News <news@example.org>)",
        ),
        ({"base_url": "http://192.168.0.7:8765"}, "", ""),
        ({"base_url": "http://newsbox"}, "", ""),
        ({"base_url": "http://[::1]:8765", "operator": "me@newsbox.local"}, "", ""),
    ],
)
def test_a_site_is_told_who_asks_and_never_of_localhost(given: dict[str, object], contact: str, words: str) -> None:
    settings = Settings(**given)

    assert contact_address(settings) == contact
    assert fetch_rules(settings).user_agent.partition("/")[2].partition(" ")[2] == words.strip()
    assert "localhost" not in fetch_rules(settings).user_agent


@pytest.mark.parametrize(("spacing", "pause"), [(1.0, 5.0), (0.0, 0.0)])
def test_a_walk_pauses_five_seconds_unless_no_pause_is_wanted(spacing: float, pause: float) -> None:
    assert fetch_rules(Settings(fetch=FetchSettings(spacing=spacing))).walk_spacing == pause


@dataclass
class Clock:
    """A clock that only a site moves."""

    at: float = 0.0
    sleeps: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.at


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with closing(create(tmp_path / "data" / "casereviews.db")) as opened:
        yield opened


def source(name: str, url: str) -> Source:
    return Source(name=name, url=url)


def scrape(settings: Settings, db: Database, clock: Clock, minutes: int = 0) -> list[Run]:
    effects = system_effects(clock=clock, sleep=clock.sleeps.append)
    return scrape_sources(effects, settings, db, sources_due(settings, db, effects.now()), ReadRequest(minutes=minutes))


@pytest.mark.loopback
@pytest.mark.enable_socket
def test_sources_for_which_no_time_was_left_are_read_by_the_next_run(tmp_path: Path, db: Database) -> None:
    clock = Clock()

    def slow(request: Request) -> Answer:
        clock.at += 400
        return LISTING(request)

    with Site({"/a": slow, "/b": slow, "/c": slow}) as site:
        sources = tuple(source(name, site.url(f"/{name}")) for name in "abc")
        settings = Settings(data_dir=tmp_path / "data", sources=sources, fetch=FetchSettings(spacing=0))
        first = scrape(settings, db, clock, minutes=10)
        second = scrape(settings, db, clock, minutes=10)

    assert [run.source for run in first] == ["a", "b"]
    assert [run.source for run in second] == ["c"]
    assert all(run.seen == 3 and not run.failed for run in (*first, *second))


@pytest.mark.loopback
@pytest.mark.enable_socket
def test_an_address_that_moved_for_good_is_told_once(tmp_path: Path, db: Database) -> None:
    with Site({"/new": LISTING, "/old": lambda _: Answer(308, b"", {"Location": "/new"})}) as site:
        settings = Settings(
            data_dir=tmp_path / "data",
            operator="ops@example.org",
            sources=(source("nspcc", site.url("/old")),),
            fetch=FetchSettings(spacing=0),
        )
        effects = system_effects()
        for _ in range(2):
            done = scrape_sources(effects, settings, db, settings.sources)
            alert_after_scrape(effects, settings, db, done)
        words = f"its address has moved for good to {site.url('/new')}: set its url to that in casereviews.toml"

    mails = [message_from_bytes(file.read_bytes()) for file in (tmp_path / "data" / "outbox").rglob("*.eml")]
    assert [mail["Subject"] for mail in mails] == ["casereviews: nspcc has moved"]
    assert done[0].problems == (words,)
    assert (done[0].quarantined, runs.latest(db, "nspcc", good=True) is not None) == (0, True)


@pytest.mark.loopback
@pytest.mark.enable_socket
def test_an_address_that_moved_for_now_is_no_news(tmp_path: Path, db: Database) -> None:
    with Site({"/new": LISTING, "/old": lambda _: Answer(302, b"", {"Location": "/new"})}) as site:
        settings = Settings(
            data_dir=tmp_path / "data", sources=(source("nspcc", site.url("/old")),), fetch=FetchSettings(spacing=0)
        )
        (run,) = scrape_sources(system_effects(), settings, db, settings.sources)

    assert (run.problems, run.moved_to) == ((), "")


@pytest.mark.loopback
@pytest.mark.enable_socket
def test_pages_that_differ_in_obfuscated_addresses_alone_are_kept_once_and_no_change(
    tmp_path: Path, db: Database
) -> None:
    keys = iter(range(1, 9))

    def anew(request: Request) -> Answer:
        key = next(keys)
        digits = bytes([key, *(letter ^ key for letter in b"lscp@example.org")]).hex()
        page = LISTING(request)
        assert isinstance(page.body, bytes)
        mail = f'<p>Ask <a href="/cdn-cgi/l/email-protection#{digits}">us</a></p></body>'
        return Answer(200, page.body.replace(b"</body>", mail.encode()))

    with Site({"/list": anew}) as site:
        settings = Settings(
            data_dir=tmp_path / "data", sources=(source("nspcc", site.url("/list")),), fetch=FetchSettings(spacing=0)
        )
        done = [scrape_sources(system_effects(), settings, db, settings.sources)[0] for _ in range(3)]

    assert [(run.new, run.changed, run.unchanged) for run in done] == [(3, 0, 0), (0, 0, 3), (0, 0, 3)]
    assert len(list((tmp_path / "data" / "pages").rglob("*.gz"))) == 1
    assert b"mailto:" not in pages.read_last(db, tmp_path / "data" / "pages", "nspcc").body  # as it came
