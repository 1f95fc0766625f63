"""Topic pages: topics with review counts, an alphabetical index, each topic's reviews."""

from collections.abc import Iterable
from itertools import groupby
from typing import Any

from flask import Blueprint, Flask, Response, abort, current_app, redirect, render_template, request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response as BaseResponse

from app.web.context import context, site_path
from app.web.page_cache import JSON_TYPE, add_noindex, cached_response, format_json
from app.web.public import review_phrases, search_address
from app.web.public.collection_search import catalogue, find_reviews, find_trends
from app.web.public.search_page import (
    SeeAlso,
    describe_gathering,
    page_links,
    reviews_fingerprint,
    see_also,
    subscribe_address,
)
from app.web.public.trend_pages import HEADINGS, picture_values, trends_fingerprint
from core import json_views
from core.clean_text import clean_text
from core.folding import dictionary_key
from core.plurals import plural
from core.thesaurus import find_term, other_words
from core.topics import load_spellings, slugify
from db.read.facet_index import FacetCount
from db.read.facets import fold_value
from db.read.review_page import list_with_changes
from db.read.search import SearchQuery

blueprint = Blueprint("topics", __name__)
blueprint.after_request(add_noindex)
COMMONEST_SHOWN = 120  # of the commonest topics, on the first page
MIN_PICTURED = 5  # reviews: of fewer, only the years are drawn
OTHER_LETTER = "other"  # the letter of those that begin with none


def register(app: Flask) -> None:
    """Add these pages."""
    app.register_blueprint(blueprint)


@blueprint.get("/topics")
def topics() -> Response:
    """The commonest topics, and the alphabet that leads to all of them."""
    return cached_response(reviews_fingerprint(), _render_topics)


def _render_topics() -> str:
    counts = catalogue().values(context().db, "topic")
    commonest = sorted(counts, key=lambda count: -count.count)[:COMMONEST_SHOWN]
    shown = [count for count in counts if count in commonest]
    return render_template(
        "topics.html",
        letter="",
        groups=_group_by_letter(shown),
        letters=_letter_links(counts),
        total=len(counts),
        shown=len(shown),
    )


@blueprint.get("/topics.json")
def topics_json() -> Response:
    """All topics as data."""
    return cached_response(
        reviews_fingerprint(),
        lambda: format_json([{"topic": c.value, "name": c.label, "reviews": c.count} for c in _topic_counts()]),
        JSON_TYPE,
    )


def _topic_counts() -> tuple[FacetCount, ...]:
    return catalogue().values(context().db, "topic")


@blueprint.get("/topics/a-z/<letter>")
def letter(letter: str) -> Response:
    """All topics of a letter."""
    counts = [count for count in _topic_counts() if _initial_letter(count) == letter] or abort(404)
    return cached_response(reviews_fingerprint(), lambda: _render_letter(letter, counts))


def _render_letter(letter: str, counts: list[FacetCount]) -> str:
    return render_template(
        "topics.html",
        letter=letter.upper() if letter != OTHER_LETTER else "Other",
        groups=_group_by_letter(counts),
        letters=_letter_links(_topic_counts()),
        total=len(counts),
        shown=len(counts),
    )


def _initial_letter(count: FacetCount) -> str:
    first = count.value[:1]
    return first if first.isascii() and first.isalpha() else OTHER_LETTER


def _group_by_letter(counts: list[FacetCount]) -> list[tuple[str, list[tuple[str, str, str]]]]:
    ordered = sorted(
        counts,
        key=lambda count: (_initial_letter(count) == OTHER_LETTER, _initial_letter(count), dictionary_key(count.label)),
    )
    return [
        (
            initial.upper() if initial != OTHER_LETTER else "Other",
            [(site_path(f"/topics/{count.value}"), clean_text(count.label), f"{count.count:,}") for count in group],
        )
        for initial, group in groupby(ordered, _initial_letter)
    ]


def _letter_links(counts: Iterable[FacetCount]) -> list[tuple[str, str]]:
    initials = sorted(
        {_initial_letter(count) for count in counts}, key=lambda initial: (initial == OTHER_LETTER, initial)
    )
    return [(site_path(f"/topics/a-z/{one}"), one.upper() if one != OTHER_LETTER else "Other") for one in initials]


@blueprint.get("/topics/<name>")
def topic(name: str) -> BaseResponse:
    """A topic's reviews, the newest first. Another spelling leads there; a term that is no topic, to its search."""
    slug = fold_value("topic", name)
    if slug != name and any(count.value == slug for count in _topic_counts()):
        return redirect(site_path(f"/topics/{slug}"))
    query = _topic_query(name)
    try:
        return cached_response(trends_fingerprint(), lambda: _render_topic(query, name))
    except NotFound:
        words = name.replace("-", " ")
        if find_term(words) is None:
            raise
        return redirect(search_address.page_address(SearchQuery(words)))


def _topic_query(name: str) -> SearchQuery:
    if slugify(name) != name:
        abort(404)
    page = search_address.parse_query(request.args).page
    return SearchQuery(filters=(("topic", name),), page=page)


def _render_topic(query: SearchQuery, name: str) -> str:
    result = find_reviews(query, with_facets=False)
    if not result.count:
        abort(404)
    label = clean_text(result.labels["topic", name])
    spellings = [word for word in load_spellings().get(label, []) if word.casefold() != label.casefold()]
    return render_template(
        "topic.html",
        name=label,
        count=plural(result.count, "review", thousands=","),
        several=result.count > 1,
        spellings=spellings,
        others=[word for word in other_words(label) if word not in spellings],
        all_words=search_address.page_address(SearchQuery(label)),
        see_also=_topics_beside(label),
        hits=review_phrases.describe_hits(result.hits),
        first=(query.page - 1) * 20 + 1,
        turns=page_links(SearchQuery(page=query.page), result.count, f"/topics/{name}"),
        search=search_address.page_address(SearchQuery(filters=query.filters)),
        gathered=describe_gathering(query, result.count),
        emailed=search_address.page_address(SearchQuery(filters=query.filters), "/saved-searches"),
        subscribe=subscribe_address(query, result),
        atom=search_address.page_address(SearchQuery(filters=query.filters), "/feeds/reviews.atom"),
        json_feed=search_address.page_address(SearchQuery(filters=query.filters), "/feeds/reviews.json"),
        data=site_path(f"/topics/{name}.json"),
        learning=site_path(f"/topics/{name}/learning"),
        trends=search_address.page_address(SearchQuery(filters=query.filters), "/trends"),
        **(_picture_topic(query, result.count) if query.page == 1 else {"pictures": [], "columns": ()}),
    )


def _topics_beside(label: str) -> list[SeeAlso]:
    """Wider, narrower and related terms, each leading to its topic, or to a search where it is none of ours."""
    slugs = {count.value for count in _topic_counts()}
    return [
        group._replace(
            terms=tuple(
                term._replace(url=site_path(f"/topics/{slug}")) if (slug := slugify(term.text)) in slugs else term
                for term in group.terms
            )
        )
        for group in see_also(label)
    ]


def _picture_topic(query: SearchQuery, count: int) -> dict[str, Any]:
    """The topic over the years; in a copy of the archive, which has many of these pages, only how many there are."""
    whole = count >= MIN_PICTURED and not current_app.config["EXPORTED"]
    return picture_values(query, find_trends(query, None, None), HEADINGS if whole else ["all"])


@blueprint.get("/topics/<name>.json")
def topic_json(name: str) -> Response:
    """A topic as data: its name, and its newest reviews."""
    query = _topic_query(name)
    return cached_response(reviews_fingerprint(), lambda: format_json(_topic_data(query, name)), JSON_TYPE)


def _topic_data(query: SearchQuery, name: str) -> dict[str, Any]:
    result = find_reviews(query)
    if not result.count:
        abort(404)
    full_reviews = list_with_changes(context().db, [hit.id for hit in result.hits])
    told = {"topic": name, "name": result.labels["topic", name], "count": result.count, "page": query.page}
    return told | {
        "reviews": [json_views.review_json(review_phrases.shown_review(review)) for review, _ in full_reviews]
    }
