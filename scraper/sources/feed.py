"""Source parser for feeds: RSS, Atom and JSON Feed."""

import io
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from html import escape
from typing import Any

import feedparser  # type: ignore[import-untyped]  # it has no types

from core.config.schema import Source
from core.errors import PageError
from core.records import Link, Page, PageReading
from scraper.adapter import Adapter
from scraper.announcement import Announcement, read_announcements
from scraper.document_links import is_document
from scraper.markup import link_address
from scraper.page_text import decode_body

MEDIA = frozenset(
    "application/rss+xml application/atom+xml application/rdf+xml application/xml text/xml application/feed+json "
    "application/json text/plain text/html".split()
)
END_TAG = re.compile(
    rb"</(?:\w+:)?(?:rss|feed|rdf)\s*>\s*(?><!--.*?-->\s*)*$", re.I | re.S
)  # each comment ends at its first end
TEXT_TYPE = re.compile(r"text/|.*[/+]xml$")  # of a content that is words, and no file in base64 (RFC 4287 §4.1.3.3)
PAGE_TYPE = "text/html"  # of an address that is a document only if its name ends like a document's
JSON_FEED_VERSION = "https://jsonfeed.org/version/1"  # 1 and 1.1 begin so


def parse(page: Page, source: str) -> PageReading:
    """Every entry of the feed, in its order. Raises PageError for what is no feed, or only a part of one."""
    is_json = page.body.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")
    return read_announcements(_json_entries(page) if is_json else _xml_entries(page), page, source)


def _xml_entries(page: Page) -> Iterator[Announcement]:
    # a stream, for feedparser takes bytes that look like an address for one and asks it
    feed = feedparser.parse(
        io.BytesIO(page.body),
        response_headers={"content-type": page.header("content-type"), "content-location": page.final_url},
        sanitize_html=False,  # what is read from it is text
    )
    if not feed.get("version"):  # of nothing at all there is none
        raise PageError("the page is no feed", page.url, "Give the address of RSS, Atom or a JSON Feed.")
    if feed.bozo and not END_TAG.search(page.body):
        raise PageError("the feed is cut off before its end", page.url, "Nothing was changed; it is read again.")
    for entry in feed.entries:
        yield _build_entry(entry, page)


def _build_entry(entry: Mapping[str, Any], page: Page) -> Announcement:
    """What an entry of RSS or Atom says. Its `link` may be its id, which nothing can open: the links are asked."""
    links = [link for link in entry.get("links", ()) if str(link.get("href", "")).startswith(("http://", "https://"))]
    own = next((link["href"] for link in links if link.get("rel", "alternate") == "alternate"), "")
    title = entry.get("title_detail", {})
    plain = title.get("type") == "text/plain"
    parts = [part for part in entry.get("content", ()) if TEXT_TYPE.match(part.get("type", ""))]
    content = next((part.get("value", "") for part in parts), "") or entry.get("summary", "")
    return Announcement(
        id=str(entry.get("id", "")),
        title=title.get("value", "").replace("<", "&lt;") if plain else title.get("value", ""),
        content=content,
        address=own,
        published=str(entry.get("published", "")),  # an update's date is not that of publication
        documents=_choose_documents(_entry_files(entry, replace(page, final_url=title.get("base") or page.final_url))),
    )


def _entry_files(entry: Mapping[str, Any], page: Page) -> Iterator[tuple[Link, str]]:
    """What an entry links to beside its words, each with its type. `page` has the entry's xml:base for its address."""
    for link in entry.get("links", ()):
        file, kind = _build_link(link.get("title"), link.get("href"), page), link.get("type") or PAGE_TYPE
        if link.get("rel") == "enclosure":
            yield file, "" if kind == PAGE_TYPE else kind  # which feedparser gives to a link without type
        elif link.get("rel") == "alternate":
            yield file, kind
    for part in entry.get("content", ()):  # the content may be elsewhere (RFC 4287 §4.1.3.2)
        base = replace(page, final_url=part.get("base") or page.final_url)
        yield _build_link("", part.get("src"), base), part.get("type") or PAGE_TYPE
    for file in entry.get("media_content", ()):
        yield _build_link("", file.get("url"), page), file.get("type") or PAGE_TYPE


def _choose_documents(files: Iterable[tuple[Link, str]]) -> tuple[Link, ...]:
    return tuple(link for link, kind in files if link.url and is_document(link, kind))


def _build_link(words: str | None, href: str | None, page: Page) -> Link:
    """The link to a file; without an address where none is stated, for that would lead to the feed itself."""
    return Link(words or "", link_address(href, page) if href else "")


def _json_entries(page: Page) -> Iterator[Announcement]:
    """What the items of a JSON Feed say (jsonfeed.org, version 1.1)."""
    try:
        feed = json.loads(decode_body(page.body, page.header("content-type")))
    except (ValueError, RecursionError) as e:
        raise PageError("the page is no JSON Feed, or a part of one", page.url, "Nothing was changed.") from e
    items = feed.get("items") if isinstance(feed, dict) else None
    if not isinstance(items, list) or not str(feed.get("version", "")).startswith(JSON_FEED_VERSION):
        raise PageError("the page is no JSON Feed", page.url, "Give the address of RSS, Atom or a JSON Feed.")
    for item in items:
        if not isinstance(item, dict):
            continue
        fields = {key: _text(value) for key, value in item.items()}
        attached = item.get("attachments")
        files = [file for file in attached if isinstance(file, dict)] if isinstance(attached, list) else []
        attachments = [{key: _text(value) for key, value in file.items()} for file in files]
        linked = [(_build_link("", fields.get(key), page), PAGE_TYPE) for key in ("url", "external_url")]
        linked += [
            (_build_link(file.get("title"), file.get("url"), page), file.get("mime_type", "")) for file in attachments
        ]
        yield Announcement(
            id="" if item.get("id") is None else str(item["id"]),  # of none it is read all the same, by its address
            title=escape(fields.get("title", "")),
            content=fields.get("content_html") or escape(fields.get("content_text") or fields.get("summary", "")),
            address=fields.get("url") or fields.get("external_url", ""),
            published=fields.get("date_published", ""),
            documents=_choose_documents(linked),
        )


def _text(value: object) -> str:
    """A string of the feed; half a pair of surrogates, which JSON can spell, becomes "?"."""
    return value.encode(errors="replace").decode() if isinstance(value, str) else ""


def make_adapter(source: Source) -> Adapter:
    """The adapter; entries fall off a feed's end, so that absence means nothing unless it is said to be complete."""
    return Adapter(parse, media=MEDIA, needs=frozenset({"link"}), lists_all=source.complete is True)
