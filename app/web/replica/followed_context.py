"""Followed context: the web context of pages over a copy, whose connections are good for one state of its file."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from app.web.context import WebContext
from core.config.schema import Settings
from core.dates import local_minute
from core.side_effects import SideEffects
from db.files.followed_copy import CopyAge, FileStamp, FollowedCopy, OpenedCopy, find_age
from db.schema.connect import Database, data_version

SETTLING = timedelta(milliseconds=100)  # for so long a write may bear the same time as the one before
MAX_WAITS = 10  # so many times that long for a file that is being written
UNKNOWN_AGE = "A copy of unknown age."


class FollowedContext(WebContext):
    """Shared by all requests. Each thread opens the copy anew once its file is another, or was changed."""

    is_copy = True

    def __init__(self, effects: SideEffects, settings: Settings, file: Path) -> None:
        """Raises DatabaseMissing, and StoreError for a copy that cannot be read or is of another version."""
        self.copy = FollowedCopy(file)
        super().__init__(effects, settings, reading=True)

    def _connect(self) -> Database:
        self._thread_local.opened = opened = self.copy.open()
        return opened.db

    def follow(self) -> FileStamp:
        """Have this thread read the copy as it is now; its stamp. Raises DatabaseMissing, StoreError."""
        stamp = self.copy.stamp()
        for _ in range(MAX_WAITS):
            if not self._is_settling(stamp):
                break
            self.effects.sleep(SETTLING.total_seconds())
            stamp = self.copy.stamp()
        if not hasattr(self._thread_local, "db") or self._opened.stamp != stamp:
            before: Database | None = self._thread_local.__dict__.pop("db", None)
            if before:
                before.close()
            assert self.db  # opens it anew
        return self._opened.stamp

    @property
    def _opened(self) -> OpenedCopy:
        opened: OpenedCopy = self._thread_local.opened
        return opened

    def state(self) -> object:
        """Another value whenever the copy has changed; None while it is being written."""
        stamp = self.copy.stamp()
        if self._is_settling(stamp):
            return None
        return (self.follow(), data_version(self.db)) if stamp.is_logged else stamp

    def _is_settling(self, stamp: FileStamp) -> bool:
        now = self.effects.now()
        return now - SETTLING < datetime.fromtimestamp(stamp.modified_ns / 1e9, UTC) <= now

    @property
    def lineage(self) -> object:
        """Another value where the copy was replaced."""
        return self._opened.generation

    def age(self) -> CopyAge:
        """As of when the copy is that this thread reads. Raises StoreError, sqlite3.Error."""
        return find_age(self.db, self._opened.stamp, self.effects.now())

    def describe_age(self) -> str:
        """The same in words; where it cannot be asked, too."""
        try:
            age = self.age()
        except Exception:  # a page that says why it cannot be shown must be shown
            age = CopyAge(None, "unknown")
        if age.at is None:
            return UNKNOWN_AGE
        when = local_minute(age.at, self.settings.zone)
        return f"A copy, whose file was written on {when}." if age.known_from == "file" else f"A copy, as of {when}."
