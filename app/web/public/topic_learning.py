"""Gathered learning: the learning points and recommendations of a topic's or a search's reviews in one list."""

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import replace
from functools import partial
from typing import Any, Literal, NamedTuple
from urllib.parse import urlencode

from flask import Blueprint, Flask, Response, abort, render_template, request

from app.web.context import context, site_path
from app.web.page_cache import CSV_TYPE, JSON_TYPE, add_noindex, cached_response, format_json
from app.web.public import review_phrases, search_address
from app.web.public.collection_search import catalogue, find_reviews
from app.web.public.result_files import attach
from app.web.public.review_phrases import TextPiece
from app.web.public.review_record import caution_values, source_values
from app.web.public.search_page import number_links, reviews_fingerprint
from app.web.public.trend_pages import chosen_years, parse_undated_query
from core.clean_text import clean_text
from core.csv_cells import format_csv
from core.plurals import noun, plural
from core.records import Review, Section
from core.search_words import also_searched
from core.section_text import around_items
from core.topics import slugify
from core.year_range import range_value
from db.read.facet_index import FacetCount
from db.read.review_page import list_with_changes
from db.read.search import SearchQuery, SearchResult
from db.read.section_matches import find_section_matches
from newsletter.issue.phrases import distinct_titles, review_facts, split_paragraphs

blueprint = Blueprint("learning", __name__)
blueprint.after_request(add_noindex)
PointKind = Literal["learning", "recommendations"]
POINT_NAMES: dict[PointKind, str] = {"learning": "Learning", "recommendations": "Recommendation"}
CHOICES = (("", "Learning and recommendations"), ("learning", "Learning"), ("recommendations", "Recommendations"))
PLACES = (("", "Anywhere in the review"), ("point", "In the point itself"))
FILTER_NAMES = ("nation", "age", "harm")  # facets that the form has a field for, which takes one value
PAGE_REVIEWS = 25  # reviews whose points stand on a page
FILE_REVIEWS = 500  # reviews whose points stand in a file


class LearningPoint(NamedTuple):
    """A point as its source words it; `lead`: what stands before the list that it is of."""

    kind: PointKind
    lead: str
    text: str


class SourcedPoint(NamedTuple):
    """A point in the list, with its source."""

    point: LearningPoint
    pieces: tuple[TextPiece, ...]  # its text, the words looked for marked
    name: str  # of its kind: "Recommendation"
    href: str
    title: str
    facts: str  # of the review


class FilterChoice(NamedTuple):
    """A field of the form: its name and label, and each value with its words, its count, whether it is chosen."""

    name: str
    label: str
    options: tuple[tuple[str, str, bool], ...]


class LearningQuery(NamedTuple):
    """What is gathered: of which reviews, in the years between, and which of their points."""

    path: str  # "/learning", or below a topic
    query: SearchQuery  # without the years
    kind: PointKind | None
    in_point: bool  # only points that have the words themselves
    first: int | None
    last: int | None

    def search(self) -> SearchQuery:
        """The search for the reviews."""
        years = range_value(str(self.first or ""), str(self.last or ""))
        return (
            replace(search_address.with_filter(self.query, ("year", years)), page=self.query.page)
            if years
            else self.query
        )

    def address(self, path: str, page: int = 1) -> str:
        """The address of a page of it, or of the same as a file."""
        pairs = search_address.list_pairs(self.query)
        pairs = [pair for pair in pairs if pair[0] != "topic" or self.path == "/learning"]
        more = {"what": self.kind, "in": "point" if self.in_point else None, "from": self.first, "to": self.last}
        more |= {"page": page if page > 1 else None}
        pairs += [(name, str(value)) for name, value in more.items() if value]
        return site_path(f"{path}?{urlencode(pairs)}" if pairs else path)

    def fields(self) -> list[str]:
        """The facets that the form has a field for: one of which several values are chosen stands as filters."""
        chosen = [name for name, _ in self.query.filters]
        return [name for name in FILTER_NAMES if chosen.count(name) < 2]

    def list_address(self) -> str:
        """Where a reading list is made of all its reviews."""
        return site_path(f"/lists/new?{urlencode([*search_address.list_pairs(self.search()), ('all', 'yes')])}")


def register(app: Flask) -> None:
    """Add these pages."""
    app.register_blueprint(blueprint)


@blueprint.get("/learning")
def learning() -> Response:
    """What was learned in the reviews that a search finds."""
    asked = _parse_request("/learning")
    return cached_response(reviews_fingerprint(), lambda: _render_learning(asked))


@blueprint.get("/topics/<name>/learning")
def topic_learning(name: str) -> Response:
    """What was learned in a topic's reviews."""
    asked = _parse_topic_request(name)
    return cached_response(reviews_fingerprint(), lambda: _render_learning(asked, name))


def _parse_request(path: str, topic: str = "") -> LearningQuery:
    query = parse_undated_query()
    filters = tuple(pair for pair in query.filters if pair[1])
    if topic:
        filters = (("topic", topic), *(pair for pair in filters if pair[0] != "topic"))
    what = request.args.get("what", "")
    if any(chosen_years()):  # in place of other years, as everywhere
        filters = tuple(pair for pair in filters if pair[0] != "year")
    kind = next((kind for kind in POINT_NAMES if kind == what), None)
    in_point = bool(query.words) and request.args.get("in") == "point"
    return LearningQuery(path, replace(query, filters=filters, order=""), kind, in_point, *chosen_years())


def _parse_topic_request(name: str) -> LearningQuery:
    if slugify(name) != name:
        abort(404)
    return _parse_request(f"/topics/{name}/learning", name)


def _render_learning(asked: LearningQuery, topic: str = "") -> str:
    result = find_reviews(asked.search(), PAGE_REVIEWS)
    name = _topic_name(result, topic)
    points, without = _gather_points(asked, [hit.id for hit in result.hits])
    held = plural(result.count, "review", none="No", thousands=",")
    return render_template(
        "learning.html",
        heading=f"What was learned: {name}" if name else "What was learned",
        back=(site_path(f"/topics/{topic}"), name) if topic else (_search_page(asked), "Search reviews"),
        words=asked.query.words,
        also=also_searched(asked.query.words),
        count=held,
        here=f"{plural(len(points), 'point', none='No', thousands=',')} on this page" if result.count else "",
        without=_without_points(without),
        places=FilterChoice("in", "Look for them", _select(PLACES, "point" if asked.in_point else "")),
        kinds=FilterChoice("what", "Points", _select(CHOICES, asked.kind or "")),
        fields=[_filter_field(result, asked, facet) for facet in asked.fields()],
        years=_list_years(asked),
        first=str(asked.first or ""),
        last=str(asked.last or ""),
        chosen=_chosen_filters(result, asked, topic),
        hidden=[
            pair for pair in asked.query.filters if pair[0] not in asked.fields() and (not topic or pair[0] != "topic")
        ],
        gather=asked.list_address() if result.count else "",
        action=site_path(asked.path),
        narrowed=asked.address(asked.path) != site_path(asked.path),
        points=points,
        turns=number_links(result.count, asked.query.page, partial(asked.address, asked.path), PAGE_REVIEWS),
        csv=asked.address(f"{asked.path}.csv"),
        json=asked.address(f"{asked.path}.json"),
        most=FILE_REVIEWS if result.count > FILE_REVIEWS else 0,
        **caution_values(several=True),
        **source_values(asked.address(asked.path, asked.query.page)),
    )


def _list_years(asked: LearningQuery) -> list[str]:
    """The years to choose from, and those that are chosen, though no review is of them."""
    known = {count.value for count in catalogue().values(context().db, "year")}
    return sorted(known | {str(year) for year in (asked.first, asked.last) if year})


def _topic_name(result: SearchResult, topic: str) -> str:
    """The topic's name; 404 where no review has it."""
    if topic and ("topic", topic) not in result.labels:
        abort(404)
    return clean_text(result.labels["topic", topic]) if topic else ""


def _search_page(asked: LearningQuery) -> str:
    return search_address.page_address(replace(asked.query, page=1))


def _chosen_filters(result: SearchResult, asked: LearningQuery, topic: str) -> list[tuple[str, str, str]]:
    """The filters that the form has no field for, each with the address without it."""
    pairs = [pair for pair in asked.query.filters if pair[0] not in asked.fields() and pair != ("topic", topic)]
    return [
        (
            search_address.FACET_HEADINGS[pair[0]],
            clean_text(result.labels.get(pair, pair[1])),
            asked._replace(query=search_address.without_filter(asked.query, pair)).address(asked.path),
        )
        for pair in pairs
    ]


def _select(choices: Iterable[tuple[str, str]], chosen: str) -> tuple[tuple[str, str, bool], ...]:
    return tuple((value, label, value == chosen) for value, label in choices)


def _without_points(count: int) -> str:
    """How many reviews of the page give nothing to the list."""
    if not count:
        return ""
    return f"{plural(count, 'review')} of this page {noun(count, 'gives', 'give')} none to this list."


def _filter_field(result: SearchResult, asked: LearningQuery, name: str) -> FilterChoice:
    counts: tuple[FacetCount, ...] = result.facets.get(name, ())
    chosen = {value for facet, value in asked.query.filters if facet == name}
    options = [("", "Any", not chosen)]
    options += [(one.value, f"{clean_text(one.label)} ({one.count:,})", one.value in chosen) for one in counts]
    return FilterChoice(name, search_address.FACET_HEADINGS[name], tuple(options))


def _gather_points(asked: LearningQuery, numbers: Iterable[int]) -> tuple[list[SourcedPoint], int]:
    """The points of these reviews, in order; and how many of the reviews give none."""
    reviews = [review_phrases.shown_review(review) for review, _ in list_with_changes(context().db, numbers)]
    points, without = list[SourcedPoint](), 0
    matches = find_section_matches(context().db, [review.id for review in reviews], asked.query.words)
    for review, title in zip(reviews, distinct_titles(reviews), strict=True):
        told = [point for point in list_points(review) if asked.kind in (None, point.kind)]
        own = [(point, mark_words(point.text, matches.get(review.id, ()))) for point in told]
        own = [(point, pieces) for point, pieces in own if not asked.in_point or len(pieces) > 1 or pieces[0].marked]
        without += not own
        href, facts = site_path(f"/reviews/{review.id}"), review_facts(replace(review, links=()))
        points += [SourcedPoint(point, pieces, POINT_NAMES[point.kind], href, title, facts) for point, pieces in own]
    return points, without


def mark_words(text: str, words: Collection[str]) -> tuple[TextPiece, ...]:
    """A point's text with these words marked, in whichever case they stand there."""
    if not words:
        return (TextPiece(text),)
    longest_first = "|".join(map(re.escape, sorted(words, key=lambda word: (-len(word), word))))
    parts = re.split(rf"(?<!\w)({longest_first})(?!\w)", text, flags=re.IGNORECASE)
    return tuple(TextPiece(part, bool(at % 2)) for at, part in enumerate(parts) if part)


def list_points(review: Review) -> Iterator[LearningPoint]:
    """The learning points and recommendations of a review, in its own words and order."""
    for section in review.sections:
        for kind in POINT_NAMES:
            if section.kind == kind:
                yield from (LearningPoint(kind, lead, text) for lead, text in _section_points(section))


def _section_points(section: Section) -> Iterator[tuple[str, str]]:
    before, after = around_items(section)
    lead = " ".join(split_paragraphs(before))
    yield from ((lead, item) for item in map(clean_text, section.items) if item)
    yield from (("", paragraph) for paragraph in split_paragraphs(after))


@blueprint.get("/learning.csv")
@blueprint.get("/topics/<name>/learning.csv")
def learning_csv(name: str = "") -> Response:
    """The list for a spreadsheet, from its first page on."""
    asked = _parse_topic_request(name) if name else _parse_request("/learning")
    answer = cached_response(reviews_fingerprint(), lambda: _learning_csv(asked, name), CSV_TYPE)
    return attach(answer, f"learning{name and '-'}{name}.csv")


def _learning_csv(asked: LearningQuery, topic: str) -> str:
    base = context().settings.base_url
    rows = [
        (one.name, f"{one.point.lead} {one.point.text}".strip(), one.title, one.facts, _whole_address(base, one.href))
        for one in _file_points(asked, topic)
    ]
    return format_csv([("What", "Words", "Review", "About it", "Address"), *rows])


def _file_points(asked: LearningQuery, topic: str) -> list[SourcedPoint]:
    result = find_reviews(replace(asked.search(), page=1), FILE_REVIEWS)
    _topic_name(result, topic)
    return _gather_points(asked, [hit.id for hit in result.hits])[0]


def _whole_address(base: str, href: str) -> str:
    return base + href.removeprefix(site_path(""))


@blueprint.get("/learning.json")
@blueprint.get("/topics/<name>/learning.json")
def learning_json(name: str = "") -> Response:
    """The same as data."""
    asked = _parse_topic_request(name) if name else _parse_request("/learning")
    return cached_response(reviews_fingerprint(), lambda: format_json(_learning_data(asked, name)), JSON_TYPE)


def _learning_data(asked: LearningQuery, topic: str) -> list[dict[str, Any]]:
    base = context().settings.base_url
    return [
        {
            "kind": one.point.kind,
            "lead": one.point.lead or None,
            "text": one.point.text,
            "review": one.title,
            "url": _whole_address(base, one.href),
        }
        for one in _file_points(asked, topic)
    ]
