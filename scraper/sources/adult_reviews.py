"""Source parser for the national library of safeguarding adult reviews: a table for each year."""

import re
from collections.abc import Iterator, Sequence
from urllib.parse import quote, urljoin, urlsplit

from bs4 import BeautifulSoup, Tag
from bs4.element import PreformattedString

from core.records import Link, Page, Review
from scraper import nations
from scraper.adapter import Adapter
from scraper.identity import add_identity
from scraper.text_lines import BLOCK_TAGS, HIDDEN_TAGS, decode_body, normalise_text

YEAR_PATTERN = re.compile(r"\b(?:19|20)\d\d\b")
KIND_PATTERN = re.compile(r"\bSARs?\b|\bsafeguarding adults? reviews?\b", re.I)  # what a year's button calls them
BOARD_PATTERN = re.compile(r"(?P<board>.+\bSafeguarding Adults? (?:Partnership )?Board)\s*[-–—:]\s*(?P<name>.+)", re.I)
PATH_SAFE_CHARS = "/%!$&'()*+,;=:@~"  # stand in a path as they are (RFC 3986 §3.3); "%" begins what is encoded already


def parse(page: Page, source: str) -> tuple[Review, ...]:
    """Every row of every year's table, in the page's order; empty when there is no such table.

    The year is the button's: that in which the library added the review.
    """
    reviews = (_build_review(row, page, source) for row in _review_rows(parse_html(page)))
    return tuple({(review.fingerprint, review.links): review for review in reviews}.values())


def parse_html(page: Page) -> BeautifulSoup:
    """The page's elements."""
    return BeautifulSoup(decode_body(page.body, page.header("content-type")), "lxml")


def element_text(tag: Tag | None) -> str:
    """What an element says, in normal form, with a space wherever a browser would end a line; empty for none."""
    return normalise_text("".join(_iter_strings(tag))) if tag else ""


def _iter_strings(tag: Tag) -> Iterator[str]:
    """The element's strings in order, without recursion: a page may nest as deep as it likes."""
    left: list[object] = [tag]
    while left:
        part = left.pop()
        if isinstance(part, Tag) and part.name not in HIDDEN_TAGS:
            edge = [" "] if part.name in BLOCK_TAGS else []
            left += [*edge, *reversed(part.contents), *edge]
        elif isinstance(part, str) and not isinstance(part, PreformattedString):
            yield str(part)


def link_address(href: object, page: Page) -> str:
    """Where a link leads, absolute and escaped; empty unless that is on the web.

    Spaces and the like are percent-encoded; what is encoded already stays.
    """
    try:
        url = urlsplit(urljoin(page.final_url, str(href or "").strip()))
    except ValueError:  # an address no browser could read, such as http://[
        return ""
    if url.scheme not in {"http", "https"} or not url.netloc or re.search(r"\s", url.netloc):
        return ""
    path, query, fragment = (_escape_part(part) for part in (url.path, url.query, url.fragment))
    return url._replace(path=path, query=query, fragment=fragment).geturl()


def row_cells(row: Tag) -> list[Tag]:
    """A table row's own cells; none of a row that is all heads."""
    return row.find_all(["td", "th"], recursive=False) if row.find("td", recursive=False) else []


def column_heads(row: Tag) -> list[str]:
    """The heads of the table that a row is in, column by column; none where its first row is not of heads."""
    table = row.find_parent("table")
    first = table.select_one("tr") if table else None
    return [element_text(head) for head in first.find_all("th")] if first and not first.find("td") else []


def _escape_part(part: str) -> str:
    return re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", quote(part, safe=f"{PATH_SAFE_CHARS}?", errors="replace"))


def _review_rows(soup: BeautifulSoup) -> Iterator[tuple[str, list[Tag], str]]:
    """Each row under a year's button: the button's words, the cells, the board where a column names it."""
    button = ""
    for tag in soup.select("button.collapsible, div.content tr"):
        if tag.name == "button":
            button = element_text(tag)
            continue
        cells = row_cells(tag)
        first = tag.find_previous_sibling("tr") is None
        if button and cells and element_text(cells[0]) and (tag.find("a", href=True) or not first):
            yield button, cells, _find_board(tag, cells)


def _find_board(row: Tag, cells: Sequence[Tag]) -> str:
    heads = zip(column_heads(row), cells, strict=False)
    return next((element_text(cell) for head, cell in heads if re.search(r"\bboard\b", head, re.I)), "")


def _build_review(row: tuple[str, list[Tag], str], page: Page, source: str) -> Review:
    button, cells, board = row
    heading = element_text(cells[0])
    stated = None if board else BOARD_PATTERN.fullmatch(heading)
    publisher, name = (stated["board"], stated["name"]) if stated else (board, heading)
    year = YEAR_PATTERN.search(button)
    return add_identity(
        Review(
            source=source,
            publisher=publisher,
            name=name,
            year=int(year[0]) if year else None,
            title=f"{publisher} – {name}" if publisher else name,
            links=_row_links(cells, page),
            heading=heading,
            raw="\n".join(filter(None, map(element_text, cells))),
            nation=nations.find_nation(publisher),
            kind="Safeguarding adult review" if KIND_PATTERN.search(button) else None,
        )
    )


def _row_links(cells: Sequence[Tag], page: Page) -> tuple[Link, ...]:
    anchors = [anchor for cell in cells for anchor in cell.find_all("a", href=True)]
    links = (Link(element_text(anchor), link_address(anchor["href"], page)) for anchor in anchors)
    return tuple({link.url: link for link in links if link.url}.values())


ADAPTER = Adapter(parse, needs=frozenset({"year", "link"}))
