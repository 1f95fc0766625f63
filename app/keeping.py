"""The verbs backup and restore, and what is kept for how long."""

import os
import re
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from app import issuing
from app.lock import lock
from app.schedule.plan import places
from app.world import World
from core.dates import local_date
from core.errors import HouseError, Locked, StoreError
from core.settings import Settings
from db import backup, chores, doubt, issues, restoring, takeover
from db.backup import Copy
from db.chores import RESTORED
from db.connect import Database, bring_up, write
from db.takeover import Taken

LOCKS = ("casereviews", "delivery", "scheduler", "serve-web", "serve-timer")  # of all who write for long
DAILY = re.compile(r"casereviews-(\d{4}-\d\d-\d\d)\.db")
REPLACED = re.compile(r"replaced-(\d{4}-\d\d-\d\d)T\d{6}(?:-\d+)?\.db(-wal|-shm|-journal)?")
OVER = ("sent", "skipped", "gone", "settled", "ask", "asked")  # what the timer had no more to do for
SPARE = timedelta(days=28)  # spare copies are kept as long as core.subscribers.GONE promises to keep who left


@dataclass(frozen=True, slots=True)
class Restored:
    """What a backup held, and what was made of it."""

    file: Path
    made_at: datetime | None  # UTC; None: it holds no instant at all
    rows: Mapping[str, int]  # of each table, by its name
    migrated: tuple[str, ...]  # the steps that brought it up to date
    kept: Path | None  # the old database; None where there was none
    taken: Taken | None  # what was taken over from the old database; None where there was none, or it is damaged
    undecided: tuple[str, ...]  # months that a person has to decide on


def target(settings: Settings, file: Path, now: datetime) -> Path:
    """The file that a copy goes to: in a folder, one named by the time."""
    if not file.is_dir():
        return file
    return file / f"casereviews-{now.astimezone(settings.zone):%Y-%m-%dT%H%M}.db"


def back_up(world: World, settings: Settings, file: Path, replace: bool = False, dry: bool = False) -> Copy:
    """Copy the database as it is now, while anything runs, and read the copy back. A dry run writes nothing.

    Raises HouseError where no copy may be put, StoreError where none could be made.
    """
    now = world.now()
    file = target(settings, file, now)
    if dry:
        backup.refuse(settings.database, file, replace)
        return Copy(file, settings.database.stat().st_size, {})
    return backup.copy(settings.database, file, now, replace)


def copy_of_the_day(world: World, settings: Settings, believed: bool) -> Copy:
    """The day's copy, in place of an earlier one of the same day; then those of too many days ago are deleted.

    Not while the clock is not `believed`. Raises StoreError.
    """
    today, folder = local_date(world.now(), settings.zone), settings.backups
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        made = backup.copy(settings.database, folder / f"casereviews-{today}.db", world.now(), replace=True)
        if believed:
            _delete_daily(folder, today - timedelta(days=settings.backup.keep_days))
    except OSError as e:
        raise StoreError("the day's copy could not be kept", f"{e.filename}: {e.strerror}", "Make it writable.") from e
    return made


def _delete_daily(folder: Path, before: date) -> None:
    """Delete the daily copies of days before, by their names; the newest always stays."""
    found = sorted((day, file) for file in folder.iterdir() if (day := _day_of(DAILY, file)))
    for day, file in found[:-1]:
        if day < before:
            file.unlink(missing_ok=True)


def _day_of(form: re.Pattern[str], file: Path) -> date | None:
    said = form.fullmatch(file.name)
    try:
        return date.fromisoformat(said[1]) if said else None
    except ValueError:
        return None


def forget(settings: Settings, now: datetime) -> tuple[int, int]:
    """Delete what was kept for long enough: messages in the outbox; spare copies of the database. How many of each.

    Raises StoreError when one could not be deleted.
    """
    try:
        days = settings.mail.outbox_days
        messages = _empty(settings.data_dir / "outbox", now - timedelta(days=days)) if days else 0
        old = [file for file in _spare(settings) if _kept_since(file) < now - SPARE]
        for file in old:
            file.unlink(missing_ok=True)
    except OSError as e:
        raise StoreError("an old file could not be deleted", f"{e.filename}: {e.strerror}", "Delete it by hand.") from e
    return messages, len(old)


def _spare(settings: Settings) -> list[Path]:
    """Copies made before migrations, replaced databases, and what killed copying has left."""
    data, folders = settings.data_dir, {settings.data_dir / "backups", settings.backups}
    found = [file for file in data.glob("replaced-*") if _day_of(REPLACED, file)]
    found += (data / "backups").glob("before-*.db")
    return found + [file for folder in folders for file in folder.glob(".*.part*")]


def _kept_since(file: Path) -> datetime:
    """Since when a file is there; a replaced database's own time is that of its last change."""
    if day := _day_of(REPLACED, file):
        return datetime(day.year, day.month, day.day, tzinfo=UTC)
    return datetime.fromtimestamp(file.stat().st_mtime, UTC)


def _empty(folder: Path, before: datetime) -> int:
    """Delete the files changed last before then, and the folders this leaves empty; how many files."""
    count = 0
    for place, folders, names in os.walk(folder, topdown=False):
        old = [file for file in (Path(place, name) for name in names) if file.stat().st_mtime < before.timestamp()]
        for file in old:
            file.unlink(missing_ok=True)
        count += len(old)
        if (
            old
            and Path(place) != folder
            and len(old) == len(names)
            and not any(Path(place, name).exists() for name in folders)
        ):
            Path(place).rmdir()
    return count


def restore(world: World, settings: Settings, file: Path, dry: bool = False) -> Restored:
    """Put a backup in the place of the database, which is kept; a dry run only says what it would do.

    What was mailed since the backup is not mailed again, and who left stays away: both are taken over from the old
    database where it can be read; what cannot be known waits for a person. Raises NotFound, StoreError, and Locked
    while anything runs.
    """
    data, now = settings.data_dir, world.now()
    if settings.database.exists() and file.exists() and file.samefile(settings.database):
        raise HouseError("that is the database itself", str(file), "Name a file that casereviews backup has made.")
    with _room(settings, dry) as work:
        found = restoring.bring(file, work)
        kept = _free_name(data, f"replaced-{now:%Y-%m-%dT%H%M%S}") if restoring.there(settings.database) else None
        sound = settings.database.is_file() and bool(settings.database.stat().st_size)
        sound = sound and (restoring.readable if dry else restoring.free)(settings.database)
        with closing(bring_up(work)) as db:
            old = restoring.brought_up(settings.database, work.with_name("old.db")) if sound else None
            taken = takeover.take_over(db, old, world.boot()) if old else None
            undecided = _leave_undecided(settings, db, taken, found.made_at, now)
        if not dry:
            restoring.finish(work)
            if sound:
                restoring.free(settings.database)  # again: whoever has opened it meanwhile must not lose anything
            restoring.put(work, settings.database, kept)
    return Restored(file, found.made_at, found.rows, found.missing, kept, taken, undecided)


@contextmanager
def _room(settings: Settings, dry: bool) -> Iterator[Path]:
    """Where a backup is made ready, while nobody else is at work; for a dry run anywhere, whoever is."""
    data = settings.data_dir
    with ExitStack() as held:
        if not dry:
            _make(data)
            held.enter_context(_nobody_else(data))
            restoring.tidy(data, settings.database)
        yield held.enter_context(_aside(data))


def _free_name(folder: Path, name: str) -> Path:
    taken = {file.name for file in folder.glob(f"{name}*")}
    names = (f"{name}{suffix}.db" for suffix in ("", *(f"-{number}" for number in range(2, len(taken) + 3))))
    return folder / next(one for one in names if one not in taken)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as e:
        raise StoreError("cannot make the data directory", f"{folder}: {e.strerror}", "Make it writable.") from e


@contextmanager
def _nobody_else(folder: Path) -> Iterator[None]:
    """Hold every lock. Raises Locked while any other run is at work."""
    with ExitStack() as held:
        for name in LOCKS:
            try:
                held.enter_context(lock(folder, name))
            except Locked as e:
                fix = "Stop it first (casereviews serve, and the timer that runs tick); nothing was changed."
                raise Locked("another run is at work", f"{folder} ({name})", fix) from e
        yield


@contextmanager
def _aside(data: Path) -> Iterator[Path]:
    """Where a backup is made ready: beside the database, or anywhere for a dry run before there is one."""
    try:
        with tempfile.TemporaryDirectory(prefix=".restoring-", dir=data if data.is_dir() else None) as folder:
            yield Path(folder) / "casereviews.db"
    except OSError as e:
        raise StoreError("nothing can be written", f"{e.filename}: {e.strerror}", "Make it writable.") from e


def _leave_undecided(
    settings: Settings, db: Database, taken: Taken | None, made_at: datetime | None, now: datetime
) -> tuple[str, ...]:
    """Mark the months of which nobody can know whether their issue went out after the backup was made.

    It is known where the old database says so. Else every month may have gone out that is due by now, was not sent
    then and was not too late then. Its draft is kept, so that a later issue does not carry its reviews.
    """
    known = taken is not None and not taken.why
    doubt.leave_in_doubt(db, letters=not known, now=now)
    out = taken.out if taken else frozenset[str]()
    doubtful = {period for period in issues.sending(db) if period not in out}
    if not known:
        over = {where.period for where in places(settings, db, made_at or now) if where.step in OVER}
        doubtful |= {where.period for where in places(settings, db, now) if where.step != "sent"} - over
    with write(db):
        chores.drop(db, backup.MADE)
        for period in sorted(doubtful):
            _hold_reviews(settings, db, period, now)
            chores.keep(db, RESTORED, period, made_at or now, "" if made_at else "undated")
        for one in issues.standings(db).values():
            if one.status == "sent":
                chores.drop(db, RESTORED, one.period)  # an older restoring's question has been answered
    return tuple(chores.listing(db, RESTORED))


def _hold_reviews(settings: Settings, db: Database, period: str, now: datetime) -> None:
    """Keep the draft of a month that has none and would carry reviews."""
    if period not in issues.standings(db) and not issuing.quarantined(settings, db):
        draft = issuing.draft(settings, db, period)
        if draft.issue.reviews:
            issues.keep(db, draft, now)
