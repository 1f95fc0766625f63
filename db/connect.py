"""Opening the one SQLite file, and the one way to write to it."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlite_utils

from core.errors import NotSetUp, StoreError
from db.migrations import NAMES, migrations

WAIT = 30.0  # seconds for another writer to finish
TURNS = 100  # of other writers to wait for


class Database(sqlite_utils.Database):
    """An open connection that knows its file. Each thread opens its own."""

    file: Path


def create(file: Path) -> Database:
    """Open the database, making it and its folder when they are not there. Any number may do so at once."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)  # it holds keys, and in time addresses: nobody else reads it
    except OSError as e:
        raise StoreError("cannot make the data directory", f"{file.parent}: {e.strerror}", "Make it writable.") from e
    return _open(file)


def connect(file: Path) -> Database:
    """Open the database, brought up to date. Each thread opens its own.

    Raises NotSetUp when there is none, StoreError when it is damaged, too new or cannot be written.
    """
    try:
        size = file.stat().st_size if file.is_file() else 0
    except OSError as e:
        raise StoreError("cannot look for the database", f"{file}: {e.strerror}", "Make its folder readable.") from e
    if not size:
        raise NotSetUp("not set up", f"no database at {file}", "Make one with: casereviews init")
    return _open(file)


def _open(file: Path) -> Database:
    with _explained(file):
        connection = sqlite3.connect(file, timeout=WAIT, isolation_level=None)
        try:
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA foreign_keys = ON")
            db = Database(connection)
            db.file = file
            with write(db):
                pass  # the first to open a fresh file makes it; the others wait here
            _write_ahead(db)
            _migrate(db)
        except BaseException:
            connection.close()
            raise
        return db


def _write_ahead(db: Database) -> None:
    """Turn on write-ahead logging. SQLite does not wait for other writers here, so we do."""
    for attempt in range(TURNS):
        try:
            db.conn.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as e:
            if "locked" not in str(e) or attempt == TURNS - 1:
                raise
            with write(db):
                pass  # the turn of whoever is writing ends first


def _migrate(db: Database) -> None:
    """Bring the schema up to date in one immediate transaction, so that only one process does it."""
    if {migration.name for migration in migrations.applied(db)} == NAMES:
        return
    with write(db):
        if unknown := {migration.name for migration in migrations.applied(db)} - NAMES:
            which = f"{db.file} ({', '.join(sorted(unknown))})"
            fix = "Install the newer version again, or restore a backup made by this one."
            raise StoreError("the database was made by a newer version", which, fix)
        migrations.apply(db)


@contextmanager
def write(db: Database) -> Iterator[None]:
    """A transaction that takes the write lock at once: all of it is kept, or none.

    A deferred one fails when two processes read and then write (5 times of 6, measured).
    Raises StoreError when the file cannot be written.
    """
    with _explained(db.file):
        db.conn.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            if db.conn.in_transaction:
                db.conn.execute("ROLLBACK")
            raise
        db.conn.execute("COMMIT")


@contextmanager
def _explained(file: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as e:
        raise explained(e, str(file)) from e


def explained(error: BaseException, file: str = "") -> StoreError:
    """An error of SQLite's as ours, with what to do."""
    return StoreError("the database could not be used", f"{file}: {error}" if file else str(error), _fix(str(error)))


def _fix(message: str) -> str:
    if "full" in message:
        return "Free some space on the disk; nothing was lost."
    if "readonly" in message or "unable to open" in message:
        return "Let the user who runs casereviews write to the data directory."
    if "malformed" in message or "not a database" in message:
        return "Restore a backup; keep the damaged file."
    return "Try again; if it goes on, another program holds the file."
