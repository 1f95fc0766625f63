"""Source status: well, broken or stale, in words that say what to do."""

from datetime import datetime, timedelta

from core.config.schema import Settings, Source
from core.dates import local_day
from db.collection import runs
from db.collection.source_states import SourceState
from db.schema.connect import Database


def source_state(settings: Settings, db: Database, source: Source, now: datetime) -> SourceState | None:
    """How a source is: well, broken or stale, in words that say what to do; None before its first read.

    A read that was quarantined breaks it at once, an address that could not be read only the second time running:
    every network has a bad morning. A source with nothing new is well.
    """
    last, good = runs.latest(db, source.name), runs.latest(db, source.name, good=True)
    if last is None:
        return None
    day, reasons = local_day(last.started_at, settings.zone), "; ".join(last.problems)
    verdict = runs.latest_verdict(db, source.name)
    if verdict and verdict.quarantined:
        day, reasons = local_day(verdict.started_at, settings.zone), "; ".join(verdict.problems)
        if not verdict.seen:
            return SourceState(
                source.name, "broken", verdict.started_at, f"quarantined on {day}: {reasons}; look at the page"
            )
        fix = f"look at the page, then read it again or take it: casereviews scrape {source.name} --accept"
        return SourceState(source.name, "broken", verdict.started_at, f"quarantined on {day}: {reasons}; {fix}")
    if last.failed and runs.count_failures(db, source.name) > 1:
        return SourceState(source.name, "broken", last.started_at, f"could not be read on {day}: {reasons}")
    since = good.started_at if good else last.started_at
    if now - since > timedelta(days=source.stale_days or settings.fetch.stale_days):
        words = f"last read well on {local_day(since, settings.zone)}" if good else "never read well"
        return SourceState(
            source.name, "stale", now, f"{words}; overdue, read it with: casereviews scrape {source.name}"
        )
    if last.failed:
        return SourceState(source.name, "well", since, f"could not be read on {day}, will be tried again: {reasons}")
    if good is None or good.started_at < last.started_at:
        return SourceState(
            source.name, "well", last.started_at, f"being read: {last.pages} pages on {day}, to be gone on with"
        )
    words = f"last read well on {day}, {last.seen} reviews, {last.new} new"
    return SourceState(source.name, "well", last.started_at, words)
