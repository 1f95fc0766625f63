"""Source read: fetch a page or open a file, validate, reconcile, store."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from core.dates import local_minute
from core.errors import FetchError, HouseError
from core.records import Page, Run, SourceCheckpoint
from db.collection import crawls, links, pages, review_events, reviews, runs, sightings, sources, takedowns
from db.schema.connect import Database, create, write_transaction
from scraper.adapter import load_adapter
from scraper.fetch import Fetcher, SiteBusy
from scraper.identity import heading_key, sighting_digest
from scraper.reconcile import Reconciliation
from scraper.text_lines import GRAMMAR_VERSION
from services.collect import crawl as collect_crawl
from services.collect.read_request import MAX_BACK_OFF, ReadContext, RunMeter, is_backing_off
from services.collect.validate_read import is_accepted, parse_page, validate_read

BASELINE_WINDOW = timedelta(days=7)  # how long another source's baseline may have hidden a review that is news here


def read_source(reading: ReadContext, fetcher: Fetcher) -> Run:
    """Read one source. A page that is not believed changes nothing.

    Read from a file, such a page leaves no trace at all: the person who named it has it.
    """
    began, requests, received = reading.effects.clock(), fetcher.requests, fetcher.bytes

    def measured(run: Run) -> Run:
        spent = round(reading.effects.clock() - began, 3)
        return replace(run, requests=fetcher.requests - requests, bytes=fetcher.bytes - received, seconds=spent)

    known = sources.get(reading.db, reading.source.name, reading.source.url)
    try:
        _respect_back_off(reading, known)
        if load_adapter(reading.source.kind).follow and not reading.asked.file:
            return _read_catalogue(reading, known, fetcher, measured)
        page = _obtain_page(reading, known, fetcher)
    except FetchError as e:  # one source down must not stop the others
        return _record_failure(reading, known, e, measured)
    run = Run(reading.source.name, reading.now, pages=1)
    if page.not_modified or (page.sha256 == known.sha256 and known.grammar == GRAMMAR_VERSION):
        return _record_unchanged(reading, known, page, measured(run))
    part = bool(load_adapter(reading.source.kind).follow)  # a page of many says nothing of what it does not list
    problems, found = parse_page(reading, page)
    run, decisions = validate_read(reading, known, page, problems, found, run, whole=not part)
    run = measured(run)
    if reading.asked.dry or (run.quarantined and reading.asked.file):
        return run
    pages.save_body(reading.folder, page)
    with write_transaction(reading.db):
        pages.add(reading.db, reading.source.name, page, list(run.problems) if run.quarantined else None)
        _store_read(reading, _update_known(known, page, reading.now, whole=not part), run, decisions)
    return run


def _read_catalogue(reading: ReadContext, known: SourceCheckpoint, fetcher: Fetcher, measured: RunMeter) -> Run:
    """Read a source of many pages, or go on where its reading stopped. What it holds is stored when it has ended.

    A dry run reads it into a folder that is thrown away. Raises FetchError; what was read by then is kept.
    """
    if reading.asked.dry:
        with TemporaryDirectory() as aside:
            other = create(Path(aside) / "casereviews.db")
            try:
                return _crawl_catalogue(reading, known, fetcher, measured, other, Path(aside))
            finally:
                other.close()
    return _crawl_catalogue(reading, known, fetcher, measured, reading.db, reading.folder)


def _crawl_catalogue(
    reading: ReadContext, known: SourceCheckpoint, fetcher: Fetcher, measured: RunMeter, db: Database, folder: Path
) -> Run:
    asked, source, kind = reading.asked, reading.source, load_adapter(reading.source.kind)
    verdict, crawl = runs.latest_verdict(db, source.name), crawls.get(db, source.name)
    if verdict and verdict.quarantined and crawl and not crawl.left and not asked.accept and not asked.dry:
        with write_transaction(db):
            crawls.finish(db, source.name)  # it was read to its end and not believed: look again
    walked = collect_crawl.crawl_source(db, folder, source, kind, fetcher, reading.now, asked.limit, asked.progress)
    run = Run(source.name, reading.now, pages=walked.read, problems=walked.problems)
    if not walked.ended:
        stopped = not asked.limit or walked.read < asked.limit
        run = measured(replace(run, quarantined=int(stopped), paused=not stopped))
        if not asked.dry:
            with write_transaction(db):
                runs.add(db, run)
        return run
    page, found = None, {}
    for page in walked.pages:
        found.update({review.key: review for review in kind.parse(page, source.name)})
    assert page is not None  # a walk that ended has read a page
    run, decisions = validate_read(reading, known, page, [], tuple(found.values()), run, walked.complete)
    run = measured(replace(run, problems=(*walked.problems, *run.problems)))
    if not asked.dry:
        with write_transaction(db):
            renewed = _update_known(known, page, reading.now, walked.complete)
            _store_read(reading, replace(renewed, sha256="", etag="", last_modified=""), run, decisions)
            if not run.quarantined:  # else a person may still accept these very pages
                crawls.finish(db, source.name)
    return run


def _respect_back_off(reading: ReadContext, known: SourceCheckpoint) -> None:
    """Raises FetchError while the site has asked us to stay away."""
    if known.not_before and is_backing_off(known.not_before, reading.now) and not reading.asked.file:
        until = local_minute(known.not_before, reading.settings.zone)
        raise FetchError("not asked", f"{reading.source.url} told us to stay away until {until}")


def _obtain_page(reading: ReadContext, known: SourceCheckpoint, fetcher: Fetcher) -> Page:
    """The page, from the file or the address; conditional unless a full read is due."""
    source, file = reading.source, reading.asked.file
    if file:
        try:
            body = file.read_bytes()
        except OSError as e:
            raise HouseError("cannot read the file", f"{file}: {e.strerror}", "Name a saved page.") from e
        return Page(source.url, source.url, 200, (), body, reading.now)
    if is_accepted(reading):
        kept = pages.read_last(reading.db, reading.folder, source.name)
        return replace(kept, fetched_at=reading.now)  # the very page that a person looked at, not what is there now
    age = reading.now - known.read_at if known.read_at else None
    trusted = age is not None and timedelta(0) <= age < timedelta(days=reading.settings.fetch.full_read_days)
    if not trusted or known.grammar != GRAMMAR_VERSION:
        return fetcher.get(source.url, hosts=source.hosts)
    return fetcher.get(source.url, hosts=source.hosts, etag=known.etag, last_modified=known.last_modified)


def _record_failure(reading: ReadContext, known: SourceCheckpoint, error: FetchError, measured: RunMeter) -> Run:
    run = measured(Run(reading.source.name, reading.now, failed=True, problems=(str(error),)))
    if not reading.asked.dry:
        with write_transaction(reading.db):
            runs.add(reading.db, run)
            if isinstance(error, SiteBusy):
                longest = reading.now + MAX_BACK_OFF
                sources.save(reading.db, replace(known, not_before=min(error.retry_at or longest, longest)))
    return run


def _record_unchanged(reading: ReadContext, known: SourceCheckpoint, page: Page, run: Run) -> Run:
    """Nothing to parse. What was missing before today is now withdrawn all the same: this was a healthy read."""
    db, source = reading.db, reading.source.name
    count = sightings.count_shown(db, source)
    run = replace(run, seen=count, unchanged=count, not_modified=int(page.not_modified))
    if reading.asked.dry:
        return run
    with write_transaction(db):
        _withdraw_missing(reading, sightings.list_long_missing(db, source, reading.today))
        if not page.not_modified:
            sources.save(db, _update_known(known, page, reading.now))
            pages.add(db, source, page)
        runs.add(db, run)
    return run


def _store_read(reading: ReadContext, known: SourceCheckpoint, run: Run, decisions: Reconciliation) -> None:
    """Write what was decided and that it was read, inside the caller's transaction."""
    if not run.quarantined:
        _store_reviews(reading, decisions, run.baseline)
        sources.save(reading.db, known)
    runs.add(reading.db, run)


def _store_reviews(reading: ReadContext, decisions: Reconciliation, baseline: bool) -> None:
    db, source, now = reading.db, reading.source.name, reading.now
    down = takedowns.find_taken_down(db, [review.id for review, _ in decisions.sighted])  # since we thought, perhaps
    added = []
    for review in decisions.new:
        new = reviews.add(db, replace(review, baseline=baseline, first_seen=now), heading_key(review), now)
        added.append((new.id, sighting_digest(review)))
    sightings.mark_shown(db, source, added, now)
    for review, changes in decisions.changed:
        if review.id not in down:
            reviews.save_edit(db, review, changes, heading_key(review), now)
    for review in decisions.relinked:
        reviews.replace_links(db, review)
    if not baseline:  # another source's first read had it as known already; here it is news
        reviews.promote_to_news(db, decisions.joined, since=now - BASELINE_WINDOW, now=now)
    links.apply_known_checks(
        db,
        [*(number for number, _ in added), *(r.id for r, _ in decisions.changed), *(r.id for r in decisions.relinked)],
    )
    returned = {review.id for review in decisions.returned} - down
    reviews.set_status(db, returned, "current")
    review_events.add(db, returned, "returned", now)
    sightings.mark_shown(db, source, [(r.id, print_) for r, print_ in decisions.sighted if r.id not in down], now)
    missing = {review.id for review in decisions.missing}
    sightings.mark_missing(db, source, missing, reading.today)
    sightings.mark_ended(db, source, decisions.ended)
    missing -= sightings.shown_elsewhere(db, source, missing)
    reviews.set_status(db, missing, "missing")
    review_events.add(db, missing, "missing", now, source)
    _withdraw_missing(reading, [review.id for review in decisions.withdrawn])


def _withdraw_missing(reading: ReadContext, ids: Sequence[int]) -> None:
    """The second healthy read without them, on another day: their collection no longer lists them."""
    gone = set(ids) - sightings.shown_elsewhere(reading.db, reading.source.name, ids)
    reviews.set_status(reading.db, gone, "withdrawn")
    review_events.add(reading.db, gone, "withdrawn", reading.now, reading.source.name)


def _update_known(known: SourceCheckpoint, page: Page, now: datetime, whole: bool = True) -> SourceCheckpoint:
    """What to hold of an address after a read that was good. Only a `whole` one is a baseline."""
    return replace(
        known,
        etag=page.header("etag"),
        last_modified=page.header("last-modified"),
        sha256=page.sha256,
        grammar=GRAMMAR_VERSION,
        read_at=now,
        baseline_at=known.baseline_at or (now if whole else None),
        not_before=None,
    )
