"""The outbox's files, of which none stays of somebody who was erased."""

import re
from collections.abc import Collection
from email.utils import parseaddr
from pathlib import Path

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
    found, left = 0, []
    for file in folder.rglob("*"):
        if file.suffix not in {".eml", ".part"}:
            continue
        try:
            if _whose(file) in keys:
                file.unlink(missing_ok=True)
                found += 1
        except FileNotFoundError:
            pass  # another run was quicker
        except OSError:
            left.append(str(file))
    if left:
        raise StoreError("a message could not be looked at or deleted", ", ".join(left), "Delete it by hand.")
    return found


def _whose(file: Path) -> str:
    """What identifies the mailbox that a message is to; empty where it does not say."""
    with file.open("rb") as opened:
        said = _TO.search(opened.read(HEAD))
    local, _, domain = parseaddr(said[1].decode("ascii", "replace"))[1].rpartition("@") if said else ("", "", "")
    return key(local, domain.lower())
