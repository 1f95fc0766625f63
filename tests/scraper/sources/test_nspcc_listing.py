"""The NSPCC's lists: every era of labels in several markups, each field found in the source text."""

import re
from html import escape, unescape

import pytest

from core.records import Page
from scraper.page_text import normalise_text
from scraper.sources.nspcc_listing import parse
from tests.support.saved_pages import ERAS, page, saved, saved_names

PAGES = saved_names("nspcc-listing")


@pytest.mark.parametrize("era", ERAS)
def test_every_era_has_at_least_four_markups(era: str) -> None:
    assert len([name for name in PAGES if name.startswith(f"nspcc-listing/{era}/")]) >= 4


@pytest.mark.parametrize("name", PAGES)
def test_every_field_is_found_in_the_source_text_kept_beside_it(name: str) -> None:
    for review in parse(saved(name), "nspcc").reviews:
        text = normalise_text(review.raw)

        for part in (review.heading, review.publisher, review.name, *review.keywords):
            assert part in text
        for paragraph in review.summary.split("\n"):
            assert paragraph in text
        for section in review.sections:
            for paragraph in section.text.split("\n"):
                assert paragraph in text
            assert all(item in text for item in section.items)


@pytest.mark.parametrize(
    ("words", "total"), [("Showing 1-3 of 45", 45), ("45 results", None), ("3 of 3 reviews", None)]
)
def test_a_list_that_shows_a_part_says_of_how_many(words: str, total: int | None) -> None:
    entries = "".join(f"<h3>2026 – Westmere – Child {n}</h3><p>Death of a child.</p>" for n in "ABC")

    assert parse(page(f"<html><body><p>{words}</p>{entries}</body></html>"), "nspcc").total == total


def said(listing: Page) -> str:
    """What the reviews of a page say and how they are parted, in capitals."""
    reviews = parse(listing, "nspcc").reviews
    return str([(r.year, r.publisher, r.name, r.summary, r.sections, r.keywords) for r in reviews]).upper()


@pytest.mark.parametrize("name", ["2012/strong", "2012/accordion", "2013/flat", "2016/onep", "2024/headings"])
def test_a_page_all_in_capitals_has_the_sections_and_keywords_of_one_that_is_not(name: str) -> None:
    listing = saved(f"nspcc-listing/{name}.html")
    head, _, body = listing.body.decode().partition("<body")
    capitals = re.sub(r"(?<=>)[^<]+", lambda text: escape(unescape(text[0]).upper()), f"<body{body}")

    assert said(page(head + capitals)) == said(listing)
