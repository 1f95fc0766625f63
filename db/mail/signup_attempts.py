"""Sign-up attempts for the rate limits: keyed hashes with their times, deleted after a day."""

from collections.abc import Iterable
from datetime import datetime

from db.schema.connect import Database
from db.schema.timestamps import to_instant, to_text

BY_ADDRESS, BY_NETWORK = "letter", "network"


def count_of_keys(db: Database, kind: str, hashes: Iterable[str], after: datetime) -> int:
    """How often any of these was counted since."""
    held = [f"{kind} {one}" for one in hashes]
    marks = ", ".join("?" * len(held))
    return int(
        db.execute(f"SELECT COUNT(*) FROM asked WHERE who IN ({marks}) AND at > ?", [*held, to_text(after)]).fetchone()[
            0
        ]
    )


def count_of_kind(db: Database, kind: str, after: datetime) -> int:
    """How many of a kind were counted since."""
    row = db.execute("SELECT COUNT(*) FROM asked WHERE at > ? AND who LIKE ?", [to_text(after), f"{kind} %"]).fetchone()
    return int(row[0])


def attempt_times(db: Database, kind: str, one: str) -> list[datetime]:
    """When a hash was counted, oldest first."""
    rows = db.execute("SELECT at FROM asked WHERE who = ? ORDER BY at, id", [f"{kind} {one}"])
    return [to_instant(row[0]) for row in rows]


def add(db: Database, kind: str, one: str, now: datetime) -> None:
    """Count a hash."""
    db.execute("INSERT INTO asked (who, at) VALUES (?, ?)", [f"{kind} {one}", to_text(now)])


def delete_until(db: Database, until: datetime) -> None:
    """Delete what was counted up to then."""
    db.execute("DELETE FROM asked WHERE at <= ?", [to_text(until)])
