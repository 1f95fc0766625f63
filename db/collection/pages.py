"""Saved pages as fetched: a row each, the compressed body in a file under its SHA-256."""

import gzip
import json
import os
from collections.abc import Collection, Iterator
from contextlib import nullcontext, suppress
from datetime import datetime
from pathlib import Path

from core.actions import source_action
from core.disk_advice import suggest_fix
from core.errors import NotFound, StoreError
from core.records import Page
from db.rows import body_file, page_from_row
from db.schema.connect import Database, write_transaction
from db.schema.timestamps import to_text


def save_body(folder: Path, page: Page) -> None:
    """Write the body unless it is there already. Whole or not at all: written aside, then moved into place."""
    file = body_file(folder, page.sha256)
    if file.exists():
        return
    aside = file.with_suffix(f".{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        aside.write_bytes(gzip.compress(page.body, compresslevel=6, mtime=0))
        aside.replace(file)
    except OSError as e:
        with suppress(OSError):
            aside.unlink(missing_ok=True)
        raise StoreError("cannot keep the page", f"{file}: {e.strerror}", suggest_fix(e)) from e


def add(db: Database, source: str, page: Page, quarantined: list[str] | None = None) -> None:
    """Note that a page was read, and why it was quarantined if it was."""
    db.insert(
        "pages",
        {
            "source": source,
            "url": page.url,
            "final_url": page.final_url,
            "fetched_at": to_text(page.fetched_at),
            "status": page.status,
            "headers": json.dumps(page.headers),
            "sha256": page.sha256,
            "size": len(page.body),
            "quarantine_reasons": json.dumps(quarantined) if quarantined else None,
        },
    )


def iterate_good(
    db: Database, folder: Path, source: str, limit: int = -1, oldest_first: bool = False
) -> Iterator[Page]:
    """The pages kept of a source that were believed, the newest first unless told otherwise; at most so many.

    Raises StoreError for one whose body is gone or damaged.
    """
    way = "ASC" if oldest_first else "DESC"
    rows = db.execute(
        f"""
        SELECT * FROM pages WHERE source = ? AND quarantine_reasons IS NULL
        ORDER BY fetched_at {way}, id {way} LIMIT ?
        """,
        [source, limit],
    )
    for row in rows.fetchall():
        yield page_from_row(row, folder)


def read_last(db: Database, folder: Path, source: str) -> Page:
    """The page that was read last of a source, good or not. Raises NotFound, and StoreError where its body is gone."""
    row = db.execute("SELECT * FROM pages WHERE source = ? ORDER BY id DESC LIMIT 1", [source]).fetchone()
    if row is None:
        action = source_action(source, f"Read {source}", f"Read it with: casereviews scrape {source}")
        raise NotFound("no page was kept", source, action=action)
    return page_from_row(row, folder)


def delete_before(db: Database, before: datetime) -> tuple[int, list[str]]:
    """Delete the rows of pages of before then but the last of each source, and what a crawl still needs.

    How many, and the SHA-256 of their bodies, for `delete_bodies`. Inside the caller's transaction.
    """
    old = """
        SELECT id, sha256 FROM pages WHERE fetched_at < ?
            AND id NOT IN (SELECT MAX(id) FROM pages GROUP BY source)
            AND id NOT IN (SELECT page_id FROM crawl_steps WHERE page_id IS NOT NULL)
        ORDER BY id
    """
    rows = db.execute(old, [to_text(before)]).fetchall()
    db.conn.executemany("DELETE FROM pages WHERE id = ?", [(row["id"],) for row in rows])
    return len(rows), sorted({row["sha256"] for row in rows})


def delete_bodies(db: Database, folder: Path, hashes: Collection[str]) -> None:
    """Delete the files of bodies that no row names. Raises StoreError.

    In a transaction of its own, after that which deleted the rows: what is not written down comes back with them, and a
    walk, which saves a body and its row in one transaction, finds the file or writes it.
    """
    with write_transaction(db) if hashes else nullcontext():
        unnamed = db.execute(
            """
            SELECT value FROM json_each(?) WHERE value NOT IN (SELECT sha256 FROM pages) ORDER BY value
            """,
            [json.dumps([*hashes])],
        )
        for (sha256,) in unnamed.fetchall():
            file = body_file(folder, sha256)
            try:
                file.unlink(missing_ok=True)
            except OSError as e:
                raise StoreError("an old page could not be deleted", f"{file}: {e.strerror}", suggest_fix(e)) from e
