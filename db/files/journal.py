"""Journal beside the database: hashes of messages that left and of readers who did, append-only.

The database alone can lose its last commits: its log is deleted by hand, an older file is put in its place. So what
must never be undone is written here, too, a line each: in one file an issue, a message whose bytes are about to leave
(begun), that the server has taken (sent), or that may leave again (back); in one file for all, a reader who has left,
paused, come back or been erased. The last line about a hash counts. No address stands in it and no token, and a line
that is not whole, since the machine stopped while it was written, says nothing.

No message leaves without its line. A reader who leaves does not wait for one: where the journal cannot be written, the
log says so, `check` too, and the database alone knows.
"""

import errno
import logging
import os
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from core.disk_advice import suggest_fix
from core.errors import StoreError
from core.states import MESSAGE_MARKS, READER_MARKS, MessageMark, ReaderMark
from db.schema.timestamps import to_instant, to_text

FOLDER, READERS = "journal", "readers"
log = logging.getLogger("casereviews")
HASH_LENGTH = 32  # hexadecimal digits of a message's hash: 128 bits


class ReaderEvent(NamedTuple):
    """What a reader last did, identified by the keyed hash of their mailbox."""

    at: datetime  # UTC
    mark: ReaderMark


class MessageJournal:
    """The journal of one issue's messages, open for whoever sends it."""

    def __init__(self, data_dir: Path, period: str) -> None:
        self._file, self._number = _journal_file(data_dir, period), -1

    def write(self, entries: Iterable[tuple[MessageMark, str]]) -> None:
        """Add a line for each message, named by its token, in one write. Raises StoreError."""
        if text := "".join(f"{mark} {message_hash(token)}\n" for mark, token in entries):
            self._append(text)

    def open(self) -> None:
        """Have its file there before a message leaves: of messages that left without one, it is gone. As above."""
        self._append("")

    def _append(self, text: str) -> None:
        try:
            if self._number < 0:
                self._number = _open_for_appending(self._file)
            _write_all(self._number, text)
        except OSError as e:
            if self._number >= 0:  # opened again, a line that is not whole is ended before the next
                os.close(self._number)
                self._number = -1
            raise _journal_error(self._file, e) from e

    def close(self) -> None:
        """End it, with all lines on the disk."""
        if self._number >= 0:
            try:
                os.fsync(self._number)
            finally:
                os.close(self._number)
                self._number = -1


@lru_cache(1_000)  # asked for as a message leaves, and once it is taken
def message_hash(token: str) -> str:
    """What the journal knows a message by."""
    import hashlib

    return hashlib.sha256(token.encode()).hexdigest()[:HASH_LENGTH]


def read_messages(data_dir: Path, period: str) -> dict[str, MessageMark]:
    """The last mark of each message of an issue, by its hash; nothing where there is no journal. Raises StoreError."""
    found: dict[str, MessageMark] = {}
    for line in _read_lines(_journal_file(data_dir, period)):
        word, _, digest = line.partition(" ")
        if word in MESSAGE_MARKS and len(digest) == HASH_LENGTH:
            found[digest] = word
    return found


def has_messages(data_dir: Path, period: str) -> bool:
    """Whether there is a journal of an issue's messages."""
    return _journal_file(data_dir, period).exists()


def let_leave_again(data_dir: Path, period: str, tokens: Iterable[str]) -> None:
    """Say of messages that are queued once more that they may leave: those said to have left are held back otherwise.

    Raises StoreError.
    """
    file = _journal_file(data_dir, period)
    try:
        file.stat()
    except FileNotFoundError:  # none has left
        return
    except OSError as e:
        raise _journal_error(file, e) from e
    messages = MessageJournal(data_dir, period)
    try:
        messages.write(("back", token) for token in tokens)
    finally:
        messages.close()


def write_readers(data_dir: Path, mark: ReaderMark, digests: Iterable[str], at: datetime) -> None:
    """Add a line for each reader, in one write. Where it cannot be written the log says so: nobody is kept for that."""
    text, file = "".join(f"{to_text(at)} {mark} {digest}\n" for digest in digests), _journal_file(data_dir, READERS)
    if not text:
        return
    try:
        number = _open_for_appending(file)
        try:
            _write_all(number, text)
        finally:
            os.close(number)
    except OSError as e:
        log.error("%s", _journal_error(file, e))


def find_fault(data_dir: Path) -> StoreError | None:
    """Why the journal cannot be written, where it is there and cannot."""
    folder = data_dir / FOLDER
    if not os.path.lexists(folder):
        return None
    try:
        next(folder.iterdir(), None)
        if not os.access(folder, os.W_OK | os.X_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        for file in folder.glob("*.log"):
            os.close(os.open(file, os.O_RDWR | os.O_APPEND))
    except OSError as e:
        return _journal_error(Path(e.filename or folder), e)
    return None


def read_readers(data_dir: Path) -> dict[str, ReaderEvent]:
    """What each reader last did, by the keyed hash of their mailbox. Raises StoreError."""
    found: dict[str, ReaderEvent] = {}
    for line in _read_lines(_journal_file(data_dir, READERS)):
        words = line.split(" ")
        if len(words) != 3 or words[1] not in READER_MARKS:
            continue
        with suppress(ValueError):
            found[words[2]] = ReaderEvent(to_instant(words[0]), words[1])
    return found


def delete_before(data_dir: Path, before: datetime) -> None:
    """Delete the journals of issues that were last written to before then; that of readers stays. Raises OSError."""
    for file in (data_dir / FOLDER).glob("[0-9]*.log"):
        if file.stat().st_mtime < before.timestamp():
            file.unlink(missing_ok=True)


def _journal_file(data_dir: Path, name: str) -> Path:
    return data_dir / FOLDER / f"{name}.log"


def _read_lines(file: Path) -> Iterator[str]:
    """A journal line by line: that of an issue for a million is too long to be held."""
    try:
        with file.open(encoding="ascii", errors="replace") as opened:
            for line in opened:
                yield line.removesuffix("\n")
    except FileNotFoundError:
        return
    except OSError as e:
        raise _journal_error(file, e) from e


def _open_for_appending(file: Path) -> int:
    """A journal opened at its end; a line that is not whole there is ended first."""
    file.parent.mkdir(mode=0o700, exist_ok=True)
    is_new = not file.exists()
    number = os.open(file, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
    if is_new:
        _give_to_owner(file.parent.parent, file.parent, file)
    size = os.fstat(number).st_size
    if size and os.pread(number, 1, size - 1) != b"\n":
        os.write(number, b"\n")
    return number


def _give_to_owner(data_dir: Path, *made: Path) -> None:
    """What root makes belongs to whom the data directory does: else that user could write there no more."""
    if os.geteuid() == 0:
        owner = data_dir.stat()
        for one in made:
            os.chown(one, owner.st_uid, owner.st_gid)


def _write_all(number: int, text: str) -> None:
    left = text.encode("ascii")
    while left:
        left = left[os.write(number, left) :]


def _journal_error(file: Path, error: OSError) -> StoreError:
    return StoreError("the journal of what left cannot be used", f"{file}: {error.strerror}", suggest_fix(error))
