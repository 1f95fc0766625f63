"""Source parser for the NSPCC's lists of published case reviews."""

from collections.abc import Iterable
from dataclasses import replace

from core.records import Page, PageReading, Review
from scraper import entries, entry_parser, nations
from scraper.adapter import Adapter
from scraper.identity import add_identity, heading_key
from scraper.text_lines import extract_lines


def parse(page: Page, source: str) -> PageReading:
    """Every review on the page, in its order; the same entry listed twice counts once.

    Empty when the page has no review headings: nothing found is for the caller to doubt.
    """
    found = entries.split_entries(extract_lines(page))
    labelled = any(entry_parser.has_keyword_label(entry) for entry in found)
    reviews = [nations.add_nation(add_identity(entry_parser.parse_entry(entry, source, labelled))) for entry in found]
    return PageReading(tuple(_merge_duplicates(reviews)))


def _merge_duplicates(reviews: Iterable[Review]) -> list[Review]:
    """Each review once: copies of the same words share their links, and of one record's copies the first counts."""
    kept: dict[str, list[Review]] = {}
    records: set[tuple[str, str]] = set()
    for review in reviews:
        record = (review.catalogue, heading_key(review))
        twins = kept.setdefault(review.fingerprint, [])
        one = (n for n, t in enumerate(twins) if not t.catalogue or review.catalogue in ("", t.catalogue))
        if (twin := next(one, None)) is not None:
            links = {link.url: link for link in (*twins[twin].links, *review.links)}
            twins[twin] = add_identity(replace(twins[twin], links=tuple(links.values())))
        elif not review.catalogue or record not in records:
            twins.append(review)
        records.add(record)
    return [review for twins in kept.values() for review in twins]


ADAPTER = Adapter(parse)
