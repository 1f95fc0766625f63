"""Crawled pages: what a crawl of a source of many pages has read so far, page by page."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from core.records import Page
from db.collection import pages
from db.rows import page_from_row
from db.schema.connect import Database


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
            SELECT p.* FROM crawl_steps AS s JOIN pages AS p ON p.id = s.page_id WHERE s.source = ? ORDER BY s.position
            """,
            [self.source],
        ):
            yield page_from_row(row, self.folder)


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
