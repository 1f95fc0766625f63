"""The search: words, facets with counts, removable filters, an order; the whole of it stands in the address."""

from dataclasses import replace
from typing import Any, NamedTuple
from urllib.parse import quote_plus, urlencode

from flask import Blueprint, Flask, Response, current_app, render_template, request

from app import asjson
from app.web import asking, phrases
from app.web.finding import find
from app.web.house import house
from app.web.stored import JSON, Stamp, answer, as_json, no_index
from core.plurals import plural
from core.subscribers import NATIONS, TOPIC
from db.facets import NAMES
from db.record import several
from db.search import Found, Query, changed
from db.shelf import Count
from db.words import pieces
from newsletter.words import clean

pages = Blueprint("reviews", __name__)
pages.after_request(no_index)
MARK, WRITTEN = "\0", "%00"  # where a value is to stand in an address; nobody can type it
SHOWN = 8  # values of a facet that are shown at once


def join(app: Flask) -> None:
    """Add these pages."""
    app.register_blueprint(pages)


class Choice(NamedTuple):
    """A value to narrow by, or to take away."""

    href: str
    words: str
    held: str  # how many reviews have it
    chosen: bool


class Group(NamedTuple):
    """A facet: the values shown at once, and the others."""

    name: str
    heading: str
    hint: str
    first: tuple[Choice, ...]
    more: tuple[Choice, ...]


class Turn(NamedTuple):
    """A page to go to."""

    words: str
    href: str
    here: bool = False
    rel: str = ""


@pages.get("/reviews")
def search() -> Response:
    """A page of what was found; the whole search stands in the address."""
    query = asking.read(request.args)
    return answer(lists(), lambda: _search(query))


def lists() -> Stamp:
    """What any list of reviews depends on."""
    own = house()
    return lambda: changed(own.db)


@pages.get("/reviews.json")
def search_json() -> Response:
    """The same as data, each review whole."""
    query = asking.read(request.args)
    return answer(lists(), lambda: as_json(_found_json(query)), JSON)


def _search(query: Query) -> str:
    found = find(query)
    return render_template("reviews.html", **_found(query, found))


def _found(query: Query, found: Found) -> dict[str, Any]:
    count = plural(found.count, "review", none="No", thousands=",")
    labels = {pair: _label(*pair, found) for pair in query.filters}
    about = ", ".join([*([f"“{query.words}”"] if query.words else []), *labels.values()])
    return {
        "words": query.words,
        "count": count,
        "about": about,
        "hidden": [*query.filters, *([("sort", query.order)] if query.order else [])],
        "chosen": [
            (asking.HEADINGS[pair[0]], label, asking.write(asking.without_filter(query, pair)))
            for pair, label in labels.items()
        ],
        "clear": asking.write(replace(query, filters=(), page=1)),
        "unfiltered": found.unfiltered,
        "meant": bool(pieces(query.words)) or not query.words,
        "orders": _orders(query) if found.count > 1 else [],
        "hits": phrases.lines(found.hits),
        "groups": _groups(query, found),
        "turns": turns(query, found.count),
        "first": (query.page - 1) * 20 + 1,
        "beyond": bool(found.count and not found.hits),
        "start": asking.write(replace(query, page=1)),
        "subscribe": wished(query, found),
        "atom": asking.write(replace(query, order="", page=1), "/feeds/reviews.atom"),
        "json_feed": asking.write(replace(query, order="", page=1), "/feeds/reviews.json"),
        "data": asking.write(query, "/reviews.json"),
    }


def _label(name: str, value: str, found: Found) -> str:
    return clean(found.labels.get((name, value), value))


def _orders(query: Query) -> list[tuple[str, str, bool]]:
    current = query.order or asking.usual(query.words)
    found = []
    for order in asking.orders(query.words):
        other = replace(query, order="" if order == asking.usual(query.words) else order, page=1)
        found.append((asking.ORDERS[order], asking.write(other), order == current))
    return found


def _groups(query: Query, found: Found) -> list[Group]:
    groups = []
    for name in asking.HEADINGS if not current_app.config["EXPORTED"] else ("year",):
        counts = found.facets.get(name, ())
        if len(counts) < 2 and not any(count.chosen for count in counts):
            continue
        one_more = _one_more(query, name)
        choices = [_choice(query, name, count, one_more) for count in _ordered(name, counts)]
        most = SHOWN if len(choices) > SHOWN + 2 else len(choices)  # "1 more" is not worth a click
        hint = "Only where the review’s first words say so." if name in ("age", "harm") else ""
        groups.append(Group(name, asking.HEADINGS[name], hint, tuple(choices[:most]), tuple(choices[most:])))
    return groups


def _ordered(name: str, counts: tuple[Count, ...]) -> list[Count]:
    """The chosen first; years from the latest, ages from the youngest, the others from the commonest."""
    if name == "year":
        counts = tuple(sorted(counts, key=lambda count: count.value, reverse=True))
    if name == "age":
        counts = tuple(sorted(counts, key=lambda count: (not count.label.startswith("Under"), count.label.zfill(8))))
    return sorted(counts, key=lambda count: not count.chosen)


def _one_more(query: Query, name: str) -> str:
    """The address of the search narrowed further, with a mark where the value stands: written once for all values."""
    exported = current_app.config["EXPORTED"]  # a copy has a page for each year, and none for two
    return asking.write(asking.with_filter(Query() if exported else query, (name, MARK)))


def _choice(query: Query, name: str, count: Count, one_more: str) -> Choice:
    if count.chosen:
        href = asking.write(asking.without_filter(query, (name, count.value)))
    else:
        href = one_more.replace(WRITTEN, quote_plus(count.value))
    return Choice(href, clean(count.label), f"{count.count:,}", count.chosen)


def turns(query: Query, count: int, path: str = "/reviews") -> list[Turn]:
    """The pages to leaf through; none where all is on one."""
    numbers = asking.pages(count, query.page)
    if not numbers:
        return []

    def to(number: int) -> str:
        return asking.write(replace(query, page=number), path)

    shown = [Turn(f"{n:,}", to(n), n == query.page) if n else Turn("…", "") for n in numbers]
    before = [Turn("Previous", to(query.page - 1), rel="prev")] if 1 < query.page <= numbers[-1] else []
    after = [Turn("Next", to(query.page + 1), rel="next")] if query.page < numbers[-1] else []
    return [*before, *shown, *after]


def wished(query: Query, found: Found) -> str:
    """The address of the form to get results like these by email, filled in as far as a subscription can say it."""
    topics = [_label(name, value, found) for name, value in query.filters if name == "topic"]
    topics += [" ".join(pieces(query.words))] if pieces(query.words) else []
    named = [_label(name, value, found) for name, value in query.filters if name == "nation"]
    nations = [nation for nation in named if nation in NATIONS]
    topics = [topic for topic in topics if len(topic) <= TOPIC and ";" not in topic and "," not in topic]
    pairs = [("topics", "; ".join(topics))] if topics else []
    pairs += [("nations", nation) for nation in nations]
    return f"/subscribe?{urlencode([*pairs, ('when', 'matching')])}" if pairs else "/subscribe"


def _found_json(query: Query) -> dict[str, Any]:
    found = find(query)
    whole = several(house().db, [hit.review.id for hit in found.hits])
    return {
        "query": query.words,
        "filters": {name: [value for n, value in query.filters if n == name] for name, _ in query.filters},
        "sort": query.order or asking.usual(query.words),
        "count": found.count,
        "page": query.page,
        "reviews": [asjson.review(review) for review, _ in whole],
        "facets": {
            name: [{"value": c.value, "label": c.label, "count": c.count} for c in found.facets.get(name, ())]
            for name in NAMES
        },
    }
