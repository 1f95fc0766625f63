"""Search page: words, facets with counts, removable filters, sort order, all of it in the address."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, NamedTuple
from urllib.parse import urlencode

from flask import Blueprint, Flask, Response, render_template, request

from app.web.context import context, site_path
from app.web.page_cache import JSON_TYPE, PageFingerprint, add_noindex, cached_response, format_json
from app.web.public import review_phrases, search_address
from app.web.public.collection_search import catalogue, find_review_ids, find_reviews
from app.web.public.facet_links import facet_groups
from core import json_views
from core.clean_text import clean_text
from core.plurals import noun, plural
from core.search_words import MAX_TERMS, also_searched, as_typed, parse_terms, unsearched, widen
from core.states import NATIONS
from core.subscriber_rules import MAX_TOPIC_CHARS
from core.thesaurus import find_term
from core.year_range import year_range
from db.read.facets import FACET_NAMES
from db.read.review_page import list_with_changes
from db.read.search import PAGE_SIZE, SearchQuery, SearchResult, list_validators
from newsletter.issue.phrases import Anchor
from services.readers.gather_reviews import MAX_GATHERED

blueprint = Blueprint("reviews", __name__)
blueprint.after_request(add_noindex)
OTHER_COUNTED = 100  # reviews that another search finds are counted so far
MAX_FILE_REVIEWS = 5_000  # reviews of one file
FILE_FORMS = (("CSV table", "csv"), ("citations as RIS", "ris"), ("citations as BibTeX", "bib"))


def register(app: Flask) -> None:
    """Add these pages."""
    app.register_blueprint(blueprint)


class PageLink(NamedTuple):
    """A page to go to."""

    words: str
    href: str
    here: bool = False
    rel: str = ""


class OtherSearch(NamedTuple):
    """A search that finds something where another did not."""

    href: str
    words: str
    finds: str  # how many reviews, and the verb


class SeeAlso(NamedTuple):
    """Terms of the thesaurus beside the one that was searched."""

    heading: str
    terms: tuple[Anchor, ...]


class Gathering(NamedTuple):
    """What a page offers to do with all the reviews that a search finds."""

    fields: list[tuple[str, str]]  # the search, as a form's fields
    amount: str  # "all 57 reviews"
    file_words: str
    files: list[tuple[str, str]]  # what they are called, and their addresses


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
        "hidden": [pair for pair in search_address.list_pairs(query) if pair[0] != "q"],
        "chosen": [
            (
                search_address.FACET_HEADINGS[pair[0]],
                label,
                search_address.page_address(search_address.without_filter(query, pair)),
            )
            for pair, label in labels.items()
        ],
        "clear": search_address.page_address(SearchQuery(query.words, order=query.order)),
        "unfiltered": result.unfiltered,
        "meant": bool(parse_terms(query.words)) or not query.words,
        "wider": None if result.unfiltered else _count_search(widen(query.words)),
        "respelt": None if result.unfiltered else _count_search(_respell(query.words)),
        "also": also_searched(query.words),
        "unsearched": unsearched(query.words),
        "most_terms": MAX_TERMS,
        "typed": search_address.page_address(SearchQuery(as_typed(query.words), query.filters, query.order)),
        "see_also": see_also(query.words),
        "years": next((value for name, value in query.filters if name == "year" and year_range(value)), "-"),
        "beside_years": [(name, value) for name, value in search_address.list_pairs(query) if name != "year"],
        "orders": _sort_links(query) if result.count > 1 else [],
        "hits": review_phrases.describe_hits(result.hits),
        "groups": facet_groups(query, result),
        "turns": page_links(query, result.count),
        "first": (query.page - 1) * 20 + 1,
        "beyond": bool(result.count and not result.hits),
        "start": search_address.page_address(SearchQuery(query.words, query.filters, query.order)),
        "subscribe": subscribe_address(query, result),
        "gathered": describe_gathering(query, result.count),
        **_other_views(query),
    }


def _other_views(query: SearchQuery) -> dict[str, str]:
    """The addresses of the same search as data, by email, as feeds, as one list of what was learned, year by year."""
    same, whole = search_address.build_address(query, ""), search_address.build_address(_whole_search(query), "")
    paths = {
        "data": f"/reviews.json{same}",
        "emailed": f"/saved-searches{same}",
        "atom": f"/feeds/reviews.atom{whole}",
        "json_feed": f"/feeds/reviews.json{whole}",
        "learning": f"/learning{whole}",
        "trends": f"/trends{whole}",
    }
    return {name: site_path(path) for name, path in paths.items()}


def _whole_search(query: SearchQuery) -> SearchQuery:
    return replace(query, order="", page=1) if query.order or query.page > 1 else query


def describe_gathering(query: SearchQuery, count: int) -> Gathering:
    """How a page offers to gather a search's reviews, or to take them as files."""
    whole = _whole_search(query)
    return Gathering(
        search_address.list_pairs(whole),
        gathered_words(count),
        "All of them as a file" if count <= MAX_FILE_REVIEWS else f"The first {MAX_FILE_REVIEWS:,} as a file",
        [(name, search_address.page_address(whole, f"/reviews.{form}")) for name, form in FILE_FORMS],
    )


def gathered_words(count: int) -> str:
    """What a button gathers: "all 57 reviews"; nothing of one, which a tick gathers as well."""
    if count > MAX_GATHERED:
        return f"the newest {MAX_GATHERED} of {count:,} reviews"
    return f"all {count} reviews" if count > 1 else ""


def _respell(words: str) -> str:
    return catalogue().respell(context().db, words) if words else ""


def _count_search(words: str) -> OtherSearch | None:
    """The search for other words, without filters; None where it finds nothing either."""
    other = SearchQuery(words)
    count = len(find_review_ids(other, OTHER_COUNTED + 1)) if words else 0
    if not count:
        return None
    verb = f"{plural(count, 'review')} {noun(count, 'is', 'are')}"
    address = search_address.page_address(other)
    return OtherSearch(address, words, verb if count <= OTHER_COUNTED else f"More than {OTHER_COUNTED} reviews are")


def see_also(words: str) -> list[SeeAlso]:
    """Wider, narrower and related terms, where what was searched is one term of the thesaurus."""
    term = find_term(words)
    if term is None:
        return []
    groups = (("Wider", term.wider), ("Narrower", term.narrower), ("Related", term.related))
    return [
        SeeAlso(heading, tuple(Anchor(name, search_address.page_address(SearchQuery(name))) for name in names))
        for heading, names in groups
        if names
    ]


def _filter_label(name: str, value: str, result: SearchResult) -> str:
    return clean_text(result.labels.get((name, value), value))


def _sort_links(query: SearchQuery) -> list[tuple[str, str, bool]]:
    default, *others = search_address.sort_options(query.words)
    links = []
    for order in (default, *others):
        other = SearchQuery(query.words, query.filters, "" if order == default else order)
        here = order == (query.order or default)
        links.append((search_address.SORT_LABELS[order], search_address.page_address(other), here))
    return links


def page_links(query: SearchQuery, count: int, path: str = "/reviews") -> list[PageLink]:
    """The pages of a search to leaf through; none where all is on one."""
    parts = query.words, query.filters, query.order
    return number_links(count, query.page, lambda n: search_address.page_address(SearchQuery(*parts, n), path))


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
    topics += _topics_of_words(query.words)
    named = [_filter_label(name, value, result) for name, value in query.filters if name == "nation"]
    nations = [nation for nation in named if nation in NATIONS]
    topics = [topic for topic in topics if len(topic) <= MAX_TOPIC_CHARS and ";" not in topic and "," not in topic]
    pairs = [("topics", "; ".join(topics))] if topics else []
    pairs += [("nations", nation) for nation in nations]
    return site_path(f"/subscribe?{urlencode([*pairs, ('when', 'matching')])}" if pairs else "/subscribe")


def _topics_of_words(words: str) -> list[str]:
    """A search's words as topics, as far as they are: one of whole words, or any of several."""
    terms = parse_terms(words)
    if not terms or any(term.is_prefix or term.excluded for term in terms):
        return []
    if all(term.either for term in terms[1:]):
        return [term.text for term in terms]
    return [] if any(term.either for term in terms) else [" ".join(term.text for term in terms)]


def _search_data(query: SearchQuery) -> dict[str, Any]:
    result = find_reviews(query)
    full_reviews = list_with_changes(context().db, [hit.id for hit in result.hits])
    return {
        "query": query.words,
        "also_searched": also_searched(query.words),
        "did_you_mean": "" if result.unfiltered else _respell(query.words),
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
