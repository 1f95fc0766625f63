"""Feeds of reviews and issues: Atom (RFC 4287) and JSON Feed 1.1; of any search, by the address it has."""

import re
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from io import StringIO
from typing import Any

from flask import Blueprint, Flask, Response, render_template, request

from app import asjson, issuing
from app.web import asking, phrases
from app.web.finding import numbers
from app.web.house import house
from app.web.reviews import lists
from app.web.stored import Stamp, answer, as_json, no_index
from core.records import Review
from db import archive
from db.record import several
from db.search import Query
from db.shelf import NEWEST
from newsletter.words import address, clean, meta, title_of

pages = Blueprint("feeds", __name__)
pages.after_request(no_index)
ATOM, JSON_FEED = "application/atom+xml; charset=utf-8", "application/feed+json"
MOST = 50  # entries
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
_UNFIT = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0 §2.2


@dataclass(frozen=True, slots=True)
class Item:
    """An entry of a feed."""

    id: str
    url: str
    title: str
    html: str
    author: str
    published: datetime  # UTC
    updated: datetime  # UTC
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Feed:
    """A feed before it is written in one of the two forms."""

    id: str
    title: str
    page: str
    own: str  # its own address
    updated: datetime  # UTC
    items: tuple[Item, ...]


def join(app: Flask) -> None:
    """Add these pages."""
    app.register_blueprint(pages)


@pages.get("/feeds/reviews.atom")
def reviews_atom() -> Response:
    """The newest reviews of a search."""
    return _reviews(atom, ATOM)


@pages.get("/feeds/reviews.json")
def reviews_json() -> Response:
    """The same as a JSON Feed."""
    return _reviews(json_feed, JSON_FEED)


def _reviews(write: Callable[[Feed], str], kind: str) -> Response:
    query = replace(asking.read(request.args), order=NEWEST, page=1)
    stamp = lists()
    return answer(stamp, lambda: write(_of_reviews(query, _at(stamp))), kind)


def _at(stamp: Stamp) -> datetime:
    """When what a feed shows last changed."""
    return (stamp() or ("", None))[1] or NEVER


@pages.get("/feeds/issues.atom")
def issues_atom() -> Response:
    """The newest issues."""
    return _issues(atom, ATOM)


@pages.get("/feeds/issues.json")
def issues_json() -> Response:
    """The same as a JSON Feed."""
    return _issues(json_feed, JSON_FEED)


def _issues(write: Callable[[Feed], str], kind: str) -> Response:
    own = house()

    def stamp() -> tuple[str, datetime | None]:
        return archive.state(own.db)

    return answer(stamp, lambda: write(_of_issues(_at(stamp))), kind)


def _of_reviews(query: Query, at: datetime) -> Feed:
    own = house()
    base, title = own.settings.base_url, own.settings.newsletter.title
    found = numbers(query, MOST)
    shown = replace(query, order="")
    about = ", ".join([*([query.words] if query.words else []), *(value for _, value in query.filters)])
    return Feed(
        _id(asking.write(shown, "reviews")),
        f"{title}: {about or 'reviews'}",
        base + asking.write(shown),
        base + asking.write(shown, request.path),
        at,
        tuple(_review(review, updated) for review, updated in several(own.db, found)),
    )


def _review(review: Review, updated: datetime) -> Item:
    words = issuing.wording(house().settings)
    entry = phrases.entry(review)
    reports = [url for link in review.links if (url := address(link)) and link.state not in ("dead", "none")]
    html = render_template(
        "entry_feed.html", entry=entry, collection={"rank": 2}, meta=meta(review), reports=reports, web=True
    )
    return Item(
        _id(f"reviews/{review.id}"),
        f"{words.base_url}/reviews/{review.id}",
        title_of(review),
        html,
        words.collection_of(review),
        review.first_seen or updated,
        updated,
        tuple(filter(None, map(clean, review.keywords))),
    )


def _of_issues(at: datetime) -> Feed:
    own = house()
    base, title = own.settings.base_url, own.settings.newsletter.title
    items = tuple(_issue(line) for line in archive.lines(own.db, MOST))
    return Feed(_id("issues"), f"{title}: issues", f"{base}/issues", base + request.path, at, items)


def _issue(line: archive.Line) -> Item:
    own = house()
    intro = render_template(
        "issue_feed.html", intro=clean(line.intro), address=f"{own.settings.base_url}/issues/{line.period}"
    )
    return Item(
        _id(f"issues/{line.period}"),
        f"{own.settings.base_url}/issues/{line.period}",
        clean(line.title),
        intro,
        own.settings.newsletter.title,
        line.at,
        line.at,
    )


def _id(what: str) -> str:
    """The same for ever, wherever the house moves: made from its own key."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"{house().key('feeds')} {what}").urn


def fit(text: str) -> str:
    """The text without what XML cannot hold."""
    return _UNFIT.sub("", text)


def atom(feed: Feed) -> str:
    """The feed as Atom."""
    from feedgenerator import Atom1Feed  # type: ignore[import-untyped]  # it has no types

    class _Dated(Atom1Feed):  # type: ignore[misc]  # it has no types
        """A feed whose date is that of what it shows, not of the clock."""

        def latest_post_date(self) -> datetime:
            return feed.updated

    made = _Dated(
        fit(feed.title),
        feed.page,
        None,
        language="en-GB",
        feed_url=feed.own,
        feed_guid=feed.id,
        author_name=fit(_whose()),
    )
    for item in feed.items:
        made.add_item(
            fit(item.title),
            item.url,
            None,
            author_name=fit(item.author),
            pubdate=item.published,
            updateddate=item.updated,
            unique_id=item.id,
            categories=[fit(tag) for tag in item.tags],
            content=fit(item.html),
        )
    out = StringIO()
    made.write(out, "utf-8")
    return out.getvalue()


def _whose() -> str:
    return house().settings.newsletter.title


def json_feed(feed: Feed) -> str:
    """The feed as JSON Feed 1.1."""
    return as_json(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": feed.title,
            "home_page_url": feed.page,
            "feed_url": feed.own,
            "language": "en-GB",
            "authors": [{"name": _whose()}],
            "items": _json_items(feed.items),
        }
    )


def _json_items(items: Sequence[Item]) -> list[dict[str, Any]]:
    return [
        {
            "id": item.id,
            "url": item.url,
            "title": item.title,
            "content_html": item.html,
            "date_published": asjson.instant(item.published),
            "date_modified": asjson.instant(item.updated),
            "authors": [{"name": item.author}],
            "tags": list(item.tags),
        }
        for item in items
    ]
