"""Source parser for WordPress's REST interface: posts, pages, media or a type of the site's own."""

from typing import Any

from core.config.schema import Source
from core.errors import PageError
from core.records import Page, PageReading
from scraper.adapter import Adapter
from scraper.announcement import Announcement, read_announcements
from scraper.wordpress_rest import (
    JSON_MEDIA,
    PAST_END_STATUS,
    address_since,
    check_refusal,
    next_items,
    parse_items,
    rendered_text,
    stated_total,
)


def parse(page: Page, source: str) -> PageReading:
    """Every item of the answer, in its order. Raises PageError when the site refuses the question."""
    check_refusal(page)
    items = parse_items(page)
    if items is None:
        raise PageError("the page is no answer of WordPress's REST interface", page.url, "Check the source's url.")
    return read_announcements(map(_build_item, items), page, source, stated_total(page))


def follow(page: Page) -> tuple[str, ...]:
    """The address of the next items, until the last page."""
    items = parse_items(page)
    return next_items(page, len(items)) if items else ()


def _build_item(item: dict[str, Any]) -> Announcement:
    file = rendered_text(item.get("source_url"))  # of an item of the type "media": the document itself
    return Announcement(
        id=f"?p={item.get('id')}",
        title=rendered_text(item.get("title")),
        content="" if file else rendered_text(item.get("content")) or rendered_text(item.get("excerpt")),
        address=file or rendered_text(item.get("link")),
        published=rendered_text(item.get("date"))[:10],
    )


def make_adapter(source: Source) -> Adapter:
    """The adapter; items go, as partnerships take them off after a year, unless the source is said to be complete."""
    complete = source.complete is True
    return Adapter(
        parse,
        follow,
        media=JSON_MEDIA,
        needs=frozenset({"link"}),
        lists_all=complete,
        changed_since=None if complete else address_since,
        past_end_status=PAST_END_STATUS,
    )
