"""Search page: words, facets with counts, removable filters, sort order, all of it in the address."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple
from urllib.parse import quote_plus, urlencode

from flask import Blueprint, Flask, Response, current_app, render_template, request

from app.web.context import context, site_path
from app.web.page_cache import JSON_TYPE, PageFingerprint, add_noindex, cached_response, format_json
from app.web.public import review_phrases, search_address
from app.web.public.collection_search import find_review_ids, find_reviews
from core import json_views
from core.plurals import noun, plural
from core.states import NATIONS
from core.subscriber_rules import MAX_TOPIC_CHARS
from db.read.facet_index import FacetCount
from db.read.facets import FACET_NAMES
from db.read.fts_query import is_prefix, split_terms, widen
from db.read.review_page import list_with_changes
from db.read.search import PAGE_SIZE, SearchQuery, SearchResult, list_validators
from newsletter.issue.phrases import clean_text

blueprint = Blueprint("reviews", __name__)
blueprint.after_request(add_noindex)
VALUE_PLACEHOLDER, ENCODED_PLACEHOLDER = "\0", "%00"  # where a value is to stand in an address; nobody can type it
WIDER_COUNTED = 100  # reviews that another search finds are counted so far
FACET_VALUES_SHOWN = 8  # values of a facet that are shown at once


def register(app: Flask) -> None:
    """Add these pages."""
    app.register_blueprint(blueprint)


class FacetChoice(NamedTuple):
    """A value to narrow by, or to take away."""

    href: str
    words: str
    held: str  # how many reviews have it
    chosen: bool


class FacetGroup(NamedTuple):
    """A facet: the values shown at once, and the others."""

    name: str
    heading: str
    hint: str
    first: tuple[FacetChoice, ...]
    more: tuple[FacetChoice, ...]


class PageLink(NamedTuple):
    """A page to go to."""

    words: str
    href: str
    here: bool = False
    rel: str = ""


class WiderSearch(NamedTuple):
    """A search that finds something where another did not."""

    href: str
    found: str  # how many, and the verb


@blueprint.get("/reviews")
def search() -> Response:
    """A page of what was found; the whole search stands in the address."""
    query = search_address.parse_query(request.args)
    return cached_response(
        reviews_fingerprint(), lambda: render_template("reviews.html", **_search_values(query, find_reviews(query)))
    )


def reviews_fingerprint() -> PageFingerprint:
    """What any list of reviews depends on."""
    web = context()
    return lambda: list_validators(web.db)


@blueprint.get("/reviews.json")
def search_json() -> Response:
    """The same as data, each review whole."""
    query = search_address.parse_query(request.args)
    return cached_response(reviews_fingerprint(), lambda: format_json(_search_data(query)), JSON_TYPE)


def _search_values(query: SearchQuery, result: SearchResult) -> dict[str, Any]:
    count = plural(result.count, "review", none="No", thousands=",")
    labels = {pair: _filter_label(*pair, result) for pair in query.filters}
    about = ", ".join([*([f"“{query.words}”"] if query.words else []), *labels.values()])
    return {
        "words": query.words,
        "count": count,
        "about": about,
        "hidden": [*query.filters, *([("sort", query.order)] if query.order else [])],
        "chosen": [
            (
                search_address.FACET_HEADINGS[pair[0]],
                label,
                search_address.page_address(search_address.without_filter(query, pair)),
            )
            for pair, label in labels.items()
        ],
        "clear": search_address.page_address(replace(query, filters=(), page=1)),
        "unfiltered": result.unfiltered,
        "meant": bool(split_terms(query.words)) or not query.words,
        "wider": None if result.unfiltered else _wider_search(query),
        "orders": _sort_links(query) if result.count > 1 else [],
        "hits": review_phrases.describe_hits(result.hits),
        "groups": _facet_groups(query, result),
        "turns": page_links(query, result.count),
        "first": (query.page - 1) * 20 + 1,
        "beyond": bool(result.count and not result.hits),
        "start": search_address.page_address(replace(query, page=1)),
        "subscribe": subscribe_address(query, result),
        "atom": search_address.page_address(replace(query, order="", page=1), "/feeds/reviews.atom"),
        "json_feed": search_address.page_address(replace(query, order="", page=1), "/feeds/reviews.json"),
        "data": search_address.page_address(query, "/reviews.json"),
        "learning": search_address.page_address(replace(query, order="", page=1), "/learning"),
        "trends": search_address.page_address(replace(query, order="", page=1), "/trends"),
    }


def _wider_search(query: SearchQuery) -> WiderSearch | None:
    """The search for words that begin with those asked for; None where it finds nothing either."""
    wider = replace(query, words=widen(query.words), filters=(), order="", page=1)
    count = len(find_review_ids(wider, WIDER_COUNTED + 1)) if wider.words else 0
    if not count:
        return None
    found = f"{plural(count, 'review')} {noun(count, 'is', 'are')}"
    address = search_address.page_address(wider)
    return WiderSearch(address, found if count <= WIDER_COUNTED else f"More than {WIDER_COUNTED} reviews are")


def _filter_label(name: str, value: str, result: SearchResult) -> str:
    return clean_text(result.labels.get((name, value), value))


def _sort_links(query: SearchQuery) -> list[tuple[str, str, bool]]:
    current = query.order or search_address.default_sort(query.words)
    links = []
    for order in search_address.sort_options(query.words):
        other = replace(query, order="" if order == search_address.default_sort(query.words) else order, page=1)
        links.append((search_address.SORT_LABELS[order], search_address.page_address(other), order == current))
    return links


def _facet_groups(query: SearchQuery, result: SearchResult) -> list[FacetGroup]:
    groups = []
    for name in search_address.FACET_HEADINGS if not current_app.config["EXPORTED"] else ("year",):
        counts = result.facets.get(name, ())
        if len(counts) < 2 and not any(count.chosen for count in counts):
            continue
        one_more = _filter_address(query, name)
        choices = [_facet_choice(query, name, count, one_more) for count in _sort_counts(name, counts)]
        most = (
            FACET_VALUES_SHOWN if len(choices) > FACET_VALUES_SHOWN + 2 else len(choices)
        )  # "1 more" is not worth a click
        hint = "Only where the review’s first words say so." if name in ("age", "harm") else ""
        groups.append(
            FacetGroup(name, search_address.FACET_HEADINGS[name], hint, tuple(choices[:most]), tuple(choices[most:]))
        )
    return groups


def _sort_counts(name: str, counts: tuple[FacetCount, ...]) -> list[FacetCount]:
    """The chosen first; years from the latest, ages from the youngest, the others from the commonest."""
    if name == "year":
        counts = tuple(sorted(counts, key=lambda count: count.value, reverse=True))
    if name == "age":
        counts = tuple(sorted(counts, key=lambda count: (not count.label.startswith("Under"), count.label.zfill(8))))
    return sorted(counts, key=lambda count: not count.chosen)


def _filter_address(query: SearchQuery, name: str) -> str:
    """The address of the search narrowed further, with a mark where the value stands: written once for all values."""
    exported = current_app.config["EXPORTED"]  # a copy has a page for each year, and none for two
    return search_address.page_address(
        search_address.with_filter(SearchQuery() if exported else query, (name, VALUE_PLACEHOLDER))
    )


def _facet_choice(query: SearchQuery, name: str, count: FacetCount, one_more: str) -> FacetChoice:
    if count.chosen:
        href = search_address.page_address(search_address.without_filter(query, (name, count.value)))
    else:
        href = one_more.replace(ENCODED_PLACEHOLDER, quote_plus(count.value))
    return FacetChoice(href, clean_text(count.label), f"{count.count:,}", count.chosen)


def page_links(query: SearchQuery, count: int, path: str = "/reviews") -> list[PageLink]:
    """The pages of a search to leaf through; none where all is on one."""
    return number_links(count, query.page, lambda n: search_address.page_address(replace(query, page=n), path))


def number_links(count: int, page: int, to: Callable[[int], str], per_page: int = PAGE_SIZE) -> list[PageLink]:
    """The pages to leaf through; `to` gives the address of each."""
    numbers = search_address.page_numbers(count, page, per_page)
    if not numbers:
        return []
    numbered = [PageLink(f"{n:,}", to(n), n == page) if n else PageLink("…", "") for n in numbers]
    before = [PageLink("Previous", to(page - 1), rel="prev")] if 1 < page <= numbers[-1] else []
    after = [PageLink("Next", to(page + 1), rel="next")] if page < numbers[-1] else []
    return [*before, *numbered, *after]


def subscribe_address(query: SearchQuery, result: SearchResult) -> str:
    """The address of the form to get results like these by email, filled in as far as a subscription can say it."""
    topics = [_filter_label(name, value, result) for name, value in query.filters if name == "topic"]
    terms = split_terms(query.words)
    topics += [" ".join(terms)] if terms and not any(map(is_prefix, terms)) else []  # a topic is whole words
    named = [_filter_label(name, value, result) for name, value in query.filters if name == "nation"]
    nations = [nation for nation in named if nation in NATIONS]
    topics = [topic for topic in topics if len(topic) <= MAX_TOPIC_CHARS and ";" not in topic and "," not in topic]
    pairs = [("topics", "; ".join(topics))] if topics else []
    pairs += [("nations", nation) for nation in nations]
    return site_path(f"/subscribe?{urlencode([*pairs, ('when', 'matching')])}" if pairs else "/subscribe")


def _search_data(query: SearchQuery) -> dict[str, Any]:
    result = find_reviews(query)
    full_reviews = list_with_changes(context().db, [hit.review.id for hit in result.hits])
    return {
        "query": query.words,
        "filters": {name: [value for n, value in query.filters if n == name] for name, _ in query.filters},
        "sort": query.order or search_address.default_sort(query.words),
        "count": result.count,
        "page": query.page,
        "reviews": [json_views.review_json(review_phrases.shown_review(review)) for review, _ in full_reviews],
        "facets": {
            name: [{"value": c.value, "label": c.label, "count": c.count} for c in result.facets.get(name, ())]
            for name in FACET_NAMES
        },
    }
