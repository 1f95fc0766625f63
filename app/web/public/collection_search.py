"""Collection search: the review search with its source facet counted by collection."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from flask import Flask, current_app

from app.web.context import WebContext, context
from core.clean_text import clean_text
from core.folding import dictionary_key
from core.topics import slugify
from db.collection.reindex import reindex
from db.read.facet_index import FacetCount, FacetPair
from db.read.search import PAGE_SIZE, ReviewSearch, SearchQuery, SearchResult
from db.read.trends import Trends
from newsletter.issue.wording import Wording
from services.issues import build_issue

SOURCE_FACET = "source"
WORDING = "casereviews.wording"  # the app's extension: what collection each source belongs to


def register(app: Flask) -> None:
    """Make what searches. What was indexed by older rules is indexed anew."""
    web: WebContext = app.extensions["casereviews"]
    if not web.is_copy:
        reindex(web.db)
    app.extensions["casereviews.catalogue"] = dict[object, ReviewSearch]()
    app.extensions[WORDING] = build_issue.current_wording(web.settings)


def catalogue() -> ReviewSearch:
    """What searches, of this process: it holds an index of the database, and of another file it is another."""
    searches: dict[object, ReviewSearch] = current_app.extensions["casereviews.catalogue"]
    lineage = context().lineage
    if lineage not in searches and len(searches) > 1:  # a copy that was replaced; who still reads it has its own
        searches.pop(next(iter(searches)), None)
    return searches.setdefault(lineage, ReviewSearch())


def find_reviews(query: SearchQuery, per_page: int = PAGE_SIZE, with_facets: bool = True) -> SearchResult:
    """A page of what was found; several sources of one collection count as one."""
    result = catalogue().find(context().db, _filter_by_sources(query), per_page, with_facets)
    chosen = {value for name, value in query.filters if name == SOURCE_FACET}
    facets = dict(result.facets)
    if SOURCE_FACET in facets:
        facets[SOURCE_FACET] = _count_by_collection(facets[SOURCE_FACET], chosen)
    labels = dict(result.labels)
    labels.update({(SOURCE_FACET, count.value): count.label for count in facets.get(SOURCE_FACET, ())})
    return replace(result, facets=facets, labels=labels)


def find_trends(query: SearchQuery, first: int | None, last: int | None) -> Trends:
    """What was found, counted by year; the years shown from `first` to `last`."""
    trends = catalogue().trends(context().db, _filter_by_sources(query), first, last)
    if not any(name == SOURCE_FACET for name, _ in query.filters):
        return trends
    return replace(trends, labels={**trends.labels, **_collection_labels()})


def _collection_labels() -> dict[FacetPair, str]:
    return {(SOURCE_FACET, slugify(name)): name for name in map(collection_of_source, _list_sources())}


def label_filters(query: SearchQuery) -> dict[FacetPair, str]:
    """The filters of a search as people read them; the value itself where no review has it."""
    known = catalogue().labels(context().db, query.filters)
    if any(name == SOURCE_FACET for name, _ in query.filters):
        known |= _collection_labels()
    return {pair: clean_text(known.get(pair, pair[1])) for pair in query.filters}


def count_news(query: SearchQuery, since: date) -> int:
    """How many of what a search finds are news, first seen on a day or later."""
    return catalogue().count_news(context().db, _filter_by_sources(query), since)


def find_review_ids(query: SearchQuery, most: int) -> list[int]:
    """The numbers of the first reviews found."""
    return catalogue().numbers(context().db, _filter_by_sources(query), most)[0]


def _filter_by_sources(query: SearchQuery) -> SearchQuery:
    """The same search by sources."""
    slugs = {value for name, value in query.filters if name == SOURCE_FACET}
    if not slugs:
        return query
    theirs: list[FacetPair] = [
        (SOURCE_FACET, source) for source in _list_sources() if slugify(collection_of_source(source)) in slugs
    ]
    others = [pair for pair in query.filters if pair[0] != SOURCE_FACET]
    return replace(query, filters=(*others, *(theirs or [(SOURCE_FACET, "")])))


def _list_sources() -> list[str]:
    return [count.value for count in catalogue().values(context().db, SOURCE_FACET)]


def _count_by_collection(counts: Sequence[FacetCount], chosen: set[str]) -> tuple[FacetCount, ...]:
    """The counts by collection, the commonest first. Each review has one source."""
    totals: dict[str, int] = {}
    for count in counts:
        label = collection_of_source(count.value)
        totals[label] = totals.get(label, 0) + count.count
    merged = [FacetCount(slugify(label), label, count, slugify(label) in chosen) for label, count in totals.items()]
    return tuple(sorted(merged, key=lambda one: (-one.count, dictionary_key(one.label))))


def collection_of_source(source: str) -> str:
    """The collection that a source's reviews belong to, as people call it."""
    wording: Wording = current_app.extensions[WORDING]
    return wording.collection_of_source(source)
