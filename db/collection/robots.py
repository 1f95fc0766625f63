"""Robots.txt of each site, as last fetched."""

from collections.abc import Iterable

from core.records import Robots
from db.schema.connect import Database
from db.schema.timestamps import to_instant, to_text


def listing(db: Database) -> dict[str, Robots]:
    """Every robots.txt we hold, by origin."""
    rows = db.execute("SELECT origin, status, body, fetched_at FROM robots_txt ORDER BY origin")
    return {row[0]: Robots(row[0], row[1], row[2], to_instant(row[3])) for row in rows}


def save(db: Database, found: Iterable[Robots]) -> None:
    """Store what was read of robots.txt."""
    for one in found:
        db.upsert(
            "robots_txt",
            {
                "origin": one.origin,
                "status": one.status,
                "body": one.body,
                "fetched_at": to_text(one.fetched_at),
            },
            "origin",
        )
