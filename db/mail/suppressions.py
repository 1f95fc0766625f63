"""Suppression list: keyed hashes of addresses that are not to be imported again."""

import json
from collections.abc import Iterable
from datetime import datetime

from core.states import SuppressionReason
from db.files import journal
from db.schema.connect import Database
from db.schema.timestamps import to_instant, to_text


def add(db: Database, prints: Iterable[str], why: SuppressionReason, now: datetime) -> None:
    """Remember keyed hashes of addresses that must not be imported again, and when last. `why`: erased or left.

    The journal has them first.
    """
    prints = list(prints)
    journal.write_readers(db.file.parent, why, prints, now)
    db.execute(
        """
        INSERT INTO suppressions (address_hash, reason, at) SELECT value, ?, ? FROM json_each(?) WHERE true
        ON CONFLICT (address_hash) DO UPDATE SET at = excluded.at
        """,
        [why, to_text(now), json.dumps(prints)],
    )


def delete(db: Database, print: str) -> None:
    """Forget a keyed hash: its erasure was taken back."""
    db.execute("DELETE FROM suppressions WHERE address_hash = ?", [print])


def list_times(db: Database, prints: Iterable[str]) -> list[tuple[str, datetime]]:
    """Those of these keyed hashes that are remembered, each with when last."""
    rows = db.execute(
        """
        SELECT address_hash, at FROM suppressions WHERE address_hash IN (SELECT value FROM json_each(?))
        ORDER BY address_hash
        """,
        [json.dumps(list(prints))],
    )
    return [(row[0], to_instant(row[1])) for row in rows]


def find(db: Database, prints: Iterable[str]) -> set[str]:
    """Which of these keyed hashes are remembered."""
    rows = db.execute(
        "SELECT address_hash FROM suppressions WHERE address_hash IN (SELECT value FROM json_each(?)) ORDER BY 1",
        [json.dumps(list(prints))],
    )
    return {row[0] for row in rows}
