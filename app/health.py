"""Is it all right? One answer for `status`, /healthz, /metrics and /ops, in lines that say what to do."""

import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from app.schedule.plan import KNOCK, SET_BACK, SLACK
from app.schedule.standing import Line, standing
from app.sourcestate import source_state
from core.dates import day_name, local_date, local_minute, period_name
from core.plurals import plural
from core.settings import Settings, Source
from core.sizes import byte_size
from db import chores, deliveries, gauges
from db.connect import Database

MB = 1_000_000  # bytes
LEAST = 500 * MB  # free on the disk; and room for two more of the database: a copy, and a restored one
COPIES = 2
OVERDUE = timedelta(hours=1)  # a letter leaves within minutes, and is in hand for an hour at most
OLD = timedelta(days=3)  # the age of the last daily copy
LATELY = timedelta(days=7)  # how long a clock that was put back is spoken of: it may have been put right
YEAR = timedelta(days=365)
COPY = re.compile(r"casereviews-(\d{4}-\d\d-\d\d)\.db")


@dataclass(frozen=True, slots=True)
class Health:
    """All that is looked at, each a line."""

    sources: tuple[Line, ...]
    timer: tuple[Line, ...]  # it, the issues in hand, and chores that fail
    house: tuple[Line, ...]  # all else

    @property
    def lines(self) -> tuple[Line, ...]:
        """All lines, in the order that a person reads them."""
        return (*self.sources, *self.timer, *self.house)

    @property
    def troubles(self) -> tuple[Line, ...]:
        """The lines of what is not all right."""
        return tuple(line for line in self.lines if not line.ok)


@dataclass(frozen=True, slots=True)
class Copy:
    """A daily copy of the database, identified by its day."""

    day: date
    file: Path
    size: int  # bytes


def health(settings: Settings, db: Database, now: datetime) -> Health:
    """Whether it is all right, of whatever can be told quickly. Nothing is written, and no network asked."""
    return Health(
        tuple(_source(settings, db, source, now) for source in settings.sources),
        tuple(standing(settings, db, now)),
        tuple(_house(settings, db, now)),
    )


def last_copy(folder: Path) -> Copy | None:
    """The newest daily copy in a folder, by the day in its name; None where there is none."""
    found = [(named[1], file) for file in folder.glob("casereviews-*.db") if (named := COPY.fullmatch(file.name))]
    for day, file in sorted(found, reverse=True):
        try:
            return Copy(date.fromisoformat(day), file, file.stat().st_size)
        except (OSError, ValueError):  # deleted just now, or no day: 2026-02-31
            continue
    return None


def database_size(settings: Settings) -> int:
    """The bytes that the database takes, with what SQLite keeps beside it."""
    files = (settings.database, settings.database.with_name(f"{settings.database.name}-wal"))
    return sum(file.stat().st_size for file in files if file.exists())


def room(free: int, held: int) -> Line:
    """Whether so many free bytes are enough for a database that takes so many."""
    words = f"{byte_size(free, 'MB')} are free on the disk, and the database takes {byte_size(held, 'MB')}"
    if free < max(LEAST, COPIES * held):
        least = byte_size(max(LEAST, COPIES * held), "MB")
        return Line("disk", f"{words}; free some space, so that {least} are left", False, "is nearly full")
    return Line("disk", words)


def _source(settings: Settings, db: Database, source: Source, now: datetime) -> Line:
    found = source_state(settings, db, source, now)
    if found is None:
        return Line(source.name, f"{source.name}: not read yet")
    well = found.state == "well"
    return Line(source.name, f"{source.name}: {found.words}", well, "" if well else found.state)


def _house(settings: Settings, db: Database, now: datetime) -> Iterator[Line]:
    if db.only:
        yield Line("database", f"{db.only}".rstrip("."), False, "cannot be written")
    yield from _outcome(db)
    yield _letters(settings, db, now)
    yield room(shutil.disk_usage(settings.data_dir).free, database_size(settings))
    yield _copies(settings, db, now)
    yield from _clock(settings, db, now)
    if (age := now.date() - settings.support.checked) > YEAR:
        words = f"the support lines in every issue were last checked {age.days} days ago"
        yield Line("support", f"{words}; ring them, then set support.checked to the day")


def _outcome(db: Database) -> Iterator[Line]:
    """What became of the last issue. Some never get it, which is no trouble; that nobody did is."""
    for period in gauges.last_issues(db, 1, "sent"):
        counts = {state: count for state, count in deliveries.counts(db, period).items() if count}
        said = ", ".join(f"{count:,} {state}" for state, count in counts.items()) or "it had no readers"
        words = f"the issue of {period_name(period)} was sent: {said}"
        if not counts or "sent" in counts:
            yield Line("outcome", words)
        else:
            fix = f"see why at /ops/queue, then: casereviews issue resend-failed {period}"
            yield Line("outcome", f"{words}; {fix}", False, "the last issue reached nobody")


def _letters(settings: Settings, db: Database, now: datetime) -> Line:
    count, since = gauges.letters_left(db, now - OVERDUE)
    if since is None:
        return Line("emails", "no email about a subscription waits too long")
    some = plural(count, "email", thousands=",")
    words = f"{some} about subscriptions should have left on {local_minute(since, settings.zone)}"
    return Line("emails", f"{words}; send what waits: casereviews tick", False, "wait too long")


def _copies(settings: Settings, db: Database, now: datetime) -> Line:
    """The daily copies that the timer makes, where it runs."""
    last, today = last_copy(settings.backups), local_date(now, settings.zone)
    words = "there is no daily copy of the database yet"
    if last:
        words = f"the last daily copy of the database is of {day_name(last.day)}, {byte_size(last.size, 'MB')}"
    if not settings.backup.keep_days:
        return Line("backup", f"{words}: backup.keep_days is 0")
    begun = chores.begun(db) if chores.get(db, KNOCK) else None
    since = last.day if last and begun else local_date(begun, settings.zone) if begun else None
    if since is None or today - since <= OLD:
        return Line("backup", words)
    fix = f"the timer makes one when it runs and can write {settings.backups}; by hand: casereviews backup FILE"
    return Line("backup", f"{words}; {fix}", False, "is too old" if last else "is missing")


def _clock(settings: Settings, db: Database, now: datetime) -> Iterator[Line]:
    """Whether it was put back. Nobody can tell a clock that is wrong from one that was: it is said for some days."""
    knocked, back = chores.get(db, KNOCK), chores.get(db, SET_BACK)
    fix = "set it right, as with: timedatectl set-ntp true"
    if knocked and knocked.at - now > SLACK:
        at_work = local_minute(knocked.at, settings.zone)
        words = f"the clock shows {local_minute(now, settings.zone)}, and the timer was at work on {at_work}"
        yield Line("clock", f"{words}; {fix}", False, "is behind")
    elif back and now < (was := datetime.fromisoformat(back.words)) and now - back.at < LATELY:
        before, after = local_minute(was, settings.zone), local_minute(back.at, settings.zone)
        words = f"the clock was put back, from {before} to {after}"
        until = local_minute(back.at + LATELY, settings.zone)
        yield Line("clock", f"{words}; {fix}; if it is right, this is said until {until}", False, "was put back")
