"""Trend pages: reviews over the years as pictures with their tables, each also as CSV or JSON."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from flask import Blueprint, Flask, Response, current_app, render_template, request
from werkzeug.datastructures import MultiDict

from app.web.context import WebContext, context, site_path
from app.web.page_cache import CSV_TYPE, JSON_TYPE, PageFingerprint, add_noindex, cached_response, format_json
from app.web.public import search_address
from app.web.public.collection_search import find_trends
from app.web.public.result_files import attach
from app.web.public.review_record import source_values
from app.web.public.search_page import reviews_fingerprint
from app.web.public.trend_charts import SMALL, WIDE, BarChart, BarLook, bar_chart
from core.clean_text import clean_text
from core.csv_cells import format_csv
from core.dates import local_date
from core.harm_and_age import VOCABULARY
from core.plurals import noun, plural
from core.search_words import also_searched
from db.read.search import SearchQuery
from db.read.trends import FacetTrend, TrendLine, Trends

blueprint = Blueprint("trends", __name__)
blueprint.after_request(add_noindex)
ALL, NOT_KNOWN, OTHER_YEARS, NO_YEAR = "All reviews", "Not known", "Other years", "Year not known"
HEADINGS = {  # of the pictures, in the order shown
    "all": "Reviews of each year",
    "nation": "By nation",
    "age": "By age of the child",
    "harm": "By what happened",
    "topic": "By topic",
}
PICTURE_RULE = f"/trends/<any({','.join(HEADINGS)}):name>"
AGE_ORDER = [band for band, _, _ in VOCABULARY["bands"]]


class TrendRow(NamedTuple):
    """A row of a picture's table, and the chart that shows it."""

    name: str
    href: str
    counts: tuple[str, ...]  # by year, then what is of other years or of none, then all
    total: str
    chart: BarChart | None


class TrendPicture(NamedTuple):
    """A picture: its charts, the same as a table, and where it is found as data."""

    name: str
    heading: str
    note: str
    rows: tuple[TrendRow, ...]
    csv: str
    json: str


class YearChoice(NamedTuple):
    """What a form offers: the years that there are, and those chosen."""

    years: tuple[int, ...]
    first: int
    last: int


def register(app: Flask) -> None:
    """Add these pages."""
    app.register_blueprint(blueprint)


@blueprint.get("/trends")
def trends() -> Response:
    """All pictures of all reviews, or of those that a search finds."""
    query = parse_undated_query()
    return cached_response(trends_fingerprint(), lambda: _render_trends(query))


def trends_fingerprint() -> PageFingerprint:
    """What any list of reviews depends on, and this year: it is not over."""
    lists, web = reviews_fingerprint(), context()

    def fingerprint() -> tuple[str, datetime | None] | None:
        now = lists()
        return (f"{now[0]} {_this_year(web)}", now[1]) if now else None

    return fingerprint


def _this_year(web: WebContext) -> int:
    return local_date(web.effects.now(), web.settings.zone).year


def chosen_years() -> tuple[int | None, int | None]:
    """The first and the last year that an address asks for, whichever stands first; None of one that it does not."""
    typed = (request.args.get(name, "") for name in ("from", "to"))
    first, last = (int(year) if year.isascii() and year.isdigit() and len(year) == 4 else None for year in typed)
    return (last, first) if first and last and last < first else (first, last)


def parse_undated_query() -> SearchQuery:
    """The search that an address asks for, whatever years are to be shown of it."""
    return search_address.parse_query(
        MultiDict((name, value) for name, value in request.args.items(multi=True) if name not in ("from", "to"))
    )


def _render_trends(query: SearchQuery) -> str:
    found = find_trends(query, *chosen_years())
    count = plural(found.everything.total, "review", none="No", thousands=",")
    labels = {pair: clean_text(found.labels.get(pair, pair[1])) for pair in query.filters}
    return render_template(
        "trends.html",
        words=query.words,
        also=also_searched(query.words),
        about=", ".join([*([f"“{query.words}”"] if query.words else []), *labels.values()]),
        count=count,
        hidden=query.filters,
        chosen=[
            (search_address.FACET_HEADINGS[pair[0]], label, trends_address(search_address.without_filter(query, pair)))
            for pair, label in labels.items()
        ],
        all_reviews=site_path("/trends"),
        choice=YearChoice(found.all_years, found.years[0], found.years[-1]) if found.years else None,
        search=search_address.page_address(query),
        **picture_values(query, found, list(HEADINGS)),
        **source_values(trends_address(query)),
    )


def trends_address(query: SearchQuery) -> str:
    """The address of the pictures of a search, of the same years."""
    return _with_years(search_address.page_address(query, "/trends"))


def _with_years(address: str) -> str:
    years = "&".join(f"{name}={year}" for name, year in zip(("from", "to"), chosen_years(), strict=True) if year)
    return f"{address}{'&' if '?' in address else '?'}{years}" if years else address


def picture_values(query: SearchQuery, found: Trends, names: Iterable[str]) -> dict[str, Any]:
    """What a template needs to show pictures, without those that would say nothing."""
    pictures = [_picture(query, found, name) for name in names] if found.everything.total else []
    this_year = _this_year(context())
    return {
        "pictures": [picture for picture in pictures if picture.rows],
        "columns": [(str(year), _year_address(query, year)) for year in found.years],
        "rest": [name for name, count in _rest(found.everything) if count],
        "unfinished": this_year if this_year in found.years else None,
    }


def _year_address(query: SearchQuery, year: int) -> str:
    return (
        ""
        if _is_copy_of_search(query)
        else search_address.page_address(search_address.with_filter(query, ("year", str(year))))
    )


def _rest(line: TrendLine) -> tuple[tuple[str, int], ...]:
    return (OTHER_YEARS, line.other), (NO_YEAR, line.undated)


def _picture(query: SearchQuery, found: Trends, name: str) -> TrendPicture:
    lines = _named_lines(found, name)
    scale = max([1, *(count for _, line, _ in lines[: len(lines) - (name != "all")] for count in line.counts)])
    says_something = name == "all" or any(line.total for _, line, _ in lines[:-1])
    rows = tuple(_row(query, found, name, one, scale) for one in lines) if says_something else ()
    files = [
        "" if _is_copy_of_search(query) else _with_years(search_address.page_address(query, f"/trends/{name}.{form}"))
        for form in ("csv", "json")
    ]
    return TrendPicture(name, HEADINGS[name], _note(found, name), rows, *files)


def _is_copy_of_search(query: SearchQuery) -> bool:
    """Whether this is a page of a copy of the archive, which has no other page of this search."""
    return bool(current_app.config["EXPORTED"] and (query.filters or query.words))


def _named_lines(found: Trends, name: str) -> list[tuple[str, TrendLine, BarLook]]:
    """The rows of a picture: each value, the reviews of which it is not known, and all."""
    everything: tuple[str, TrendLine, BarLook] = (ALL, found.everything, "plain")
    facet = found.facets.get(name)
    if facet is None:
        return [everything]
    lines = sorted(facet.lines, key=lambda line: AGE_ORDER.index(line.label)) if name == "age" else facet.lines
    unknown: list[tuple[str, TrendLine, BarLook]] = [(NOT_KNOWN, facet.unknown, "unknown")]
    return [*((clean_text(line.label), line, "plain") for line in lines), *unknown, everything]


def _row(query: SearchQuery, found: Trends, name: str, named: tuple[str, TrendLine, BarLook], scale: int) -> TrendRow:
    title, line, look = named
    in_picture = name == "all" or (line is not found.everything and line.total > 0)
    chart = None
    if in_picture and found.years:  # of reviews without a year there are tables only
        says = f"{title}: reviews by year." if name == "all" else f"{HEADINGS[name]}, {title}: reviews by year."
        size = WIDE if name == "all" else SMALL
        chart = bar_chart(says, found.years, line.counts, scale, size, look, _this_year(context()))
    known = dict(_rest(found.everything))
    rest = [count for column, count in _rest(line) if known[column]]
    counts = tuple(f"{count:,}" for count in (*line.counts, *rest))
    return TrendRow(title, _value_address(query, name, line.value), counts, f"{line.total:,}", chart)


def _value_address(query: SearchQuery, name: str, value: str) -> str:
    """Where the reviews of a row are listed; a copy of the archive has no searches, but topics."""
    if not value:
        return ""
    if name == "topic" and not query.filters and not query.words:
        return site_path(f"/topics/{value}")
    narrowed = search_address.page_address(search_address.with_filter(query, (name, value)))
    return "" if current_app.config["EXPORTED"] else narrowed


def _note(found: Trends, name: str) -> str:
    """How much of it is known."""
    if name == "all":
        return ""
    facet: FacetTrend = found.facets[name]
    total = found.everything.total
    known = total - facet.unknown.total
    which = {
        "nation": "The nation is known of",
        "age": "The first words of the summary say the age for certain in",
        "harm": "The first words of the summary say for certain what happened in",
        "topic": "The collection gave keywords to",
    }[name]
    more = {
        "harm": "A review counts in each row that fits it.",
        "topic": f"A review counts under each of its topics. {_commonest_note(facet)}",
    }.get(name, "")
    return f"{which} {known:,} of {total:,} {noun(total, 'review')}. {more}".strip()


def _commonest_note(facet: FacetTrend) -> str:
    shown = len(facet.lines)
    return f"These are the {shown} commonest." if facet.values > shown else ""


@blueprint.get(f"{PICTURE_RULE}.csv")
def picture_csv(name: str) -> Response:
    """A picture's table for a spreadsheet."""
    query = parse_undated_query()
    answer = cached_response(reviews_fingerprint(), lambda: _picture_csv(query, name), CSV_TYPE)
    return attach(answer, f"reviews-by-year-{name}.csv")


def _picture_csv(query: SearchQuery, name: str) -> str:
    found = find_trends(query, *chosen_years())
    header = ["", *found.years, OTHER_YEARS, NO_YEAR, "All years"]
    rows = [[title, *line.counts, line.other, line.undated, line.total] for title, line, _ in _named_lines(found, name)]
    return format_csv([header, *rows])


@blueprint.get(f"{PICTURE_RULE}.json")
def picture_json(name: str) -> Response:
    """The same as data."""
    query = parse_undated_query()
    return cached_response(reviews_fingerprint(), lambda: format_json(_picture_data(query, name)), JSON_TYPE)


def _picture_data(query: SearchQuery, name: str) -> dict[str, Any]:
    found = find_trends(query, *chosen_years())
    facet = found.facets.get(name)
    return {
        "picture": name,
        "query": query.words,
        "filters": {name: [value for n, value in query.filters if n == name] for name, _ in query.filters},
        "years": list(found.years),
        "rows": [_line_data(line) for line in facet.lines] if facet else [],
        "not_known": _line_data(facet.unknown) if facet else None,
        "all": _line_data(found.everything),
    }


def _line_data(line: TrendLine) -> dict[str, Any]:
    return {
        "value": line.value or None,
        "name": line.label or None,
        "counts": list(line.counts),
        "other_years": line.other,
        "year_not_known": line.undated,
        "total": line.total,
    }
