"""Database check for the `check` command: schema, integrity, last activity, all read-only."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from core.actions import terminal_action
from core.errors import StoreError
from db.schema.connect import BUSY_TIMEOUT, Database, database_missing, translate_error
from db.schema.migrations import MIGRATION_NAMES, MIGRATION_SET, applied_steps, refuse_unreleased
from db.schema.timestamps import to_instant

ACTIVITY_COLUMNS = (  # columns that hold when something was done: never later than now
    ("runs", "started_at"),
    ("job_log", "at"),
    ("review_events", "at"),
    ("issues", "built_at"),
)
MAX_COMPLAINTS = 3  # complaints that are shown


@dataclass(frozen=True, slots=True)
class DatabaseInspection:
    """What a database file is like inside."""

    applied: int  # steps of the schema
    pending: tuple[str, ...]  # steps of ours that it has not seen yet
    newer: tuple[str, ...]  # steps that we do not know
    complaints: tuple[str, ...]  # of SQLite's own checks; none is as it should be


def sqlite_features() -> tuple[str, bool]:
    """SQLite's version, and whether it has the full-text search that we need."""
    with closing(sqlite3.connect(":memory:")) as db:
        try:
            db.execute("CREATE VIRTUAL TABLE t USING fts5 (w)")
        except sqlite3.OperationalError:
            return sqlite3.sqlite_version, False
    return sqlite3.sqlite_version, True


@contextmanager
def open_unmigrated(file: Path) -> Iterator[Database]:
    """The database for reading only, as it is: nothing is migrated. Raises DatabaseMissing, StoreError."""
    if not file.is_file() or not file.stat().st_size:
        raise database_missing(file)
    try:
        with closing(_connect_read_only(file)) as connection:
            yield Database(connection, file)
    except sqlite3.DatabaseError as e:
        raise translate_error(e, file) from e


def _connect_read_only(file: Path) -> sqlite3.Connection:
    """Where the folder cannot be written, what is beside the file cannot be made: then the file alone is read."""
    address = f"file:{quote(str(file.absolute()))}?mode=ro"
    connection = sqlite3.connect(address, uri=True, timeout=BUSY_TIMEOUT, isolation_level=None)
    try:
        connection.execute("SELECT 1 FROM sqlite_master")
        return connection
    except sqlite3.OperationalError as e:
        connection.close()
        if "unable to open" not in str(e) and "readonly" not in str(e):
            raise
    return sqlite3.connect(f"{address}&immutable=1", uri=True, isolation_level=None)


def inspect_database(db: Database) -> DatabaseInspection:
    """Look through all of it: seconds for a large one. Raises StoreError where it is no database of ours."""
    names = {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if names and "_sqlite_migrations" not in names:
        action = terminal_action("How it is set up", "Move it away, and make ours with: casereviews init")
        raise StoreError("another program's database", str(db.file), action=action)
    applied = applied_steps(db.conn)
    refuse_unreleased(applied, "database", db.file)
    said = [str(row[0]) for row in db.execute("PRAGMA quick_check")]
    said = [] if said == ["ok"] else said
    lost = db.execute("PRAGMA foreign_key_check").fetchall()
    said += [f"a row of {row[0]} belongs to one of {row[2]} that is not there" for row in lost]
    more = (f"and {len(said) - MAX_COMPLAINTS} more",) if len(said) > MAX_COMPLAINTS else ()
    return DatabaseInspection(
        len(applied),
        tuple(sorted(MIGRATION_NAMES - applied)),
        tuple(sorted(applied - MIGRATION_NAMES)),
        (*said[:MAX_COMPLAINTS], *more),
    )


def last_activity(db: Database) -> datetime | None:
    """The latest instant at which anything was done here, UTC; None where nothing was. Raises no error."""
    found = [db.execute(f"SELECT MAX({column}) FROM {table}").fetchone()[0] for table, column in ACTIVITY_COLUMNS]
    steps = db.execute("SELECT applied_at FROM _sqlite_migrations WHERE migration_set = ?", [MIGRATION_SET])
    made = [datetime.fromisoformat(at).replace(tzinfo=UTC) for (at,) in steps]
    return max([*(to_instant(one) for one in found if one), *made], default=None)


def list_source_names(db: Database) -> list[str]:
    """The sources that reviews were ever seen in, by name."""
    return [row[0] for row in db.execute("SELECT DISTINCT source FROM sightings ORDER BY source")]
