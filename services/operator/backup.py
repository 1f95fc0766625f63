"""Backup of the database: by hand, and one a day."""

import re
from contextlib import suppress
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from core.config.schema import Settings
from core.dates import local_date
from core.disk_advice import name_file, suggest_fix
from core.errors import StoreError
from core.lazy_pattern import lazy_pattern
from core.side_effects import SideEffects
from db.files import backup
from db.files.backup import CopyProgress, DatabaseCopy

DAILY_NAME_PATTERN = lazy_pattern(r"casereviews-(\d{4}-\d\d-\d\d)\.db")


class DailyBackup(NamedTuple):
    """A daily copy of the database, identified by its day."""

    day: date
    file: Path
    size: int  # bytes


def backup_path(settings: Settings, file: Path, now: datetime) -> Path:
    """The file that a copy goes to: in the folder of the daily copies, the day's; in another, one named by the time."""
    if file.absolute() == settings.backups.absolute():
        return file / f"casereviews-{local_date(now, settings.zone)}.db"
    if not file.is_dir():
        return file
    return file / f"casereviews-{now.astimezone(settings.zone):%Y-%m-%dT%H%M}.db"


def make_backup(
    effects: SideEffects,
    settings: Settings,
    file: Path,
    replace: bool = False,
    dry: bool = False,
    progress: CopyProgress = lambda done, total: None,
) -> DatabaseCopy:
    """Copy the database as it is now, while anything runs, and read the copy back. A dry run writes nothing.

    The folder of the daily copies is made where it is not there yet, and the day's copy replaced as the timer does.
    Raises HouseError where no copy may be put, StoreError where none could be made.
    """
    now, daily = effects.now(), file.absolute() == settings.backups.absolute()
    file = backup_path(settings, file, now)
    if daily and not dry:
        _make_daily_folder(settings.backups)
    replace = replace or daily
    if dry:
        if file.parent.is_dir() or not daily:
            backup.check_destination(settings.database, file, replace)
        return DatabaseCopy(file, settings.database.stat().st_size, {})
    return backup.copy_database(settings.database, file, now, replace, progress)


def make_daily_backup(effects: SideEffects, settings: Settings, believed: bool) -> DatabaseCopy:
    """The day's copy, in place of an earlier one of the same day; then those of too many days ago are deleted.

    Not while the clock is not `believed`. Raises StoreError.
    """
    now = effects.now()
    copy = make_backup(effects, settings, settings.backups)
    try:
        if believed:
            oldest = local_date(now, settings.zone) - timedelta(days=settings.backup.keep_days)
            _prune_daily_backups(settings.backups, oldest)
    except OSError as e:
        raise StoreError("old copies could not be deleted", name_file(e, settings.backups), suggest_fix(e)) from e
    return copy


def _make_daily_folder(folder: Path) -> None:
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as e:
        fix = "Move that file away: a folder goes there." if folder.is_file() else suggest_fix(e)
        raise StoreError("the day's copy could not be kept", name_file(e, folder), fix) from e


def _prune_daily_backups(folder: Path, before: date) -> None:
    """Delete the daily copies of days before, by their names; the newest always stays."""
    for day, file in _daily_backups(folder)[:-1]:
        if day < before:
            file.unlink(missing_ok=True)


def latest_backup(folder: Path) -> DailyBackup | None:
    """The newest daily copy in a folder, by the day in its name; None where there is none."""
    for day, file in reversed(_daily_backups(folder)):
        with suppress(OSError):  # deleted just now
            return DailyBackup(day, file, file.stat().st_size)
    return None


def _daily_backups(folder: Path) -> list[tuple[date, Path]]:
    """The daily copies, oldest first."""
    files = folder.glob("casereviews-*.db")
    return sorted((day, file) for file in files if (day := day_in_name(DAILY_NAME_PATTERN, file)))


def day_in_name(pattern: re.Pattern[str], file: Path) -> date | None:
    """The day that a file is named by; None where its name is of another form, or no day (2026-02-31)."""
    name = pattern.fullmatch(file.name)
    try:
        return date.fromisoformat(name[1]) if name else None
    except ValueError:
        return None
