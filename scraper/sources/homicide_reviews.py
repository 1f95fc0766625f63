"""Source parser for the Home Office library of domestic homicide reviews: cards or table rows."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import zip_longest
from urllib.parse import parse_qsl, urlencode, urlsplit

from bs4 import BeautifulSoup, Tag

from core.config.source_table import Source
from core.errors import PageError
from core.folding import fold
from core.records import Link, Page, PageReading, Review, Section
from core.states import Nation
from scraper.adapter import Adapter
from scraper.identity import add_identity, key_reviews
from scraper.markup import column_heads, element_text, link_address, parse_html, row_cells
from scraper.page_text import normalise_text
from scraper.publication_date import parse_year_month
from scraper.result_count import stated_total

CARD_SELECTOR = 'section[aria-label^="DHR result" i]'
FIELD_LABELS = {  # what each value of a card is called, in the order shown
    "partnership": re.compile(r"(?!.*region)(csp\b|.*partnership).*", re.I),
    "region": re.compile(r".*region.*", re.I),
    "upload": re.compile(r".*(upload|publi|\badded\b).*", re.I),
    "death": re.compile(r".*death.*", re.I),
}
DEFAULT_LABELS = {"region": "Region", "death": "Date of death"}  # of the sections, where the page has no label
ENGLISH_REGIONS = (
    "(greater )?london|east|eastern( england)?|east midlands|east of england|(north|south) (east|west)"
    "|west midlands|midlands|yorkshire.*|england"
)
REGION_PATTERNS: dict[Nation, re.Pattern[str]] = {
    "England": re.compile(ENGLISH_REGIONS, re.I),
    "Wales": re.compile("((north|south|mid|west) )?wales", re.I),
}
KIND_PATTERN = re.compile(r"\bdomestic (?:homicide|abuse[ -]related death) review\b", re.I)
CARD_NAME = re.compile(  # what a card calls itself: "DHR result Mr B - Norfolk - 2022/a - DHR"
    r"DHR result (?P<whole>(?P<name>.+) [-–—] \d{4}(?:/\w+)? [-–—] (?P<kind>DHR|DARDR))", re.I
)
KINDS = {"DHR": "Domestic homicide review", "DARDR": "Domestic abuse related death review"}
DOWNLOAD_ID = re.compile(r"/download/([0-9a-f]{24})/?", re.I)  # stays with a review, whatever it is called
PAGE_PARAMETER = "pagination[pageNumber]"  # the first page is 0
RESULT_COUNT = re.compile(
    r"\b(?:showing|displaying|viewing|results?|reviews?) (?:results? |reviews? )?"
    r"([\d,]{1,9}) ?(?:-|–|to) ?([\d,]{1,9}) (?:out )?of ([\d,]{1,9})",
    re.I,
)
PAGE_COUNT = re.compile(r"page (\d{1,6}) of (\d{1,6})", re.I)
LabelledCells = tuple[tuple[str, str], ...]  # label, value; the label empty where there is none


@dataclass(frozen=True, slots=True)
class _ReviewCard:
    """One review as the page shows it."""

    title: str
    cells: LabelledCells
    links: tuple[Link, ...]
    label: str = ""  # what it calls itself for who cannot see it


def parse(page: Page, source: str) -> PageReading:
    """Every review on the page, in its order; empty when there are no rows.

    Year and month are those of the upload: the page tells no date of publication.
    """
    soup = parse_html(page)
    reviews = (_build_review(row, source) for row in _review_cards(soup, page))
    shown = _result_count(soup)
    return PageReading(key_reviews((review, _download_id(review)) for review in reviews), total=shown and shown[2])


def follow(page: Page) -> tuple[str, ...]:
    """The address of the next page, until the last: by the count shown, and by the links to other pages."""
    soup, url = parse_html(page), urlsplit(page.final_url)
    number = _page_number(url.query)
    if not any(_review_cards(soup, page)) or not _has_next_page(soup, number):
        return ()
    asked = [(name, value) for name, value in parse_qsl(url.query, keep_blank_values=True) if name != PAGE_PARAMETER]
    return (url._replace(query=urlencode([(PAGE_PARAMETER, number + 1), *asked])).geturl(),)


def _page_number(query: str) -> int:
    """The number of the page that an address asks for."""
    number = dict(parse_qsl(query)).get(PAGE_PARAMETER, "")
    return int(number) if re.fullmatch(r"[0-9]{1,6}", number) else 0


def _result_count(soup: BeautifulSoup) -> tuple[int, int, int] | None:
    """The first and the last result on the page, and how many there are in all; None where it does not say."""
    if shown := RESULT_COUNT.search(element_text(soup)):
        first, last, total = (int(figure.replace(",", "") or 0) for figure in shown.groups())
        return first, last, total
    alone = stated_total(map(str, soup.find_all(string=True)))
    return None if alone is None else (0, 0, alone)


def _has_next_page(soup: BeautifulSoup, number: int) -> bool:
    """Whether there is a page after this one. A server that shows the first page whatever is asked has no next."""
    shown = _result_count(soup)
    if shown and shown[1] >= shown[2]:
        return False
    if (pages := PAGE_COUNT.search(element_text(soup))) and int(pages[1]) < int(pages[2]):
        return True
    queries = [str(anchor["href"]).partition("?")[2] for anchor in soup.find_all("a", href=True)]
    if any(_page_number(query) == number + 1 for query in queries):
        return True
    return shown is not None and (number == 0 or shown[0] > 1)


def _review_cards(soup: BeautifulSoup, page: Page) -> Iterator[_ReviewCard]:
    """The page's cards, or else the rows of its tables that have downloads; what has no title is no review."""
    cards = soup.select(CARD_SELECTOR)
    for tag in cards or soup.select('table:has(a[href*="/download/"]) tr'):
        title, cells = _read_card(tag) if cards else _read_table_row(tag)
        if title:
            label = normalise_text(str(tag.get("aria-label") or ""))
            yield _ReviewCard(title, cells, _download_links(tag, page), label)


def _read_card(card: Tag) -> tuple[str, LabelledCells]:
    """A card's title, without what other elements add inside it, and its values."""
    heading = card.find(["h2", "h3", "h4"])
    if not isinstance(heading, Tag):
        return "", ()
    own = normalise_text("".join(heading.find_all(string=True, recursive=False)))
    values = card.select("[class*=detail-value], dd")
    known = set(map(id, values))
    return own or element_text(heading), tuple((_value_label(value, known), element_text(value)) for value in values)


def _value_label(value: Tag, values: set[int]) -> str:
    """What stands before a value, unless that is another value."""
    before = value.find_previous_sibling()
    return element_text(before).rstrip(" :") if isinstance(before, Tag) and id(before) not in values else ""


def _read_table_row(row: Tag) -> tuple[str, LabelledCells]:
    """A row's title, which is its first cell, and its other cells but those of downloads; nothing of a row of heads."""
    cells = row_cells(row)
    labelled = list(zip_longest(column_heads(row)[: len(cells)], cells))[1:]
    values = ((head or "", cell) for head, cell in labelled if cell and not cell.find("a", href=True))
    return element_text(cells[0]) if cells else "", tuple((head, element_text(cell)) for head, cell in values)


def _download_links(row: Tag, page: Page) -> tuple[Link, ...]:
    """The row's downloads, each once: the page links it to be seen and to be kept."""
    links: dict[str, Link] = {}
    for anchor in row.select('a[href*="/download/"]'):
        if url := link_address(anchor["href"], page):
            links.setdefault(url, Link(element_text(anchor), url))
    return tuple(links.values())


def _download_id(review: Review) -> str:
    """The library's own number of a review; empty where its address has none."""
    found = [id_[1].lower() for link in review.links if (id_ := DOWNLOAD_ID.fullmatch(urlsplit(link.url).path))]
    return found[0] if found else ""


def _build_review(row: _ReviewCard, source: str) -> Review:
    fields = _match_fields(row.cells)
    publisher, region = fields["partnership"][1], fields["region"][1]
    year, month = parse_year_month(fields["upload"][1])
    card, kind = CARD_NAME.fullmatch(row.label), KIND_PATTERN.search(row.title)
    name = _card_name(card["name"], publisher) if card else ""
    name = name or row.title
    labelled = ((fields[field][0] or DEFAULT_LABELS[field], fields[field][1]) for field in DEFAULT_LABELS)
    return add_identity(
        Review(
            source=source,
            publisher=publisher,
            name=name,
            year=year,
            month=month,
            title=f"{publisher} – {name}" if publisher else name,
            sections=tuple(Section("other", label, value) for label, value in labelled if value),
            links=tuple(replace(link, text=card["whole"]) if card else link for link in row.links),
            heading=row.title,
            raw="\n".join([row.title, *(word for cell in row.cells for word in cell if word), row.label]),
            nation=next((nation for nation, names in REGION_PATTERNS.items() if names.fullmatch(region)), None),
            kind=KINDS[card["kind"].upper()] if card else kind and kind[0].capitalize(),
        )
    )


def _card_name(words: str, publisher: str) -> str:
    """Of "Mr B - Norfolk" the name; empty where the partnership does not end it, for then nobody knows which."""
    name, dash, end = words.rpartition(publisher) if publisher else ("", "", "")
    return re.sub(r" [-–—] $", "", name) if dash and not end and re.search(r" [-–—] $", name) else ""


def _match_fields(cells: LabelledCells) -> dict[str, tuple[str, str]]:
    """The label and the value of each of FIELD_LABELS: by its label, or by its place where no label is known."""
    named = {
        field: cell for cell in reversed(cells) for field, label in FIELD_LABELS.items() if label.fullmatch(cell[0])
    }
    return dict.fromkeys(FIELD_LABELS, ("", "")) | (named or dict(zip(FIELD_LABELS, cells, strict=False)))


def make_adapter(source: Source) -> Adapter:
    """The adapter; with the source's filter it reads nothing but what the library finds by that."""
    if not source.filter:
        return ADAPTER

    def parse_filtered(page: Page, name: str) -> PageReading:
        return PageReading() if _filtered_address(page, source.filter) else parse(page, name)

    def follow_filtered(page: Page) -> tuple[str, ...]:
        address = _filtered_address(page, source.filter)
        return (address,) if address else follow(page)

    return replace(ADAPTER, parse=parse_filtered, follow=follow_filtered)


def _filtered_address(page: Page, words: str) -> str:
    """Where the library shows what a filter finds; empty where the page is that. Raises PageError without a filter."""
    soup, url = parse_html(page), urlsplit(page.final_url)
    if not any(_review_cards(soup, page)):
        return ""
    question, _, answer = words.rpartition(":")
    wanted = _filter_parameter(soup, question or answer, answer if question else "yes")
    if not wanted:
        raise PageError("the library has no such filter", words, "Correct the source's filter by the library's page.")
    asked = parse_qsl(url.query, keep_blank_values=True)
    return "" if wanted in asked else url._replace(query=urlencode([wanted, *asked])).geturl()


def _filter_parameter(soup: BeautifulSoup, question: str, answer: str) -> tuple[str, str] | None:
    """The name and the value that the library's form asks a filter with, by the words beside its field."""
    wanted = set(question.casefold().split())
    for head in soup.select("form legend, form label[for]"):
        field = head.find_parent("fieldset") if head.name == "legend" else soup.find(id=str(head["for"]))
        if not isinstance(field, Tag) or not wanted <= set(re.findall(r"\w+", element_text(head).casefold())):
            continue
        for choice in field.select("option, input") or [field]:
            label = soup.find("label", attrs={"for": choice.get("id") or " "})
            words = choice.get_text() if choice.name == "option" else label.get_text() if isinstance(label, Tag) else ""
            name = choice.get("name") or field.get("name")
            if name and fold(answer) in (fold(words), fold(str(choice.get("value", "")))):
                return str(name), str(choice.get("value", words))
    return None


ADAPTER = Adapter(parse, follow, needs=frozenset({"publisher", "year", "link"}))
