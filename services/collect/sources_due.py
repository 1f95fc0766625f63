"""Sources due: which are to be read or walked through now, as the day's time, earlier reads and Retry-After have it."""

from datetime import UTC, datetime, timedelta

from core.calendar import latest_occurrence
from core.config.schema import Settings, Source
from db.collection import runs, sources
from db.schema.connect import Database
from services.collect.walk_schedule import is_paged, is_walk_due

NEVER = datetime.min.replace(tzinfo=UTC)
MAX_BACK_OFF = timedelta(days=7)  # whatever Retry-After says, a source is asked again after that
SOURCE_RETRY_DELAY = timedelta(hours=1)  # before a source that could not be read is asked again on the same day


def last_daily_time(settings: Settings, now: datetime) -> datetime:
    """The last time that the day's work was due."""
    return latest_occurrence(settings.schedule.scrape_at, settings.zone, now)


def sources_due(settings: Settings, db: Database, now: datetime) -> list[Source]:
    """The sources to be read now: not read since the day's time, or in vain more than an hour ago.

    One that has told us to stay away is left alone until then; one of many pages until these were walked through once.
    Those that were not read for longest come first, so that none takes the time of the others day after day.
    """
    slot = last_daily_time(settings, now)
    due = [
        source
        for source in settings.sources
        if _is_source_due(db, source, slot, now) and (_was_walked(db, source) or not is_paged(source))
    ]
    return sorted(due, key=lambda source: last.started_at if (last := runs.latest(db, source.name)) else NEVER)


def walks_due(settings: Settings, db: Database, now: datetime) -> list[Source]:
    """The sources of many pages that are to be walked through now, or gone on with.

    One that was tried in vain rests for an hour, and one that was not believed until the next day's time.
    """
    slot, days = last_daily_time(settings, now), settings.fetch.full_read_days
    return [
        source
        for source in settings.sources
        if is_paged(source) and is_walk_due(db, source, days, now) and _may_walk(db, source, slot, now)
    ]


def _was_walked(db: Database, source: Source) -> bool:
    return bool(sources.get(db, source.name, source.url).list_url)


def _may_walk(db: Database, source: Source, slot: datetime, now: datetime) -> bool:
    last = runs.latest_attempt(db, source.name)
    if last and timedelta(0) <= now - last.started_at:
        if last.failed and now - last.started_at < SOURCE_RETRY_DELAY:
            return False
        if last.quarantined and last.started_at >= slot:
            return False
    return not is_backing_off(sources.get(db, source.name, source.url).not_before, now)


def sources_about_to_be_read(settings: Settings, db: Database, now: datetime) -> list[Source]:
    """Those due now of which nothing can be said before they were read; a long walk is not waited for."""
    due = sources_due(settings, db, now)
    return [source for source in due if not ((last := runs.latest(db, source.name)) and last.paused)]


def is_backing_off(until: datetime | None, now: datetime) -> bool:
    """Whether a site that told us to stay away is to be left alone: not for longer than ever, whatever was written."""
    return until is not None and now < until <= now + MAX_BACK_OFF


def _is_source_due(db: Database, source: Source, slot: datetime, now: datetime) -> bool:
    last = runs.latest_attempt(db, source.name)
    if last and slot <= last.started_at <= now and not (last.failed and now - last.started_at >= SOURCE_RETRY_DELAY):
        return False
    return not is_backing_off(sources.get(db, source.name, source.url).not_before, now)
