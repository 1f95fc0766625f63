"""Is a read to be believed, and what would it change?"""

import logging
from collections.abc import Sequence
from dataclasses import replace

from app.asked import Reading
from core.errors import PageError
from core.records import Known, Page, Review, Run
from core.settings import Source
from db import reviews, sources
from scraper import health, ledger
from scraper.adapter import adapter
from scraper.identity import heading_key
from scraper.ledger import Decisions, Stored
from scraper.lines import GRAMMAR

log = logging.getLogger("casereviews")


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
    except Exception as e:  # no page, however odd, may stop the other sources or go unnoticed
        log.exception("the parser of %s failed", reading.source.kind)
        return [*problems, f"the page could not be read ({type(e).__name__}: {e})"], ()


def judge(
    reading: Reading,
    known: Known,
    page: Page,
    problems: list[str],
    found: Sequence[Review],
    run: Run,
    whole: bool,
) -> tuple[Run, Decisions]:
    """Doubt what was read, and compare it with what is held. `whole`: nothing of the source was left out."""
    limits, decisions = limits_of(reading.source), Decisions()
    if found:
        stored = _held(reading, found)
        before = [s.review for s in stored if s.sighting and not s.sighting.ended and not s.sighting.missing_since]
        lists_all = reading.source.lists_all and adapter(reading.source.kind).lists_all
        compared = before if whole and lists_all else []  # absence from anything else says nothing
        problems = problems + health.complaints(page, found, reading.today, compared, limits)
        decisions = ledger.decide(stored, found, reading.today, whole and lists_all, whole and not lists_all)
        if known.grammar in (0, GRAMMAR):
            years = ledger.covered(compared, found)
            problems += health.change_complaints(decisions, sum(r.year in years for r in compared), limits)
        else:  # the reading changed, not the page: nobody edited anything
            same = tuple((replace(review, version=review.version - 1), ()) for review, _ in decisions.changed)
            decisions = replace(decisions, changed=same)
    elif not problems:
        problems = health.complaints(page, found, reading.today)
    run = replace(run, seen=len(found), problems=tuple(problems))
    if problems and not (accepts(reading) and found):
        return replace(run, quarantined=1), Decisions()
    new, changed, missing = len(decisions.new), len(decisions.changed), len(decisions.missing)
    if decisions.held_back:
        words = f"{decisions.held_back} entries look like a review that was withdrawn here, and were held back"
        run = replace(run, problems=(*run.problems, words))
    asked = reading.asked.baseline
    first = not sources.has_baseline(reading.db, reading.source.name) if asked is None else asked
    counted = replace(run, new=new, changed=changed, missing=missing, unchanged=decisions.unchanged, baseline=first)
    return counted, decisions


def accepts(reading: Reading) -> bool:
    """Whether a person has looked at what is read now: a file they named, or the page in quarantine."""
    if not reading.asked.accept:
        return False
    verdict = sources.last_verdict(reading.db, reading.source.name)
    return bool(reading.asked.file or (verdict and verdict.quarantined))


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
