"""One read of one source: fetch or open, doubt, compare, store."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from app.world import World
from core.errors import FetchError, HouseError
from core.records import Known, Page, Review, Run
from core.settings import Settings, Source
from db import pages, reviews, sources
from db.connect import Database, write
from scraper import health, ledger
from scraper.adapter import adapter
from scraper.fetch import Fetcher
from scraper.identity import heading_key, shown
from scraper.ledger import Decisions, Stored
from scraper.lines import GRAMMAR


@dataclass(frozen=True, slots=True)
class Asked:
    """How a person asked for a read."""

    file: Path | None = None  # read this saved page, not the network
    as_of: date | None = None  # the day of the read
    accept: bool = False  # take a read as good that would be quarantined
    dry: bool = False  # write nothing


@dataclass(frozen=True, slots=True)
class Reading:
    """A read at work: what it was asked, with what, and when."""

    world: World
    settings: Settings
    db: Database
    source: Source
    asked: Asked
    now: datetime  # UTC

    @property
    def today(self) -> date:
        """The local day of the read."""
        return self.now.astimezone(self.settings.zone).date()

    @property
    def folder(self) -> Path:
        """Where pages are kept."""
        return self.settings.data_dir / "pages"


def instant(world: World, settings: Settings, as_of: date | None) -> datetime:
    """The instant of a read: noon of the day it is set to."""
    return datetime.combine(as_of, time(12), settings.zone).astimezone(UTC) if as_of else world.now()


def read(reading: Reading, fetcher: Fetcher) -> Run:
    """Read one source. A page that is not believed changes nothing.

    Read from a file, such a page leaves no trace at all: the person who named it has it.
    """
    began, requests, received = reading.world.clock(), fetcher.requests, fetcher.bytes
    known = sources.known(reading.db, reading.source.name, reading.source.url)
    try:
        page = _page(reading, known, fetcher)
    except FetchError as e:  # one source down must not stop the others
        return _failed(reading, known, e, fetcher.requests - requests)
    run = Run(
        reading.source.name,
        reading.now,
        pages=1,
        bytes=fetcher.bytes - received,
        requests=fetcher.requests - requests,
        seconds=round(reading.world.clock() - began, 3),
    )
    if page.not_modified or (page.sha256 == known.sha256 and known.grammar == GRAMMAR):
        return _unchanged(reading, known, page, run)
    run, decisions = _judge(reading, page, run)
    run = replace(run, seconds=round(reading.world.clock() - began, 3))
    if reading.asked.dry:
        return run
    return _store(reading, known, page, run, decisions)


def _page(reading: Reading, known: Known, fetcher: Fetcher) -> Page:
    """The page, from the file or the address; conditional unless a full read is due."""
    source, file = reading.source, reading.asked.file
    if file:
        try:
            body = file.read_bytes()
        except OSError as e:
            raise HouseError("cannot read the file", f"{file}: {e.strerror}", "Name a saved page.") from e
        return Page(source.url, source.url, 200, (), body, reading.now)
    if known.not_before and reading.now < known.not_before:
        until = known.not_before.astimezone(reading.settings.zone)
        raise FetchError("not asked", f"{source.url} told us to stay away until {until:%d %B %Y %H:%M}")
    trusted = known.read_at and reading.now - known.read_at < timedelta(days=reading.settings.fetch.full_read_days)
    if not trusted or known.grammar != GRAMMAR:
        return fetcher.get(source.url, hosts=source.hosts)
    return fetcher.get(source.url, hosts=source.hosts, etag=known.etag, last_modified=known.last_modified)


def _failed(reading: Reading, known: Known, error: FetchError, requests: int) -> Run:
    run = Run(reading.source.name, reading.now, requests=requests, failed=True, problems=(str(error),))
    retry_at = getattr(error, "retry_at", None)
    if not reading.asked.dry:
        with write(reading.db):
            sources.add_run(reading.db, run)
            if retry_at:
                sources.keep(reading.db, replace(known, not_before=retry_at))
    return run


def _unchanged(reading: Reading, known: Known, page: Page, run: Run) -> Run:
    """Nothing to parse. What was missing before today is now withdrawn all the same: this was a healthy read."""
    db, source = reading.db, reading.source.name
    count = reviews.count_shown(db, source)
    run = replace(run, seen=count, unchanged=count, not_modified=int(page.not_modified))
    if reading.asked.dry:
        return run
    with write(db):
        withdrawn = reviews.long_missing(db, source, reading.today)
        reviews.set_status(db, withdrawn, "withdrawn")
        if not page.not_modified:
            sources.keep(db, _renewed(known, page, reading.now))
            pages.add(db, source, page)
        sources.add_run(db, run)
    return run


def _judge(reading: Reading, page: Page, run: Run) -> tuple[Run, Decisions]:
    """Read the page, doubt it, and compare it with what is held."""
    problems = health.page_complaints(page)
    found: tuple[Review, ...] = ()
    stored: list[Stored] = []
    if not problems:
        found = adapter(reading.source.kind).parse(page, reading.source.name)
        stored = _held(reading, found)
        showing = [s.review for s in stored if s.sighting and not s.sighting.ended and not s.sighting.missing_since]
        problems = health.complaints(page, found, reading.today, showing)
    if problems and not (reading.asked.accept and found):
        return replace(run, seen=len(found), quarantined=1, problems=tuple(problems)), Decisions()
    decisions = ledger.decide(stored, found, reading.today, reading.source.lists_all)
    return replace(
        run,
        seen=len(found),
        new=len(decisions.new),
        changed=len(decisions.changed),
        missing=len(decisions.missing),
        unchanged=decisions.unchanged,
        problems=tuple(problems),
    ), decisions


def _held(reading: Reading, found: Sequence[Review]) -> list[Stored]:
    held = reviews.candidates(
        reading.db,
        reading.source.name,
        [review.catalogue for review in found if review.catalogue],
        [review.fingerprint for review in found],
        [heading_key(review) for review in found],
    )
    return [Stored(review, sighting) for review, sighting in held]


def _store(reading: Reading, known: Known, page: Page, run: Run, decisions: Decisions) -> Run:
    """Write what was decided, all of it or none. A bad page from the network is kept with its reasons."""
    db, source = reading.db, reading.source.name
    if run.quarantined and reading.asked.file:
        return run
    pages.keep_body(reading.folder, page)
    with write(db):
        pages.add(db, source, page, list(run.problems) if run.quarantined else None)
        if not run.quarantined:
            _store_reviews(reading, decisions, baseline=not sources.has_baseline(db, source))
            sources.keep(db, _renewed(known, page, reading.now))
        sources.add_run(db, run)
    return run


def _store_reviews(reading: Reading, decisions: Decisions, baseline: bool) -> None:
    db, source, now = reading.db, reading.source.name, reading.now
    for review in decisions.new:
        added = reviews.add(db, replace(review, baseline=baseline, first_seen=now), heading_key(review), now)
        reviews.sight(db, source, [(added.id, shown(review))], now)
    for review, changes in decisions.changed:
        reviews.change(db, review, changes, heading_key(review), now)
    reviews.set_status(db, [review.id for review in decisions.returned], "current")
    reviews.sight(db, source, [(review.id, print_) for review, print_ in decisions.sighted], now)
    reviews.miss(db, source, [review.id for review in decisions.missing], reading.today)
    reviews.end(db, source, decisions.ended)
    for gone, status in ((decisions.missing, "missing"), (decisions.withdrawn, "withdrawn")):
        ids = {review.id for review in gone}
        reviews.set_status(db, ids - reviews.shown_elsewhere(db, source, ids), status)


def _renewed(known: Known, page: Page, now: datetime) -> Known:
    """What to hold of an address after a full read that was good."""
    return replace(
        known,
        etag=page.header("etag"),
        last_modified=page.header("last-modified"),
        sha256=page.sha256,
        grammar=GRAMMAR,
        read_at=now,
        baseline_at=known.baseline_at or now,
        not_before=None,
    )
