"""Fields read rightly, by era and markup: `python -m tests.scraper.test_field_table` prints the table.

Each era's expected records are built anew in ten markups and read back; its saved pages are the last column.
"""

from collections.abc import Iterable, Iterator
from typing import Any

import pytest

from core.records import Page
from scraper.sources.nspcc_listing import parse
from tests.support.listing_pages import MARKUPS, build_page, era_entries
from tests.support.saved_pages import ERAS, expected, saved, saved_names, shape

LEAST = 0.99  # of an era's fields


def count_fields(page: Page, records: list[dict[str, Any]]) -> tuple[int, int]:
    """How many fields of a page's entries are right, of how many. An entry too few or too many has none right."""
    found = [shape(review) for review in parse(page, "nspcc").reviews]
    pairs = list(zip(found, records, strict=False))
    right = sum(review[field] == record[field] for review, record in pairs for field in record if field in review)
    return right, max(len(found), len(records)) * len(_known_fields(records))


def _known_fields(records: list[dict[str, Any]]) -> set[str]:
    return {field for record in records for field in record} - {"nation", "kind"}


def count_era(era: str) -> Iterator[tuple[str, int, int]]:
    """Each markup of an era: its name, its right fields, all of them."""
    records, entries = expected(f"nspcc-listing/{era}/expected.json"), era_entries(era)
    for markup in MARKUPS:
        yield markup, *count_fields(build_page(entries, markup), records)
    pages = [count_fields(saved(name), records) for name in saved_names(f"nspcc-listing/{era}")]
    yield "saved", sum(right for right, _ in pages), sum(total for _, total in pages)


def table() -> Iterable[str]:
    """The table, a row an era, and the sum."""
    columns = [*MARKUPS, "saved"]
    yield f"{'era':<10}" + "".join(f"{name:>12}" for name in columns)
    rights = totals = 0
    for era in ERAS:
        counts = list(count_era(era))
        rights, totals = rights + sum(right for _, right, _ in counts), totals + sum(total for *_, total in counts)
        yield f"{era:<10}" + "".join(f"{f'{right}/{total}':>12}" for _, right, total in counts)
    yield f"{rights} of {totals} fields, {100 * rights / totals:.2f} %"


@pytest.mark.parametrize("era", ERAS)
def test_of_each_eras_fields_99_of_100_are_right(era: str) -> None:
    counts = list(count_era(era))

    assert sum(right for _, right, _ in counts) >= LEAST * sum(total for *_, total in counts), counts


if __name__ == "__main__":
    print("\n".join(table()))
