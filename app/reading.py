"""One read of one source: fetch or open, doubt, compare, store."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from app.world import World
from core.errors import FetchError, HouseError, PageError
from core.records import Known, Page, Review, Run
from core.settings import Settings, Source
from db import events, pages, reviews, sources
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
    baseline: bool | None = None  # take what is new as known already, or as news; None: by the source's history
    limit: int = 0  # pages of a catalogue to read this time; 0: all


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
    run, decisions = _judge(reading, known, page, run)
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
    last = sources.last_run(reading.db, source.name)
    if reading.asked.accept and last and last.quarantined:
        kept = pages.last(reading.db, reading.folder, source.name)
        return replace(kept, fetched_at=reading.now)  # the very page that a person looked at, not what is there now
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
        _withdraw(reading, reviews.long_missing(db, source, reading.today))
        if not page.not_modified:
            sources.keep(db, _renewed(known, page, reading.now))
            pages.add(db, source, page)
        sources.add_run(db, run)
    return run


def _judge(reading: Reading, known: Known, page: Page, run: Run) -> tuple[Run, Decisions]:
    """Read the page, doubt it, and compare it with what is held."""
    limits = limits_of(reading.source)
    problems = health.page_complaints(page, limits)
    found: tuple[Review, ...] = ()
    decisions = Decisions()
    if not problems:
        try:
            found = adapter(reading.source.kind).parse(page, reading.source.name)
        except PageError as e:
            problems = [str(e)]
    if found:
        stored = _held(reading, found)
        years = {review.year for review in found}
        before = [s.review for s in stored if s.sighting and not s.sighting.ended and not s.sighting.missing_since]
        problems = health.complaints(page, found, reading.today, before, limits)
        lists_all = reading.source.lists_all and adapter(reading.source.kind).lists_all
        decisions = ledger.decide(stored, found, reading.today, lists_all)
        if known.grammar in (0, GRAMMAR):  # else the reading changed, not the page
            problems += health.change_complaints(decisions, sum(review.year in years for review in before))
    elif not problems:
        problems = health.complaints(page, found, reading.today)
    run = replace(run, seen=len(found), problems=tuple(problems))
    if problems and not (reading.asked.accept and found):
        return replace(run, quarantined=1), Decisions()
    new, changed, missing = len(decisions.new), len(decisions.changed), len(decisions.missing)
    return replace(run, new=new, changed=changed, missing=missing, unchanged=decisions.unchanged), decisions


def limits_of(source: Source) -> health.Limits:
    """What a source must keep to, from its kind and its configuration."""
    kind = adapter(source.kind)
    return health.Limits(source.fewest, source.fewest_text, kind.needs, kind.media)


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
            asked = reading.asked.baseline
            _store_reviews(reading, decisions, not sources.has_baseline(db, source) if asked is None else asked)
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
    returned = [review.id for review in decisions.returned]
    reviews.set_status(db, returned, "current")
    events.add(db, returned, "returned", now)
    reviews.sight(db, source, [(review.id, print_) for review, print_ in decisions.sighted], now)
    missing = {review.id for review in decisions.missing}
    reviews.miss(db, source, missing, reading.today)
    reviews.end(db, source, decisions.ended)
    missing -= reviews.shown_elsewhere(db, source, missing)
    reviews.set_status(db, missing, "missing")
    events.add(db, missing, "missing", now, source)
    _withdraw(reading, [review.id for review in decisions.withdrawn])


def _withdraw(reading: Reading, ids: Sequence[int]) -> None:
    """The second healthy read without them, on another day: their collection no longer lists them."""
    gone = set(ids) - reviews.shown_elsewhere(reading.db, reading.source.name, ids)
    reviews.set_status(reading.db, gone, "withdrawn")
    events.add(reading.db, gone, "withdrawn", reading.now, reading.source.name)


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
