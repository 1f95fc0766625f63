"""Saved search form: what an address or a reader asks for, what of it cannot be kept, how it reads in words."""

import re
from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple
from urllib.parse import parse_qsl, urlsplit

from flask import url_for
from werkzeug.datastructures import MultiDict

from app.web.context import context
from app.web.form_mistake import FormMistake
from app.web.public import search_address
from app.web.public.collection_search import count_news, label_filters
from app.web.public.subscription_forms import UNKNOWN_ANSWER, printable_text
from core.dates import day_name, local_date
from core.plurals import plural
from core.records import Subscriber
from core.search_words import MAX_QUERY_LENGTH, parse_terms
from core.states import AlertCadence
from core.year_range import range_value
from db.collection import sources
from db.mail import saved_searches
from db.mail.saved_searches import SavedSearch
from db.read.facets import FACET_NAMES, fold_value
from db.read.search import SearchQuery
from services.readers.saved_search_wishes import CADENCES, SearchWish

CADENCE_LABELS: dict[AlertCadence, tuple[str, str]] = {
    "month": ("Every month, with the newsletter", "An email beside it, if the search has found anything."),
    "week": ("Once a week", "On Mondays, if the search has found anything."),
    "day": ("On the day", "An email on the day that we first see such a review."),
}
LOOK_BACK = timedelta(days=91)  # that is said of: what a search would have brought
_SEARCH_ADDRESS = re.compile(r"(?:https?:/)?/\S*", re.IGNORECASE)
_YEAR_FIELDS = {"from": "From", "to": "To"}


class SearchLine(NamedTuple):
    """A part of a search in words."""

    heading: str
    values: str


class SavedSearchItem(NamedTuple):
    """A reader's saved search in a list."""

    results: str  # the address of what it finds now
    change: str  # the address of the page that changes it
    words: str
    cadence: str
    paused: str  # until which day; empty: not paused
    brought: str  # what it would have brought lately; empty: not known


def describe_search(query: SearchQuery) -> list[SearchLine]:
    """A search in words, a line for its words and one for each facet; the values of one facet are alternatives."""
    labels = label_filters(query)
    lines = [SearchLine("Words", f"“{query.words}”")] if query.words else []
    for name, heading in search_address.FACET_HEADINGS.items():
        if values := [label for pair, label in labels.items() if pair[0] == name]:
            lines.append(SearchLine(heading, " or ".join(values)))
    return lines


def name_search(query: SearchQuery) -> str:
    """A search in one line."""
    return "; ".join(f"{line.heading}: {line.values}" for line in describe_search(query))


def name_left_out(args: MultiDict[str, str], query: SearchQuery) -> list[str]:
    """What an address asks for that a saved search does not keep, each in words."""
    left_out = []
    for name, value in args.items(multi=True):
        shown = f"“{printable_text(value)[:80]}”"
        if not value.strip():
            continue
        if name in FACET_NAMES:
            if (name, fold_value(name, value)) not in query.filters:
                left_out.append(f"{search_address.FACET_HEADINGS[name]}: {shown}")
        elif name == "q":
            if len(value) > MAX_QUERY_LENGTH:
                left_out.append(f"the words after the first {MAX_QUERY_LENGTH} characters")
        elif name == "page":
            if value != "1":
                left_out.append(f"the page of results: {shown}")
        elif name == "sort":
            label = search_address.SORT_LABELS.get(value)
            left_out.append(f"the order of results: {f'“{label}”' if label else shown}")
        elif name not in _YEAR_FIELDS:
            left_out.append(f"{printable_text(name)[:40]}: {shown}")
        elif not range_value(args.get("from", ""), args.get("to", "")):
            left_out.append(f"{_YEAR_FIELDS[name]}: {shown}")
    return left_out


def parse_typed(text: str) -> tuple[SearchQuery, list[str]]:
    """The search that a reader typed: words, or the address of a page of results; and what of it is left out."""
    text = printable_text(text).strip()
    args = MultiDict([("q", text)])
    if is_address(text):
        try:
            args = MultiDict(parse_qsl(urlsplit(text).query, max_num_fields=200))
        except ValueError:  # no address that any program would open
            args = MultiDict()
    query = search_address.parse_query(args)
    return query, name_left_out(args, query)


def is_address(typed: str) -> bool:
    """Whether a reader typed an address, not words."""
    return _SEARCH_ADDRESS.fullmatch(typed.strip()) is not None


def parse_wish(query: SearchQuery, cadence: str, field: str) -> tuple[SearchWish | None, list[FormMistake]]:
    """What is to be saved, or what is wrong with it; `field`: the one that the search stands in."""
    mistakes = []
    if query.words and not parse_terms(query.words):
        mistakes.append(FormMistake("Type a word: what you typed holds no letter or digit", field))
    elif not query.words and not query.filters:
        mistakes.append(
            FormMistake("Enter words, or the address of a page of results that has words or filters", field)
        )
    chosen = next((one for one in CADENCES if one == cadence), None)
    if chosen is None:
        mistakes.append(FormMistake(UNKNOWN_ANSWER, "cadence-1"))
    if mistakes or chosen is None:
        return None, mistakes
    return SearchWish(query.words, query.filters, chosen), []


def parse_day(text: str, today: date) -> date | None:
    """The day until which a search rests: within a year; None for what is no such day."""
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        return None
    return day if today < day <= today + timedelta(days=366) else None


def cadence_answers() -> list[tuple[str, str, str]]:
    """How often, as a form offers it."""
    return [(cadence, *CADENCE_LABELS[cadence]) for cadence in CADENCES]


def query_of(search: SavedSearch | SearchWish) -> SearchQuery:
    """What a saved search looks for."""
    filters = sorted(search.filters, key=lambda pair: FACET_NAMES.index(pair[0]))
    return SearchQuery(search.words, tuple(filters))


def list_saved(one: Subscriber) -> list[SavedSearchItem]:
    """A reader's saved searches, the oldest first."""
    since = _looked_since()
    return [_describe_saved(one.token, search, since) for search in saved_searches.list_of_reader(context().db, one.id)]


def _describe_saved(token: str, search: SavedSearch, since: tuple[date, str] | None) -> SavedSearchItem:
    query, brought = query_of(search), ""
    if since is not None:
        found = plural(count_news(query, since[0]), "review", none="no")
        brought = f"{since[1]}, it would have brought you {found}."
    return SavedSearchItem(
        search_address.page_address(query),
        url_for("saved_searches.own", token=token, number=search.id),
        name_search(query),
        CADENCE_LABELS[search.cadence][0],
        paused_words(search),
        brought,
    )


def paused_words(search: SavedSearch) -> str:
    """Until which day a search rests; empty where it does not."""
    is_paused = search.paused_until is not None and search.paused_until > site_today()
    return day_name(search.paused_until) if is_paused and search.paused_until else ""


def site_today() -> date:
    """Today, as the site's clock has it."""
    return local_date(context().effects.now(), context().settings.zone)


def _looked_since() -> tuple[date, str] | None:
    """From which day on what is new is known, at most three months ago, in words; None: nothing was read yet."""
    first = sources.first_read(context().db)
    if first is None:
        return None
    begun, quarter = local_date(first, context().settings.zone), site_today() - LOOK_BACK
    if begun > quarter:
        return begun, f"Since {day_name(begun)}, when we began to look"
    return quarter, "In the last three months"


def change_query(before: SearchQuery, typed: SearchQuery, kept: Iterable[str]) -> SearchQuery:
    """The words that a reader typed, with the filters still ticked (name=value) and those typed among the words."""
    ticked = set(kept)
    changed = SearchQuery(typed.words, tuple(pair for pair in before.filters if "=".join(pair) in ticked))
    for pair in typed.filters:
        changed = search_address.with_filter(changed, pair)
    return changed
