"""Source options: what the configuration says of a source's reviews, where its page says nothing; pure."""

import re
from dataclasses import replace

from core.config.schema import Source
from core.records import PageReading, Review
from scraper import nations
from scraper.identity import add_identity, durable_key
from scraper.review_kinds import ADULT_KIND, is_of_adults


def complete_reading(reading: PageReading, source: Source) -> PageReading:
    """The reading with the source's publisher, nation and kind of review where the page has none; `only` kept to.

    A page of which `only` leaves nothing is a healthy page that lists none, and its total says nothing of the rest.
    """
    reviews, waiting = _choose(reading.reviews, source), _choose(reading.waiting, source)
    chosen = len(reviews) + len(waiting) == len(reading.reviews) + len(reading.waiting)
    return replace(
        reading,
        reviews=tuple(_complete_review(review, source) for review in reviews),
        waiting=tuple(_complete_review(review, source) for review in waiting),
        total=None if source.only else reading.total,
        lists_none=reading.lists_none or (not chosen and not reviews and not waiting),
    )


def _choose(reviews: tuple[Review, ...], source: Source) -> tuple[Review, ...]:
    if not source.only:
        return reviews
    title = re.compile(source.only, re.I)
    return tuple(review for review in reviews if title.search(review.name) or title.search(review.heading))


def _complete_review(review: Review, source: Source) -> Review:
    publisher = review.publisher or source.publisher
    if publisher != review.publisher:
        own = add_identity(replace(review, publisher=publisher, title=f"{publisher} – {review.name}"))
        review = replace(own, key=durable_key(review) or own.key)
    nation = review.nation or source.nation or nations.find_nation(source.publisher)
    kind = review.kind or (ADULT_KIND if is_of_adults(review.heading) else source.review_kind or None)
    return replace(review, nation=nation, kind=kind)
