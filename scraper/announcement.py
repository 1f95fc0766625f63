"""Announcements: the items of a feed or of a site's interface as reviews; pure."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from core.records import Link, Page, PageReading, Review
from core.source_records import Leftover
from scraper.document_links import clean_title, entry_links, is_document, unique_links
from scraper.identity import add_identity, address_key, key_reviews
from scraper.line_builder import TextLine
from scraper.markup import link_address
from scraper.page_text import normalise_text
from scraper.publication_date import parse_year_month
from scraper.text_lines import extract_lines


def html_lines(html: str, page: Page) -> tuple[TextLine, ...]:
    """The lines of a piece of HTML that stands in a page."""
    return extract_lines(replace(page, headers=(), body=f"<div>{html}</div>".encode())) if html.strip() else ()


@dataclass(frozen=True, slots=True)
class Announcement:
    """An item as its site words it, identified by `id`."""

    id: str  # the site's own: an address, or any words
    title: str  # HTML
    content: str  # HTML
    address: str  # of its own page
    published: str  # a date, as written
    documents: tuple[Link, ...] = ()  # that it states beside its content, at addresses by `link_address`


def read_announcements(items: Iterable[Announcement], page: Page, source: str, total: int | None = None) -> PageReading:
    """The items as reviews in their order; one without a title is left over."""
    items = list(items)
    known = [(item, html_lines(item.content, page)) for item in items]
    titles = [normalise_text(" ".join(line.text for line in html_lines(item.title, page))) for item in items]
    reviews = [
        (_build_review(item, title, lines, page, source), _item_key(item, page))
        for (item, lines), title in zip(known, titles, strict=True)
        if title
    ]
    untitled = [
        Leftover(next((line.text for line in lines if line.text), item.address)[:200], "an entry without a title")
        for (item, lines), title in zip(known, titles, strict=True)
        if not title
    ]
    return PageReading(key_reviews(reviews), leftovers=tuple(untitled), total=total, lists_none=not items)


def _item_key(item: Announcement, page: Page) -> str:
    """A key that lasts, made of the item's id, which need not be one of all the world."""
    host = urlsplit(page.final_url).hostname or ""
    identity = item.id or item.address
    try:
        return address_key(identity if "://" in identity else f"http://{host}/{identity}") if identity else ""
    except ValueError:  # an address no browser could read, such as http://[
        return address_key(f"http://{host}/{identity}")


def _build_review(item: Announcement, heading: str, lines: Sequence[TextLine], page: Page, source: str) -> Review:
    """The item as a review, its documents its links, or else its own page.

    The year and month are those in which the item was published, and the publisher is the configuration's.
    """
    own = link_address(item.address, page) if item.address else ""
    linked = [link for link in entry_links(lines, page) if is_document(link)]
    shown = {own: Link(heading, own)}
    shown |= {link_address(link.url, page): link for line in lines[::-1] for link in line.links[::-1] if link.text}
    stated = [(link, shown.get(link.url, link)) for link in item.documents]
    documents = [replace(same, text=link.text or same.text) for link, same in stated]
    year, month = parse_year_month(item.published)
    name = clean_title(heading) or heading
    return add_identity(
        Review(
            source=source,
            publisher="",
            name=name,
            year=year,
            month=month,
            title=name,
            summary="\n".join(line.text for line in lines if line.text and not line.links_only),
            links=unique_links([*documents, *linked]) or ((Link(heading, own),) if own else ()),
            heading=heading,
            raw="\n".join([heading, *(line.text for line in lines), *filter(None, [item.published])]),
        )
    )
