"""The national library of safeguarding adult reviews: one page, a table for each year."""

import re
from collections.abc import Iterator, Sequence
from urllib.parse import quote, urljoin, urlsplit

from bs4 import BeautifulSoup, Tag
from bs4.element import PreformattedString

from core.records import Link, Page, Review
from scraper import places
from scraper.adapter import Adapter
from scraper.identity import identified
from scraper.lines import BLOCKS, UNSEEN, decode, normal

YEAR = re.compile(r"\b(?:19|20)\d\d\b")
KIND = re.compile(r"\bSARs?\b|\bsafeguarding adults? reviews?\b", re.I)  # what a year's button calls them
BOARD = re.compile(r"(?P<board>.+\bSafeguarding Adults? (?:Partnership )?Board)\s*[-–—:]\s*(?P<name>.+)", re.I)
LEGAL = "/%!$&'()*+,;=:@~"  # stand in a path as they are (RFC 3986 §3.3); "%" begins what is encoded already


def parse(page: Page, source: str) -> tuple[Review, ...]:
    """Every row of every year's table, in the page's order; empty when there is no such table.

    The year is the button's: that in which the library added the review.
    """
    reviews = (_review(row, page, source) for row in _rows(tree(page)))
    return tuple({(review.fingerprint, review.links): review for review in reviews}.values())


def tree(page: Page) -> BeautifulSoup:
    """The page's elements."""
    return BeautifulSoup(decode(page.body, page.header("content-type")), "lxml")


def text(tag: Tag | None) -> str:
    """What an element says, in normal form, with a space wherever a browser would end a line; empty for none."""
    return normal("".join(_said(tag))) if tag else ""


def _said(tag: Tag) -> Iterator[str]:
    """The element's strings in order, without recursion: a page may nest as deep as it likes."""
    left: list[object] = [tag]
    while left:
        part = left.pop()
        if isinstance(part, Tag) and part.name not in UNSEEN:
            edge = [" "] if part.name in BLOCKS else []
            left += [*edge, *reversed(part.contents), *edge]
        elif isinstance(part, str) and not isinstance(part, PreformattedString):
            yield str(part)


def address(href: object, page: Page) -> str:
    """Where a link leads, absolute and escaped; empty unless that is on the web.

    Spaces and the like are percent-encoded; what is encoded already stays.
    """
    try:
        url = urlsplit(urljoin(page.final_url, str(href or "").strip()))
    except ValueError:  # an address no browser could read, such as http://[
        return ""
    if url.scheme not in {"http", "https"} or not url.netloc or re.search(r"\s", url.netloc):
        return ""
    path, query, fragment = (_escaped(part) for part in (url.path, url.query, url.fragment))
    return url._replace(path=path, query=query, fragment=fragment).geturl()


def cells_of(row: Tag) -> list[Tag]:
    """A table row's own cells; none of a row that is all heads."""
    return row.find_all(["td", "th"], recursive=False) if row.find("td", recursive=False) else []


def heads_of(row: Tag) -> list[str]:
    """The heads of the table that a row is in, column by column; none where its first row is not of heads."""
    table = row.find_parent("table")
    first = table.select_one("tr") if table else None
    return [text(head) for head in first.find_all("th")] if first and not first.find("td") else []


def _escaped(part: str) -> str:
    return re.sub(r"%(?![0-9A-Fa-f]{2})", "%25", quote(part, safe=f"{LEGAL}?", errors="replace"))


def _rows(soup: BeautifulSoup) -> Iterator[tuple[str, list[Tag], str]]:
    """Each row under a year's button: the button's words, the cells, the board where a column names it."""
    button = ""
    for tag in soup.select("button.collapsible, div.content tr"):
        if tag.name == "button":
            button = text(tag)
            continue
        cells = cells_of(tag)
        first = tag.find_previous_sibling("tr") is None
        if button and cells and text(cells[0]) and (tag.find("a", href=True) or not first):
            yield button, cells, _board(tag, cells)


def _board(row: Tag, cells: Sequence[Tag]) -> str:
    heads = zip(heads_of(row), cells, strict=False)
    return next((text(cell) for head, cell in heads if re.search(r"\bboard\b", head, re.I)), "")


def _review(row: tuple[str, list[Tag], str], page: Page, source: str) -> Review:
    button, cells, board = row
    heading = text(cells[0])
    stated = None if board else BOARD.fullmatch(heading)
    publisher, name = (stated["board"], stated["name"]) if stated else (board, heading)
    year = YEAR.search(button)
    return identified(
        Review(
            source=source,
            publisher=publisher,
            name=name,
            year=int(year[0]) if year else None,
            title=f"{publisher} – {name}" if publisher else name,
            links=_links(cells, page),
            heading=heading,
            raw="\n".join(filter(None, map(text, cells))),
            nation=places.nation(publisher),
            kind="Safeguarding adult review" if KIND.search(button) else None,
        )
    )


def _links(cells: Sequence[Tag], page: Page) -> tuple[Link, ...]:
    anchors = [anchor for cell in cells for anchor in cell.find_all("a", href=True)]
    links = (Link(text(anchor), address(anchor["href"], page)) for anchor in anchors)
    return tuple({link.url: link for link in links if link.url}.values())


ADAPTER = Adapter(parse, needs=frozenset({"year", "link"}))
