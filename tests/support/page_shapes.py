"""Pages in the shapes that partnerships' and boards' sites have, tried as `casereviews sources try` does.

`python -m tests.support.page_shapes` prints a table: what each is read as, how many entries rightly, at what cost.
"""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.config.schema import Source
from core.errors import FetchError
from core.records import Page, Review
from scraper.fetch import Fetcher
from services.collect.try_source import SourceTrial, try_source

FOLDER = Path(__file__).parents[1] / "scraper" / "shapes"
SHAPES: dict[str, dict[str, Any]] = json.loads((FOLDER / "expected.json").read_text("utf-8"))
SITE = "https://northshire.example.org"
MEDIA = {".html": "text/html; charset=utf-8", ".xml": "application/xml", ".json": "application/json"}
NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)


class ShapeFetcher(Fetcher):
    """Answers from the files of a shape, and counts."""

    def __init__(self, name: str) -> None:
        self.requests = 0
        self.files = {"/reviews": name, **SHAPES[name].get("others", {})}  # by path

    def get(self, url: str, **asked: object) -> Page:  # type: ignore[override]  # how it is asked does not matter here
        self.requests += 1
        file = self.files.get(url.removeprefix(SITE))
        if not file:
            raise FetchError("answered 404", url)
        headers = (("content-type", MEDIA[Path(file).suffix]),)
        return Page(url, url, 200, headers, (FOLDER / file).read_bytes(), NOW)


def try_shape(name: str) -> tuple[SourceTrial, int]:
    """What is found out of a shape, and how many requests that takes."""
    fetcher = ShapeFetcher(name)
    return try_source(fetcher, Source(name="northshire", url=f"{SITE}/reviews")), fetcher.requests


def entry(review: Review) -> list[Any]:
    """A review in the form of the expected entries: name, year, month, how many links."""
    return [review.name, review.year, review.month, len(review.links)]


def table() -> Iterator[str]:
    """A line a shape, and their sum."""
    rights = wholes = wrongs = 0
    yield f"{'shape':72} {'kind':10} {'right':>7} {'requests':>9} {'CPU ms':>7}"
    for name, shape in SHAPES.items():
        began = time.process_time()
        trial, requests = try_shape(name)
        spent = (time.process_time() - began) * 1000
        best = trial.candidates[0] if trial.candidates else None
        read = [entry(review) for review in best.reading.reviews] if best else []
        right = sum(one in read for one in shape["entries"])
        wrong = sum(one not in shape["entries"] for one in read)
        said = f"{right}/{len(shape['entries'])}" if shape["entries"] else "none" if best else "?"
        yield (
            f"{shape['what']:72} {best.source.kind if best else '-':10} {said:>7} {requests:>9} {spent:>7.0f}"
            f"{f'  {wrong} more' if wrong else ''}"
        )
        rights, wholes, wrongs = rights + right, wholes + len(shape["entries"]), wrongs + wrong
    yield f"{rights} of {wholes} entries right, {wrongs} read that are none"


if __name__ == "__main__":
    print("\n".join(table()))
