"""Search address: a search query parsed from a URL's parameters, or written as one."""

from functools import lru_cache
from urllib.parse import quote_plus

from werkzeug.datastructures import MultiDict

from app.web.context import site_path
from app.web.public.subscription_forms import printable_text
from core.search_words import MAX_QUERY_LENGTH, parse_terms
from core.year_range import range_value, take_years, year_range
from db.read.facet_index import NEWEST, PUBLISHER, FacetPair
from db.read.facets import FACET_NAMES, fold_value
from db.read.search import PAGE_SIZE, RELEVANCE, SearchQuery

FACET_HEADINGS = {  # of the facets, in the order shown
    "topic": "Topic",
    "year": "Year",
    "nation": "Nation",
    "kind": "Kind of review",
    "age": "Age of the child",
    "harm": "What happened",
    "publisher": "Published by",
    "source": "Collection",
}
SORT_LABELS = {RELEVANCE: "Best match", NEWEST: "Newest", PUBLISHER: "Published by, A to Z"}
MAX_FILTERS = 20  # at most
MAX_VALUE_LENGTH = 80  # characters
MAX_PAGE = 10_000  # page


def parse_query(args: MultiDict[str, str]) -> SearchQuery:
    """What an address asks for. Whatever is not of a search is left out: no address is an error.

    A range of years among the words, or in the fields `from` and `to`, becomes a filter in place of other years.
    """
    words = printable_text(args.get("q", "").replace("\t", " "))[:MAX_QUERY_LENGTH].strip()
    words, typed_years = take_years(words)
    filters = [
        (name, fold_value(name, value[:MAX_VALUE_LENGTH]))
        for name in FACET_NAMES
        for value in args.getlist(name)
        if printable_text(value) == value != ""
    ]
    years = range_value(args.get("from", ""), args.get("to", "")) or typed_years
    order = args.get("sort", "")
    page = args.get("page", "")
    number = int(page) if page.isascii() and page.isdigit() and len(page) < 6 else 1
    kept = tuple(dict.fromkeys(filters))[:MAX_FILTERS]
    return SearchQuery(
        words,
        with_filter(SearchQuery(filters=kept), ("year", years)).filters if years else kept,
        order if order in sort_options(words) and order != default_sort(words) else "",
        min(max(number, 1), MAX_PAGE),
    )


def sort_options(words: str) -> list[str]:
    """How the results of a search can be sorted."""
    has_words = any(not term.excluded for term in parse_terms(words))
    return [order for order in SORT_LABELS if order != RELEVANCE or has_words]


def default_sort(words: str) -> str:
    """How they are sorted unless somebody asks otherwise."""
    return sort_options(words)[0]


def page_address(query: SearchQuery, path: str = "/reviews") -> str:
    """The address of a search's page, for a link on a page of ours."""
    return site_path(build_address(query, path))


def build_address(query: SearchQuery, path: str = "/reviews") -> str:
    """The address of a search, below the site's own; the same for the same search."""
    fields = encode_fields(query)
    if query.page > 1:
        fields = f"{fields}&page={query.page}".removeprefix("&")
    return f"{path}?{fields}" if fields else path


def encode_fields(query: SearchQuery) -> str:
    """The whole search but its page, as an address has it behind the question mark."""
    return _encode_pairs(*list_pairs(query))


@lru_cache(64)  # a page has a score of addresses of the same search
def _encode_pairs(*pairs: tuple[str, str]) -> str:
    return "&".join([f"{name}={quote_value(value)}" for name, value in pairs])


@lru_cache(8192)  # the values of facets are the same on every page
def quote_value(value: str) -> str:
    """A value as an address has it; nothing of "hidden-men" needs quoting, and most are such."""
    return value if value.isascii() and value.replace("-", "").isalnum() else quote_plus(value)


def list_pairs(query: SearchQuery) -> list[tuple[str, str]]:
    """The whole search but its page, as the fields of an address or of a form."""
    words = [("q", query.words)] if query.words else []
    return [*words, *query.filters, *([("sort", query.order)] if query.order else [])]


def with_filter(query: SearchQuery, pair: FacetPair) -> SearchQuery:
    """The same search, narrowed further; from its first page. A range of years stands alone."""
    kept = [other for other in query.filters if not (other[0] == pair[0] == "year" and _is_range(other, pair))]
    filters = sorted(dict.fromkeys([*kept, pair]), key=lambda pair: FACET_NAMES.index(pair[0]))
    return SearchQuery(query.words, tuple(filters), query.order)


def _is_range(*pairs: FacetPair) -> bool:
    return any(year_range(value) for _, value in pairs)


def without_filter(query: SearchQuery, pair: FacetPair) -> SearchQuery:
    """The same search without one of its filters; from its first page."""
    return SearchQuery(query.words, tuple(other for other in query.filters if other != pair), query.order)


def page_numbers(count: int, page: int, per_page: int = PAGE_SIZE) -> list[int]:
    """The numbers to show: the first, the last and those around this one; 0 stands for those left out."""
    last = min(-(-count // per_page), MAX_PAGE)
    near = sorted({n for n in (1, page - 1, page, page + 1, last) if 1 <= n <= last})
    numbers: list[int] = []
    for number in near:
        if numbers and number - numbers[-1] > 1:
            numbers.append(number - 1 if number - numbers[-1] == 2 else 0)
        numbers.append(number)
    return numbers if last > 1 else []
