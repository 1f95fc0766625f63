"""Catalogue read: a source of many pages, by the front of its list or by a walk through all of them."""

from contextlib import ExitStack, nullcontext
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from core.errors import FetchError, LockHeld
from core.source_records import Run, SourceCheckpoint
from db.collection import crawls, pages, runs, sightings, sources
from db.schema.connect import Database, create, write_transaction
from scraper.adapter import load_adapter
from scraper.fetch import Fetcher
from scraper.plausibility import check_total
from scraper.reconcile import Reconciliation
from services.collect.crawl import CrawlResult, crawl_source, is_page_failure
from services.collect.frozen_source import note_frozen
from services.collect.read_front import read_front
from services.collect.read_request import ReadContext, RunMeter
from services.collect.store_read import renew_checkpoint, store_read
from services.collect.validate_read import join_readings, validate_read
from services.collect.walk_schedule import is_short_list, is_walk_due


def read_catalogue(context: ReadContext, checkpoint: SourceCheckpoint, fetcher: Fetcher, measured: RunMeter) -> Run:
    """Read what is new of a source of many pages, or all of them where a walk is due or asked for.

    Raises FetchError.
    """
    read = _walk_catalogue if _is_walk_wanted(context) else _read_list_front
    return read(context, checkpoint, fetcher, measured)


def _is_walk_wanted(context: ReadContext) -> bool:
    """Whether a source of many pages is to be read through, and not its front only."""
    request, days = context.request, context.settings.fetch.full_read_days
    if request.walk is not None:
        return request.walk
    crawl = crawls.get(context.db, context.source.name)
    if request.accept and crawl and crawl.doubted:
        return True
    due = is_walk_due(context.db, context.source, days, context.now)
    return bool(request.limit) or due or is_short_list(context.db, context.source)


def _read_list_front(context: ReadContext, checkpoint: SourceCheckpoint, fetcher: Fetcher, measured: RunMeter) -> Run:
    """Read what is new of a source of many pages. Raises FetchError: then nothing is stored."""
    db, source = context.db, context.source.name
    try:
        with fetcher.walk():
            front = read_front(context, checkpoint, fetcher)
    except FetchError as e:
        if is_page_failure(e) and checkpoint.list_url != context.source.url and not context.request.dry:
            with write_transaction(db):  # where the list begins is another address now, perhaps: a walk finds out
                sources.save(db, replace(checkpoint, list_url="", walked_at=None))
        raise
    page, reading = front.pages[0], front.reading
    run, decisions = Run(source, context.now, pages=len(front.pages), not_modified=int(page.not_modified)), None
    if front.problems or not reading.lists_none:
        run, decisions = validate_read(context, checkpoint, page, front.problems, reading, run, whole=False)
    if not run.quarantined:
        shown = sightings.count_shown(db, source)
        run = replace(run, seen=shown + run.new, unchanged=shown - run.changed, problems=(*front.gaps, *run.problems))
        good = runs.latest(db, source, good=True)  # what its other pages left over is there still, until a walk
        run = replace(run, leftovers=tuple(dict.fromkeys((*run.leftovers, *(good.leftovers if good else ())))))
    run = measured(run)
    if context.request.dry:
        return run
    renewed = replace(
        renew_checkpoint(checkpoint, page, context.now, whole=False),
        grammar=checkpoint.grammar,  # what a newer one makes of the rest is seen by a walk
        total=checkpoint.total if front.total is None else front.total,
        walked_at=None if front.walk_due else checkpoint.walked_at,
    )
    fetched = [one for one in front.pages if not one.not_modified]
    for one in fetched:
        pages.save_body(context.folder, one)
    with write_transaction(db):
        for one in fetched:
            pages.add(db, source, one, list(run.problems) if run.quarantined and one is fetched[-1] else None)
        store_read(context, renewed if fetched else checkpoint, run, decisions or Reconciliation())
    return note_frozen(context, run)


def _walk_catalogue(context: ReadContext, checkpoint: SourceCheckpoint, fetcher: Fetcher, measured: RunMeter) -> Run:
    """Read a source of many pages, or go on where its reading stopped. What it holds is stored when it has ended.

    A dry run reads it into a folder that is thrown away. Raises FetchError; what was read by then is kept.
    """
    if context.request.dry:
        with TemporaryDirectory() as aside:
            other = create(Path(aside) / "casereviews.db")
            try:
                return _crawl_catalogue(context, checkpoint, fetcher, measured, other, Path(aside))
            finally:
                other.close()
    with ExitStack() as held:
        try:
            held.enter_context(context.effects.lock(context.settings.data_dir, "walk"))
        except LockHeld:
            words = "its pages are being read by another run just now, which stores them"
            return Run(context.source.name, context.now, paused=True, problems=(words,))
        return _crawl_catalogue(context, checkpoint, fetcher, measured, context.db, context.folder)


def _crawl_catalogue(
    context: ReadContext, checkpoint: SourceCheckpoint, fetcher: Fetcher, measured: RunMeter, db: Database, folder: Path
) -> Run:
    request, source, kind = context.request, context.source, load_adapter(context.source)
    crawl = crawls.get(db, source.name)
    if crawl and crawl.doubted and not request.accept and not request.dry:
        with write_transaction(db):
            crawls.finish(db, source.name)  # it was read to its end and not believed: look again
    with fetcher.walk():
        crawled = crawl_source(
            db, folder, source, kind, fetcher, context.now, request.limit, request.progress, request.may_go_on
        )
    run = Run(source.name, context.now, pages=crawled.read, problems=crawled.problems)
    if not crawled.ended and not (crawled.stopped and request.accept and len(crawled.pages)):
        run = measured(replace(run, quarantined=int(crawled.stopped), paused=not crawled.stopped))
        if not request.dry:
            with write_transaction(db):
                runs.add(db, run)
        return run
    with context.effects.lock(context.settings.data_dir, "casereviews") if request.lock_to_store else nullcontext():
        return note_frozen(context, _store_catalogue(context, checkpoint, measured, crawled, run))


def _store_catalogue(
    context: ReadContext, checkpoint: SourceCheckpoint, measured: RunMeter, crawled: CrawlResult, run: Run
) -> Run:
    """Take what a walk that has ended shows, or doubt it."""
    db, source, kind, page, readings = crawled.pages.db, context.source, load_adapter(context.source), None, []
    for page in crawled.pages:
        readings.append(kind.parse(page, source.name))
    assert page is not None  # a walk that ended has read a page
    reading = join_readings(readings)
    shown = sum(len(one.reviews) + len(one.waiting) for one in readings) + crawled.skipped  # one shown twice is two
    short, gap = _check_end(reading.total, shown, crawled)
    whole = crawled.complete and not short and not gap
    run, decisions = validate_read(context, checkpoint, page, short, reading, run, whole)
    run = measured(replace(run, problems=(*crawled.problems, *gap, *run.problems)))
    if context.request.dry:
        return run
    with write_transaction(db):
        renewed = replace(
            renew_checkpoint(checkpoint, page, context.now),
            sha256="",
            etag="",
            last_modified="",
            walked_at=context.now,
            list_url=crawled.list_url,
            total=reading.total,
        )
        store_read(context, renewed, run, decisions)
        if run.quarantined:  # a person may still accept these very pages
            crawls.mark_doubted(db, source.name)
        else:
            crawls.finish(db, source.name)
    return run


def _check_end(total: int | None, shown: int, crawled: CrawlResult) -> tuple[list[str], list[str]]:
    """Why a walk that ended has not read the source to its end; and what is short by a hundredth at most.

    That much is no reason to doubt it: a record listed twice, or one that went while it walked. But what is absent from
    it may be there.
    """
    if total is None:
        return (["its pages lead back to the first ones, and it does not say how many there are"] * crawled.looped, [])
    short = check_total(total, shown)
    return ([], short) if total - shown <= total // 100 else (short, [])
