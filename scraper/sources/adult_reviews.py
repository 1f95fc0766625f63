"""Source parser for the national library of safeguarding adult reviews: a table for each year."""

import re
from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup, Tag

from core.records import Link, Page, PageReading, Review
from core.source_records import Leftover
from scraper import nations
from scraper.adapter import Adapter
from scraper.identity import add_identity, address_key, key_reviews
from scraper.markup import column_heads, element_text, is_head_row, link_address, parse_html, row_cells
from scraper.page_text import normalise_text
from scraper.review_kinds import ADULT_KIND, ADULT_PATTERN
from scraper.section_headings import year_of_heading

YEAR_PATTERN = re.compile(r"\b(?:19|20)\d\d\b")
BOARD_PATTERN = re.compile(
    r"(?P<board>.+\b(?:Safeguarding Adults? (?:Partnership )?Board|SAB|SAPB))\s*[-–—:]\s*(?P<name>.+)", re.I
)
FILE_NAME = re.compile(r"(?P<name>.*\w.*)\.(?:pdf|docx?|odt|rtf)", re.I)  # a title that is the name of its file
FEWEST_ROWS = 4  # that tell which column says the same again and again
_Row = tuple[str, list[Tag], str]  # the button's words, the cells, the board where a column's head names it
NO_TITLE = re.compile(r"(download|view|read|open|report|pdf|link|here)( (the )?(report|here|pdf))?", re.I)


def parse(page: Page, source: str) -> PageReading:
    """Every row of every year's table, in the page's order; empty when there is no such table.

    The year is the button's: that in which the library added the review.
    """
    rows, untold = _part_rows(parse_html(page))
    boards = _first_column_is_board([cells for _, cells, board in rows if not board])
    reviews = (_build_review(row, page, source, boards) for row in rows)
    return PageReading(
        key_reviews(
            (review, address_key(review.links[0].url) if review.links else "") for review in reviews if review.name
        ),
        leftovers=tuple(Leftover(words, "a first row without a link: of heads, or of a review") for words in untold),
    )


def _part_rows(soup: BeautifulSoup) -> tuple[list[_Row], list[str]]:
    """The rows under a year's button; the words of first rows that may be heads or a review without its report."""
    rows: list[_Row] = []
    untold: list[str] = []
    button = ""
    for tag in soup.select("button.collapsible, h2, h3, h4, summary, div.content tr"):
        if tag.name != "tr":
            said = element_text(tag)
            button = said if tag.name == "button" or year_of_heading(said) else button
            continue
        cells = row_cells(tag)
        words = [element_text(cell) for cell in cells]
        if not cells:
            continue
        if tag.find("a", href=True) is not None or (words[0] and tag.find_previous_sibling("tr") is not None):
            rows.append((button, cells, _find_board(tag, cells)))
        elif words[0] and not is_head_row(tag):
            untold.append(" ".join(filter(None, words)))
    return rows, untold


def _first_column_is_board(rows: Sequence[Sequence[Tag]]) -> bool:
    """Whether the first of two columns of words says the same again and again, so that the titles are in the second."""
    if len(rows) < FEWEST_ROWS or any(len(cells) < 3 or cells[1].find("a", href=True) for cells in rows):
        return False
    firsts, seconds = ({element_text(cells[n]) for cells in rows} for n in (0, 1))
    return len(firsts) * 2 <= len(rows) and len(seconds) > len(firsts)


def _find_board(row: Tag, cells: Sequence[Tag]) -> str:
    heads = zip(column_heads(row), cells, strict=False)
    return next((element_text(cell) for head, cell in heads if re.search(r"\bboard\b", head, re.I)), "")


def _build_review(row: _Row, page: Page, source: str, boards: bool) -> Review:
    """The review of a row. `boards`: where no head names a board's column, it is the first."""
    button, cells, board = row
    if boards and not board:
        board, cells = element_text(cells[0]), cells[1:]
    links, heading = _row_links(cells, page), element_text(cells[0])
    if links and (not heading or NO_TITLE.fullmatch(heading)):
        heading = normalise_text(unquote(urlsplit(links[0].url).path.rpartition("/")[2]))
    words = _strip_file_name(heading)
    stated = None if board else BOARD_PATTERN.fullmatch(words)
    publisher, name = (stated["board"], stated["name"]) if stated else (board, words)
    year = YEAR_PATTERN.search(button)
    return add_identity(
        Review(
            source=source,
            publisher=publisher,
            name=name,
            year=int(year[0]) if year else None,
            title=f"{publisher} – {name}" if publisher else name,
            links=links,
            heading=heading,
            raw="\n".join(filter(None, map(element_text, row[1]))),
            nation=nations.find_nation(publisher),
            kind=ADULT_KIND if ADULT_PATTERN.search(button) else None,
        )
    )


def _strip_file_name(heading: str) -> str:
    """A title as words: "HSAB_SAR_Wren.pdf" as "HSAB SAR Wren"."""
    file = FILE_NAME.fullmatch(heading)
    return normalise_text(unquote(file["name"]).replace("_", " ")) if file else heading


def _row_links(cells: Sequence[Tag], page: Page) -> tuple[Link, ...]:
    anchors = [anchor for cell in cells for anchor in cell.find_all("a", href=True)]
    links = (Link(element_text(anchor), link_address(anchor["href"], page)) for anchor in anchors)
    return tuple({link.url: link for link in links if link.url}.values())


ADAPTER = Adapter(parse, needs=frozenset({"year", "link"}))
