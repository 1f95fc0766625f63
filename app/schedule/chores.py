"""The daily chores: reading the sources, looking at links, forgetting, copying, reading bounces, telling of sources."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from app import notices
from app.asked import stays_away
from app.lock import lock
from app.schedule.calendar import latest
from app.schedule.clock import believed
from app.schedule.house import Chore, Did, House
from core.errors import FetchError, HouseError, PageError
from core.plurals import plural
from core.records import Run
from core.settings import Source
from db import chores, links, sources
from db.connect import write

AGAIN = timedelta(hours=1)  # before a source that could not be read is asked again on the same day
HOURLY = timedelta(hours=1)


def daily(house: House) -> datetime:
    """The last time that the day's work was due."""
    return latest(house.settings.schedule.scrape_at, house.settings.zone, house.now)


def sources_due(house: House) -> list[Source]:
    """The sources to be read now: not read since the day's time, or in vain more than an hour ago.

    One that has told us to stay away is left alone until then.
    """
    slot, now = daily(house), house.now
    return [source for source in house.settings.sources if _is_due(house, source, slot, now)]


def _is_due(house: House, source: Source, slot: datetime, now: datetime) -> bool:
    last = sources.last_run(house.db, source.name)
    if last and slot <= last.started_at <= now and not (last.failed and now - last.started_at >= AGAIN):
        return False
    away = sources.known(house.db, source.name, source.url).not_before
    return not stays_away(away, now)


def _read(house: House) -> Did:
    from app import jobs

    with lock(house.settings.data_dir):
        names = [source.name for source in sources_due(house)]  # again: another run may have read them just now
        these = jobs.chosen(house.settings, names) if names else []
        runs = jobs.scrape(house.world, house.settings, house.db, these) if these else []
    for run in runs:
        yield from _said(run)


def _said(run: Run) -> Iterator[str | HouseError]:
    why = "; ".join(run.problems)
    if run.failed:
        yield FetchError(f"{run.source} could not be read", why)
    elif run.quarantined:
        yield PageError(f"{run.source} is quarantined, nothing was changed", why, "See: casereviews status")
    else:
        yield f"read {run.source}: {run.seen} reviews, {run.new} new, {run.changed} changed, {run.missing} missing"


def _links_due(house: House) -> Iterator[str]:
    if not _done_today(house, "links") and links.due(house.db, house.now, 1):
        yield "look at links"


def _look(house: House) -> Did:
    from app.linkcheck import check

    with lock(house.settings.data_dir):
        found = [] if _done_today(house, "links") else check(house.world, house.settings, house.db)
        if found:
            _note(house, "links")
    if found:
        yield f"looked at {len(found)} links, {sum(one.state == 'dead' for one in found)} of them dead"


def _forgetting_due(house: House) -> Iterator[str]:
    if not _done_today(house, "forget") and believed(house.db, house.now):
        yield "forget sign-ups that nobody confirmed, and readers who left long ago"


def _forget(house: House) -> Did:
    from app import keeping
    from app.subscribing import forget

    unconfirmed, left = forget(house.db, house.now)
    messages, copies = keeping.forget(house.settings, house.now)
    _note(house, "forget")
    if unconfirmed or left:
        yield f"forgot {unconfirmed} sign-ups that nobody confirmed and {left} readers who left"
    if messages or copies:
        yield f"deleted {messages} old messages from the outbox and {copies} old spare copies of the database"


def _copy_due(house: House) -> Iterator[str]:
    """Due daily; and at once where there is none: after a move to another machine or folder."""
    from app.health import last_copy  # it asks app.schedule

    if house.settings.backup.keep_days and not (_done_today(house, "daily copy") and last_copy(house.settings.backups)):
        yield "copy the database"


def _copy(house: House) -> Did:
    from app import keeping

    made = keeping.copy_of_the_day(house.world, house.settings, believed(house.db, house.now))
    _note(house, "daily copy")
    yield f"copied the database: {made.file.name}, {made.bytes:,} bytes"


def _bounces_due(house: House) -> Iterator[str]:
    last = chores.get(house.db, "bounces")
    if house.settings.bounces.imap_host and not (last and timedelta(0) <= house.now - last.at < HOURLY):
        yield "read the mailbox for bounces"


def _read_bounces(house: House) -> Did:
    from app.bouncing import poll

    count = poll(house.world, house.settings, house.db)
    _note(house, "bounces")
    if count:
        yield f"read {plural(count, 'bounce')} and the like"


def _done_today(house: House, task: str) -> bool:
    known = chores.get(house.db, task)
    return known is not None and daily(house) <= known.at <= house.now


def _note(house: House, task: str) -> None:
    with write(house.db):
        chores.keep(house.db, task, "", house.now)


def _news_due(house: House) -> Iterator[str]:
    for _, state in notices.news(house.settings, house.db, house.now):
        yield f"tell the operator: {state.name} {notices.SAID[state.state]}"


def _tell(house: House) -> Did:
    with lock(house.settings.data_dir):
        changes = notices.tell(house.world, house.settings, house.db, house.now)
    for state in changes:
        yield f"{state.name} {notices.SAID[state.state]}: {state.words}"


def _sources_in_words(house: House) -> Iterator[str]:
    return (f"read {source.name}" for source in sources_due(house))


READING = Chore("reading", _sources_in_words, _read)
LINKS = Chore("link checks", _links_due, _look)
FORGETTING = Chore("retention", _forgetting_due, _forget)
COPYING = Chore("backup", _copy_due, _copy)
BOUNCES = Chore("bounces", _bounces_due, _read_bounces)
TELLING = Chore("alerts", _news_due, _tell)
