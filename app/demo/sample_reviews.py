"""Sample reviews: the invented collection that collection.json holds."""

import json
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

from core.records import Link, Review, Section


@dataclass(frozen=True, slots=True)
class SampleReview:
    """One invented review, identified by its record, and how it comes to be listed."""

    review: Review
    month: int = 1  # of the demonstration: the first in which it is listed
    edited: str = ""  # its summary from month two on; empty when it stays as it was


@dataclass(frozen=True, slots=True)
class SampleCollection:
    """All samples: the list of earlier years, that of a past year, that of the current one, what a large month adds."""

    earlier: tuple[SampleReview, ...]  # 2016 to 2025; the same in both months
    past: tuple[SampleReview, ...]  # 2019; the same in both months
    current: tuple[SampleReview, ...]
    large: tuple[SampleReview, ...]  # of the current year too: with them a month has 14 new ones


@cache
def sample_collection() -> SampleCollection:
    """The invented collection, alphabetical by publisher; the file comes with the package."""
    data = json.loads(files("app.demo").joinpath("collection.json").read_text(encoding="utf-8"))
    return SampleCollection(
        earlier=tuple(map(_parse_sample, data["earlier"])),
        past=tuple(map(_parse_sample, data["past"])),
        current=tuple(map(_parse_sample, data["current"])),
        large=tuple(map(_parse_sample, data["large"])),
    )


def _parse_sample(row: dict[str, Any]) -> SampleReview:
    review = Review(
        source="sample",
        publisher=row["publisher"],
        name=row["name"],
        year=row["year"],
        summary=row["summary"],
        sections=tuple(Section(**section) for section in row["sections"]),
        keywords=tuple(row["keywords"]),
        links=tuple(Link(**link) for link in row["links"]),
    )
    return SampleReview(review, row.get("month", 1), row.get("summary_in_month_two", ""))
