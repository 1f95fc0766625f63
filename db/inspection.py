"""A look at the database that changes nothing in it: what `check` asks."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

from core.errors import NotSetUp, StoreError
from db.connect import WAIT, Database, explained
from db.migrations import NAMES, migrations
from db.times import to_instant

LIVED = (  # columns that hold when something was done: never later than now
    ("runs", "started_at"),
    ("chores", "at"),
    ("events", "at"),
    ("issues", "built_at"),
)
FEW = 3  # complaints that are shown


@dataclass(frozen=True, slots=True)
class Inspection:
    """What a database file is like inside."""

    applied: int  # steps of the schema
    pending: tuple[str, ...]  # steps of ours that it has not seen yet
    newer: tuple[str, ...]  # steps that we do not know
    complaints: tuple[str, ...]  # of SQLite's own checks; none is as it should be


def versions() -> tuple[str, bool]:
    """SQLite's version, and whether it has the full-text search that we need."""
    with closing(sqlite3.connect(":memory:")) as db:
        try:
            db.execute("CREATE VIRTUAL TABLE t USING fts5 (w)")
        except sqlite3.OperationalError:
            return sqlite3.sqlite_version, False
    return sqlite3.sqlite_version, True


@contextmanager
def opened(file: Path) -> Iterator[Database]:
    """The database for reading only, as it is: nothing is migrated. Raises NotSetUp, StoreError."""
    if not file.is_file() or not file.stat().st_size:
        raise NotSetUp("not set up", f"no database at {file}", "Make one with: casereviews init")
    try:
        with closing(_connection(file)) as connection:
            connection.row_factory = sqlite3.Row
            db = Database(connection)
            db.file = file
            yield db
    except sqlite3.DatabaseError as e:
        raise explained(e, file) from e


def _connection(file: Path) -> sqlite3.Connection:
    """Where the folder cannot be written, what is beside the file cannot be made: then the file alone is read."""
    address = f"file:{quote(str(file.absolute()))}?mode=ro"
    connection = sqlite3.connect(address, uri=True, timeout=WAIT, isolation_level=None)
    try:
        connection.execute("SELECT 1 FROM sqlite_master")
        return connection
    except sqlite3.OperationalError as e:
        connection.close()
        if "unable to open" not in str(e) and "readonly" not in str(e):
            raise
    return sqlite3.connect(f"{address}&immutable=1", uri=True, isolation_level=None)


def inspect(db: Database) -> Inspection:
    """Look through all of it: seconds for a large one. Raises StoreError where it is no database of ours."""
    names = {row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    if names and "_sqlite_migrations" not in names:
        fix = "Move it away, and make ours with: casereviews init"
        raise StoreError("another program's database", str(db.file), fix)
    applied = {migration.name for migration in migrations.applied(db)}
    said = [str(row[0]) for row in db.execute("PRAGMA quick_check")]
    said = [] if said == ["ok"] else said
    lost = db.execute("PRAGMA foreign_key_check").fetchall()
    said += [f"a row of {row[0]} belongs to one of {row[2]} that is not there" for row in lost]
    more = (f"and {len(said) - FEW} more",) if len(said) > FEW else ()
    return Inspection(
        len(applied), tuple(sorted(NAMES - applied)), tuple(sorted(applied - NAMES)), (*said[:FEW], *more)
    )


def newest(db: Database) -> datetime | None:
    """The latest instant at which anything was done here, UTC; None where nothing was. Raises no error."""
    found = [db.execute(f"SELECT MAX({column}) FROM {table}").fetchone()[0] for table, column in LIVED]
    made = [datetime.fromisoformat(one.applied_at).replace(tzinfo=UTC) for one in migrations.applied(db)]
    return max([*(to_instant(one) for one in found if one), *made], default=None)


def source_names(db: Database) -> list[str]:
    """The sources that reviews were ever seen in, by name."""
    return [row[0] for row in db.execute("SELECT DISTINCT source FROM sightings ORDER BY source")]
