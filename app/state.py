"""The state of the house in one record: what `status` shows."""

from datetime import datetime, timedelta
from typing import Any

from app.asjson import instant
from core.settings import Settings, Source
from db import issues, pages, reviews, sources
from db.connect import Database


def state(settings: Settings, db: Database, now: datetime) -> dict[str, Any]:
    """Whether all is well, in words, and what it is said of; `ok` is false when anything is overdue or quarantined."""
    found = [_source(settings, db, source, now) for source in settings.sources]
    troubles = [f"{source['name']}: {source['words']}" for source in found if not source["ok"]]
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
    }


def _source(settings: Settings, db: Database, source: Source, now: datetime) -> dict[str, Any]:
    run, good = sources.last_run(db, source.name), sources.last_run(db, source.name, good=True)
    bad = pages.last_quarantined(db, source.name) if run and run.quarantined else None
    stale = good is not None and now - good.started_at > timedelta(days=settings.fetch.stale_days)
    ok = not (bad or stale or (run and run.failed))
    if run is None:
        words = "not read yet"
    elif bad:
        words = f"quarantined on {_day(bad[0], settings)}: {'; '.join(bad[1])}"
    elif run.failed:
        words = f"could not be read on {_day(run.started_at, settings)}: {'; '.join(run.problems)}"
    else:
        words = f"last read well on {_day(run.started_at, settings)}, {run.seen} reviews, {run.new} new"
        words += f"; overdue, read it with: casereviews scrape {source.name}" if stale else ""
    return {
        "name": source.name,
        "url": source.url,
        "ok": ok,
        "words": words,
        "last_read": instant(run.started_at) if run else None,
        "last_read_well": instant(good.started_at) if good else None,
        "quarantined": bool(bad),
        "stale": stale,
    }


def _day(when: datetime, settings: Settings) -> str:
    return f"{when.astimezone(settings.zone):%d %B %Y}".lstrip("0")
