"""SQLite connections: opening, migrating, write transactions (BEGIN IMMEDIATE), errors translated."""

import errno
import os
import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Self

from core.actions import Action, terminal_action
from core.disk_advice import suggest_fix
from core.errors import DatabaseMissing, StoreError
from db.files.backup import copy_database, open_read_only
from db.schema.migrations import MIGRATION_NAMES, applied_steps, apply_steps, refuse_unreleased

BUSY_TIMEOUT = 30.0  # seconds for another writer to finish
SHORT_BUSY_TIMEOUT = 0.5  # seconds for readers, before the log is left to others to empty
READING_TIMEOUT = 1.0  # and for who only looks: whoever writes for longer has made it already
WAL_ATTEMPTS = 100  # of other writers to wait for
LARGE_CACHE = 65_536  # KiB
LONG_LOG = 4_000  # pages of the write-ahead log: 16 MB
ANALYSIS_LIMIT = 400  # rows of an index that are looked at, to see how it is best used
MIN_FREE_BYTES = 65_536  # bytes that SQLite needs beside a database to open it
RESTORE_ADVICE = terminal_action(
    "How a backup is restored", "Restore a backup with: casereviews restore FILE; the damaged file is kept."
)
PERMISSION_ADVICE = "Let the user who runs casereviews read and write the data directory."
READ_ONLY_ADVICE = suggest_fix(OSError(errno.EROFS, ""))
ERROR_MEANINGS: tuple[
    tuple[str, str, str | Action], ...
] = (  # the beginning of SQLite's name of an error, what it means, what to do
    ("SQLITE_FULL", "the disk is full", "Free some space and try again; nothing was lost."),
    ("SQLITE_IOERR_SHMSIZE", "the disk is full", "Free some space and try again; nothing was lost."),
    ("SQLITE_READONLY_DBMOVED", "the database was moved away", "Start casereviews again."),
    ("SQLITE_READONLY", "the database cannot be written", PERMISSION_ADVICE),
    ("SQLITE_CANTOPEN", "the database cannot be opened", PERMISSION_ADVICE),
    ("SQLITE_PERM", "the database cannot be opened", PERMISSION_ADVICE),
    ("SQLITE_CORRUPT", "the database is damaged", RESTORE_ADVICE),
    ("SQLITE_NOTADB", "the database is damaged", RESTORE_ADVICE),
    ("SQLITE_IOERR", "the disk does not read or write as it should", "Look at the disk, then try again."),
)
OTHER_ERROR = ("the database could not be used", "Try again; if it goes on, another program holds the file.")


class Database:
    """An open connection that knows its file. Each thread opens its own."""

    def __init__(self, conn: sqlite3.Connection, file: Path) -> None:
        self.conn, self.file = conn, file
        self.read_only_reason: StoreError | None = None  # why it can only be read
        self.is_dry = False  # nothing of the open transaction is kept, here or in the journal beside it
        conn.row_factory = sqlite3.Row
        conn.execute("PRAGMA foreign_keys = ON")
        conn.execute("PRAGMA recursive_triggers = ON")

    def execute(self, sql: str, values: Sequence[Any] | Mapping[str, Any] = ()) -> sqlite3.Cursor:
        """Run one statement."""
        return self.conn.execute(sql, values)

    def insert(self, table: str, row: Mapping[str, Any]) -> None:
        """Add a row."""
        self.conn.execute(_insert_statement(table, row), tuple(row.values()))

    def upsert(self, table: str, row: Mapping[str, Any], *key: str) -> None:
        """Add a row, or change that of the same key; columns that are not named stay as they are."""
        changes = ", ".join(f"{name} = excluded.{name}" for name in row if name not in key)
        statement = f"{_insert_statement(table, row)} ON CONFLICT ({', '.join(key)}) DO UPDATE SET {changes}"
        self.conn.execute(statement, tuple(row.values()))

    def close(self) -> None:
        """Close the connection."""
        self.conn.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()


def _insert_statement(table: str, row: Mapping[str, Any]) -> str:
    return f"INSERT INTO {table} ({', '.join(row)}) VALUES ({', '.join('?' * len(row))})"


def create(file: Path) -> Database:
    """Open the database, making it and its folder when they are not there. Any number may do so at once."""
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        file.touch(mode=0o600)  # it holds keys, and in time addresses: nobody else reads it
    except OSError as e:
        raise StoreError("cannot make the data directory", f"{file.parent}: {e.strerror}", suggest_fix(e)) from e
    return _open_database(file)


def database_missing(file: Path) -> DatabaseMissing:
    """That no database is where it should be: it was never made, or its folder has moved, or its disk is not there."""
    command = "Make one with: casereviews init; if there was one, set data_dir to where it is, or put it back"
    action = terminal_action("How it is set up", command)
    return DatabaseMissing("not set up", f"no database at {file}", action=action)


def connect(file: Path, reading: bool = False, patience: float = BUSY_TIMEOUT, shared: bool = False) -> Database:
    """Open the database, brought up to date. Each thread opens its own.

    `shared`: instead for several that take turns, so that what one has written is in memory for the next.
    `patience`: seconds for whoever writes just now, before it is opened all the same; a database that was brought up to
    date before needs none. `reading`: for a short look, even where nothing can be written; what writes all the same is
    told why it cannot.
    Raises DatabaseMissing when there is none, StoreError when it is damaged, too new or cannot be written.
    """
    try:
        size = file.stat().st_size if file.is_file() else None
    except OSError as e:
        raise StoreError("cannot look for the database", f"{file}: {e.strerror}", "Make its folder readable.") from e
    if size is None:
        raise database_missing(file)
    if size == 0:
        command = "Make one with: casereviews init; if there was one, restore a backup with: casereviews restore FILE"
        action = terminal_action("How it is set up, or restored", command)
        raise DatabaseMissing("not set up", f"the database {file} is empty", action=action)
    try:
        return _open_database(file, READING_TIMEOUT if reading else patience, shared=shared)
    except StoreError as e:
        db = _open_for_reading(file, e) if reading else None
        if db is None:
            raise
        return db


def limit_cache(db: Database, kib: int) -> None:
    """Hold no more of the database in this connection's memory."""
    db.conn.execute(f"PRAGMA cache_size = {-kib}")


def data_version(db: Database) -> int:
    """Another number whenever another connection has changed the database since this one last asked."""
    return int(db.conn.execute("PRAGMA data_version").fetchone()[0])


def open_and_migrate(file: Path) -> Database:
    """Open a file that is nobody's database yet, brought up to date without a copy being made before."""
    return _open_database(file, copied=False)


def _open_database(file: Path, patience: float = BUSY_TIMEOUT, copied: bool = True, shared: bool = False) -> Database:
    with _translate_errors(file):
        connection = sqlite3.connect(file, timeout=patience, isolation_level=None, check_same_thread=not shared)
        try:
            db = Database(connection, file)
            _wait_for_creator(db, patience)
            _refuse_foreign_database(db)
            _enable_wal(db)
            _migrate_schema(db, copied)
        except BaseException:
            connection.close()
            raise
        return db


def _wait_for_creator(db: Database, patience: float) -> None:
    """The first to open a fresh file makes it; the others wait here. Who only looks does not wait for all writers."""
    try:
        with write_transaction(db):
            pass
    except StoreError as e:
        if patience == BUSY_TIMEOUT or not getattr(e.__cause__, "sqlite_errorname", "").startswith("SQLITE_BUSY"):
            raise
    finally:
        db.conn.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT * 1000:.0f}")


def _open_for_reading(file: Path, why: StoreError) -> Database | None:
    """A connection that only reads; None where that cannot be had, or the schema is not the one we know.

    Where nobody has the database open, SQLite needs a little room beside it, or leave to write there, even to read:
    it is then read as a file that does not change, which is so for the while that a command looks at it.
    """
    connection = None
    try:
        connection = open_read_only(file)
        db = Database(connection, file)
        db.read_only_reason = why
        if applied_steps(connection) == MIGRATION_NAMES:
            return db
    except (sqlite3.DatabaseError, OSError):
        pass  # `why` says it better
    if connection:
        connection.close()
    return None


def _refuse_foreign_database(db: Database) -> None:
    """Leave another program's database as it is. Raises StoreError."""
    tables, ours = db.execute(
        "SELECT COUNT(*), TOTAL(name = '_sqlite_migrations') FROM sqlite_master WHERE type = 'table'"
    ).fetchone()
    if tables and not ours:
        command = (
            "Move it away, or name another --data-dir; if ours was here, restore a backup: casereviews restore FILE"
        )
        action = terminal_action("How a backup is restored", command)
        raise StoreError("this is another program's database", str(db.file), action=action)


def _enable_wal(db: Database) -> None:
    """Turn on write-ahead logging. SQLite does not wait for other writers here, so we do."""
    for attempt in range(WAL_ATTEMPTS):
        try:
            db.conn.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as e:
            if "locked" not in str(e) or attempt == WAL_ATTEMPTS - 1:
                raise
            with write_transaction(db):
                pass  # the turn of whoever is writing ends first


def _migrate_schema(db: Database, copied: bool) -> None:
    """Bring the schema up to date in one immediate transaction, so that only one process does it.

    What was there before is copied first, unless the file is fresh.
    """
    if applied_steps(db.conn) == MIGRATION_NAMES:
        return
    with write_transaction(db):
        applied = applied_steps(db.conn)
        refuse_unreleased(applied, "database", db.file)
        if unknown := applied - MIGRATION_NAMES:
            which = f"{db.file} ({', '.join(sorted(unknown))})"
            fix = "Install the newer version again, or restore a backup made by this one."
            raise StoreError("the database was made by a newer version", which, fix)
        if applied and copied and (missing := sorted(MIGRATION_NAMES - applied)):
            _copy_before_migration(db.file, missing[0])
        apply_steps(db.conn)


def _copy_before_migration(file: Path, migration: str) -> None:
    """Copy what is committed, in place of an earlier copy. Raises StoreError, and nothing is changed.

    The way back: install the older version, then `casereviews restore data/backups/before-….db`.
    """
    folder = file.parent / "backups"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        copy_database(file, folder / f"before-{migration}.db", replace=True)
    except (OSError, StoreError) as e:
        which = f"{file}: no copy of it could be made first ({e.which if isinstance(e, StoreError) else e})"
        fix = f"Free {file.stat().st_size // 1_000_000 + 1} MB there and let it be written; nothing was changed."
        raise StoreError("the database was not brought up to date", which, fix) from e


@contextmanager
def write_transaction(db: Database, dry: bool = False) -> Iterator[None]:
    """A transaction that takes the write lock at once: all of it is kept, or none; with `dry` none.

    A deferred one fails when two processes read and then write (5 times of 6, measured).
    Raises StoreError when the file cannot be written.
    """
    if db.read_only_reason:
        raise StoreError(
            db.read_only_reason.what, db.read_only_reason.which, db.read_only_reason.fix, db.read_only_reason.action
        ) from db.read_only_reason
    with _translate_errors(db.file):
        db.conn.execute("BEGIN IMMEDIATE")
        db.is_dry = dry
        try:
            yield
            db.conn.execute("ROLLBACK" if dry else "COMMIT")
        except BaseException:
            if db.conn.in_transaction:  # a full disk ends some by itself
                db.conn.execute("ROLLBACK")
            raise
        finally:
            db.is_dry = False


@contextmanager
def unsynced_commits(db: Database) -> Iterator[None]:
    """Commits that do not wait for the disk: a power cut may undo the last of them, until one after it has waited."""
    db.conn.execute("PRAGMA synchronous = NORMAL")
    try:
        yield
    finally:
        db.conn.execute("PRAGMA synchronous = FULL")


@contextmanager
def write_at_once(db: Database) -> Iterator[None]:
    """A write transaction for what can as well be left. Raises StoreError at once where somebody else is writing."""
    db.conn.execute("PRAGMA busy_timeout = 0")
    try:
        with write_transaction(db):
            yield
    finally:
        db.conn.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT * 1000:.0f}")


def optimize(db: Database) -> None:
    """Have SQLite look again at how many rows the tables have, so that it picks the right index. Once a day.

    In a write transaction: by itself it first reads, and SQLite does not wait for another writer after that.
    """
    db.conn.execute(f"PRAGMA analysis_limit = {ANALYSIS_LIMIT}")
    with write_transaction(db):
        db.conn.execute("PRAGMA optimize")


def enlarge_cache(db: Database) -> None:
    """Let this connection hold 64 MB in memory: inserting many reviews is 1.5 to 6 times faster."""
    db.conn.execute(f"PRAGMA cache_size = {-LARGE_CACHE}")


def undo_in_memory(db: Database) -> None:
    """Hold in memory what a statement may undo: a file for it costs as much as inserting a row with a trigger."""
    db.conn.execute("PRAGMA temp_store = MEMORY")


def lengthen_log(db: Database) -> None:
    """Let the log grow to four times its length before this connection empties it, which waits for the disk twice."""
    db.conn.execute(f"PRAGMA wal_autocheckpoint = {LONG_LOG}").fetchone()


def enable_secure_delete(db: Database) -> None:
    """From now on, what this connection deletes or changes is overwritten where it stood in the file."""
    db.conn.execute("PRAGMA secure_delete = ON").fetchone()


def truncate_wal(db: Database) -> None:
    """Empty the write-ahead log, so that what was removed is in no file of ours. Outside a transaction.

    Where somebody reads meanwhile (a long copy, Litestream), it is left to whoever empties the log next: waiting would
    hold up all other writers too.
    """
    db.conn.execute(f"PRAGMA busy_timeout = {SHORT_BUSY_TIMEOUT * 1000:.0f}")
    try:
        db.conn.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    finally:
        db.conn.execute(f"PRAGMA busy_timeout = {BUSY_TIMEOUT * 1000:.0f}")


@contextmanager
def _translate_errors(file: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.DatabaseError as e:
        raise translate_error(e, file) from e


def as_store_error(error: BaseException) -> StoreError | None:
    """An error of SQLite's as ours, with what to do; ours of the store as it is; None for any other."""
    if isinstance(error, sqlite3.DatabaseError):
        return translate_error(error)
    return error if isinstance(error, StoreError) else None


def translate_error(error: BaseException, file: Path | str = "") -> StoreError:
    """An error of SQLite's as ours, with what to do."""
    name = getattr(error, "sqlite_errorname", None) or ""
    if name.startswith(("SQLITE_IOERR", "SQLITE_CANTOPEN")) and file and _is_disk_full(Path(file)):
        name = "SQLITE_FULL"
    what, fix = next(((what, fix) for begin, what, fix in ERROR_MEANINGS if name.startswith(begin)), OTHER_ERROR)
    which = f"{file}: {error}" if file else str(error)
    if isinstance(fix, Action):
        return StoreError(what, which, action=fix)
    if fix == PERMISSION_ADVICE and file and _is_disk_read_only(Path(file)):
        fix = READ_ONLY_ADVICE
    return StoreError(what, which, fix)


def _is_disk_full(file: Path) -> bool:
    with suppress(OSError):
        disk = os.statvfs(file.parent)
        return not disk.f_flag & os.ST_RDONLY and disk.f_bavail * disk.f_frsize < MIN_FREE_BYTES
    return False


def _is_disk_read_only(file: Path) -> bool:
    with suppress(OSError):
        return bool(os.statvfs(file.parent).f_flag & os.ST_RDONLY)
    return False
