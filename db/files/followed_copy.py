"""Followed copy: a read-only database file that another program replaces or changes.

SQLite's own ways to notice a change do not hold here. Who follows a database (`litestream restore -f`) writes its pages
into the file under SQLite's lock, but only some changes touch the page by which SQLite knows that what it has in memory
is old; who restores it anew renames another file into its place. So a connection is good for one stamp of the file:
when that is another one, the copy is opened anew. What was read meanwhile may be half of each, and is read again.
"""

import os
import sqlite3
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from core.errors import DatabaseMissing, StoreError
from db.read import facets
from db.schema.connect import READING_TIMEOUT, Database, translate_error
from db.schema.migrations import MIGRATION_NAMES, applied_steps, refuse_unreleased
from db.schema.timestamps import instant_or_none

JOURNAL_BYTE, WAL_JOURNAL = 18, b"\x02"  # of SQLite's file format: how the file is written
CLOCK_TOLERANCE = timedelta(minutes=1)  # by which what is written down may lie ahead of our clock
MAX_OPENINGS = 20  # of a file that is replaced while it is opened
OTHER_VERSION_FIX = "Run the same version here as where it is written, then start again."


class FileStamp(NamedTuple):
    """What a connection to the copy is good for."""

    lineage: tuple[int, int]  # the file by device and inode: another one when it was replaced
    modified_ns: int  # nanoseconds since 1970
    size: int  # bytes
    is_logged: bool  # a log with changes lies beside it: it is written by SQLite on this very machine


class CopyAge(NamedTuple):
    """As of when a copy is: no change after that is known to be in it."""

    at: datetime | None  # UTC; None: nobody can tell
    known_from: str  # "database", "file", "unknown"


class OpenedCopy(NamedTuple):
    """A connection to the copy, which never writes."""

    db: Database
    stamp: FileStamp  # what it is good for
    generation: int  # grows with each file that took the place of another


class FollowedCopy:
    """The file, for all threads of a process.

    A descriptor of it stays open as long as it is the file, so that no other gets its number (as file systems like to
    give the next one), and since to close one would drop the locks that SQLite has on it.
    """

    def __init__(self, file: Path) -> None:
        self.file = file
        self._lock = Lock()
        self._held: tuple[tuple[int, int], int] | None = None
        self._generation = 0

    def stamp(self) -> FileStamp:
        """The file as it is. Raises DatabaseMissing, StoreError."""
        try:
            found = self.file.stat()
        except FileNotFoundError as e:
            fix = "Have it restored or copied there first: docs/scaling.md."
            raise DatabaseMissing("there is no copy to serve yet", str(self.file), fix) from e
        except OSError as e:
            raise StoreError("the copy cannot be read", f"{self.file}: {e.strerror}", "Make it readable.") from e
        log_size = 0
        with suppress(OSError):
            log_size = self.file.with_name(f"{self.file.name}-wal").stat().st_size
        return FileStamp((found.st_dev, found.st_ino), found.st_mtime_ns, found.st_size, log_size > 0)

    def open(self) -> OpenedCopy:
        """A connection to the file as it is. Raises DatabaseMissing; StoreError, also for one of another version."""
        for _ in range(MAX_OPENINGS):
            stamp = self.stamp()
            held = self._hold(stamp)
            if held is None:
                continue
            generation, journal = held
            db = self._connect(stamp, journal)
            if self.stamp().lineage == stamp.lineage:
                return OpenedCopy(db, stamp, generation)
            db.close()
        raise StoreError("the copy is replaced all the time", str(self.file), "Replace it less often.")

    def _hold(self, stamp: FileStamp) -> tuple[int, bytes] | None:
        """The generation of a file, and how it is written; None where it has just been replaced."""
        with self._lock:
            if self._held is None or self._held[0] != stamp.lineage:
                try:
                    number = os.open(self.file, os.O_RDONLY)
                except OSError as e:
                    raise StoreError("the copy cannot be read", f"{self.file}: {e.strerror}") from e
                if self._held:
                    os.close(self._held[1])
                found = os.fstat(number)
                self._held = (found.st_dev, found.st_ino), number
                self._generation += 1
            if self._held[0] != stamp.lineage:
                return None
            return self._generation, os.pread(self._held[1], 1, JOURNAL_BYTE)

    def _connect(self, stamp: FileStamp, journal: bytes) -> Database:
        """Open the file to read it.

        One that says it has a log and has none, as one fresh from a restore, is read without a lock: SQLite would make
        a log beside it, and hold a lock that keeps out for good whoever is to change it.
        """
        still = "&immutable=1" if journal == WAL_JOURNAL and not stamp.is_logged else ""
        address = f"{self.file.absolute().as_uri()}?mode=ro{still}"
        try:
            connection = sqlite3.connect(address, READING_TIMEOUT, isolation_level=None, uri=True)
        except sqlite3.Error as e:
            raise translate_error(e, self.file) from e
        try:
            db = Database(connection, self.file)
            self._check_version(db)
        except sqlite3.Error as e:
            connection.close()
            raise translate_error(e, self.file) from e
        except BaseException:
            connection.close()
            raise
        db.read_only_reason = StoreError("this is a copy, which is only read", str(self.file), "Write to the original.")
        return db

    def _check_version(self, db: Database) -> None:
        applied = applied_steps(db.conn)
        refuse_unreleased(applied, "copy", self.file)
        if applied != MIGRATION_NAMES or facets.is_outdated(db):
            which = f"{self.file} ({', '.join(sorted(applied ^ MIGRATION_NAMES)) or 'its search index'})"
            raise StoreError("the copy was made by another version", which, OTHER_VERSION_FIX)

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            if self._held:
                os.close(self._held[1])
            self._held = None


def find_age(db: Database, stamp: FileStamp, now: datetime) -> CopyAge:
    """As of when a copy is: by what is written down in it (the timer's last sign, a read, a backup), else its file."""
    row = db.execute(
        """
        SELECT MAX(at) FROM (
            SELECT MAX(at) AS at FROM job_log
            UNION ALL SELECT MAX(started_at) FROM runs
            UNION ALL SELECT MAX(made_at) FROM backup_stamp
            UNION ALL SELECT MAX(frozen_at) FROM issues
        )
        """
    ).fetchone()
    if at := instant_or_none(row[0]):
        return CopyAge(at, "database") if at <= now + CLOCK_TOLERANCE else CopyAge(None, "unknown")
    written = datetime.fromtimestamp(stamp.modified_ns // 1_000_000_000, UTC)
    good = stamp.modified_ns > 0 and written <= now + CLOCK_TOLERANCE
    return CopyAge(written, "file") if good else CopyAge(None, "unknown")
