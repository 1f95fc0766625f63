"""Source parser for WordPress's REST interface: posts, pages, media or a type of the site's own."""

import json
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from core.config.schema import Source
from core.errors import PageError
from core.records import Page, PageReading
from scraper.adapter import Adapter
from scraper.announcement import Announcement, read_announcements
from scraper.text_lines import decode_body


def parse(page: Page, source: str) -> PageReading:
    """Every item of the answer, in its order. Raises PageError when the interface refuses the question."""
    answer = _parse_answer(page)
    if isinstance(answer, dict) and "code" in answer:
        raise PageError("the WordPress site refused the question", str(answer.get("message"))[:200], "Check the url.")
    if not isinstance(answer, list):
        raise PageError("the page is no answer of WordPress's REST interface", page.url, "Check the source's url.")
    items = [item for item in answer if isinstance(item, dict)]
    total = page.header("x-wp-total")
    return read_announcements(map(_build_item, items), page, source, int(total) if total.isdecimal() else None)


def follow(page: Page) -> tuple[str, ...]:
    """The address of the next items, until the last page that the answer's header states."""
    url = urlsplit(page.final_url)
    asked = dict(parse_qsl(url.query, keep_blank_values=True))
    last, number = page.header("x-wp-totalpages"), asked.get("page", "1")
    if not last.isdecimal() or not number.isdecimal() or int(number) >= int(last):
        return ()
    return (url._replace(query=urlencode(asked | {"page": str(int(number) + 1)})).geturl(),)


def _parse_answer(page: Page) -> object:
    try:
        return json.loads(decode_body(page.body, page.header("content-type")))
    except (ValueError, RecursionError):  # not JSON, or nested without end
        return None


def _build_item(item: dict[str, Any]) -> Announcement:
    file = _text(item.get("source_url"))  # of an item of the type "media": the document itself
    title = _rendered(item.get("title"))
    return Announcement(
        id=f"?p={item.get('id')}",
        title=title,
        content="" if file else _rendered(item.get("content")) or _rendered(item.get("excerpt")),
        address=file or _text(item.get("link")),
        published=_text(item.get("date"))[:10],
    )


def _rendered(value: object) -> str:
    return _text(value.get("rendered")) if isinstance(value, dict) else _text(value)


def _text(value: object) -> str:
    """A string of the answer; half a pair of surrogates, which JSON can spell, becomes "?"."""
    return value.encode(errors="replace").decode() if isinstance(value, str) else ""


def make_adapter(source: Source) -> Adapter:
    """The adapter; items go, as partnerships take them off after a year, unless the source is said to be complete."""
    return Adapter(
        parse,
        follow,
        media=frozenset({"application/json"}),
        needs=frozenset({"link"}),
        lists_all=source.complete is True,
    )
