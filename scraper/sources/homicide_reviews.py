"""The Home Office library of domestic homicide reviews: pages of cards or rows."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import zip_longest
from urllib.parse import parse_qsl, urlencode, urlsplit

from bs4 import BeautifulSoup, Tag

from core.records import Link, Page, Review, Section
from scraper.adapter import Adapter
from scraper.grammar import MONTHS
from scraper.identity import identified
from scraper.lines import normal
from scraper.sources.adult_reviews import address, cells_of, heads_of, text, tree

CARD = 'section[aria-label^="DHR result" i]'
FIELDS = ("partnership", "region", "upload", "death")  # a word of each label, in the order shown
LABELS = {"region": "Region", "death": "Date of death"}  # of the sections, where the page has no label
ENGLAND = "east midlands|east of england|london|north east|north west|south east|south west|west midlands|yorkshire.*"
REGIONS = {"England": re.compile(ENGLAND, re.I), "Wales": re.compile("wales", re.I)}
KIND = re.compile(r"\bdomestic (?:homicide|abuse[ -]related death) review\b", re.I)
PAGE_NUMBER = "pagination[pageNumber]"  # the first page is 0
SHOWN = re.compile(r"showing results? ([\d,]{1,9}) ?(?:-|–|to) ?([\d,]{1,9}) of ([\d,]{1,9})", re.I)
DATE = re.compile(  # from its month: the day is not kept
    r"\b(?P<month>\d{1,2}|"
    + "|".join(f"{m[:3]}(?:{m[3:]})?" for m in MONTHS)
    + r"|Sept)[,.]?[ /.-](?P<year>(?:19|20)\d\d)\b",
    re.I,
)
ISO_DATE = re.compile(r"\b(?P<year>(?:19|20)\d\d)-(?P<month>\d\d)-\d\d")
YEAR = re.compile(r"\b(?P<year>(?:19|20)\d\d)\b")
Cells = tuple[tuple[str, str], ...]  # label, value; the label empty where there is none


@dataclass(frozen=True, slots=True)
class _Row:
    """One review as the page shows it."""

    title: str
    cells: Cells
    links: tuple[Link, ...]


def parse(page: Page, source: str) -> tuple[Review, ...]:
    """Every review on the page, in its order; empty when there are no rows.

    Year and month are those of the upload: the page tells no date of publication.
    """
    reviews = (_review(row, source) for row in _rows(tree(page), page))
    return tuple({(review.fingerprint, review.links): review for review in reviews}.values())


def follow(page: Page) -> tuple[str, ...]:
    """The address of the next page, until the last: by the count shown, else by the links to other pages."""
    soup, url = tree(page), urlsplit(page.final_url)
    number = _number(url.query)
    if not any(_rows(soup, page)) or not _more(soup, number):
        return ()
    asked = [(name, value) for name, value in parse_qsl(url.query, keep_blank_values=True) if name != PAGE_NUMBER]
    return (url._replace(query=urlencode([(PAGE_NUMBER, number + 1), *asked])).geturl(),)


def dated(words: str) -> tuple[int | None, int | None]:
    """Year and month of a date as British pages write it; None for what it does not tell.

    >>> dated("12/06/2024"), dated("3 Sept 2023"), dated("2019"), dated("not known")
    ((2024, 6), (2023, 9), (2019, None), (None, None))
    """
    found = DATE.search(words) or ISO_DATE.search(words)
    if not found:
        year = YEAR.search(words)
        return (int(year["year"]) if year else None), None
    month = found["month"].lower()
    number = int(month) if month.isdecimal() else [name[:3] for name in MONTHS].index(month[:3]) + 1
    return int(found["year"]), number if 1 <= number <= 12 else None


def _number(query: str) -> int:
    """The number of the page that an address asks for."""
    number = dict(parse_qsl(query)).get(PAGE_NUMBER, "")
    return int(number) if re.fullmatch(r"[0-9]{1,6}", number) else 0


def _more(soup: BeautifulSoup, number: int) -> bool:
    """Whether there is a page after this one. A server that shows the first page whatever is asked has no next."""
    shown = SHOWN.search(text(soup))
    if shown:
        first, last, total = (int(figure.replace(",", "") or 0) for figure in shown.groups())
        return last < total and (number == 0 or first > 1)
    queries = (str(anchor["href"]).partition("?")[2] for anchor in soup.find_all("a", href=True))
    return any(_number(query) == number + 1 for query in queries)


def _rows(soup: BeautifulSoup, page: Page) -> Iterator[_Row]:
    """The page's cards, or else the rows of its tables that have downloads; what has no title is no review."""
    cards = soup.select(CARD)
    for tag in cards or soup.select('table:has(a[href*="/download/"]) tr'):
        title, cells = _card(tag) if cards else _table_row(tag)
        if title:
            yield _Row(title, cells, _links(tag, page))


def _card(card: Tag) -> tuple[str, Cells]:
    """A card's title, without what other elements add inside it, and its values."""
    heading = card.find(["h2", "h3", "h4"])
    if not isinstance(heading, Tag):
        return "", ()
    own = normal("".join(heading.find_all(string=True, recursive=False)))
    values = card.select("[class*=detail-value], dd")
    known = set(map(id, values))
    return own or text(heading), tuple((_label(value, known), text(value)) for value in values)


def _label(value: Tag, values: set[int]) -> str:
    """What stands before a value, unless that is another value."""
    before = value.find_previous_sibling()
    return text(before).rstrip(" :") if isinstance(before, Tag) and id(before) not in values else ""


def _table_row(row: Tag) -> tuple[str, Cells]:
    """A row's title, which is its first cell, and its other cells but those of downloads; nothing of a row of heads."""
    cells = cells_of(row)
    labelled = list(zip_longest(heads_of(row)[: len(cells)], cells))[1:]
    values = ((head or "", cell) for head, cell in labelled if cell and not cell.find("a", href=True))
    return text(cells[0]) if cells else "", tuple((head, text(cell)) for head, cell in values)


def _links(row: Tag, page: Page) -> tuple[Link, ...]:
    """The row's downloads, each once: the page links it to be seen and to be kept."""
    links: dict[str, Link] = {}
    for anchor in row.select('a[href*="/download/"]'):
        if url := address(anchor["href"], page):
            links.setdefault(url, Link(text(anchor), url))
    return tuple(links.values())


def _review(row: _Row, source: str) -> Review:
    fields = _fields(row.cells)
    publisher, region = fields["partnership"][1], fields["region"][1]
    year, month = dated(fields["upload"][1])
    kind = KIND.search(row.title)
    labelled = ((fields[field][0] or LABELS[field], fields[field][1]) for field in LABELS)
    return identified(
        Review(
            source=source,
            publisher=publisher,
            name=row.title,
            year=year,
            month=month,
            title=f"{publisher} – {row.title}" if publisher else row.title,
            sections=tuple(Section("other", label, value) for label, value in labelled if value),
            links=row.links,
            heading=row.title,
            raw="\n".join([row.title, *(word for cell in row.cells for word in cell if word)]),
            nation=next((nation for nation, names in REGIONS.items() if names.fullmatch(region)), None),
            kind=kind[0].capitalize() if kind else None,
        )
    )


def _fields(cells: Cells) -> dict[str, tuple[str, str]]:
    """The label and the value of each of FIELDS: by its label, or by its place where no label is known."""
    named = {field: cell for cell in reversed(cells) for field in FIELDS if field in cell[0].lower()}
    return dict.fromkeys(FIELDS, ("", "")) | (named or dict(zip(FIELDS, cells, strict=False)))


ADAPTER = Adapter(parse, follow, needs=frozenset({"publisher", "year", "link"}))
