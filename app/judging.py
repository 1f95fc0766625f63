"""Is a read to be believed, and what would it change?"""

from collections.abc import Sequence
from dataclasses import replace

from app.asked import Reading
from core.errors import PageError
from core.records import Known, Page, Review, Run
from core.settings import Source
from db import reviews
from scraper import health, ledger
from scraper.adapter import adapter
from scraper.identity import heading_key
from scraper.ledger import Decisions, Stored
from scraper.lines import GRAMMAR


def parsed(reading: Reading, page: Page) -> tuple[list[str], tuple[Review, ...]]:
    """What is wrong with a page by itself, and the reviews on it."""
    kind = adapter(reading.source.kind)
    problems = health.page_complaints(page, limits_of(reading.source))
    if problems and not (reading.asked.accept and problems == [health.CUT_OFF]):
        return problems, ()
    try:
        return problems, kind.parse(page, reading.source.name)
    except PageError as e:
        return [*problems, str(e)], ()


def judge(
    reading: Reading,
    known: Known,
    page: Page,
    problems: list[str],
    found: Sequence[Review],
    run: Run,
    lists_all: bool,
) -> tuple[Run, Decisions]:
    """Doubt what was read, and compare it with what is held."""
    limits, decisions = limits_of(reading.source), Decisions()
    if found:
        stored = _held(reading, found)
        years = {review.year for review in found}
        before = [s.review for s in stored if s.sighting and not s.sighting.ended and not s.sighting.missing_since]
        problems = problems + health.complaints(page, found, reading.today, before if lists_all else (), limits)
        lists_all = lists_all and adapter(reading.source.kind).lists_all
        decisions = ledger.decide(stored, found, reading.today, lists_all)
        if known.grammar in (0, GRAMMAR):  # else the reading changed, not the page
            shown = sum(review.year in years for review in before) if lists_all else 0
            problems += health.change_complaints(decisions, shown)
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
