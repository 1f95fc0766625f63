"""The NSPCC's lists of published case reviews: this year's, the monthly update, the older year lists."""

from collections.abc import Iterable
from dataclasses import replace

from core.records import Page, Review
from scraper import body, entries, places
from scraper.adapter import Adapter
from scraper.identity import heading_key, identified
from scraper.lines import lines


def parse(page: Page, source: str) -> tuple[Review, ...]:
    """Every review on the page, in its order; the same entry listed twice counts once.

    Empty when the page has no review headings: nothing found is for the caller to doubt.
    """
    found = entries.entries(lines(page))
    labelled = any(body.labels_keywords(entry) for entry in found)
    reviews = [places.placed(identified(body.review(entry, source, labelled))) for entry in found]
    return tuple(_united(reviews))


def _united(reviews: Iterable[Review]) -> list[Review]:
    """Each review once: copies of the same words share their links, and of one record's copies the first counts."""
    kept: dict[str, list[Review]] = {}
    records: set[tuple[str, str]] = set()
    for review in reviews:
        record = (review.catalogue, heading_key(review))
        twins = kept.setdefault(review.fingerprint, [])
        one = (n for n, t in enumerate(twins) if not t.catalogue or review.catalogue in ("", t.catalogue))
        if (twin := next(one, None)) is not None:
            links = {link.url: link for link in (*twins[twin].links, *review.links)}
            twins[twin] = identified(replace(twins[twin], links=tuple(links.values())))
        elif not review.catalogue or record not in records:
            twins.append(review)
        records.add(record)
    return [review for twins in kept.values() for review in twins]


ADAPTER = Adapter(parse)
