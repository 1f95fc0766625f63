"""Read validation: plausibility checks, quarantine, reconciliation with the stored reviews.

A read is judged by its entries, by what is left over and by how much of the source it covers. One that is doubted
changes nothing: it is quarantined until a later one is good or a person accepts it. Where only too many reviews have
gone, a second read that shows the same CONFIRM_DAYS later is believed too.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple

from core.config.schema import Source
from core.dates import day_name, local_date
from core.errors import PageError
from core.records import Page, PageReading, Review
from core.source_records import Leftover, Run, SourceCheckpoint
from db.collection import reviews, runs, sightings, sources, takedowns
from db.schema.connect import Database
from scraper import plausibility, reconcile
from scraper.adapter import load_adapter
from scraper.covered_years import MAX_LOST, covered_years, format_years
from scraper.identity import durable_key, heading_key
from scraper.match import StoredReview
from scraper.reconcile import Reconciliation
from scraper.source_kinds import GRAMMAR_VERSION
from services.collect import takedown_questions
from services.collect.read_request import ReadContext

log = logging.getLogger("casereviews")
CONFIRM_DAYS = timedelta(days=7)  # after it a second read that shows that many are gone is believed


class _Comparison(NamedTuple):
    """A read beside what its source showed before."""

    decisions: Reconciliation
    before: Sequence[Review]  # all that it showed
    expected: Sequence[Review]  # of these, what it would list now if nothing had gone
    covered: tuple[str, ...]  # the years of which it lists all
    lost: tuple[int, ...]  # ids of the expected that it does not list


def parse_page(context: ReadContext, page: Page) -> tuple[list[str], PageReading]:
    """What is wrong with a page by itself, and what it yields."""
    kind = load_adapter(context.source)
    problems = plausibility.check_page(page, source_limits(context.source))
    if problems and not (context.request.accept and problems == [plausibility.TRUNCATED_PAGE]):
        return problems, PageReading()
    try:
        return problems, kind.parse(page, context.source.name)
    except PageError as e:
        return [*problems, str(e)], PageReading()
    except Exception as e:  # no page, however odd, may stop the other sources or go unnoticed
        log.exception("the parser of %s failed", context.source.kind)
        return [*problems, f"the page could not be read ({type(e).__name__}: {e})"], PageReading()


def validate_read(
    context: ReadContext,
    checkpoint: SourceCheckpoint,
    page: Page,
    problems: list[str],
    reading: PageReading,
    run: Run,
    whole: bool,
) -> tuple[Run, Reconciliation]:
    """Doubt what was read, and compare it with what is held. `whole`: nothing of the source was left out."""
    reading = plausibility.hold_future(reading, context.today)
    run = replace(run, seen=len(reading.reviews), leftovers=reading.leftovers)
    if not (reading.reviews or reading.waiting or reading.lists_none):
        problems = problems or plausibility.check_reviews(page, (), context.today)
        reading = replace(reading, lists_none=True)  # for whoever accepts it
    problems = problems or plausibility.check_waiting(len(reading.waiting), len(reading.reviews))
    compared = _compare_with_stored(context, reading, whole)
    decisions = compared.decisions
    problems = problems + _check_entries(context, checkpoint, page, reading.reviews, compared)
    doubts = [] if problems else _check_losses(context, compared)
    lost = compared.lost if doubts else ()
    problems = problems or doubts
    if (accept := context.request.accept) is None and problems:
        return replace(run, problems=tuple(problems), quarantined=1, lost=lost), Reconciliation()
    if accept == "page":
        decisions = reconcile.restate(decisions)
    elif checkpoint.grammar not in (0, GRAMMAR_VERSION):  # the reading changed, not the page: nobody edited anything
        decisions = reconcile.restate_changed(decisions)
    run = replace(
        run,
        new=len(decisions.new),
        changed=len(decisions.changed),
        missing=len(decisions.missing),
        unchanged=decisions.unchanged,
        ended=len(decisions.ended),
        baseline=_is_known_already(context, checkpoint, page),
        covered=compared.covered,
    )
    decisions, questions = takedown_questions.drop_answered(context.db, decisions)
    return replace(run, problems=(*problems, *questions)), decisions


def _is_known_already(context: ReadContext, checkpoint: SourceCheckpoint, page: Page) -> bool:
    """Whether what is new was there before, and is no news: at the first read, say, or where only the page changed."""
    if context.request.baseline is not None:
        return context.request.baseline
    reread = page.sha256 == checkpoint.sha256  # by a newer grammar
    return reread or context.request.accept == "page" or not sources.has_baseline(context.db, context.source.name)


def _compare_with_stored(context: ReadContext, reading: PageReading, whole: bool) -> _Comparison:
    """What a read changes, and what it does not list any more."""
    kind, listed = load_adapter(context.source), [*reading.reviews, *reading.waiting]
    lists_all = whole and context.source.lists_all and kind.lists_all  # else absence says nothing
    stored = list_stored(context.db, context.source.name, listed)
    before = [s.review for s in stored if s.sighting and not s.sighting.ended and not s.sighting.missing_since]
    every_year = kind.follow is not None
    decisions = reconcile.reconcile_read(
        stored,
        reading.reviews,
        context.today,
        lists_all,
        overwritten=whole and not lists_all,
        allowed=takedowns.list_answers(context.db, "another"),
        waiting=reading.waiting,
        leftovers=reading.leftovers,
        every_year=every_year,
    )
    if not lists_all:
        return _Comparison(decisions, before, (), (), ())
    years = covered_years(before, listed, every_year)
    expected = [review for review in before if review.year in years]
    lost = [review.id for review in decisions.missing]
    if reading.lists_none:  # in January a list begins anew; at another time this year's is not empty of a sudden
        expected = [review for review in before if (review.year or 0) >= context.today.year]
        lost = [review.id for review in expected]
    return _Comparison(decisions, before, expected, format_years(listed, before, years), tuple(lost))


def _check_entries(
    context: ReadContext, checkpoint: SourceCheckpoint, page: Page, listed: Sequence[Review], compared: _Comparison
) -> list[str]:
    """Why what was read, and what it would change, is not to be believed."""
    limits = source_limits(context.source)
    if not listed:
        return []
    problems = plausibility.check_reviews(page, listed, context.today, compared.expected, limits)
    if checkpoint.grammar in (0, GRAMMAR_VERSION):
        problems += plausibility.check_changes(compared.decisions, len(compared.expected), limits)
    known = [
        review for review in compared.decisions.joined if review.baseline
    ]  # by another source's first read: news here
    new = [*compared.decisions.new, *known]
    if not problems and new and not _is_known_already(context, checkpoint, page) and context.request.baseline is None:
        most = sightings.most_new(context.db, context.source.name)
        if not context.source.lists_all:  # its page is overwritten: all on it may be new
            most = max(most, len(compared.before))
        problems += plausibility.check_additions(new, compared.before, most, context.today)
    return problems


def _check_losses(context: ReadContext, compared: _Comparison) -> list[str]:
    """Why so many reviews are not believed to have gone; nothing once a read of a week ago lost the same ones."""
    doubts = plausibility.check_losses(len(compared.lost), len(compared.expected))
    if not doubts:
        return []
    same = [
        run
        for run in runs.list_losses(context.db, context.source.name)
        if len(set(compared.lost) - set(run.lost)) <= MAX_LOST
    ]
    day = local_date(same[0].started_at, context.settings.zone) if same else context.today
    due = day + CONFIRM_DAYS
    if due <= context.today:
        return []
    return [f"{doubts[0]}; a read on {day_name(due)} or later that shows the same is believed"]


def join_readings(readings: Iterable[PageReading]) -> PageReading:
    """What the pages of one source yield together: a review of two pages counts once, as the later one has it."""
    reviews: dict[str, Review] = {}
    waiting: dict[str, Review] = {}
    leftovers: list[Leftover] = []
    total, none = None, True
    for reading in readings:
        reviews |= {review.key: review for review in reading.reviews}
        waiting |= {review.key: review for review in reading.waiting}
        leftovers += reading.leftovers
        total = reading.total if reading.total is not None else total
        none = none and reading.lists_none
    return PageReading(tuple(reviews.values()), tuple(waiting.values()), tuple(leftovers), total, none)


def source_limits(source: Source) -> plausibility.PlausibilityLimits:
    """What a source must keep to, from its kind and its configuration."""
    kind = load_adapter(source)
    return plausibility.PlausibilityLimits(source.fewest, source.fewest_text, kind.needs, kind.media)


def list_stored(db: Database, source: str, listed: Sequence[Review]) -> list[StoredReview]:
    """The reviews that a source shows, those taken down, and others that may be the same as those listed."""
    held = reviews.list_candidates(
        db,
        source,
        [review.catalogue for review in listed if review.catalogue],
        [review.fingerprint for review in listed],
        [heading_key(review) for review in listed],
        [key for review in listed if (key := durable_key(review))],
        [link.url for review in listed for link in review.links],
    )
    return [StoredReview(review, sighting) for review, sighting in held]
