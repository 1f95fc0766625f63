"""Outbox files: deletes messages to an erased mailbox or with a withdrawn review."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from email.utils import parseaddr
from itertools import chain
from pathlib import Path
from quopri import decodestring

from core.errors import StoreError
from core.subscriber_rules import mailbox_key

HEADER_BYTES = 16_384  # bytes in which a message says whom it is to
_TO_HEADER = re.compile(rb"^To:[ \t]*([^\r\n]+)", re.IGNORECASE | re.MULTILINE)


def delete_for_mailboxes(folder: Path, keys: Collection[str]) -> int:
    """Delete the messages to these mailboxes, half-written ones too; how many. Looks into each file.

    Raises StoreError when one could not be deleted.
    """
    if not keys or not folder.is_dir():
        return 0
    return _delete_matching(_message_files(folder, "**/*"), lambda file: _recipient_key(file) in keys)


def delete_for_review(folder: Path, names: Collection[str], periods: Iterable[str], dry: bool = False) -> int:
    """Delete the messages that name a review: of the issues of these periods, and test messages; how many.

    Raises StoreError when one could not be deleted.
    """
    any_of = re.compile("|".join(rf"(?<!\w){re.escape(' '.join(name.split()))}(?!\w)" for name in sorted(names)))
    files = chain(_message_files(folder, "*test-*"), *(_message_files(folder, f"{period}/*") for period in periods))
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
    with file.open("rb") as opened:
        said = _TO_HEADER.search(opened.read(HEADER_BYTES))
    local, _, domain = parseaddr(said[1].decode("ascii", "replace"))[1].rpartition("@") if said else ("", "", "")
    return mailbox_key(local, domain.lower())
