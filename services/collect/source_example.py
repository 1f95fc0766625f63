"""Source example: a page kept with the records that a person saw read from it, the source's own regression test."""

import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from core.config.schema import Source
from core.dates import from_iso, iso_utc
from core.disk_advice import suggest_fix
from core.errors import HouseError
from core.records import Page, PageReading, Review
from scraper.adapter import load_adapter

PAGE_FILE, RECORDS_FILE = "page", "expected.json"
RECORD_FIELDS = ("heading", "name", "publisher", "year", "month", "nation", "kind", "summary", "keywords")


def example_folder(data_dir: Path, name: str) -> Path:
    """Where a source's example is."""
    return data_dir / "sources" / name


def keep_example(data_dir: Path, source: Source, page: Page, reading: PageReading) -> Path:
    """Write the page and what it yields; the folder. Raises HouseError."""
    folder = example_folder(data_dir, source.name)
    known: dict[str, Any] = {
        "url": page.url,
        "final_url": page.final_url,
        "content_type": page.header("content-type"),
        "fetched_at": iso_utc(page.fetched_at),
        "reviews": [_record(review) for review in reading.reviews],
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, body in (
            (PAGE_FILE, page.body),
            (RECORDS_FILE, f"{json.dumps(known, ensure_ascii=False, indent=2)}\n".encode()),
        ):
            aside = folder / f".{name}.{os.getpid()}"
            aside.write_bytes(body)
            aside.replace(folder / name)
    except OSError as e:
        raise HouseError("cannot keep the page", f"{folder}: {e.strerror}", suggest_fix(e)) from e
    return folder


def compare_example(data_dir: Path, source: Source) -> list[str] | None:
    """How today's reading of a source's example differs from what was seen, a line each; None: it has no example."""
    folder = example_folder(data_dir, source.name)
    try:
        body, known = (folder / PAGE_FILE).read_bytes(), json.loads((folder / RECORDS_FILE).read_text("utf-8"))
        headers = (("content-type", known["content_type"]),)
        page = Page(known["url"], known["final_url"], 200, headers, body, from_iso(known["fetched_at"]))
        seen: list[dict[str, Any]] = known["reviews"]
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as e:
        raise HouseError("cannot read the example", f"{folder}: {e}", f"Delete it, then try {source.url} again.") from e
    return _differences(seen, [_record(review) for review in load_adapter(source).parse(page, source.name).reviews])


def _record(review: Review) -> dict[str, Any]:
    links = [{"text": link.text, "url": link.url} for link in review.links]
    fields: dict[str, Any] = {name: getattr(review, name) for name in RECORD_FIELDS}
    record: dict[str, Any] = json.loads(json.dumps({**fields, "links": links}))  # as it is read back: tuples are lists
    return record


def _differences(seen: Sequence[dict[str, Any]], read: Sequence[dict[str, Any]]) -> list[str]:
    now = {record["heading"]: record for record in read}
    then = {record["heading"]: record for record in seen}
    lines = [f"not read any more: {heading}" for heading in then if heading not in now]
    lines += [f"read now: {heading}" for heading in now if heading not in then]
    return lines + [
        f"{heading}: {field} was {then[heading].get(field)!r}, is {value!r}"
        for heading in then
        if heading in now
        for field, value in now[heading].items()
        if value != then[heading].get(field)
    ]
