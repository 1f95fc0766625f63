"""What searches, with collections for sources: readers know whose reviews they are, not by which list they came."""

from collections.abc import Sequence
from dataclasses import replace

from flask import Flask, current_app

from app import issuing
from app.web.house import House, house
from core.records import Review
from core.topics import slug
from db.reviews import reindex
from db.search import Catalogue, Found, Query
from db.shelf import Count, Pair

SOURCE = "source"


def join(app: Flask) -> None:
    """Make what searches. What was indexed by older rules is indexed anew."""
    own: House = app.extensions["casereviews"]
    reindex(own.db)
    app.extensions["casereviews.catalogue"] = Catalogue()


def catalogue() -> Catalogue:
    """What searches, of this process."""
    found: Catalogue = current_app.extensions["casereviews.catalogue"]
    return found


def find(query: Query) -> Found:
    """A page of what was found; several sources of one collection count as one."""
    found = catalogue().find(house().db, _inward(query))
    chosen = {value for name, value in query.filters if name == SOURCE}
    facets = dict(found.facets)
    if SOURCE in facets:
        facets[SOURCE] = _outward(facets[SOURCE], chosen)
    labels = dict(found.labels)
    labels.update({(SOURCE, count.value): count.label for count in facets.get(SOURCE, ())})
    return replace(found, facets=facets, labels=labels)


def numbers(query: Query, most: int) -> list[int]:
    """The numbers of the first reviews found."""
    return catalogue().numbers(house().db, _inward(query), most)[0]


def _inward(query: Query) -> Query:
    """The same search by sources."""
    wanted = {value for name, value in query.filters if name == SOURCE}
    if not wanted:
        return query
    sources = [count.value for count in catalogue().values(house().db, SOURCE)]
    theirs: list[Pair] = [(SOURCE, source) for source in sources if slug(collection_named(source)) in wanted]
    others = [pair for pair in query.filters if pair[0] != SOURCE]
    return replace(query, filters=(*others, *(theirs or [(SOURCE, "")])))


def _outward(counts: Sequence[Count], chosen: set[str]) -> tuple[Count, ...]:
    """The counts by collection, the commonest first. Each review has one source."""
    held: dict[str, int] = {}
    for count in counts:
        label = collection_named(count.value)
        held[label] = held.get(label, 0) + count.count
    found = [Count(slug(label), label, count, slug(label) in chosen) for label, count in held.items()]
    return tuple(sorted(found, key=lambda one: (-one.count, one.label)))


def collection_named(source: str) -> str:
    """The collection that a source's reviews belong to, as people call it."""
    return issuing.wording(house().settings).collection_of(Review(source, "", ""))
