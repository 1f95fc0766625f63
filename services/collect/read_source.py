"""Source read: fetch a page or open a file, validate, reconcile, store."""

from collections.abc import Sequence
from contextlib import ExitStack, nullcontext, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from core.cycle_collector import collector_paused
from core.dates import local_minute
from core.errors import FetchError, HouseError, LockHeld, NotFound, SourceError
from core.records import Page
from core.source_records import Run, SourceCheckpoint
from db.collection import crawls, links, pages, review_events, reviews, runs, sightings, sources, takedowns
from db.schema.connect import Database, create, write_transaction
from scraper.adapter import check_options, load_adapter
from scraper.fetch import Fetcher, RunTimeUsed, SiteBusy
from scraper.identity import heading_key, sighting_digest
from scraper.plausibility import check_total
from scraper.reconcile import Reconciliation, is_named
from scraper.source_kinds import GRAMMAR_VERSION, has_many_pages
from services.collect import takedown_questions
from services.collect.crawl import CrawlResult, crawl_source, is_page_failure
from services.collect.frozen_source import source_frozen_since
from services.collect.read_front import read_front
from services.collect.read_request import ReadContext, RunMeter
from services.collect.source_sample import ask_for_sign_off
from services.collect.sources_due import MAX_BACK_OFF, is_backing_off
from services.collect.validate_read import join_readings, parse_page, validate_read
from services.collect.walk_schedule import is_walk_due


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
            read_list = _read_catalogue if _is_walk_wanted(context) else _read_list_front
            return read_list(context, checkpoint, fetcher, measured)
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
        return _note_frozen(context, run)
    pages.save_body(context.folder, page)
    with write_transaction(context.db):
        pages.add(context.db, context.source.name, page, list(run.problems) if run.quarantined else None)
        begins = whole and bool(run.seen or not run.problems)  # nothing, accepted, is no list to begin with
        _store_read(context, _update_known(checkpoint, page, context.now, begins), run, decisions)
    return _note_frozen(context, run)


def _is_walk_wanted(context: ReadContext) -> bool:
    """Whether a source of many pages is to be read through, and not its front only."""
    request, days = context.request, context.settings.fetch.full_read_days
    if request.walk is not None:
        return request.walk
    crawl = crawls.get(context.db, context.source.name)
    if request.accept and crawl and crawl.doubted:
        return True
    return bool(request.limit) or is_walk_due(context.db, context.source, days, context.now)


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
    run = measured(run)
    if context.request.dry:
        return run
    renewed = replace(
        _update_known(checkpoint, page, context.now, whole=False),
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
        _store_read(context, renewed if fetched else checkpoint, run, decisions or Reconciliation())
    return _note_frozen(context, run)


def _read_catalogue(context: ReadContext, checkpoint: SourceCheckpoint, fetcher: Fetcher, measured: RunMeter) -> Run:
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
        return _note_frozen(context, _store_catalogue(context, checkpoint, measured, crawled, run))


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
            _update_known(checkpoint, page, context.now),
            sha256="",
            etag="",
            last_modified="",
            walked_at=context.now,
            list_url=crawled.list_url,
            total=reading.total,
        )
        _store_read(context, renewed, run, decisions)
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


def _respect_back_off(context: ReadContext, checkpoint: SourceCheckpoint) -> None:
    """Raises FetchError while the site has asked us to stay away."""
    if checkpoint.not_before and is_backing_off(checkpoint.not_before, context.now) and not context.request.file:
        until = local_minute(checkpoint.not_before, context.settings.zone)
        raise FetchError("not asked", f"{context.source.url} told us to stay away until {until}")


def _obtain_page(context: ReadContext, checkpoint: SourceCheckpoint, fetcher: Fetcher) -> Page:
    """The page, from the file or the address; conditional unless a full read is due."""
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
    if not trusted or checkpoint.grammar != GRAMMAR_VERSION:
        return fetcher.get(source.url, hosts=source.hosts)
    return fetcher.get(source.url, hosts=source.hosts, etag=checkpoint.etag, last_modified=checkpoint.last_modified)


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
        return _note_frozen(context, run)
    with write_transaction(db):
        _withdraw_missing(context, sightings.list_long_missing(db, source, context.today))
        if not page.not_modified:
            sources.save(db, _update_known(checkpoint, page, context.now))
            pages.add(db, source, page)
        runs.add(db, run)
    return _note_frozen(context, run)


def _note_frozen(context: ReadContext, run: Run) -> Run:
    """The run of a good read, with whether its source has been silent for too long. Not of a list read by hand."""
    if run.quarantined or run.new or run.changed or context.request.baseline is not None:
        return run
    since = source_frozen_since(context.settings, context.db, context.source, context.now)
    return replace(run, frozen=since is not None)


def _store_read(context: ReadContext, checkpoint: SourceCheckpoint, run: Run, decisions: Reconciliation) -> None:
    """Write what was decided and that it was read, inside the caller's transaction."""
    if not run.quarantined:
        _store_reviews(context, decisions, run.baseline)
        takedown_questions.store_questions(context, decisions, run.seen)
        ask_for_sign_off(context, run)
        sources.save(context.db, checkpoint)
    runs.add(context.db, run)


def _store_reviews(context: ReadContext, decisions: Reconciliation, baseline: bool) -> None:
    db, source, now = context.db, context.source.name, context.now
    down = takedowns.find_taken_down(db, [review.id for review, _ in decisions.sighted])  # since we thought, perhaps
    leftovers = runs.first_leftovers(db, source) if decisions.new and not baseline else ()
    new = []
    for review in decisions.new:
        known = context.request.is_known(review) if baseline else is_named(review, leftovers)  # there, and not readable
        new.append(reviews.NewReview(review, heading_key(review), known))
    added = reviews.add_many(db, new, now)
    sightings.mark_shown(db, source, [(review.id, sighting_digest(review)) for review in added], now)
    for review, changes in decisions.changed:
        if review.id not in down:
            reviews.save_edit(db, review, changes, heading_key(review), now)
    for review in decisions.restated:
        if review.id not in down:
            reviews.save_edit(db, review, (), heading_key(review), now)
    for review in decisions.relinked:
        reviews.replace_links(db, review)
    if not baseline:  # another source's first read had it as known already; here it is news
        reviews.promote_to_news(db, [review.id for review in decisions.joined], now)
    links.apply_known_checks(
        db,
        [
            *(review.id for review in added),
            *(r.id for r, _ in decisions.changed),
            *(r.id for r in (*decisions.restated, *decisions.relinked)),
        ],
    )
    links.replace_copies(db, source, [(number, own) for number, own in decisions.copies if number not in down])
    returned = {review.id for review in decisions.returned} - down
    reviews.set_status(db, returned, "current")
    review_events.add(db, returned, "returned", now)
    sightings.mark_shown(db, source, [(r.id, print_) for r, print_ in decisions.sighted if r.id not in down], now)
    missing = {review.id for review in decisions.missing}
    sightings.mark_missing(db, source, missing, context.today)
    sightings.mark_ended(db, source, decisions.ended)
    missing -= sightings.shown_elsewhere(db, source, missing)
    reviews.set_status(db, missing, "missing")
    review_events.add(db, missing, "missing", now, source)
    _withdraw_missing(context, [review.id for review in decisions.withdrawn])


def _withdraw_missing(context: ReadContext, ids: Sequence[int]) -> None:
    """The second healthy read without them, on another day: their collection no longer lists them."""
    gone = set(ids) - sightings.shown_elsewhere(context.db, context.source.name, ids)
    reviews.set_status(context.db, gone, "withdrawn")
    review_events.add(context.db, gone, "withdrawn", context.now, context.source.name)


def _update_known(checkpoint: SourceCheckpoint, page: Page, now: datetime, whole: bool = True) -> SourceCheckpoint:
    """What to hold of an address after a read that was good. Only a `whole` one is a baseline."""
    return replace(
        checkpoint,
        etag=page.header("etag"),
        last_modified=page.header("last-modified"),
        sha256=page.sha256,
        grammar=GRAMMAR_VERSION,
        read_at=now,
        baseline_at=checkpoint.baseline_at or (now if whole else None),
        not_before=None,
    )
