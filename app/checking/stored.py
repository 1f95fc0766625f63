"""The database file and the copies of it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, datetime, timedelta

from app.checking.configured import OTHERS
from app.checking.finding import Finding, failure, of_error, ok, warning
from app.schedule.plan import KNOCK
from core.dates import day_name, local_date
from core.errors import HouseError
from core.plurals import plural
from core.settings import Settings
from core.sizes import byte_size
from db import chores
from db.connect import Database
from db.inspection import inspect, opened

RESTORE = "Restore a backup with: casereviews restore FILE; keep the damaged file."
COPY = re.compile(r"casereviews-(\d{4}-\d\d-\d\d)\.db")
OLD = timedelta(days=2)


@contextmanager
def database(settings: Settings) -> Iterator[tuple[Finding, Database | None]]:
    """What is found of the file; and it, open for reading, where it is whole and of today's schema."""
    try:
        with opened(settings.database) as db:
            found = _inside(settings, db)
            whole = found.verdict != "failure" and not found.fix.startswith("Nothing")
            yield found, db if whole else None
    except HouseError as e:
        yield of_error("database", e), None


def _inside(settings: Settings, db: Database) -> Finding:
    seen, file = inspect(db), settings.database
    if seen.newer:
        words = f"{file} was made by a newer version ({', '.join(seen.newer)})"
        return failure("database", words, "Install that version again, or restore a backup made by this one.")
    if seen.complaints:
        return failure("database", f"{file} is damaged: {'; '.join(seen.complaints)}", RESTORE)
    whole = f"{file}, {byte_size(file.stat().st_size, 'MB')}"
    if seen.pending:
        words = f"{whole}, made by an older version ({plural(len(seen.pending), 'step')} behind)"
        return warning("database", words, "Nothing to do: the next command brings it up to date.")
    if mode := file.stat().st_mode & OTHERS:
        words = f"{whole}; others on this machine can read it (mode 6{mode:02o})"
        return warning("database", words, f"It holds readers' addresses. Run: chmod 600 {file}")
    return ok("database", f"{whole}, whole and up to date")


def backups(settings: Settings, db: Database | None, now: datetime) -> Finding:
    """Whether the timer's daily copies are made."""
    folder = settings.backups
    made = [COPY.fullmatch(file.name) for file in folder.glob("casereviews-*.db")] if folder.is_dir() else []
    days = sorted(date.fromisoformat(one[1]) for one in made if one)
    if not settings.backup.keep_days:
        return warning(
            "backups", "the timer makes none (backup.keep_days = 0)", "Make them otherwise, or set it to 14."
        )
    if days and local_date(now, settings.zone) - days[-1] <= OLD:
        return ok("backups", f"the last is of {day_name(days[-1])}, in {folder}")
    if not days and not (db and chores.get(db, KNOCK)):
        return ok("backups", f"none yet; the timer makes one a day in {folder}")
    words = f"the last is of {day_name(days[-1])}" if days else "there is none"
    return warning(
        "backups", f"{words}, in {folder}", "See: casereviews status. Make one with: casereviews backup FILE"
    )
