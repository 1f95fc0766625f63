"""Source parser for the NSPCC catalogue (IS Oxford Heritage): a record a page, read by its labels.

A label is an element of class `fulllabel`; its value is what follows it, up to the next label. The markup
around them differs (rows of a table, blocks, a definition list), so only their order is relied on.
"""

import html
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from urllib.parse import parse_qsl, quote, urldefrag, urljoin, urlsplit

from bs4 import BeautifulSoup, Tag
from bs4.element import NavigableString, PageElement, PreformattedString

from core.errors import PageError
from core.records import Link, Page, PageReading
from scraper import entry_parser, grammar, nations
from scraper.adapter import Adapter
from scraper.entries import ListingEntry
from scraper.grammar import Heading
from scraper.identity import CATALOGUE_PATTERN, add_identity, catalogue_number
from scraper.line_builder import TextLine
from scraper.page_text import normalise_text, read_html
from scraper.text_lines import extract_lines

LABEL_CLASS, NEXT_CLASS = "fulllabel", "navNext"
VALUE_SEPARATOR = "\ue000"  # for private use (Unicode §23.5): no page has it
FIELD_LABELS = {  # what a field is for us: its labels, in small letters
    "title": re.compile(r"(main |full )?title$"),
    "abstract": re.compile(r"(abstract|summary)s?$"),
    "keywords": re.compile(r"(key ?words?|subjects?|descriptors?)( terms?)?$"),
    "number": re.compile(r"(record|catalogue|accession|control) (number|no|id)\b|ref(erence)?( number| no)?$|number$"),
    "publisher": re.compile(r"publishers?$|published by$"),
    "board": re.compile(r"(safeguarding )?(board|partnership)s?$|lscb$|lscp$|corporate authors?$"),
    "author": re.compile(r"authors?$"),
    "year": re.compile(r"(date|year) (of publication|published)$|publication (date|year)$|published$|year$"),
    "date": re.compile(r"date$"),
    "own": re.compile(r"title|other|perma|(\w+ )?links?$"),  # may hold the record's own address, and no other record's
}
ORGANISATION_WORDS = re.compile(  # an author that publishes reviews, and no person
    r"\b(board|partnership|committee|council|lscb|lscp|scb|scp|panel|service|trust|authority|anonymous)\b", re.I
)
YEAR_PATTERN = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)")
# Record 1 of 1,466; 1 of 1,466; item 1/1466; 1,466 records found; your search found 1,466 records
RECORD_COUNT = re.compile(
    r"\s*(?:(?:(?:record|result|item|hit)s?|showing|displaying|viewing)\s+[\d,]+(?:\s*(?:-|–|to)\s*[\d,]+)?"
    r"\s*(?:\bof\b|/)\s*(?P<total>[\d,]{1,9})\b|[\d,]{1,9}\s+of\s+(?P<bare>[\d,]{1,9})\s*$"
    r"|(?:(?:your )?search )?(?:found|returned|retrieved)\s+(?P<search>[\d,]{1,9})\s+(?:records?|results?|hits?)\b"
    r"|(?P<found>[\d,]{1,9})\s+(?:records?|results?|hits?)(?:\s+found)?\s*$)",
    re.I,
)
# Words beside figures that stand in tags of their own
COUNT_PART = re.compile(r"^\s*(?:of|/)\s*$|\bof\s*$|\bfound\b|^\s*(?:records?|results?|hits?)\b", re.I)
CATALOGUE_PAGE = re.compile(r"(search|retrieve)\d*", re.I)  # the catalogue's own pages; its files are elsewhere
END_TAGS = frozenset("footer form hr nav script".split())  # what ends a record that nothing else ends
ROOT_TAGS = frozenset("[document] html body form main table tbody".split())


@dataclass(frozen=True, slots=True)
class RecordField:
    """One field of a record: its label as published, its value as lines."""

    label: str
    lines: tuple[TextLine, ...]

    @property
    def text(self) -> str:
        """The value, a line a line."""
        return "\n".join(line.text for line in self.lines if line.text)

    def named(self, name: str) -> bool:
        """Whether this is the field that FIELD_LABELS calls `name`."""
        return FIELD_LABELS[name].match(self.label.casefold()) is not None


@dataclass(frozen=True, slots=True)
class CatalogueRecord:
    """What a page shows: the record's fields in order, the page's own links, the address of the next, how many."""

    fields: tuple[RecordField, ...]
    links: tuple[Link, ...]  # outside the fields
    host: str
    next: str  # absolute; empty at the end of the results
    total: int | None  # records in all, where the page says
    leads_on: bool  # there is a way to the next that is no address

    def value(self, *names: str) -> str:
        """The text of the first field that is there and not empty, by the order of the names."""
        return next((field.text for name in names for field in self.fields if field.named(name) and field.text), "")


def parse(page: Page, source: str) -> PageReading:
    """The record on the page as a review: one, or none when the page shows no record.

    Name and publisher are as published; a record without a title is called by its number.
    """
    record = _parse_record(page)
    number = _find_number(record)
    name = normalise_text(record.value("title")) or number
    abstract = [line for field in record.fields if field.named("abstract") for line in field.lines]
    if not name or not (record.value("title") or abstract):
        return PageReading()
    if record.total is None and record.leads_on:
        raise PageError("the way to the next record is a button or a script, and no count tells how many there are")
    found = YEAR_PATTERN.search(record.value("year") or record.value("date"))
    heading = Heading(int(found[0]) if found else 0, None, _find_publisher(record), name, weak=False)
    words = record.value("keywords")
    review = entry_parser.parse_entry(
        ListingEntry(heading, TextLine(name, name), abstract), source, labelled_keywords=bool(words)
    )
    review = replace(
        review,
        year=heading.year or None,
        title=f"{heading.publisher} – {name}" if heading.publisher else name,
        keywords=grammar.split_keywords(words) or review.keywords,
        links=_report_links(record, number),
        raw="\n".join(f"{field.label}: {field.text}" for field in record.fields),
    )
    review = nations.add_nation(add_identity(review))  # its number may stand on the page without a link
    return PageReading((replace(review, catalogue=number, key=number) if number else review,), total=record.total)


def follow(page: Page) -> tuple[str, ...]:
    """The address of the next record, which lives as long as its session; nothing after the last.

    A page that is no record leads nowhere.
    """
    record = _parse_record(page)
    return (record.next,) if record.fields and record.next else ()


def _find_number(record: CatalogueRecord) -> str:
    """The catalogue number: a field of its own, else the one number that the page's links ask for; else empty."""
    for field in record.fields:
        if field.named("number") and CATALOGUE_PATTERN.fullmatch(number := normalise_text(field.text).upper()):
            return number
    own = replace(record, fields=tuple(field for field in record.fields if field.named("own")))
    asked = {catalogue_number([link]) for link in _durable_links(own)} - {""}
    return asked.pop() if len(asked) == 1 else ""


def _find_publisher(record: CatalogueRecord) -> str:
    """Who published the review, as published; empty where only a person is named, or nobody."""
    named = normalise_text(record.value("publisher", "board").replace("\n", "; "))
    author = normalise_text(record.value("author").replace("\n", "; "))
    return named or (author if ORGANISATION_WORDS.search(author) or nations.find_nation(author) else "")


def _durable_links(record: CatalogueRecord) -> Iterator[Link]:
    """The links that outlive a session: the record's, then the page's."""
    for link in (*(link for field in record.fields for line in field.lines for link in line.links), *record.links):
        if not any(name.lower() == "setid" for name, _ in parse_qsl(urlsplit(link.url).query)):
            yield link


def _report_links(record: CatalogueRecord, number: str) -> tuple[Link, ...]:
    """The reports, then the record's durable address if the page shows it: nothing that ends with a session."""
    found: dict[str, str] = {}
    for field in record.fields:
        for link in (link for line in field.lines for link in line.links):
            where = urlsplit(link.url)
            if where.hostname != record.host or not CATALOGUE_PAGE.fullmatch(where.path.rpartition("/")[2]):
                found[link.url] = found.get(link.url) or link.text
    for link in _durable_links(record):
        if number and catalogue_number([link]) == number:
            found[urljoin(link.url, f"?searchTerm0={quote(number)}")] = link.text
            break
    return tuple(Link(text, url) for url, text in found.items())


@lru_cache(maxsize=2)  # parse and follow ask for the same page
def _parse_record(page: Page) -> CatalogueRecord:
    soup = BeautifulSoup(read_html(page), "lxml")
    based = soup.find("base", href=True)
    base = urljoin(page.final_url, str(based["href"])) if isinstance(based, Tag) else page.final_url
    labels = [label for label in soup.find_all(class_=LABEL_CLASS) if not label.find_parent(class_=LABEL_CLASS)]
    values = [list(_value_nodes(label)) for label in labels]
    inside = {id(anchor) for value in values for node in value for anchor in _iter_anchors(node)}
    outside: list[PageElement] = [anchor for anchor in _iter_anchors(soup) if id(anchor) not in inside]
    *read, rest = _value_lines(page, base, [*values, outside])
    fields: list[RecordField] = []
    for label, value in zip(labels, read, strict=True):
        words = normalise_text(label.get_text(" ")).rstrip(": ")
        if not words and fields:  # a further value of the field above
            fields[-1] = replace(fields[-1], lines=(*fields[-1].lines, *value))
        else:
            fields.append(RecordField(words, value))
    links = tuple(link for line in rest for link in line.links)
    own = {id(string) for value in values for node in value for string in _iter_strings(node)}
    counts = [str(string) for string in soup.find_all(string=RECORD_COUNT) if id(string) not in own]
    parts = [string.parent for string in soup.find_all(string=COUNT_PART) if id(string) not in own and not counts]
    total = _stated_total([*counts, *(normalise_text(tag.get_text(" ")) for tag in parts if isinstance(tag, Tag))])
    address = _next_address(soup, base)
    leads_on = not address and any(map(_is_button, soup.find_all(class_=NEXT_CLASS)))
    return CatalogueRecord(tuple(fields), links, urlsplit(base).hostname or "", address, total, leads_on)


def _stated_total(strings: Iterable[str]) -> int | None:
    """How many records the search has, as the page says beside the record."""
    counts = (RECORD_COUNT.match(string) for string in strings)
    figures = (str(count[count.lastindex or 0]).replace(",", "") for count in counts if count)
    return next((int(figure) for figure in figures if figure), None)


def _iter_strings(node: PageElement) -> Iterator[PageElement]:
    if isinstance(node, Tag):
        yield from node.find_all(string=True)
    else:
        yield node


def _value_lines(page: Page, base: str, values: Iterable[Iterable[PageElement]]) -> list[tuple[TextLine, ...]]:
    """The values as lines. They are read as one page, parted by a mark: a page for each takes three times as long."""
    parts = [
        "".join(html.escape(node) if isinstance(node, NavigableString) else str(node) for node in value)
        for value in values
    ]
    body = f'<base href="{html.escape(base)}"><body>' + f"<p>{VALUE_SEPARATOR}</p>".join(
        part.replace(VALUE_SEPARATOR, "") for part in parts
    )
    found: list[list[TextLine]] = [[]]
    for line in extract_lines(replace(page, body=body.encode(), headers=())):
        if line.text == VALUE_SEPARATOR:
            found.append([])
        else:
            found[-1].append(line)
    return [tuple(value) for value in found]


def _value_nodes(label: Tag) -> Iterator[PageElement]:
    """What follows a label up to the next: beside it, or beside what holds it and no other label."""
    node: Tag = label
    while True:
        beside = list(node.next_siblings)
        if any(_may_be_value(sibling) for sibling in beside):
            break
        parent = node.parent
        if parent is None or parent.name in ROOT_TAGS or len(parent.find_all(class_=LABEL_CLASS)) > 1:
            return
        node = parent
    for sibling in beside:
        if isinstance(sibling, Tag) and (
            _has_class(sibling, LABEL_CLASS) or sibling.name in END_TAGS or _has_class(sibling, NEXT_CLASS)
        ):
            return
        if not isinstance(sibling, PreformattedString):
            yield sibling
    if node.parent is not None and node.parent.name == "tr":
        yield from _further_rows(node.parent)


def _further_rows(row: Tag) -> Iterator[PageElement]:
    """The rows below that begin with an empty cell: further values of the same field."""
    for below in row.next_siblings:
        if not isinstance(below, Tag):
            continue
        cell = below.find(["td", "th"])
        if (
            cell is None
            or normalise_text(cell.get_text())
            or _has_class(below, LABEL_CLASS)
            or _has_class(below, NEXT_CLASS)
        ):
            return
        yield below


def _may_be_value(node: PageElement) -> bool:
    """Whether a node may be a value: an element that can hold one, or words."""
    if isinstance(node, Tag):
        return node.name != "br"
    return not isinstance(node, PreformattedString) and bool(normalise_text(str(node)).strip(" :"))


def _has_class(tag: Tag, class_: str) -> bool:
    return class_ in (tag.get("class") or ()) or tag.find(class_=class_) is not None


def _iter_anchors(node: PageElement) -> Iterator[Tag]:
    if isinstance(node, Tag):
        yield from [node] if node.name == "a" else node.find_all("a", href=True)


def _next_address(soup: BeautifulSoup, base: str) -> str:
    """The address behind the link to the next record, on the same host."""
    for marked in soup.find_all(class_=NEXT_CLASS):
        for anchor in _iter_anchors(marked):
            href = str(anchor.get("href") or "").strip()
            try:
                address = urldefrag(urljoin(base, href)).url
            except ValueError:  # an address no browser could read
                continue
            if href and href[0] != "#" and urlsplit(address)[:2] == urlsplit(base)[:2]:
                return address
    return ""


def _is_button(marked: Tag) -> bool:
    """Whether what is marked as the way to the next record is pressed, not followed; one that is greyed out is none."""
    for tag in (marked, *marked.find_all(["a", "button", "input"])):
        href, pressed = str(tag.get("href") or ""), tag.name in ("button", "input") or tag.has_attr("onclick")
        if (pressed or href.lower().startswith("javascript:")) and not tag.has_attr("disabled"):
            return True
    return False


ADAPTER = Adapter(parse, follow, needs=frozenset({"text"}))  # about a record's publisher nothing can be required
