"""Compare page: two to four reviews side by side, part by part, in their own words."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple
from urllib.parse import urlencode

from flask import Blueprint, Flask, Response, render_template, request

from app.web.context import context, site_path
from app.web.page_cache import PageFingerprint, add_noindex, cached_response
from app.web.public import review_phrases, search_address
from app.web.public.collection_search import find_reviews
from app.web.public.review_phrases import ReviewListItem
from app.web.public.review_record import caution_values, source_values
from app.web.public.search_page import reviews_fingerprint
from core.clean_text import clean_text
from core.dates import month_name
from core.harm_and_age import parse_harm_and_age
from core.plurals import noun, plural
from core.records import Review
from core.topics import Topic, find_topic
from db.read.review_page import list_with_changes, record_validators
from db.read.search import SearchQuery
from newsletter.issue import issue_view
from newsletter.issue.issue_view import SectionView
from newsletter.issue.phrases import Anchor, distinct_titles, download_links, join_list

blueprint = Blueprint("compare", __name__)
blueprint.after_request(add_noindex)
MAX_COMPARED = 4  # reviews: more are too narrow to read
MAX_ASKED = 20  # numbers of an address that are looked at
SUGGESTIONS = 8  # reviews to add
PART_HEADINGS = {
    "background": "Background",
    "learning": "Learning",
    "recommendations": "Recommendations",
    "model": "Model",
    "other": "More",
}
NOT_KNOWN = "Not known for certain"


class ComparedPart(NamedTuple):
    """One part of one review: paragraphs, sections, or facts."""

    title: str  # the review's, so that no part is read as another's
    paragraphs: tuple[str, ...] = ()
    sections: tuple[SectionView, ...] = ()
    facts: tuple[tuple[str, str], ...] = ()
    links: tuple[Anchor, ...] = ()


class ComparedRow(NamedTuple):
    """The same part of each review."""

    heading: str
    parts: tuple[ComparedPart, ...]


class ComparedReview(NamedTuple):
    """A review of the comparison, and the address of the page without it."""

    title: str
    href: str
    without: str


def register(app: Flask) -> None:
    """Add this page."""
    app.register_blueprint(blueprint)


@blueprint.get("/compare")
def compare() -> Response:
    """The reviews whose numbers stand in the address; with too few, others to add."""
    numbers, words = _parse_numbers(), search_address.parse_query(request.args).words
    return cached_response(_compare_fingerprint(numbers), lambda: _render_compare(numbers, words))


def _parse_numbers() -> list[int]:
    typed = request.args.getlist("review")[:MAX_ASKED]
    return list(dict.fromkeys(int(one) for one in typed if one.isascii() and one.isdigit() and len(one) < 13))


def _compare_fingerprint(numbers: Sequence[int]) -> PageFingerprint:
    """What lists depend on, and each review: when its links were last looked at."""
    web, lists = context(), reviews_fingerprint()

    def fingerprint() -> tuple[str, datetime | None] | None:
        now = lists()
        each = [record_validators(web.db, number) for number in numbers]
        tags = [one[0] if one else "" for one in (now, *each)]
        times = [one[1] for one in (now, *each) if one and one[1]]
        return hashlib.sha256(" ".join(tags).encode()).hexdigest(), max(times, default=None)

    return fingerprint


def _render_compare(numbers: list[int], words: str) -> str:
    found = [review_phrases.shown_review(review) for review, _ in list_with_changes(context().db, numbers)]
    reviews, titles = found[:MAX_COMPARED], distinct_titles(found[:MAX_COMPARED])
    own = [review.id for review in reviews]
    chosen = [
        ComparedReview(title, site_path(f"/reviews/{n}"), compare_address([other for other in own if other != n]))
        for title, n in zip(titles, own, strict=True)
    ]
    return render_template(
        "compare.html",
        chosen=chosen,
        reviews_named=join_list(titles),
        notes=_describe_gaps(numbers, found),
        shared=_shared_topics(reviews) if len(reviews) > 1 else None,
        rows=_compared_rows(reviews, titles) if len(reviews) > 1 else [],
        numbers=own,
        words=words,
        room=MAX_COMPARED - len(reviews),
        offered=[(compare_address([*own, n]), item) for n, item in _offer_reviews(reviews, words)],
        **caution_values(several=True),
        **source_values(compare_address(own)),
    )


def compare_address(numbers: Sequence[int]) -> str:
    """The address of a comparison."""
    return site_path(f"/compare?{urlencode([('review', number) for number in numbers])}" if numbers else "/compare")


def _describe_gaps(numbers: Sequence[int], found: Sequence[Review]) -> list[str]:
    """What was asked for and is not shown."""
    gone = [str(number) for number in numbers if number not in {review.id for review in found}]
    notes = []
    if gone:
        notes.append(
            f"{noun(len(gone), 'Review')} {join_list(gone)} {noun(len(gone), 'is', 'are')} not here, or withdrawn."
        )
    if (more := len(found) - MAX_COMPARED) > 0:
        notes.append(f"Only {MAX_COMPARED} fit beside one another: {plural(more, 'review')} left out.")
    return notes


def _offer_reviews(reviews: Sequence[Review], words: str) -> list[tuple[int, ReviewListItem]]:
    """Reviews to add: those that a search finds, else of the same topics, else none."""
    if len(reviews) >= MAX_COMPARED:
        return []
    topics = _topics(reviews[0]) if reviews else []
    filters = () if words else tuple(("topic", topic.slug) for topic in topics)
    if not words and not filters:
        return []
    own = {review.id for review in reviews}
    hits = find_reviews(SearchQuery(words, filters), SUGGESTIONS + len(own)).hits
    others = [hit for hit in hits if hit.id not in own][:SUGGESTIONS]
    items = review_phrases.describe_hits([hit._replace(extract="") for hit in others])
    return [(hit.id, item) for hit, item in zip(others, items, strict=True)]


def _topics(review: Review) -> list[Topic]:
    return list(dict.fromkeys(topic for word in review.keywords if (topic := find_topic(word))))


def _shared_topics(reviews: Sequence[Review]) -> list[Anchor]:
    """The topics that all of them have."""
    others = [{topic.slug for topic in _topics(review)} for review in reviews[1:]]
    shared = [topic for topic in _topics(reviews[0]) if all(topic.slug in slugs for slugs in others)]
    return [Anchor(clean_text(topic.name), site_path(f"/topics/{topic.slug}")) for topic in shared]


def _compared_rows(reviews: Sequence[Review], titles: Sequence[str]) -> list[ComparedRow]:
    views = [issue_view.build_review_view(review, title) for review, title in zip(reviews, titles, strict=True)]
    rows = [ComparedRow("What is known", tuple(map(_fact_part, reviews, titles)))]
    rows.append(
        ComparedRow(
            "What happened",
            tuple(ComparedPart(title, view.summary) for view, title in zip(views, titles, strict=True)),
        )
    )
    for kind, heading in PART_HEADINGS.items():
        parts = tuple(
            ComparedPart(
                title, sections=tuple(part for s, part in zip(r.sections, v.parts, strict=True) if s.kind == kind)
            )
            for r, v, title in zip(reviews, views, titles, strict=True)
        )
        if any(part.sections for part in parts):
            rows.append(ComparedRow(heading, parts))
    topics = tuple(
        ComparedPart(title, links=_topic_links(review)) for review, title in zip(reviews, titles, strict=True)
    )
    reports = tuple(
        ComparedPart(title, links=tuple(download_links(review.links, title)))
        for review, title in zip(reviews, titles, strict=True)
    )
    return [*rows, ComparedRow("Topics", topics), ComparedRow("The report", reports)]


def _topic_links(review: Review) -> tuple[Anchor, ...]:
    return tuple(Anchor(clean_text(topic.name), site_path(f"/topics/{topic.slug}")) for topic in _topics(review))


def _fact_part(review: Review, title: str) -> ComparedPart:
    """What is certain; what is not says so."""
    said = parse_harm_and_age(review.summary)
    month = f"{month_name(review.month)} " if review.year and review.month else ""
    facts = (
        ("Published", f"{month}{review.year}" if review.year else ""),
        ("Published by", clean_text(review.publisher)),
        ("Nation", review.nation or ""),
        ("Kind of review", clean_text(review.kind or "")),
        ("Age of the child", said.band),
        ("Harm", ", ".join(said.harms)),
    )
    return ComparedPart(title, facts=tuple((name, value or NOT_KNOWN) for name, value in facts))
