"""Crawl progress of a source of many pages: addresses still to read, pages read so far."""

import gzip
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from core.errors import StoreError
from core.records import Page
from db.collection import pages
from db.rows import body_file
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


@dataclass(frozen=True, slots=True)
class CrawlStep:
    """One page read in a crawl, identified by source and position."""

    position: int  # from 1
    session: int
    url: str
    keys: tuple[str, ...]  # of the reviews on the page
    kept: bool  # False: it showed nothing that an earlier page had not


@dataclass(frozen=True, slots=True)
class CrawledPages:
    """The pages that a crawl kept, in the order read. One is in memory at a time; may be walked again."""

    db: Database
    folder: Path
    source: str

    def __len__(self) -> int:
        found = self.db.execute(
            "SELECT COUNT(*) FROM crawl_steps WHERE source = ? AND page_id IS NOT NULL", [self.source]
        )
        return int(found.fetchone()[0])

    def __iter__(self) -> Iterator[Page]:
        """Raises StoreError when a page's body is gone: the crawl is of no use then, so finish it."""
        for row in self.db.execute(
            """
            SELECT p.url, p.final_url, p.status, p.headers, p.sha256, p.fetched_at
            FROM crawl_steps AS s JOIN pages AS p ON p.id = s.page_id WHERE s.source = ? ORDER BY s.position
            """,
            [self.source],
        ):
            yield Page(
                row["url"],
                row["final_url"],
                row["status"],
                tuple((name, value) for name, value in json.loads(row["headers"])),
                _read_body(self.folder, row["sha256"]),
                to_instant(row["fetched_at"]),
            )


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


def list_steps(db: Database, source: str) -> list[CrawlStep]:
    """What the crawl of a source has read, in order."""
    rows = db.execute("SELECT * FROM crawl_steps WHERE source = ? ORDER BY position", [source])
    return [
        CrawlStep(
            row["position"],
            row["session"],
            row["url"],
            tuple(json.loads(row["review_keys"])),
            row["page_id"] is not None,
        )
        for row in rows
    ]


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


def add_step(db: Database, source: str, step: CrawlStep, page: Page) -> None:
    """Note a page that was read; the page itself too if it is to be kept, whose body must be there already."""
    page_id = None
    if step.kept:
        pages.add(db, source, page)
        page_id = db.execute("SELECT last_insert_rowid()").fetchone()[0]
    db.execute(
        "INSERT INTO crawl_steps (source, position, session, url, review_keys, page_id) VALUES (?, ?, ?, ?, ?, ?)",
        [source, step.position, step.session, step.url, json.dumps(step.keys), page_id],
    )


def mark_doubted(db: Database, source: str) -> None:
    """Note that what a crawl shows was not believed: a person may accept it, else it is of no more use."""
    db.execute("UPDATE crawls SET doubted = 1 WHERE source = ?", [source])


def finish(db: Database, source: str) -> None:
    """Forget a crawl whose reviews are stored, or that is of no use; its pages stay among the source's pages."""
    db.execute("DELETE FROM crawls WHERE source = ?", [source])


def _read_body(folder: Path, sha256: str) -> bytes:
    file = body_file(folder, sha256)
    try:
        return gzip.decompress(file.read_bytes())
    except (OSError, EOFError, gzip.BadGzipFile) as e:
        raise StoreError("a kept page cannot be read", str(file), "Read the source again.") from e
