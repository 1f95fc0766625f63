"""Source status: well, frozen, broken or stale, in words that say what to do."""

from dataclasses import replace
from datetime import datetime, timedelta

from core.actions import Advice, source_action
from core.config.schema import Settings, Source
from core.dates import day_name, local_day
from core.plurals import plural
from core.source_records import Run
from db.collection import crawls, runs
from db.collection.source_states import SourceState
from db.schema.connect import Database
from scraper.covered_years import MAX_LOST
from services.collect.frozen_source import source_frozen_since

MAX_NAMED = 20  # left-overs that a state names


def source_state(settings: Settings, db: Database, source: Source, now: datetime) -> SourceState | None:
    """How a source is: well, frozen, broken or stale, in words that say what to do; None before its first read.

    A read that was quarantined breaks it at once, an address that could not be read only the second time running:
    every network has a bad morning. A source with nothing new is well; one that has been silent for longer than ever
    is frozen, and nothing is wrong with it. Whatever it is, what its page last showed and was not understood is named.
    """
    last, verdict = runs.latest(db, source.name), last_verdict(db, source.name)
    if last is None:
        return None
    state, leftovers = _judge_reads(settings, db, source, now, last, verdict), verdict.leftovers if verdict else ()
    if not leftovers:
        return state
    named = ", ".join(f"{one.why}: {one.words!r}" for one in leftovers[:MAX_NAMED])
    more = f" and {len(leftovers) - MAX_NAMED} more" if len(leftovers) > MAX_NAMED else ""
    return replace(state, words=f"{state.words}; on its page {named}{more}")


def _judge_reads(
    settings: Settings, db: Database, source: Source, now: datetime, last: Run, verdict: Run | None
) -> SourceState:
    """How a source is by its last read, its last good one and the last that came to a verdict."""
    good = runs.latest(db, source.name, good=True)
    day, reasons = local_day(last.started_at, settings.zone), "; ".join(last.problems)
    if verdict and verdict.quarantined:
        found = describe_quarantine(settings, verdict)
        return SourceState(source.name, "broken", verdict.started_at, found.words, action=found.action)
    if last.failed and runs.count_failures(db, source.name) > 1:
        return SourceState(source.name, "broken", last.started_at, f"could not be read on {day}: {reasons}")
    since = good.started_at if good else last.started_at
    if now - since > timedelta(days=source.stale_days or settings.fetch.stale_days):
        words = f"last read well on {local_day(since, settings.zone)}" if good else "never read well"
        action = source_action(source.name, f"Read {source.name}", f"read it with: casereviews scrape {source.name}")
        return SourceState(source.name, "stale", now, f"{words}; overdue", action=action)
    if last.failed:
        return SourceState(source.name, "well", since, f"could not be read on {day}, will be tried again: {reasons}")
    if good is None or good.started_at < last.started_at:
        return SourceState(
            source.name,
            "well",
            last.started_at,
            f"being read: {plural(last.pages, 'page')} on {day}, to be gone on with",
        )
    return _good_state(settings, db, source, last)


def last_verdict(db: Database, name: str) -> Run | None:
    """The last read of a source that was believed or not; None: there is none.

    While a walk through all its pages is not believed it is that one, whatever the front of the list has shown since.
    """
    crawl = crawls.get(db, name)
    return runs.latest_quarantined(db, name) if crawl and crawl.doubted else runs.latest_verdict(db, name)


def is_quarantined(db: Database, name: str) -> bool:
    """Whether the last read of a source that came to a verdict is not believed."""
    return bool((verdict := last_verdict(db, name)) and verdict.quarantined)


def describe_quarantine(settings: Settings, run: Run) -> Advice:
    """Why a read was not believed, and the way out."""
    day, reasons = local_day(run.started_at, settings.zone), "; ".join(run.problems)
    command = f"look at the page, then read it again or take it: casereviews scrape {run.source} --accept"
    action = source_action(run.source, "Look at the page, and take it or read it again", command)
    return Advice(f"quarantined on {day}: {reasons}", action)


def _good_state(settings: Settings, db: Database, source: Source, run: Run) -> SourceState:
    """The state of a source whose last read went well."""
    words = f"last read well on {local_day(run.started_at, settings.zone)}, {plural(run.seen, 'review')}, {run.new} new"
    if not run.seen:
        words += "; its page is still itself, and lists none now"
    if since := source_frozen_since(settings, db, source, run.started_at):
        words += f"; frozen: its list has not changed since {day_name(since)}; look whether it has moved"
        return SourceState(source.name, "frozen", run.started_at, words)
    return SourceState(source.name, "well", run.started_at, words)


def list_doubts(settings: Settings, db: Database, since: datetime) -> list[Advice]:
    """What a person is to know before all else: reads that wait for them, and those accepted since then."""
    doubts = []
    for source in settings.sources:
        if (verdict := last_verdict(db, source.name)) and verdict.quarantined:
            found = describe_quarantine(settings, verdict)
            doubts.append(Advice(f"{source.name} waits for you: {found.words}", found.action))
        for run in runs.list_doubted(db, source.name, since):
            if max(run.new, run.missing) > MAX_LOST:
                counts = f"{run.new} new, {run.missing} missing"
                day = local_day(run.started_at, settings.zone)
                words = f"{source.name}, {day}: {counts}, accepted although {'; '.join(run.problems)}"
                doubts.append(Advice(words, source_action(source.name, f"Look at {source.name}")))
    return doubts
