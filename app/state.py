"""The state of the house in one record: what `status` shows."""

from datetime import datetime, timedelta
from typing import Any

from app.asjson import instant
from app.schedule.standing import standing
from core.settings import Settings, Source
from db import issues, reviews, sources
from db.connect import Database
from db.states import State


def state(settings: Settings, db: Database, now: datetime) -> dict[str, Any]:
    """Whether all is well, in words, and what it is said of; `ok` is false when anything is overdue or quarantined."""
    found = [_source(settings, db, source, now) for source in settings.sources]
    timer = standing(settings, db, now)
    troubles = [f"{source['name']}: {source['words']}" for source in found if not source["ok"]]
    troubles += [line.words for line in timer if not line.ok]
    summary = "All is well." if not troubles else f"Not all is well: {'; '.join(troubles)}."
    if not troubles and any(source["last_read"] is None for source in found):
        summary = "Nothing has been read yet. Run: casereviews scrape"
    last = next(iter(issues.listing(db, limit=1)), None)
    return {
        "ok": not troubles,
        "summary": summary,
        "sources": found,
        "reviews": {"held": reviews.count(db), "waiting": reviews.count_waiting(db)},
        "last_issue": {"period": last.issue.period, "status": last.issue.status} if last else None,
        "timer": [{"about": line.about, "ok": line.ok, "words": line.words} for line in timer],
    }


def source_state(settings: Settings, db: Database, source: Source, now: datetime) -> State | None:
    """How a source is: well, broken or stale, in words that say what to do; None before its first read.

    A read that was quarantined breaks it at once, an address that could not be read only the second time running:
    every network has a bad morning. A source with nothing new is well.
    """
    last, good = sources.last_run(db, source.name), sources.last_run(db, source.name, good=True)
    if last is None:
        return None
    day, reasons = _day(last.started_at, settings), "; ".join(last.problems)
    verdict = sources.last_verdict(db, source.name)
    if verdict and verdict.quarantined:
        day, reasons = _day(verdict.started_at, settings), "; ".join(verdict.problems)
        if not verdict.seen:
            return State(
                source.name, "broken", verdict.started_at, f"quarantined on {day}: {reasons}; look at the page"
            )
        fix = f"look at the page, then read it again or take it: casereviews scrape {source.name} --accept"
        return State(source.name, "broken", verdict.started_at, f"quarantined on {day}: {reasons}; {fix}")
    if last.failed and sources.failures(db, source.name) > 1:
        return State(source.name, "broken", last.started_at, f"could not be read on {day}: {reasons}")
    since = good.started_at if good else last.started_at
    if now - since > timedelta(days=source.stale_days or settings.fetch.stale_days):
        words = f"last read well on {_day(since, settings)}" if good else "never read well"
        return State(source.name, "stale", now, f"{words}; overdue, read it with: casereviews scrape {source.name}")
    if last.failed:
        return State(source.name, "well", since, f"could not be read on {day}, will be tried again: {reasons}")
    if good is None or good.started_at < last.started_at:
        return State(
            source.name, "well", last.started_at, f"being read: {last.pages} pages on {day}, to be gone on with"
        )
    words = f"last read well on {day}, {last.seen} reviews, {last.new} new"
    return State(source.name, "well", last.started_at, words)


def _source(settings: Settings, db: Database, source: Source, now: datetime) -> dict[str, Any]:
    found = source_state(settings, db, source, now)
    last, good = sources.last_run(db, source.name), sources.last_run(db, source.name, good=True)
    return {
        "name": source.name,
        "url": source.url,
        "state": found.state if found else None,
        "ok": found is None or found.state == "well",
        "words": found.words if found else "not read yet",
        "last_read": instant(last.started_at) if last else None,
        "last_read_well": instant(good.started_at) if good else None,
        "quarantined": bool((verdict := sources.last_verdict(db, source.name)) and verdict.quarantined),
        "limits": {
            "fewest": source.fewest,
            "fewest_text": source.fewest_text,
            "stale_days": source.stale_days or settings.fetch.stale_days,
        },
    }


def _day(when: datetime, settings: Settings) -> str:
    return f"{when.astimezone(settings.zone):%d %B %Y}".lstrip("0")
