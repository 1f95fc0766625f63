"""Outbox transport: a file for each message that nobody gets for real; deletes those that must not stay."""

import os
import re
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from quopri import decodestring

from core.disk_advice import suggest_fix
from core.errors import StoreError
from core.states import DeliveryRoute
from core.subscriber_rules import envelope_key
from newsletter.mail.transport import DeliveryAnswer, Mark, Pace, Parcel

HEADER_BYTES = 16_384  # bytes in which a message says whom it is to
WRITTEN_REPLY = "written to a file, not mailed"  # what stands where a mail server's reply would
_TO_HEADER = re.compile(rb"^To:[ \t]*([^\r\n]+)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class OutboxTransport:
    """The folder that messages are written to. They are neither signed nor paced: no mail leaves."""

    folder: Path
    via: DeliveryRoute = "outbox"

    @property
    def where(self) -> str:
        """The folder."""
        return str(self.folder)

    def open(self, pace: Pace) -> "OutboxSession":
        """A session; there is nothing to be opened."""
        return OutboxSession(self.folder)

    def take_back(self, name: str) -> None:
        """Delete the file of a parcel, which is not to stay."""
        (self.folder / f"{name}.eml").unlink(missing_ok=True)


@dataclass(frozen=True, slots=True)
class OutboxSession:
    """Writes parcels to files, the same one when it is done again."""

    folder: Path
    takes_wire_form: bool = False
    takes_merged: bool = False
    signer: None = None

    def deliver(self, parcels: Iterator[Parcel], mark: Mark, ahead: bool = True) -> None:
        """Write parcels until there are no more; one whose receipt is not taken is deleted. Raises StoreError."""
        for parcel in parcels:
            if mark([], parcel):
                file = write_message(self.folder, parcel.name, parcel.data)
                if not mark([DeliveryAnswer(parcel.id, "sent", WRITTEN_REPLY)], None):
                    file.unlink(missing_ok=True)

    def close(self) -> None:
        """End it."""


def write_message(folder: Path, name: str, raw: bytes) -> Path:
    """Write a message as a file, whole or not at all; nothing is sent. Raises StoreError."""
    file = folder / f"{name}.eml"
    aside = file.with_name(f".{file.stem}.part")
    try:
        try:
            _write_private(aside, raw)
        except FileNotFoundError:  # no folder yet, or retention has just deleted it when it was empty
            file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write_private(aside, raw)
        return aside.replace(file)
    except OSError as e:
        with suppress(OSError):
            aside.unlink(missing_ok=True)
        raise StoreError("a message cannot be written", f"{file}: {e.strerror}", suggest_fix(e)) from e


def _write_private(file: Path, raw: bytes) -> None:
    """A file that only we read: it holds an address and a reader's links."""
    with open(file, "wb", opener=lambda path, flags: os.open(path, flags, 0o600)) as opened:
        opened.write(raw)


def delete_for_mailboxes(folder: Path, keys: Collection[str]) -> int:
    """Delete the messages to these mailboxes, half-written ones too; how many. Looks into each file.

    Raises StoreError when one could not be deleted.
    """
    named = set(keys) - {""}  # a file that names nobody stays
    if not named or not folder.is_dir():
        return 0
    return _delete_matching(_message_files(folder, "**/*"), lambda file: _recipient_key(file) in named)


def delete_for_review(folder: Path, names: Collection[str], periods: Iterable[str], dry: bool = False) -> int:
    """Delete the messages that name a review: of the issues of these periods, alerts, and test messages; how many.

    Raises StoreError when one could not be deleted.
    """
    any_of = re.compile("|".join(rf"(?<!\w){re.escape(' '.join(name.split()))}(?!\w)" for name in sorted(names)))
    patterns = ("*test-*", "*alert-*", *(f"{period}/*" for period in periods))
    files = chain.from_iterable(_message_files(folder, pattern) for pattern in patterns)
    return _delete_matching(files, lambda file: any_of.search(_read_text_part(file)) is not None, dry)


def _message_files(folder: Path, pattern: str) -> Iterator[Path]:
    return (file for file in folder.glob(pattern) if file.suffix in {".eml", ".part"})


def _delete_matching(files: Iterable[Path], meant: Callable[[Path], bool], dry: bool = False) -> int:
    """Delete those that are meant; how many. Raises StoreError when one could not be looked at or deleted."""
    found, left = 0, []
    for file in files:
        try:
            if meant(file):
                found += 1
                if not dry:
                    file.unlink(missing_ok=True)
        except FileNotFoundError:
            pass  # another run was quicker
        except OSError:
            left.append(str(file))
    if left:
        raise StoreError("a message could not be looked at or deleted", ", ".join(left), "Delete it by hand.")
    return found


def _read_text_part(file: Path) -> str:
    """The words of a message's text part, which comes before the HTML, on one line."""
    text = file.read_bytes().partition(b"Content-Type: text/html")[0]
    return " ".join(decodestring(text).decode("utf-8", "replace").split())


def _recipient_key(file: Path) -> str:
    """What identifies the mailbox that a message is to; empty where it does not say."""
    from email.utils import parseaddr  # with sockets and chance, 5 ms

    with file.open("rb") as opened:
        said = _TO_HEADER.search(opened.read(HEADER_BYTES))
    return envelope_key(parseaddr(said[1].decode("ascii", "replace"))[1]) if said else ""
