"""Status of the whole system in one JSON record, as the status command shows it."""

from datetime import datetime
from typing import TYPE_CHECKING

from core.actions import typed_words
from core.config.schema import Settings, Source
from core.dates import iso_utc_or_none
from db.collection import reviews, runs
from db.mail import issues
from db.schema.connect import Database
from services.collect.source_status import is_quarantined, source_state
from services.operator.health import assess_health
from services.operator.scheduler_status import StatusLine
from services.operator.sending_state import ask_sending

if TYPE_CHECKING:
    from core.json_types import HealthLineJson, SourceStatusJson, StatusJson


def system_status(settings: Settings, db: Database, now: datetime) -> "StatusJson":
    """Whether all is well, in words, and what it is said of; `ok` is false when anything is not all right."""
    report = assess_health(settings, db, now)
    last = max(issues.list_states(db).values(), key=lambda one: one.period, default=None)
    return {
        "ok": not report.troubles,
        "summary": report.summary,
        "cautions": [line.caution for line in report.cautions],
        "sources": [_source_json(settings, db, source, now) for source in settings.sources],
        "reviews": {"held": reviews.count(db), "waiting": reviews.count_unissued(db)},
        "last_issue": {"period": last.period, "status": last.status} if last and last.status else None,
        "timer": _lines_json(report.timer),
        "health": _lines_json(report.lines),
        "sending": ask_sending(settings, db, now),
    }


def _lines_json(lines: tuple[StatusLine, ...]) -> "list[HealthLineJson]":
    return [{"about": line.about, "ok": line.ok, "words": line.typed} for line in lines]


def _source_json(settings: Settings, db: Database, source: Source, now: datetime) -> "SourceStatusJson":
    state = source_state(settings, db, source, now)
    last, good = runs.latest(db, source.name), runs.latest(db, source.name, good=True)
    return {
        "name": source.name,
        "url": source.url,
        "state": state.state if state else None,
        "ok": state is None or state.ok,
        "words": typed_words(state.words, state.action) if state else "not read yet",
        "last_read": iso_utc_or_none(last.started_at) if last else None,
        "last_read_well": iso_utc_or_none(good.started_at) if good else None,
        "quarantined": is_quarantined(db, source.name),
        "limits": {
            "fewest": source.fewest,
            "fewest_text": source.fewest_text,
            "stale_days": source.stale_days or settings.fetch.stale_days,
        },
    }
