"""Database backup: an online copy of the whole SQLite file, checked for integrity before it counts."""

import os
import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from core.actions import terminal_action
from core.errors import HouseError, StoreError
from core.new_file import move_new_file
from db.schema.migrations import refuse_unreleased
from db.schema.timestamps import to_text

if TYPE_CHECKING:
    from db.schema.connect import Database

SQLITE_HEADER = b"SQLite format 3\0"
NO_HEADER = bytes(len(SQLITE_HEADER))  # of a copy that was killed: its first page is written last
PAGES_PER_STEP = 1_000  # pages between two looks at whether to stop: 4 MB
UNWRITABLE_ERRORS = (
    "SQLITE_CANTOPEN",
    "SQLITE_READONLY",
    "SQLITE_IOERR_SHM",
)  # no room, or no leave, to write beside the database
LOOK_AT_DATABASE = terminal_action("How the database is looked at", "Look at the database: casereviews check")
CopyProgress = Callable[[int, int], object]  # hears how many bytes are copied, of how many; what it raises ends it
REMAINS_PATTERN = re.compile(r"\..+\.[0-9]+\.part")
REMAINS_AGE = 86_400.0  # seconds: no copying takes so long
SIDECAR_SUFFIXES = ("-wal", "-shm", "-journal")  # what SQLite may keep beside a database


class DatabaseCopy(NamedTuple):
    """A copy that was made and read back, identified by its file."""

    file: Path
    bytes: int
    rows: Mapping[str, int]  # of each table, by its name


def check_destination(source: Path, file: Path, replace: bool = False) -> None:
    """Raises HouseError where no copy may be put: no folder, something there already, the database itself."""
    if not file.parent.is_dir():
        raise HouseError("no such folder", str(file.parent), "Make it, or name another.")
    if file.exists() and source.exists() and file.samefile(source):
        raise HouseError("that is the database itself", str(file), "Name another file.")
    if file.name in {source.name + suffix for suffix in SIDECAR_SUFFIXES} and file.parent.samefile(source.parent):
        raise HouseError("that name is the database's own", str(file), "Name another file.")
    if log := next(
        (one for one in map(file.with_name, (file.name + end for end in SIDECAR_SUFFIXES)) if one.exists()), None
    ):
        raise HouseError("somebody uses that file as a database", f"{file} (there is {log.name})", "Name another file.")
    if file.exists() and not (replace and file.is_file()):
        action = terminal_action("How a copy is made", "Name another, or replace it with: --replace")
        raise HouseError("there is a file already", str(file), action=action)
    if file.exists() and not _is_database(file):
        raise HouseError("the file to replace is no copy", str(file), "Name another file.")


def _is_database(file: Path) -> bool:
    with _translate_errors(file):
        return _read_header(file) in (SQLITE_HEADER, b"")  # an empty one holds nothing to lose


def _read_header(file: Path) -> bytes:
    with file.open("rb") as start:
        return start.read(len(SQLITE_HEADER))


def copy_database(
    source: Path,
    file: Path,
    made_at: datetime | None = None,
    replace: bool = False,
    progress: CopyProgress = lambda done, total: None,
) -> DatabaseCopy:
    """Copy a database as it is at one instant to a file of its own; nobody who writes meanwhile waits.

    Written aside, read back, and only then moved into place: there is a whole copy or none. It is for its owner's eyes
    only. What a copying that was killed has left in the folder a day ago goes. Raises StoreError, and HouseError as
    `check_destination` does.
    """
    check_destination(source, file, replace)
    aside = file.with_name(f".{file.name}.{os.getpid()}.part")
    try:
        with _translate_errors(file):
            os.close(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600))
            _delete_remains(aside)
            rows = _copy_pages(source, aside, progress)
            _finalize_copy(aside, made_at)
            if (faults := check_integrity(aside)) or _recount_rows(aside) != rows:
                why = faults or "it holds other rows than the database"
                fix = "Nothing was kept of it."
                raise StoreError("the copy is not sound", f"{file}: {why}", fix, LOOK_AT_DATABASE)
            fsync_path(aside)
            size = aside.stat().st_size
            aside.replace(file) if replace else move_new_file(aside, file)
            fsync_path(file.parent)
    finally:
        delete_database(aside)
    return DatabaseCopy(file, size, rows)


def _delete_remains(aside: Path) -> None:
    """Delete what was left of copies long before this one, by the clock of its own disk: readers are in it."""
    begun = aside.stat().st_mtime
    for old in [one for one in aside.parent.glob(".*.part") if REMAINS_PATTERN.fullmatch(one.name)]:
        with suppress(OSError):  # another copying was quicker, or it is somebody else's
            if begun - old.stat().st_mtime > REMAINS_AGE and _read_header(old) in (SQLITE_HEADER, NO_HEADER, b""):
                delete_database(old)


def _copy_pages(source: Path, aside: Path, progress: CopyProgress) -> dict[str, int]:
    """Copy page by page within one read transaction; how many rows each table has in it."""
    with closing(_open_source(source)) as one, closing(sqlite3.connect(aside)) as other:
        one.execute("BEGIN")
        if one.execute("SELECT 1 FROM sqlite_master WHERE name = '_sqlite_migrations'").fetchone():
            refuse_unreleased(
                {row[0] for row in one.execute("SELECT name FROM _sqlite_migrations")}, "database", source
            )
        rows, size = count_rows(one), one.execute("PRAGMA page_size").fetchone()[0]
        one.backup(
            other,
            pages=PAGES_PER_STEP,
            progress=lambda status, left, total: progress((total - left) * size, total * size),
        )
        return rows


def _open_source(file: Path) -> sqlite3.Connection:
    """The database opened to be copied, also from a full or read-only disk: then most of all a copy is wanted."""
    one = sqlite3.connect(file, isolation_level=None)
    try:
        one.execute("SELECT 1 FROM sqlite_master").fetchone()
    except sqlite3.OperationalError as e:
        one.close()
        if not (getattr(e, "sqlite_errorname", "") or "").startswith(UNWRITABLE_ERRORS):
            raise
        return open_read_only(file)
    except BaseException:
        one.close()
        raise
    return one


def open_read_only(file: Path) -> sqlite3.Connection:
    """A connection that only reads; as from a file that does not change, where SQLite has left no log beside it."""
    log = file.with_name(f"{file.name}-wal")
    still = "" if log.is_file() and log.stat().st_size else "&immutable=1"
    return sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro{still}", 30.0, isolation_level=None, uri=True)


def _finalize_copy(aside: Path, made_at: datetime | None) -> None:
    """Make a single file of it, and write into it when it was made."""
    with closing(sqlite3.connect(aside, isolation_level=None)) as db:
        db.execute("PRAGMA journal_mode = DELETE").fetchone()
        if made_at:
            db.execute("INSERT OR REPLACE INTO backup_stamp (id, made_at) VALUES (1, ?)", [to_text(made_at)])


def clear_stamp(db: "Database") -> None:
    """A copy has become the database: it is a backup no more."""
    db.execute("DELETE FROM backup_stamp")


def count_rows(db: sqlite3.Connection) -> dict[str, int]:
    """How many rows each table has, by its name; a copy's note of when it was made is not counted."""
    sql = "SELECT name FROM sqlite_master WHERE type = 'table' AND name <> 'backup_stamp' ORDER BY name"
    names = [row[0] for row in db.execute(sql)]
    return {name: db.execute(f'SELECT COUNT(*) FROM "{name}"').fetchone()[0] for name in names}


def _recount_rows(file: Path) -> dict[str, int]:
    with closing(sqlite3.connect(file)) as db:
        return count_rows(db)


def check_integrity(file: Path) -> str:
    """What SQLite finds wrong with a database file, in one line; empty where it is sound. Raises sqlite3.Error."""
    with closing(sqlite3.connect(file)) as db:
        said = [str(row[0]) for row in db.execute("PRAGMA integrity_check(3)")]
        if said != ["ok"]:
            return " ".join("; ".join(said).split())[:300]
        lost = db.execute("PRAGMA foreign_key_check").fetchall()
        return f"rows refer to others that are not there: {len(lost)}, the first in {lost[0][0]}" if lost else ""


def fsync_path(path: Path) -> None:
    """Have a file's bytes, or a folder's names, on the disk when this returns."""
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def delete_database(file: Path) -> None:
    """Delete a database file with what SQLite keeps beside it, as far as it is there."""
    for suffix in ("", *SIDECAR_SUFFIXES):
        file.with_name(file.name + suffix).unlink(missing_ok=True)


@contextmanager
def _translate_errors(file: Path) -> Iterator[None]:
    what, fix = "the copy could not be made", "Free some space there, or name another place; the database is unharmed."
    try:
        yield
    except FileExistsError as e:
        raise HouseError("there is a file already", str(file), "Name another.") from e
    except OSError as e:
        raise StoreError(what, f"{file}: {e.strerror}", fix) from e
    except sqlite3.Error as e:
        if (getattr(e, "sqlite_errorname", "") or "").startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
            # the copy is new: it is the original that is damaged
            raise StoreError(what, f"{file}: {e}", action=LOOK_AT_DATABASE) from e
        raise StoreError(what, f"{file}: {e}", fix) from e
