"""The outbox's files, of which none stays of somebody who was erased, nor with a review that was taken down."""

import re
from collections.abc import Callable, Collection, Iterable, Iterator
from email.utils import parseaddr
from itertools import chain
from pathlib import Path
from quopri import decodestring

from core.errors import StoreError
from core.subscribers import key

HEAD = 16_384  # bytes in which a message says whom it is to
_TO = re.compile(rb"^To:[ \t]*([^\r\n]+)", re.IGNORECASE | re.MULTILINE)


def clear(folder: Path, keys: Collection[str]) -> int:
    """Delete the messages to these mailboxes, half-written ones too; how many. Looks into each file.

    Raises StoreError when one could not be deleted.
    """
    if not keys or not folder.is_dir():
        return 0
    return _delete(_messages(folder, "**/*"), lambda file: _whose(file) in keys)


def clear_of(folder: Path, names: Collection[str], periods: Iterable[str], dry: bool = False) -> int:
    """Delete the messages that name a review: of the issues of these periods, and test messages; how many.

    Raises StoreError when one could not be deleted.
    """
    any_of = re.compile("|".join(rf"(?<!\w){re.escape(' '.join(name.split()))}(?!\w)" for name in sorted(names)))
    files = chain(_messages(folder, "*test-*"), *(_messages(folder, f"{period}/*") for period in periods))
    return _delete(files, lambda file: any_of.search(_text(file)) is not None, dry)


def _messages(folder: Path, pattern: str) -> Iterator[Path]:
    return (file for file in folder.glob(pattern) if file.suffix in {".eml", ".part"})


def _delete(files: Iterable[Path], meant: Callable[[Path], bool], dry: bool = False) -> int:
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


def _text(file: Path) -> str:
    """The words of a message's text part, which comes before the HTML, on one line."""
    text = file.read_bytes().partition(b"Content-Type: text/html")[0]
    return " ".join(decodestring(text).decode("utf-8", "replace").split())


def _whose(file: Path) -> str:
    """What identifies the mailbox that a message is to; empty where it does not say."""
    with file.open("rb") as opened:
        said = _TO.search(opened.read(HEAD))
    local, _, domain = parseaddr(said[1].decode("ascii", "replace"))[1].rpartition("@") if said else ("", "", "")
    return key(local, domain.lower())
