"""The NSPCC's lists of published case reviews: this year's, the monthly update, the older year lists."""

from core.records import Page, Review
from scraper import entries, places
from scraper.adapter import Adapter
from scraper.identity import identified
from scraper.lines import lines


def parse(page: Page, source: str) -> tuple[Review, ...]:
    """Every review on the page, in its order; the same entry listed twice counts once.

    Empty when the page has no review headings: nothing found is for the caller to doubt.
    """
    found = entries.entries(lines(page))
    labelled = any(entries.labels_keywords(entry) for entry in found)
    reviews = (places.placed(identified(entries.review(entry, source, labelled))) for entry in found)
    return tuple({(review.catalogue, review.fingerprint): review for review in reviews}.values())


ADAPTER = Adapter(parse)
