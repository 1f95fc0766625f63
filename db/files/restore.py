"""Restore of a backup: staged, checked, then moved atomically into the database's place."""

import shutil
import sqlite3
from collections.abc import Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from core.actions import terminal_action
from core.errors import HouseError, LockHeld, NotFound, StoreError
from db.files.backup import SIDECAR_SUFFIXES, check_integrity, copy_database, count_rows, fsync_path
from db.schema.connect import open_and_migrate
from db.schema.migrations import MIGRATION_NAMES, refuse_unreleased
from db.schema.timestamps import instant_or_none

BUSY_TIMEOUT = 5.0  # seconds for whoever has the old database open
SELECT_APPLIED = "SELECT name FROM _sqlite_migrations WHERE migration_set = 'casereviews' ORDER BY id"
NAME_BACKUP = terminal_action("How a backup is restored", "Name a file that casereviews backup has made.")
COPY_FAILURE = (
    "the backup could not be copied beside the database",
    "Make it readable, and free some space there; nothing was changed.",
)
ACTIVITY_COLUMNS = (  # instants of whatever happens, for files that do not say when they were made
    ("job_log", "at"),
    ("runs", "started_at"),
    ("deliveries", "changed_at"),
    ("subscribers", "status_since"),
    ("issues", "built_at"),
)


@dataclass(frozen=True, slots=True)
class BackupInfo:
    """A backup as it was found, before anything is done with it."""

    made_at: datetime | None  # UTC; of a file that does not say so, the newest instant in it
    rows: Mapping[str, int]  # of each table, by its name
    missing: tuple[str, ...]  # the migrations that it has not had yet


def stage_backup(file: Path, work: Path) -> BackupInfo:
    """Copy a backup aside, with what SQLite keeps beside it, and look at the copy; the backup itself is only read.

    Raises NotFound, and StoreError for what is damaged, no database of ours, or of a newer version.
    """
    if not file.is_file():
        raise NotFound("that is a folder" if file.is_dir() else "no such file", str(file), action=NAME_BACKUP)
    try:
        for suffix in ("", "-wal", "-journal"):
            one = file.with_name(file.name + suffix)
            if one.is_file():
                aside = work.with_name(work.name + suffix)
                aside.touch(mode=0o600)
                shutil.copyfile(one, aside)
        return _inspect_staged(work, file)
    except OSError as e:
        raise StoreError(COPY_FAILURE[0], f"{e.filename or file}: {e.strerror}", COPY_FAILURE[1]) from e
    except sqlite3.Error as e:
        if getattr(e, "sqlite_errorname", "").startswith(("SQLITE_FULL", "SQLITE_IOERR", "SQLITE_CANTOPEN")):
            raise StoreError(COPY_FAILURE[0], f"{file}: {e}", COPY_FAILURE[1]) from e
        raise _damaged_error(file, str(e)) from e


def _inspect_staged(work: Path, file: Path) -> BackupInfo:
    with closing(sqlite3.connect(work, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = DELETE").fetchone()  # what is in a log beside it is now in it
        tables = {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
        if not tables >= {"_sqlite_migrations", "reviews", "issues"}:
            raise StoreError("this is no backup of ours", str(file), action=NAME_BACKUP)
    if wrong := check_integrity(work):
        raise _damaged_error(file, wrong)
    with closing(sqlite3.connect(work)) as db:
        applied = {row[0] for row in db.execute(SELECT_APPLIED)}
        refuse_unreleased(applied, "backup", file)
        if unknown := applied - MIGRATION_NAMES:
            which = f"{file} ({', '.join(sorted(unknown))})"
            raise StoreError("the backup was made by a newer version", which, "Install that version, then restore it.")
        return BackupInfo(_read_made_at(db, tables), count_rows(db), tuple(sorted(MIGRATION_NAMES - applied)))


def _read_made_at(db: sqlite3.Connection, tables: set[str]) -> datetime | None:
    if row := db.execute("SELECT made_at FROM backup_stamp").fetchone():
        return instant_or_none(row[0])
    known = [
        db.execute(f"SELECT MAX({name}) FROM {table}").fetchone()[0]
        for table, name in ACTIVITY_COLUMNS
        if table in tables
    ]
    return instant_or_none(max(filter(None, known), default=None))


def _damaged_error(file: Path, why: str) -> StoreError:
    return StoreError("the backup is damaged", f"{file}: {why}", "Nothing was changed. Take another backup.")


def fold_wal(database: Path) -> bool:
    """Make the old database one file again, which needs that nobody has it open; False where it is damaged.

    Raises LockHeld while somebody has.
    """
    if not is_sound(database):
        return False
    try:
        with closing(sqlite3.connect(database, timeout=BUSY_TIMEOUT, isolation_level=None)) as db:
            db.execute("PRAGMA locking_mode = EXCLUSIVE")  # this SQLite waits for; to end the log alone it does not
            db.execute("PRAGMA journal_mode = DELETE").fetchone()
            database.with_name(f"{database.name}-shm").unlink(missing_ok=True)  # of who was killed: else it deletes it
            return True
    except sqlite3.OperationalError as e:
        _refuse_locked(e, database)
        raise StoreError("the database could not be closed", f"{database}: {e}", "Nothing was changed.") from e


def is_sound(database: Path) -> bool:
    """Whether the old database is sound; it and what stands beside it are left as they are.

    Raises LockHeld while somebody lets nobody else read it.
    """
    address = f"{database.absolute().as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(address, timeout=BUSY_TIMEOUT, uri=True)) as db:
            return bool(db.execute("PRAGMA quick_check(1)").fetchone()[0] == "ok")
    except sqlite3.DatabaseError as e:
        _refuse_locked(e, database)
        return False


def _refuse_locked(error: sqlite3.DatabaseError, database: Path) -> None:
    """Raises LockHeld where an error says that somebody else is at the database: it is not damaged then."""
    if (getattr(error, "sqlite_errorname", "") or "").startswith("SQLITE_BUSY"):
        command = "Stop what uses it, casereviews serve say, then restore again; nothing was changed."
        action = terminal_action("How a backup is restored", command)
        raise LockHeld("somebody has the database open", str(database), action=action) from error


def migrate_copy(database: Path, aside: Path) -> Path:
    """The old database, which is kept as it is; where its schema is behind ours, a copy that is brought up to date."""
    address = f"{database.absolute().as_uri()}?mode=ro"
    try:
        with closing(sqlite3.connect(address, timeout=BUSY_TIMEOUT, uri=True)) as db:
            applied = {row[0] for row in db.execute(SELECT_APPLIED)}
    except sqlite3.DatabaseError as e:
        _refuse_locked(e, database)
        return database  # another program's
    if not applied < MIGRATION_NAMES:
        return database
    copy_database(database, aside)
    open_and_migrate(aside).close()
    return aside


def finish_staged(work: Path) -> None:
    """Make a single file of what was made ready, and have it on the disk."""
    with closing(sqlite3.connect(work, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = DELETE").fetchone()
    fsync_path(work)


def has_database(database: Path) -> bool:
    """Whether there is a database to be kept, or what is left of one."""
    found = (database.with_name(database.name + suffix) for suffix in ("", *SIDECAR_SUFFIXES))
    return any(file.is_file() and file.stat().st_size for file in found)


def replace_database(work: Path, database: Path, kept: Path | None) -> None:
    """Put a database that is ready in the place of the old one, which is kept under another name; None: there is none.

    Killed at any moment, one of the two is in place: first the old one gets its second name, then it is replaced at
    once. Of a damaged one, what SQLite keeps beside it goes first: it must not be taken for a part of the new one.
    """
    try:
        for suffix in ("", *SIDECAR_SUFFIXES):
            old = database.with_name(database.name + suffix)
            if kept and old.exists():
                _link_or_copy(old, kept.with_name(kept.name + suffix))
        fsync_path(database.parent)
        for suffix in SIDECAR_SUFFIXES:
            database.with_name(database.name + suffix).unlink(missing_ok=True)
        work.replace(database)
        fsync_path(database.parent)
    except OSError as e:
        which = f"{e.filename or database}: {e.strerror}"
        raise StoreError("the backup could not be put in place", which, "Make the folder writable.") from e


def _link_or_copy(old: Path, new: Path) -> None:
    try:
        new.hardlink_to(old)
    except FileExistsError as e:
        raise HouseError("there is a file already", str(new), "Wait a second, then try again.") from e
    except OSError:  # a file system without second names
        shutil.copy2(old, new)
        fsync_path(new)


def remove_leftovers(folder: Path, database: Path) -> None:
    """Delete what killed restorings have left: folders they worked in, second names of a database still in place."""
    for left in folder.glob(".restoring-*"):
        shutil.rmtree(left, ignore_errors=True)
    for file in folder.glob("replaced-*.db"):
        with suppress(OSError):
            if file.samefile(database):
                file.unlink()
