"""Issue blocks: each edition of a frozen issue without its reviews, and its reviews one by one, for readers' wishes."""

from collections.abc import Mapping
from typing import NamedTuple

from core.errors import StoreError
from core.states import Edition, members
from db.schema.connect import Database


class StoredBlocks(NamedTuple):
    """What the mails of an edition are put together from; only the message's own makers read either."""

    frame: bytes  # the message without its reviews
    blocks: str  # JSON


def save(db: Database, period: str, editions: Mapping[Edition, StoredBlocks]) -> None:
    """Store those of an issue, in place of those before."""
    db.conn.executemany(
        "INSERT OR REPLACE INTO issue_blocks (period, edition, frame, blocks) VALUES (?, ?, ?, ?)",
        [(period, edition, *stored) for edition, stored in editions.items()],
    )


def by_edition(db: Database, period: str) -> dict[Edition, StoredBlocks]:
    """Those of a frozen issue, one an edition. Raises StoreError when they are not all there."""
    rows = db.execute("SELECT edition, frame, blocks FROM issue_blocks WHERE period = ? ORDER BY edition", [period])
    stored: dict[Edition, StoredBlocks] = {row["edition"]: StoredBlocks(row["frame"], row["blocks"]) for row in rows}
    if missing := set(members(Edition)) - set(stored):
        raise StoreError("a frozen issue has lost its blocks", f"{period}: {min(missing)}", "Restore a backup.")
    return stored
