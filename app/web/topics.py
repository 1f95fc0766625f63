"""The topics: which there are, how many reviews have each, and each one's reviews."""

from itertools import groupby
from typing import Any

from flask import Blueprint, Flask, Response, abort, render_template, request

from app import asjson
from app.web import asking, phrases
from app.web.finding import catalogue, find
from app.web.house import house
from app.web.reviews import lists, turns, wished
from app.web.stored import JSON, answer, as_json, no_index
from core.plurals import plural
from core.topics import slug, table
from db.record import several
from db.search import Query
from db.shelf import Count
from newsletter.words import clean

pages = Blueprint("topics", __name__)
pages.after_request(no_index)
MOST = 120  # of the commonest topics, on the first page
OTHERS = "other"  # the letter of those that begin with none


def join(app: Flask) -> None:
    """Add these pages."""
    app.register_blueprint(pages)


@pages.get("/topics")
def topics() -> Response:
    """The commonest topics, and the alphabet that leads to all of them."""
    return answer(lists(), _topics)


def _topics() -> str:
    found = catalogue().values(house().db, "topic")
    commonest = sorted(found, key=lambda count: -count.count)[:MOST]
    shown = [count for count in found if count in commonest]
    return render_template(
        "topics.html", letter="", groups=_by_letter(shown), letters=_letters(found), total=len(found), shown=len(shown)
    )


@pages.get("/topics.json")
def topics_json() -> Response:
    """All topics as data."""
    return answer(lists(), lambda: as_json([_json(count) for count in _all()]), JSON)


def _all() -> list[Count]:
    return catalogue().values(house().db, "topic")


def _json(count: Count) -> dict[str, Any]:
    return {"topic": count.value, "name": count.label, "reviews": count.count}


@pages.get("/topics/a-z/<letter>")
def letter(letter: str) -> Response:
    """All topics of a letter."""
    found = [count for count in _all() if _initial(count) == letter] or abort(404)
    return answer(lists(), lambda: _of_letter(letter, found))


def _of_letter(letter: str, found: list[Count]) -> str:
    return render_template(
        "topics.html",
        letter=letter.upper() if letter != OTHERS else "Other",
        groups=_by_letter(found),
        letters=_letters(_all()),
        total=len(found),
        shown=len(found),
    )


def _initial(count: Count) -> str:
    first = count.value[:1]
    return first if first.isascii() and first.isalpha() else OTHERS


def _by_letter(found: list[Count]) -> list[tuple[str, list[tuple[str, str, str]]]]:
    ordered = sorted(found, key=lambda count: (_initial(count) == OTHERS, _initial(count), count.label.casefold()))
    return [
        (initial.upper() if initial != OTHERS else "Other", [_line(count) for count in own])
        for initial, own in groupby(ordered, _initial)
    ]


def _line(count: Count) -> tuple[str, str, str]:
    return f"/topics/{count.value}", clean(count.label), f"{count.count:,}"


def _letters(found: list[Count]) -> list[tuple[str, str]]:
    initials = sorted({_initial(count) for count in found}, key=lambda initial: (initial == OTHERS, initial))
    return [(f"/topics/a-z/{one}", one.upper() if one != OTHERS else "Other") for one in initials]


@pages.get("/topics/<name>")
def topic(name: str) -> Response:
    """A topic's reviews, the newest first."""
    query = _query(name)
    return answer(lists(), lambda: _topic(query, name))


def _query(name: str) -> Query:
    if slug(name) != name:
        abort(404)
    page = asking.read(request.args).page
    return Query(filters=(("topic", name),), page=page)


def _topic(query: Query, name: str) -> str:
    found = find(query)
    if not found.count:
        abort(404)
    label = clean(found.labels["topic", name])
    return render_template(
        "topic.html",
        name=label,
        count=plural(found.count, "review", thousands=","),
        spellings=[word for word in table().get(label, []) if word.casefold() != label.casefold()],
        hits=phrases.lines(found.hits),
        first=(query.page - 1) * 20 + 1,
        turns=turns(Query(page=query.page), found.count, f"/topics/{name}"),
        search=asking.write(Query(filters=query.filters)),
        subscribe=wished(query, found),
        atom=asking.write(Query(filters=query.filters), "/feeds/reviews.atom"),
        json_feed=asking.write(Query(filters=query.filters), "/feeds/reviews.json"),
        data=f"/topics/{name}.json",
    )


@pages.get("/topics/<name>.json")
def topic_json(name: str) -> Response:
    """A topic as data: its name, and its newest reviews."""
    query = _query(name)
    return answer(lists(), lambda: as_json(_topic_json(query, name)), JSON)


def _topic_json(query: Query, name: str) -> dict[str, Any]:
    found = find(query)
    if not found.count:
        abort(404)
    whole = several(house().db, [hit.review.id for hit in found.hits])
    told = {"topic": name, "name": found.labels["topic", name], "count": found.count, "page": query.page}
    return told | {"reviews": [asjson.review(review) for review, _ in whole]}
