"""Read validation: plausibility checks, quarantine, reconciliation with the stored reviews."""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import replace

from core.config.schema import Source
from core.errors import PageError
from core.records import Leftover, Page, PageReading, Review, Run, SourceCheckpoint
from db.collection import reviews, runs, sources, takedowns
from db.schema.connect import Database
from scraper import plausibility, reconcile
from scraper.adapter import load_adapter
from scraper.identity import durable_key, heading_key
from scraper.match import StoredReview
from scraper.reconcile import Reconciliation
from scraper.text_lines import GRAMMAR_VERSION
from services.collect import takedown_questions
from services.collect.read_request import ReadContext

log = logging.getLogger("casereviews")


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
    limits, listed, decisions = source_limits(context.source), reading.reviews, Reconciliation()
    if listed:
        stored = list_stored(context.db, context.source.name, listed)
        before = [s.review for s in stored if s.sighting and not s.sighting.ended and not s.sighting.missing_since]
        lists_all = context.source.lists_all and load_adapter(context.source).lists_all
        compared = before if whole and lists_all else []  # absence from anything else says nothing
        problems = problems + plausibility.check_reviews(page, listed, context.today, compared, limits)
        overwritten = whole and not lists_all
        complete, others = whole and lists_all, takedowns.list_answers(context.db, "another")
        decisions = reconcile.reconcile_read(stored, listed, context.today, complete, overwritten, others)
        if checkpoint.grammar in (0, GRAMMAR_VERSION):
            years = reconcile.covered_years(compared, listed)
            problems += plausibility.check_changes(decisions, sum(r.year in years for r in compared), limits)
        else:  # the reading changed, not the page: nobody edited anything
            same = tuple((replace(review, version=review.version - 1), ()) for review, _ in decisions.changed)
            decisions = replace(decisions, changed=same)
    elif not problems:
        problems = plausibility.check_reviews(page, listed, context.today)
    run = replace(run, seen=len(listed), problems=tuple(problems))
    if problems and not (is_accepted(context) and listed):
        return replace(run, quarantined=1), Reconciliation()
    new, changed, missing = len(decisions.new), len(decisions.changed), len(decisions.missing)
    decisions, questions = takedown_questions.drop_answered(context.db, decisions)
    run = replace(run, problems=(*run.problems, *questions))
    request = context.request.baseline
    first = not sources.has_baseline(context.db, context.source.name) if request is None else request
    counted = replace(run, new=new, changed=changed, missing=missing, unchanged=decisions.unchanged, baseline=first)
    return counted, decisions


def join_readings(readings: Iterable[PageReading]) -> PageReading:
    """What the pages of one source yield together: a review of two pages counts once, as the later one has it."""
    reviews: dict[str, Review] = {}
    waiting: dict[str, Review] = {}
    leftovers: list[Leftover] = []
    total = None
    for reading in readings:
        reviews |= {review.key: review for review in reading.reviews}
        waiting |= {review.key: review for review in reading.waiting}
        leftovers += reading.leftovers
        total = reading.total if reading.total is not None else total
    return PageReading(tuple(reviews.values()), tuple(waiting.values()), tuple(leftovers), total)


def is_accepted(context: ReadContext) -> bool:
    """Whether a person has looked at what is read now: a file they named, or the page in quarantine."""
    if not context.request.accept:
        return False
    verdict = runs.latest_verdict(context.db, context.source.name)
    return bool(context.request.file or (verdict and verdict.quarantined))


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
