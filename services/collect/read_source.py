"""Source read: fetch a page or open a file, validate, reconcile, store."""

from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from core.cycle_collector import collector_paused
from core.dates import local_minute
from core.errors import FetchError, HouseError, NotFound, SourceError
from core.records import Page
from core.source_records import Run, SourceCheckpoint
from db.collection import pages, runs, sightings, sources
from db.schema.connect import write_transaction
from scraper.adapter import check_options, load_adapter
from scraper.fetch import Fetcher, RunTimeUsed, SiteBusy
from scraper.plausibility import check_total
from scraper.source_kinds import GRAMMAR_VERSION, has_many_pages
from services.collect.frozen_source import note_frozen
from services.collect.read_request import ReadContext, RunMeter
from services.collect.sources_due import MAX_BACK_OFF, is_backing_off
from services.collect.store_read import renew_checkpoint, store_read, withdraw_missing
from services.collect.validate_read import parse_page, validate_read


def read_source(context: ReadContext, fetcher: Fetcher) -> Run:
    """Read one source. A page that is not believed changes nothing.

    Read from a file, such a page leaves no trace at all: the person who named it has it. Only that reviews were lost is
    noted, so that a later read may confirm it.
    """
    began, requests, received = context.effects.clock(), fetcher.requests, fetcher.bytes

    def measured(run: Run) -> Run:
        spent = round(context.effects.clock() - began, 3)
        if moved := fetcher.moved.get(context.source.url, ""):
            words = f"its address has moved for good to {moved}: set its url to that in casereviews.toml"
            run = replace(run, problems=(*run.problems, words), moved_to=moved)
        return replace(run, requests=fetcher.requests - requests, bytes=fetcher.bytes - received, seconds=spent)

    checkpoint = sources.get(context.db, context.source.name, context.source.url)
    try:
        _respect_back_off(context, checkpoint)
        check_options(context.source)
        if has_many_pages(context.source) and not context.request.file:
            from services.collect.read_catalogue import read_catalogue  # few sources have many pages

            return read_catalogue(context, checkpoint, fetcher, measured)
        page = _obtain_page(context, checkpoint, fetcher)
        with collector_paused():
            return _read_page(context, checkpoint, page, measured)
    except RunTimeUsed:
        raise  # it is still to be read
    except (FetchError, SourceError) as e:  # one source down must not stop the others
        return _record_failure(context, checkpoint, e, measured)


def _read_page(context: ReadContext, checkpoint: SourceCheckpoint, page: Page, measured: RunMeter) -> Run:
    """Read what a page lists, and take it or doubt it."""
    run = Run(context.source.name, context.now, pages=1)
    if page.not_modified or (page.sha256 == checkpoint.sha256 and checkpoint.grammar == GRAMMAR_VERSION):
        return _record_unchanged(context, checkpoint, page, measured(run))
    follow = load_adapter(context.source).follow
    problems, reading = parse_page(context, page)
    more = bool(follow and not problems and follow(page))
    short = [] if more else check_total(reading.total, len(reading.reviews) + len(reading.waiting))
    whole = not follow and not short  # a page of many says nothing of what it does not list
    run, decisions = validate_read(context, checkpoint, page, [*problems, *short], reading, run, whole)
    run = measured(run)
    if context.request.dry or (run.quarantined and context.request.file and not run.lost):
        return note_frozen(context, run)
    pages.save_body(context.folder, page)
    with write_transaction(context.db):
        pages.add(context.db, context.source.name, page, list(run.problems) if run.quarantined else None)
        begins = whole and bool(run.seen or not run.problems)  # nothing, accepted, is no list to begin with
        store_read(context, renew_checkpoint(checkpoint, page, context.now, begins), run, decisions)
    return note_frozen(context, run)


def _respect_back_off(context: ReadContext, checkpoint: SourceCheckpoint) -> None:
    """Raises FetchError while the site has asked us to stay away."""
    if checkpoint.not_before and is_backing_off(checkpoint.not_before, context.now) and not context.request.file:
        until = local_minute(checkpoint.not_before, context.settings.zone)
        raise FetchError("not asked", f"{context.source.url} told us to stay away until {until}")


def _obtain_page(context: ReadContext, checkpoint: SourceCheckpoint, fetcher: Fetcher) -> Page:
    """The page, from the file or the address; conditional unless a full read is due. It is of the day of the read."""
    source, file = context.source, context.request.file
    if file:
        try:
            body = file.read_bytes()
        except OSError as e:
            raise HouseError("cannot read the file", f"{file}: {e.strerror}", "Name a saved page.") from e
        return Page(source.url, source.url, 200, (), body, context.now)
    verdict = runs.latest_verdict(context.db, source.name)
    if context.request.accept and verdict and verdict.quarantined:
        with suppress(NotFound):  # the very page that a person looked at, not what is there now
            return replace(pages.read_last(context.db, context.folder, source.name), fetched_at=context.now)
    age = context.now - checkpoint.read_at if checkpoint.read_at else None
    trusted = age is not None and timedelta(0) <= age < timedelta(days=context.settings.fetch.full_read_days)
    is_known = trusted and checkpoint.grammar == GRAMMAR_VERSION
    etag, last_modified = (checkpoint.etag, checkpoint.last_modified) if is_known else ("", "")
    page = fetcher.get(source.url, hosts=source.hosts, etag=etag, last_modified=last_modified)
    return replace(page, fetched_at=context.now) if context.request.as_of else page


def _record_failure(context: ReadContext, checkpoint: SourceCheckpoint, error: HouseError, measured: RunMeter) -> Run:
    run = measured(Run(context.source.name, context.now, failed=True, problems=(str(error),)))
    if not context.request.dry:
        with write_transaction(context.db):
            runs.add(context.db, run)
            if isinstance(error, SiteBusy):
                longest = context.now + MAX_BACK_OFF
                sources.save(context.db, replace(checkpoint, not_before=min(error.retry_at or longest, longest)))
    return run


def _record_unchanged(context: ReadContext, checkpoint: SourceCheckpoint, page: Page, run: Run) -> Run:
    """Nothing to parse. What was missing before today is now withdrawn all the same: this was a healthy read."""
    db, source = context.db, context.source.name
    count, good = sightings.count_shown(db, source), runs.latest(db, source, good=True)
    run = replace(run, seen=count, unchanged=count, not_modified=int(page.not_modified))
    if good:
        run = replace(run, covered=good.covered, leftovers=good.leftovers)  # it is the same page
    if context.request.dry:
        return note_frozen(context, run)
    with write_transaction(db):
        withdraw_missing(context, sightings.list_long_missing(db, source, context.today))
        if not page.not_modified:
            sources.save(db, renew_checkpoint(checkpoint, page, context.now))
            pages.add(db, source, page)
        runs.add(db, run)
    return note_frozen(context, run)
