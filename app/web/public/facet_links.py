"""Facet links: the values that a search can be narrowed by, each a link with how many reviews have it, as HTML.

A page has a hundred of them, and of each only the count and the search's own address differ from page to page: so they
are written here, not in a template. A value's label and its form in an address are made once.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from flask import Flask, current_app
from markupsafe import Markup, escape

from app.web.public import search_address
from core.clean_text import clean_text
from core.plurals import noun
from db.read.facet_index import FacetCount
from db.read.search import SearchQuery, SearchResult

VALUE_PLACEHOLDER, ENCODED_PLACEHOLDER = "\0", "%00"  # where a value is to stand in an address; nobody can type it
VALUES_SHOWN = 8  # values of a facet that are shown at once
HINTS = dict.fromkeys(("age", "harm"), "Only where the review’s first words say so.")


class FacetGroup(NamedTuple):
    """A facet, and its values, each an item of a list as HTML."""

    name: str
    heading: str
    hint: str
    items: list[str]


def register(app: Flask) -> None:
    """Let templates write them: {{ groups | facet_sections(form_of_years) }}."""
    app.jinja_env.filters["facet_sections"] = facet_sections


def facet_groups(query: SearchQuery, result: SearchResult) -> list[FacetGroup]:
    """What the page of a search offers to narrow it by. A copy of the pages has one for each year, and none for two."""
    groups, exported = [], current_app.config["EXPORTED"]
    for name in ("year",) if exported else search_address.FACET_HEADINGS:
        counts = result.facets.get(name, ())
        if len(counts) < 2 and not any(count.chosen for count in counts):
            continue
        items = _list_items(SearchQuery() if exported else query, name, _sort_counts(name, counts))
        groups.append(FacetGroup(name, search_address.FACET_HEADINGS[name], HINTS.get(name, ""), items))
    return groups


def facet_sections(groups: Sequence[FacetGroup], form_of_years: str) -> Markup:
    """The groups as sections of a page; before the years stands a form to choose some by."""
    parts = [_write_section(group, form_of_years if group.name == "year" else "") for group in groups]
    return Markup("".join(parts))  # noqa: S704 - of items that are escaped, and words of ours


def _write_section(group: FacetGroup, form: str) -> str:
    name, heading, hint, items = group
    most = VALUES_SHOWN if len(items) > VALUES_SHOWN + 2 else len(items)  # "1 more" is not worth a click
    words = f'<h3 id="by-{name}">{heading}</h3>\n' + (f'<p class="hint">{hint}</p>\n' if hint else "")
    shown = f"<ul>\n{''.join(items[:most])}</ul>\n"
    if more := items[most:]:
        summary = f'<summary>{len(more)} more<span class="unseen">: {heading}</span></summary>'
        shown += f"<details>\n{summary}\n<ul>\n{''.join(more)}</ul>\n</details>\n"
    return f'<section aria-labelledby="by-{name}">\n{words}{form}{shown}</section>\n'


def _sort_counts(name: str, counts: tuple[FacetCount, ...]) -> list[FacetCount]:
    """The chosen first; years from the latest, ages from the youngest, the others from the commonest."""
    if name == "year":
        counts = tuple(sorted(counts, key=lambda count: count.value, reverse=True))
    if name == "age":
        counts = tuple(sorted(counts, key=lambda count: (not count.label.startswith("Under"), count.label.zfill(8))))
    return [*[count for count in counts if count.chosen], *[count for count in counts if not count.chosen]]


def _list_items(query: SearchQuery, name: str, counts: list[FacetCount]) -> list[str]:
    """The search's address is written once, with a mark where the value stands."""
    narrowed = search_address.with_filter(query, (name, VALUE_PLACEHOLDER))
    before, _, after = str(escape(search_address.page_address(narrowed))).partition(ENCODED_PLACEHOLDER)
    return [
        _chosen_item(query, name, one)
        if one.chosen
        else f'<li><a href="{before}{search_address.quote_value(one.value)}{after}">{_label_html(one.label)}</a> '
        f"{_count_html(one.count)}</li>\n"
        for one in counts
    ]


def _chosen_item(query: SearchQuery, name: str, one: FacetCount) -> str:
    href = escape(search_address.page_address(search_address.without_filter(query, (name, one.value))))
    words = f'<span class="unseen">Remove the filter </span><b>{_label_html(one.label)}</b>'
    cross = '<span aria-hidden="true"> ×</span>'
    return f'<li><a class="on" href="{href}">{words}{cross}</a> {_count_html(one.count)}</li>\n'


@lru_cache(20_000)
def _label_html(label: str) -> str:
    return str(escape(clean_text(label)))


@lru_cache(4096)
def _count_html(count: int) -> str:
    return f'<span class="held">{count:,}<span class="unseen"> {noun(count, "review")}</span></span>'
