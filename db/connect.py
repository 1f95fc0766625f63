"""Opening the one SQLite file, and the one way to write to it."""

import errno
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import sqlite_utils

from core.disk import remedy
from core.errors import NotSetUp, StoreError
from db.backup import copy, only_read
from db.migrations import NAMES, migrations

WAIT = 30.0  # seconds for another writer to finish
LOOK = 1.0  # and for who only looks: whoever writes for longer has made it already
TURNS = 100  # of other writers to wait for
ROOM = 65_536  # bytes that SQLite needs beside a database to open it
RESTORE = "Restore a backup with: casereviews restore FILE; the damaged file is kept."
LEAVE = "Let the user who runs casereviews read and write the data directory."
CLOSED = remedy(OSError(errno.EROFS, ""))
MEANINGS = (  # the beginning of SQLite's name of an error, what it means, what to do
    ("SQLITE_FULL", "the disk is full", "Free some space and try again; nothing was lost."),
    ("SQLITE_IOERR_SHMSIZE", "the disk is full", "Free some space and try again; nothing was lost."),
    ("SQLITE_READONLY_DBMOVED", "the database was moved away", "Start casereviews again."),
    ("SQLITE_READONLY", "the database cannot be written", LEAVE),
    ("SQLITE_CANTOPEN", "the database cannot be opened", LEAVE),
    ("SQLITE_PERM", "the database cannot be opened", LEAVE),
    ("SQLITE_CORRUPT", "the database is damaged", RESTORE),
    ("SQLITE_NOTADB", "the database is damaged", RESTORE),
    ("SQLITE_IOERR", "the disk does not read or write as it should", "Look at the disk, then try again."),
)
OTHER = ("the database could not be used", "Try again; if it goes on, another program holds the file.")


class Database(sqlite_utils.Database):
    """An open connection that knows its file. Each thread opens its own."""

    file: Path
    only: StoreError | None = None  # why it can only be read


def create(file: Path) -> Database:
    """Open the database, making it and its folder when they are not there. Any number may do so at once."""
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)  # it holds keys, and in time addresses: nobody else reads it
    except OSError as e:
        raise StoreError("cannot make the data directory", f"{file.parent}: {e.strerror}", remedy(e)) from e
    return _open(file)


def connect(file: Path, reading: bool = False) -> Database:
    """Open the database, brought up to date. Each thread opens its own.

    `reading`: for a short look, even where nothing can be written; what writes all the same is told why it cannot.
    Raises NotSetUp when there is none, StoreError when it is damaged, too new or cannot be written.
    """
    try:
        size = file.stat().st_size if file.is_file() else None
    except OSError as e:
        raise StoreError("cannot look for the database", f"{file}: {e.strerror}", "Make its folder readable.") from e
    if size is None:
        raise NotSetUp("not set up", f"no database at {file}", "Make one with: casereviews init")
    if size == 0:
        fix = "Make one with: casereviews init; if there was one, restore a backup with: casereviews restore FILE"
        raise NotSetUp("not set up", f"the database {file} is empty", fix)
    try:
        return _open(file, LOOK if reading else WAIT)
    except StoreError as e:
        db = _only_to_be_read(file, e) if reading else None
        if db is None:
            raise
        return db


def bring_up(file: Path) -> Database:
    """Open a file that is nobody's database yet, brought up to date without a copy being made before."""
    return _open(file, copied=False)


def _open(file: Path, patience: float = WAIT, copied: bool = True) -> Database:
    with _explained(file):
        connection = sqlite3.connect(file, timeout=patience, isolation_level=None)
        try:
            connection.row_factory = sqlite3.Row
            connection.execute("PRAGMA foreign_keys = ON")
            db = Database(connection)
            db.file = file
            _wait_for_its_maker(db, patience)
            _refuse_another(db)
            _write_ahead(db)
            _migrate(db, copied)
        except BaseException:
            connection.close()
            raise
        return db


def _wait_for_its_maker(db: Database, patience: float) -> None:
    """The first to open a fresh file makes it; the others wait here. Who only looks does not wait for all writers."""
    try:
        with write(db):
            pass
    except StoreError as e:
        if patience == WAIT or getattr(e.__cause__, "sqlite_errorname", "") != "SQLITE_BUSY":
            raise
    finally:
        db.conn.execute(f"PRAGMA busy_timeout = {WAIT * 1000:.0f}")


def _only_to_be_read(file: Path, why: StoreError) -> Database | None:
    """A connection that only reads; None where that cannot be had, or the schema is not the one we know.

    Where nobody has the database open, SQLite needs a little room beside it, or leave to write there, even to read:
    it is then read as a file that does not change, which is so for the while that a command looks at it.
    """
    connection = None
    try:
        connection = only_read(file)
        connection.row_factory = sqlite3.Row
        db = Database(connection)
        db.file, db.only = file, why
        if {migration.name for migration in migrations.applied(db)} == NAMES:
            return db
    except (sqlite3.DatabaseError, OSError):
        pass  # `why` says it better
    if connection:
        connection.close()
    return None


def _refuse_another(db: Database) -> None:
    """Leave another program's database as it is. Raises StoreError."""
    tables, ours = db.execute(
        "SELECT COUNT(*), TOTAL(name = '_sqlite_migrations') FROM sqlite_master WHERE type = 'table'"
    ).fetchone()
    if tables and not ours:
        fix = "Move it away, or name another --data-dir; if ours was here, restore a backup: casereviews restore FILE"
        raise StoreError("this is another program's database", str(db.file), fix)


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


def _migrate(db: Database, copied: bool) -> None:
    """Bring the schema up to date in one immediate transaction, so that only one process does it.

    What was there before is copied first, unless the file is fresh.
    """
    if {migration.name for migration in migrations.applied(db)} == NAMES:
        return
    with write(db):
        applied = {migration.name for migration in migrations.applied(db)}
        if unknown := applied - NAMES:
            which = f"{db.file} ({', '.join(sorted(unknown))})"
            fix = "Install the newer version again, or restore a backup made by this one."
            raise StoreError("the database was made by a newer version", which, fix)
        if applied and copied and (missing := sorted(NAMES - applied)):
            _copy_before(db.file, missing[0])
        migrations.apply(db)


def _copy_before(file: Path, migration: str) -> None:
    """Copy what is committed, in place of an earlier copy. Raises StoreError, and nothing is changed.

    The way back: install the older version, then `casereviews restore data/backups/before-….db`.
    """
    folder = file.parent / "backups"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        copy(file, folder / f"before-{migration}.db", replace=True)
    except (OSError, StoreError) as e:
        which = f"{file}: no copy of it could be made first ({e.which if isinstance(e, StoreError) else e})"
        fix = f"Free {file.stat().st_size // 1_000_000 + 1} MB there and let it be written; nothing was changed."
        raise StoreError("the database was not brought up to date", which, fix) from e


@contextmanager
def write(db: Database) -> Iterator[None]:
    """A transaction that takes the write lock at once: all of it is kept, or none.

    A deferred one fails when two processes read and then write (5 times of 6, measured).
    Raises StoreError when the file cannot be written.
    """
    if db.only:
        raise StoreError(db.only.what, db.only.which, db.only.fix) from db.only
    with _explained(db.file):
        db.conn.execute("BEGIN IMMEDIATE")
        try:
            yield
            db.conn.execute("COMMIT")
        except BaseException:
            if db.conn.in_transaction:  # a full disk ends some by itself
                db.conn.execute("ROLLBACK")
            raise


@contextmanager
def _explained(file: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as e:
        raise explained(e, file) from e


def trouble(error: BaseException) -> StoreError | None:
    """An error of SQLite's as ours, with what to do; ours of the store as it is; None for any other."""
    if isinstance(error, sqlite3.DatabaseError):
        return explained(error)
    return error if isinstance(error, StoreError) else None


def explained(error: BaseException, file: Path | str = "") -> StoreError:
    """An error of SQLite's as ours, with what to do."""
    name = getattr(error, "sqlite_errorname", None) or ""
    if name.startswith(("SQLITE_IOERR", "SQLITE_CANTOPEN")) and file and _is_full(Path(file)):
        name = "SQLITE_FULL"
    what, fix = next((means for begin, *means in MEANINGS if name.startswith(begin)), OTHER)
    if fix == LEAVE and file and _is_closed(Path(file)):
        fix = CLOSED
    return StoreError(what, f"{file}: {error}" if file else str(error), fix)


def _is_full(file: Path) -> bool:
    with suppress(OSError):
        disk = os.statvfs(file.parent)
        return not disk.f_flag & os.ST_RDONLY and disk.f_bavail * disk.f_frsize < ROOM
    return False


def _is_closed(file: Path) -> bool:
    with suppress(OSError):
        return bool(os.statvfs(file.parent).f_flag & os.ST_RDONLY)
    return False
