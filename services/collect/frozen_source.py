"""Frozen source: one whose list has been silent for longer than it ever was; it is read well, and not broken."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import TYPE_CHECKING

from core.config.schema import Settings, Source
from core.dates import local_date
from core.errors import SourceError
from db.collection import review_events, runs, sightings
from db.schema.connect import Database

if TYPE_CHECKING:
    from core.source_records import Run
    from services.collect.read_request import ReadContext

SILENCE_TIMES = 3  # as long as the longest time between two additions
MIN_ADDITIONS = 3  # days on which reviews were added, the first read's among them: with fewer there is no history
MIN_SILENCE = timedelta(days=14)
LAST_MONTH_OF_GRACE = 1  # January: until its end a year's list may still be last year's


def note_frozen(context: "ReadContext", run: "Run") -> "Run":
    """The run of a good read, with whether its source has been silent for too long. Not of a list read by hand."""
    if run.quarantined or run.new or run.changed or context.request.baseline is not None:
        return run
    since = source_frozen_since(context.settings, context.db, context.source, context.now)
    return replace(run, frozen=since is not None)


def source_frozen_since(
    settings: Settings, db: Database, source: Source, read_at: datetime | None = None
) -> date | None:
    """The day of the last change of a source's list where it is frozen; None where it is not.

    As of its last good read, or of the one at `read_at`: while a source is not read it is silent of nothing.
    """
    good = runs.latest_good_by(db, source.name, read_at) if read_at else runs.latest(db, source.name, good=True)
    if good is None or not good.seen:  # a list that says itself that it holds none is not silent
        return None
    today = local_date(good.started_at, settings.zone)
    added = dict.fromkeys(local_date(at, settings.zone) for at in sightings.addition_times(db, source.name))
    if not (days := [day for day in added if day <= today]):
        return None
    edited = review_events.last_edit(db, source.name)
    changed = max(days[-1], local_date(edited, settings.zone)) if edited else days[-1]
    if _is_silent(days, today - changed) or _is_of_a_past_year(db, source, today, days[0]):
        return changed
    return None


def _is_silent(days: list[date], silence: timedelta) -> bool:
    longest = max((later - earlier for earlier, later in pairwise(days)), default=timedelta(0))
    return len(days) >= MIN_ADDITIONS and silence > max(SILENCE_TIMES * longest, MIN_SILENCE)


def _is_of_a_past_year(db: Database, source: Source, today: date, first_day: date) -> bool:
    """Whether a year's list has not begun anew though January is over: not an old list that was never another."""
    newest = max(sightings.list_years(db, source.name), default=today.year)
    if today.month <= LAST_MONTH_OF_GRACE or not min(today.year, first_day.year) - 1 <= newest < today.year:
        return False
    from scraper.adapter import load_adapter

    try:
        return source.lists_all and load_adapter(source).yearly
    except SourceError:  # of a kind that cannot be used nothing is known
        return False
