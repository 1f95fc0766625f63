"""Crawl progress of a source of many pages: addresses still to read."""

import json
from dataclasses import dataclass
from datetime import datetime

from db.schema.connect import Database
from db.schema.timestamps import to_instant, to_text


@dataclass(frozen=True, slots=True)
class Crawl:
    """One walk through a source's pages, finished or not. Identified by the source: it has one at a time."""

    source: str
    url: str  # where it starts
    last_page_at: datetime  # when its last page was read, UTC
    left: tuple[str, ...]  # the addresses still to read, the next first; none: it has ended
    session: int = 1  # counts the times that it asked the start address
    second: str = ""  # the first address that the start led to in this session
    gaps: tuple[str, ...] = ()  # what it could not read, in words: with one, absence means nothing
    doubted: bool = False  # it has ended, and what it shows was not believed


def get(db: Database, source: str) -> Crawl | None:
    """The crawl of a source, or None."""
    row = db.execute("SELECT * FROM crawls WHERE source = ?", [source]).fetchone()
    if row is None:
        return None
    return Crawl(
        source,
        row["url"],
        to_instant(row["last_page_at"]),
        tuple(json.loads(row["remaining_urls"])),
        row["session"],
        row["second_url"],
        tuple(json.loads(row["unread_reasons"])),
        bool(row["doubted"]),
    )


def save(db: Database, crawl: Crawl) -> None:
    """Store how far a crawl has come."""
    db.execute(
        """
        INSERT INTO crawls (source, url, last_page_at, remaining_urls, session, second_url, unread_reasons)
        VALUES (?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (source) DO UPDATE SET url = excluded.url, last_page_at = excluded.last_page_at,
            remaining_urls = excluded.remaining_urls, session = excluded.session, second_url = excluded.second_url,
            unread_reasons = excluded.unread_reasons
        """,
        [
            crawl.source,
            crawl.url,
            to_text(crawl.last_page_at),
            json.dumps(crawl.left),
            crawl.session,
            crawl.second,
            json.dumps(crawl.gaps),
        ],
    )


def mark_doubted(db: Database, source: str) -> None:
    """Note that what a crawl shows was not believed: a person may accept it, else it is of no more use."""
    db.execute("UPDATE crawls SET doubted = 1 WHERE source = ?", [source])


def finish(db: Database, source: str) -> None:
    """Forget a crawl whose reviews are stored, or that is of no use; its pages stay among the source's pages."""
    db.execute("DELETE FROM crawls WHERE source = ?", [source])
