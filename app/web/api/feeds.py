"""Feeds of issues with their corrections, or of any search of reviews: Atom (RFC 4287), JSON Feed 1.1."""

import re
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from html import escape
from io import StringIO
from typing import Any

from flask import Blueprint, Flask, Response, render_template, request

from app.web.context import context
from app.web.page_cache import PageFingerprint, add_noindex, cached_response, format_json
from app.web.public import review_phrases, search_address
from app.web.public.collection_search import find_review_ids, label_filters
from app.web.public.search_page import reviews_fingerprint
from core.clean_text import clean_text
from core.dates import iso_utc_or_none, period_name
from core.editor_records import Correction
from core.records import Review
from db.mail import corrections
from db.read import archive
from db.read.facet_index import NEWEST
from db.read.latest_issue import MAX_NAMED_REVIEWS
from db.read.named_reviews import list_named
from db.read.review_page import list_with_changes
from db.read.search import SearchQuery
from newsletter.issue.correction_view import build_correction_view
from newsletter.issue.phrases import Anchor, distinct_titles, review_facts, review_title, safe_address
from services.issues import build_issue

blueprint = Blueprint("feeds", __name__)
blueprint.after_request(add_noindex)
ATOM_TYPE, JSON_FEED_TYPE = "application/atom+xml; charset=utf-8", "application/feed+json"
MAX_ENTRIES = 50  # entries
MAX_SUMMARY_GLANCES = 3  # of an issue's reviews
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_INVALID_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")  # XML 1.0 §2.2


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """An entry of a feed."""

    id: str
    url: str
    title: str
    summary: str  # in a line, or in a few
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
    items: tuple[FeedEntry, ...]


def register(app: Flask) -> None:
    """Add these pages."""
    app.register_blueprint(blueprint)


@blueprint.get("/feeds/reviews.atom")
def reviews_atom() -> Response:
    """The newest reviews of a search."""
    return _reviews_response(write_atom, ATOM_TYPE)


@blueprint.get("/feeds/reviews.json")
def reviews_json() -> Response:
    """The same as a JSON Feed."""
    return _reviews_response(write_json_feed, JSON_FEED_TYPE)


def _reviews_response(write: Callable[[Feed], str], kind: str) -> Response:
    query = replace(search_address.parse_query(request.args), order=NEWEST, page=1)
    fingerprint = reviews_fingerprint()
    return cached_response(fingerprint, lambda: write(_reviews_feed(query, _last_change(fingerprint))), kind)


def _last_change(fingerprint: PageFingerprint) -> datetime:
    """When what a feed shows last changed."""
    return (fingerprint() or ("", None))[1] or EPOCH


@blueprint.get("/feeds/issues.atom")
def issues_atom() -> Response:
    """The newest issues."""
    return _issues_response(write_atom, ATOM_TYPE)


@blueprint.get("/feeds/issues.json")
def issues_json() -> Response:
    """The same as a JSON Feed."""
    return _issues_response(write_json_feed, JSON_FEED_TYPE)


def _issues_response(write: Callable[[Feed], str], kind: str) -> Response:
    web = context()

    def fingerprint() -> tuple[str, datetime | None]:
        return archive.list_validators(web.db)

    return cached_response(fingerprint, lambda: write(_issues_feed(_last_change(fingerprint))), kind)


def _reviews_feed(query: SearchQuery, at: datetime) -> Feed:
    web = context()
    base, title = web.settings.base_url, web.settings.newsletter.title
    ids = find_review_ids(query, MAX_ENTRIES)
    unordered = replace(query, order="")
    about = ", ".join([*([query.words] if query.words else []), *label_filters(query).values()])
    return Feed(
        _stable_urn(search_address.build_address(unordered, "reviews")),
        f"{title}: {about or 'reviews'}",
        base + search_address.build_address(unordered),
        base + search_address.build_address(unordered, request.path),
        at,
        tuple(_review_entry(review, updated) for review, updated in list_with_changes(web.db, ids)),
    )


def _review_entry(review: Review, updated: datetime) -> FeedEntry:
    words, review = build_issue.current_wording(context().settings), review_phrases.shown_review(review)
    entry = review_phrases.entry_without_links(review)
    reports = [url for link in review.links if (url := safe_address(link)) and link.state not in ("dead", "none")]
    html = render_template(
        "entry_feed.html", entry=entry, collection={"rank": 2}, meta=review_facts(review), reports=reports, web=True
    )
    return FeedEntry(
        _stable_urn(f"reviews/{review.id}"),
        f"{words.base_url}/reviews/{review.id}",
        review_title(review),
        entry.glance,
        html,
        words.collection_of(review),
        review.first_seen or updated,
        updated,
        tuple(filter(None, map(clean_text, review.keywords))),
    )


def _issues_feed(at: datetime) -> Feed:
    web = context()
    base, title = web.settings.base_url, web.settings.newsletter.title
    lines = archive.listing(web.db, MAX_ENTRIES)
    named = list_named(web.db, min((line.period for line in lines), default=""), MAX_NAMED_REVIEWS)
    items = [_issue_entry(line, named.get(line.period, ())) for line in lines]
    items += map(_correction_entry, corrections.list_newest(web.db, MAX_ENTRIES))
    items = sorted(items, key=lambda item: item.updated, reverse=True)[:MAX_ENTRIES]
    return Feed(_stable_urn("issues"), f"{title}: issues", f"{base}/issues", base + request.path, at, tuple(items))


def _issue_entry(line: archive.ArchiveEntry, named: Sequence[Review]) -> FeedEntry:
    web = context()
    glances = list(map(review_phrases.glance_now, named))
    html = render_template(
        "issue_feed.html",
        intro=clean_text(line.intro),
        reviews=[
            (Anchor(title, f"{web.settings.base_url}/reviews/{review.id}"), glance)
            for review, title, glance in zip(named, distinct_titles(named), glances, strict=True)
        ],
        more=line.count - len(named) if named else 0,
        address=f"{web.settings.base_url}/issues/{line.period}",
    )
    return FeedEntry(
        _stable_urn(f"issues/{line.period}"),
        f"{web.settings.base_url}/issues/{line.period}",
        clean_text(line.title),
        "; ".join(filter(None, glances[:MAX_SUMMARY_GLANCES])),
        html,
        web.settings.newsletter.title,
        line.at,
        line.at,
    )


def _correction_entry(one: Correction) -> FeedEntry:
    """A correction, under the same identifier whatever becomes of it."""
    settings = context().settings
    view = build_correction_view(one, settings.base_url, settings.zone)
    begun = "Correction withdrawn" if one.withdrawn else "Correction"
    return FeedEntry(
        _stable_urn(f"issues/{one.period}/corrections/{one.number}"),
        view.link.url,
        f"{begun}: {clean_text(settings.newsletter.title)}, {period_name(one.period)}",
        " ".join(view.text.split()),
        render_template("correction_feed.html", view=view),
        settings.newsletter.title,
        one.at,
        one.current.at,
    )


def _stable_urn(what: str) -> str:
    """The same for ever, wherever the site moves: made from the installation's own key."""
    return uuid.uuid5(uuid.NAMESPACE_URL, f"{context().key('feeds')} {what}").urn


def strip_invalid_xml(text: str) -> str:
    """The text without what XML cannot hold."""
    return _INVALID_XML.sub("", text)


def write_atom(feed: Feed) -> str:
    """The feed as Atom."""
    from feedgenerator import Atom1Feed  # type: ignore[import-untyped]  # it has no types

    class _Dated(Atom1Feed):  # type: ignore[misc]  # it has no types
        """A feed whose date is that of what it shows, not of the clock."""

        def latest_post_date(self) -> datetime:
            return feed.updated

    atom = _Dated(
        strip_invalid_xml(feed.title),
        feed.page,
        None,
        language="en-GB",
        feed_url=feed.own,
        feed_guid=feed.id,
        author_name=strip_invalid_xml(_feed_author()),
    )
    for item in feed.items:
        atom.add_item(
            strip_invalid_xml(item.title),
            item.url,
            escape(strip_invalid_xml(item.summary)) or None,
            author_name=strip_invalid_xml(item.author),
            pubdate=item.published,
            updateddate=item.updated,
            unique_id=item.id,
            categories=[strip_invalid_xml(tag) for tag in item.tags],
            content=strip_invalid_xml(item.html),
        )
    out = StringIO()
    atom.write(out, "utf-8")
    return out.getvalue()


def _feed_author() -> str:
    return context().settings.newsletter.title


def write_json_feed(feed: Feed) -> str:
    """The feed as JSON Feed 1.1."""
    return format_json(
        {
            "version": "https://jsonfeed.org/version/1.1",
            "title": feed.title,
            "home_page_url": feed.page,
            "feed_url": feed.own,
            "language": "en-GB",
            "authors": [{"name": _feed_author()}],
            "items": _json_feed_items(feed.items),
        }
    )


def _json_feed_items(items: Sequence[FeedEntry]) -> list[dict[str, Any]]:
    return [
        {
            "id": item.id,
            "url": item.url,
            "title": item.title,
            **({"summary": item.summary} if item.summary else {}),
            "content_html": item.html,
            "date_published": iso_utc_or_none(item.published),
            "date_modified": iso_utc_or_none(item.updated),
            "authors": [{"name": item.author}],
            "tags": list(item.tags),
        }
        for item in items
    ]
