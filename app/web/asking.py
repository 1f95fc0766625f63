"""A search as its address says it: read from there, and written as the address of another search."""

from dataclasses import replace
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from app.web.forms import visible
from db.facets import NAMES
from db.search import PAGE, RELEVANCE, Query
from db.shelf import NEWEST, PUBLISHER, Pair
from db.words import LONGEST, pieces

HEADINGS = {  # of the facets, in the order shown
    "topic": "Topic",
    "year": "Year",
    "nation": "Nation",
    "kind": "Kind of review",
    "age": "Age of the child",
    "harm": "What happened",
    "publisher": "Published by",
    "source": "Collection",
}
ORDERS = {RELEVANCE: "Best match", NEWEST: "Newest", PUBLISHER: "Published by, A to Z"}
FILTERS = 20  # at most
VALUE = 80  # characters
LAST = 10_000  # page


def read(args: MultiDict[str, str]) -> Query:
    """What an address asks for. Whatever is not of a search is left out: no address is an error."""
    words = visible(args.get("q", "").replace("\t", " "))[:LONGEST].strip()
    filters = [(name, value[:VALUE]) for name in NAMES for value in args.getlist(name) if visible(value) == value != ""]
    order = args.get("sort", "")
    page = args.get("page", "")
    number = int(page) if page.isascii() and page.isdigit() and len(page) < 6 else 1
    return Query(
        words,
        tuple(dict.fromkeys(filters))[:FILTERS],
        order if order in orders(words) and order != usual(words) else "",
        min(max(number, 1), LAST),
    )


def orders(words: str) -> list[str]:
    """How the results of a search can be sorted."""
    return [order for order in ORDERS if order != RELEVANCE or pieces(words)]


def usual(words: str) -> str:
    """How they are sorted unless somebody asks otherwise."""
    return orders(words)[0]


def write(query: Query, path: str = "/reviews") -> str:
    """The address of a search; the same for the same search."""
    pairs = [("q", query.words)] if query.words else []
    pairs += query.filters
    pairs += [("sort", query.order)] if query.order else []
    pairs += [("page", str(query.page))] if query.page > 1 else []
    return f"{path}?{urlencode(pairs)}" if pairs else path


def with_filter(query: Query, pair: Pair) -> Query:
    """The same search, narrowed further; from its first page."""
    filters = sorted(dict.fromkeys([*query.filters, pair]), key=lambda pair: NAMES.index(pair[0]))
    return replace(query, filters=tuple(filters), page=1)


def without_filter(query: Query, pair: Pair) -> Query:
    """The same search without one of its filters; from its first page."""
    return replace(query, filters=tuple(other for other in query.filters if other != pair), page=1)


def pages(count: int, page: int, per_page: int = PAGE) -> list[int]:
    """The numbers to show: the first, the last and those around this one; 0 stands for those left out."""
    last = min(-(-count // per_page), LAST)
    near = sorted({n for n in (1, page - 1, page, page + 1, last) if 1 <= n <= last})
    shown: list[int] = []
    for number in near:
        if shown and number - shown[-1] > 1:
            shown.append(number - 1 if number - shown[-1] == 2 else 0)
        shown.append(number)
    return shown if last > 1 else []
