"""Checks of the database file: integrity, migrations, permissions, age of the last backup."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

from app.checks.configuration import OTHERS_MODE_BITS
from app.checks.finding import Finding, error_finding, failure, ok, warning
from core.config.schema import Settings
from core.dates import day_name, local_date
from core.errors import HouseError
from core.plurals import plural
from core.sizes import byte_size
from db.files import journal
from db.files.db_check import inspect_database, open_unmigrated
from db.operator import job_log
from db.operator.job_log import TICK_TASK
from db.schema.connect import Database
from services.operator.backup import latest_backup

RESTORE_FIX = "Restore a backup with: casereviews restore FILE; keep the damaged file."
MAX_BACKUP_AGE = timedelta(days=2)


@contextmanager
def check_database(settings: Settings) -> Iterator[tuple[Finding, Database | None]]:
    """What is found of the file; and it, open for reading, where it is whole and of today's schema."""
    try:
        with open_unmigrated(settings.database) as db:
            finding = _check_contents(settings, db)
            usable = finding.verdict != "failure" and not finding.fix.startswith("Nothing")
            yield finding, db if usable else None
    except HouseError as e:
        yield error_finding("database", e), None


def _check_contents(settings: Settings, db: Database) -> Finding:
    inspection, file = inspect_database(db), settings.database
    if inspection.newer:
        words = f"{file} was made by a newer version ({', '.join(inspection.newer)})"
        return failure("database", words, "Install that version again, or restore a backup made by this one.")
    if inspection.complaints:
        return failure("database", f"{file} is damaged: {'; '.join(inspection.complaints)}", RESTORE_FIX)
    size = f"{file}, {byte_size(file.stat().st_size, 'MB')}"
    if inspection.pending:
        words = f"{size}, made by an older version ({plural(len(inspection.pending), 'step')} behind)"
        return warning("database", words, "Nothing to do: the next command brings it up to date.")
    if mode := file.stat().st_mode & OTHERS_MODE_BITS:
        words = f"{size}; others on this machine can read it (mode 6{mode:02o})"
        return warning("database", words, f"It holds readers' addresses. Run: chmod 600 {file}")
    if mode := file.parent.stat().st_mode & OTHERS_MODE_BITS:
        words = f"{size}; others on this machine can look into {file.parent} (mode 7{mode:02o})"
        return warning("database", words, f"What is in it is of readers. Run: chmod 700 {file.parent}")
    return ok("database", f"{size}, whole and up to date")


def check_journal(settings: Settings) -> Finding:
    """Whether what leaves can be written beside the database."""
    if error := journal.find_fault(settings.data_dir):
        return error_finding("journal", error)
    return ok("journal", "what leaves, and who does, is written beside the database, too")


def check_backups(settings: Settings, db: Database | None, now: datetime) -> Finding:
    """Whether the timer's daily copies are made."""
    folder, last = settings.backups, latest_backup(settings.backups)
    if not settings.backup.keep_days:
        return warning(
            "backups", "the timer makes none (backup.keep_days = 0)", "Make them otherwise, or set it to 14."
        )
    if last and local_date(now, settings.zone) - last.day <= MAX_BACKUP_AGE:
        return ok("backups", f"the last is of {day_name(last.day)}, in {folder}")
    if not last and not (db and job_log.get(db, TICK_TASK)):
        return ok("backups", f"none yet; the timer makes one a day in {folder}")
    words = f"the last is of {day_name(last.day)}" if last else "there is none"
    return warning(
        "backups", f"{words}, in {folder}", f"See: casereviews status. Make one with: casereviews backup {folder}"
    )
