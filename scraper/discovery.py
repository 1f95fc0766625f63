"""Discovery: how an unknown page can be read, tried out on the page itself; pure.

Every document on the page stands in something that is repeated: a list item, a row, a card, the part below a heading.
Each such element is tried as `item`; the reading in which every document belongs to one entry, every entry has a name
of its own and looks like a review, is the best. Nothing is learnt of classes or tags beforehand.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from bs4 import BeautifulSoup, Tag

from core.config.source_table import Source
from core.folding import fold
from core.records import Link, Page, PageReading, Review
from scraper.adapter import load_adapter
from scraper.document_links import clean_title, is_document, is_generic, is_reading, split_part
from scraper.markup import HEADING_TAGS, SPAN_TAGS, element_text, is_furniture, link_address, link_words, parse_html
from scraper.sources.link_list import CARD_PARTS, NONE_SENTENCE
from scraper.text_lines import extract_lines
from scraper.title_dates import line_date

REVIEW_WORDS = r"\breview|\b(LCSPR|CSPR|SPR|SCR|SAR|CPR|SUSR|DHR|DARDR)s?\b"
CASE_WORDS = rf"{REVIEW_WORDS}|\b(child|baby|family|adult)\b"
REVIEW_PATTERN = re.compile(REVIEW_WORDS, re.I)
CASE_NAME = re.compile(r"\b(?:child|children|baby|babies|infant|family|adult|sibling|twins?|case)\b", re.I)
OTHER_PAPERS = re.compile(
    r"\b(?:annual report|newsletter|polic(?:y|ies)|procedures?|minutes|privacy|strategy|leaflet|training|guidance"
    r"|business plan|cookies?|terms of use|constitution)\b",
    re.I,
)
AREAS = ("main", "[role=main]", "#main", "#content", "#main-content", ".main-content", ".entry-content", "article")
REPEATED_TAGS = frozenset("li tr article section details dd p div td figure".split())
STABLE_CLASS = re.compile(r"[a-z][a-z_-]*[a-z]", re.I)  # no number in it, which may be one entry's own
MAX_NAME_CHARS = 140  # a longer name is prose
MAX_CANDIDATES = 24  # ways to read the page that are tried
MAX_ENTRIES = 6_000  # that are read in all, so that a page of any length is done with
GOOD_SCORE = 0.5  # of 1: the page itself can be read; else its feed and interface are asked
FAIR_SCORE = 0.2  # below, it is not shown as a way to read the page


@dataclass(frozen=True, slots=True)
class Candidate:
    """One way to read an address, as the configuration would have it, and what it yields."""

    source: Source
    page: Page
    reading: PageReading
    score: float  # 0 to 1


def read_candidate(source: Source, page: Page, documents: Iterable[str] = ()) -> Candidate:
    """What a source's table makes of a page. Raises PageError, SourceError."""
    reading = load_adapter(source).parse(page, source.name)
    return Candidate(source, page, reading, rate_reading(reading, frozenset(documents)))


def rate_reading(reading: PageReading, documents: frozenset[str] = frozenset()) -> float:
    """How much a reading is like a list of reviews, 0 to 1. `documents`: addresses that its entries should hold."""
    reviews = reading.reviews
    if not reviews:
        return 0.0
    count, linked = len(reviews), {link.url for review in reviews for link in review.links}
    shares = (
        len(documents & linked) / len(documents) if documents else 1.0,
        sum(not _is_mixed(review) for review in reviews) / count,
        sum(bool(review.links) or _is_announced(review) for review in reviews) / count,
        len({fold(review.name) for review in reviews}) / count,
        sum(len(review.name) <= MAX_NAME_CHARS for review in reviews) / count,
        count / (count + len(reading.leftovers)),
        count / (count + 0.2),  # a whole list taken for one entry
    )
    score = 0.5 + 0.5 * sum(looks_like_review(review) for review in reviews) / count
    for share in shares:
        score *= share
    return score * (0.9 + 0.1 * sum(review.year is not None for review in reviews) / count)


def looks_like_review(review: Review) -> bool:
    """Whether a title may be a review's: it says so, or names a case."""
    title = f"{review.heading} {review.name}"
    if OTHER_PAPERS.search(title) or review.name.lower().endswith("reviews"):  # the name of a list
        return False
    return bool(REVIEW_PATTERN.search(title) or CASE_NAME.search(title))


def _is_announced(review: Review) -> bool:
    """Whether an entry without a link may be a review that is still to come, and is no sentence."""
    return (
        bool(CASE_NAME.search(review.name))
        and len(review.name) <= MAX_NAME_CHARS
        and not review.heading.endswith((".", ":"))
    )


def _is_mixed(review: Review) -> bool:
    """Whether an entry is several: two of its documents are called alike or begin differently, or it has two dates."""
    parts = [fold(clean_title(link.text)) for link in review.links if is_generic(clean_title(link.text))]
    names = {fold(split_part(clean_title(link.text))[0]) for link in review.links if not is_generic(link.text)}
    first, dates = min(names, key=len, default=""), {line_date(line) for line in review.raw.splitlines()}
    differ = any(not name.startswith(first[:12]) for name in names)
    return differ or len(set(parts)) < len(parts) or len(dates - {(None, None)}) > 1


def discover(page: Page, source: Source) -> list[Candidate]:
    """The ways to read a page of HTML, the best first; `source` says what is known already."""
    if "item" in source.given:
        return [read_candidate(source.replace(kind="links"), page)]
    soup = parse_html(page)
    area, prefix = _main_area(soup)
    documents = _document_anchors(area, page)
    addresses = [link_address(anchor["href"], page) for anchor in documents]
    found: dict[tuple[int, ...], Candidate] = {}
    left = MAX_ENTRIES
    for item in _item_selectors(area, prefix, documents):
        if len(found) >= MAX_CANDIDATES:
            break
        elements = soup.select(item) if item else []
        tags = tuple(map(id, elements)) if item else (0,)
        if tags and tags not in found and len(tags) <= left:
            left -= len(tags)
            table = source.replace(kind="links", item=item)
            candidate = read_candidate(table, page, addresses)
            found[tags] = replace(candidate, score=candidate.score * _rate_elements(elements))
    best = sorted(found.values(), key=lambda one: (-round(one.score, 3), _is_vague(one.source), len(one.source.item)))
    if not best or best[0].score < FAIR_SCORE:
        return _discover_none(page, source)
    return [keep_to_reviews(_add_group(best[0], area, prefix, addresses)), *best[1:]]


def _rate_elements(elements: list[Tag]) -> float:
    """How likely each element is one entry, 0.6 to 1: one with two headings alike may be two."""
    known = set(map(id, elements))
    outer = [element for element in elements if known.isdisjoint(map(id, element.parents))]
    return 1 - 0.4 * sum(map(_has_headings_alike, outer)) / max(1, len(outer))


def _has_headings_alike(element: Tag) -> bool:
    names = [
        heading.name
        for heading in element.find_all([*HEADING_TAGS, "summary"])
        if not is_generic(text := clean_title(element_text(heading))) and line_date(text) == (None, None)
    ]
    return len(names) > 1 and names[0] == names[1]


def _main_area(soup: BeautifulSoup) -> tuple[Tag, str]:
    """The part of the page that is its own, and the selector of it; the whole page where nothing says."""
    for selector in AREAS:
        found = soup.select(selector)
        if len(found) == 1 and found[0].find("a", href=True):
            return found[0], selector
    return soup.body or soup, "body"


def _document_anchors(area: Tag, page: Page) -> list[Tag]:
    """The links to documents; where there are none, those that say they lead to a review."""
    anchors = [a for a in area.find_all("a", href=True) if not a.find_parent(is_furniture)]
    links = [(anchor, Link(link_words(anchor), link_address(anchor["href"], page))) for anchor in anchors]
    readable = [(anchor, link) for anchor, link in links if link.url and is_reading(link)]
    here = page.final_url.partition("#")[0]
    readable = [(anchor, link) for anchor, link in readable if link.url.partition("#")[0] != here]
    documents = [anchor for anchor, link in readable if is_document(link) or (link.text and is_generic(link.text))]
    return documents or [anchor for anchor, link in readable if re.search(CASE_WORDS, link.text, re.I)]


def _item_selectors(area: Tag, prefix: str, documents: list[Tag]) -> Iterator[str]:
    """Selectors of what holds the documents, the innermost first; then of the headings above them."""
    if not documents:
        return
    yield from dict.fromkeys(
        selector
        for anchor in documents
        for tag in _ancestors(anchor, area)
        for selector in _selectors_of(tag, area, prefix)
    )
    for name in ("h2", "h3", "h4", "h5", "h6", "summary", "button", "dt", "strong", "b"):
        if area.find(name):
            yield f"{prefix} {name}"
    yield ""


def _ancestors(anchor: Tag, area: Tag) -> Iterator[Tag]:
    """The elements around a link that may be an entry, the innermost first; and the link, where it is a whole card."""
    if anchor.find(CARD_PARTS):
        yield anchor
    for tag in anchor.parents:
        if tag is area:
            return
        if tag.name in REPEATED_TAGS:
            yield tag


def _selectors_of(tag: Tag, area: Tag, prefix: str) -> Iterator[str]:
    if names := _stable_classes(tag):
        yield f"{prefix} {tag.name}.{names[0]}"
    if tag.name != "div":
        yield f"{prefix} {tag.name}"
    elif tag.parent is area:
        yield f"{prefix} > div"
    elif tag.parent is not None:
        above = next((f".{name}" for name in _stable_classes(tag.parent)), tag.parent.name)
        yield f"{prefix} {above} > div"


def _stable_classes(tag: Tag) -> list[str]:
    return [name for name in tag.get_attribute_list("class") if name and STABLE_CLASS.fullmatch(name)]


def _add_group(best: Candidate, area: Tag, prefix: str, documents: list[str]) -> Candidate:
    """The candidate with the headings above its entries, where these date more of them or name their publishers."""
    kinds = {tag.name for tag in area.find_all(["h2", "h3", "h4", "h5", "summary", "button", "caption", "strong"])}
    for name in sorted(kinds):
        selector = f"{prefix} {name}"
        if best.source.item.endswith(f" {name}"):
            continue
        other = read_candidate(best.source.replace(group=selector), best.page, documents)
        if _count_facts(other.reading) > _count_facts(best.reading):
            best = other
    return best


def _count_facts(reading: PageReading) -> int:
    return sum((review.year is not None) + bool(review.publisher) for review in reading.reviews)


def _is_vague(source: Source) -> bool:
    """Whether entries are told by their headings or links alone: a whole element is told more surely."""
    return not source.item or source.item.rpartition(" ")[2] in SPAN_TAGS


def keep_to_reviews(candidate: Candidate) -> Candidate:
    """The candidate with `only`, where it has other papers too. Of a list of news, what says that it is a review."""
    titles = [f"{review.heading} {review.name}" for review in candidate.reading.reviews]
    is_list = candidate.source.kind == "links"
    wanted = [not OTHER_PAPERS.search(title) if is_list else bool(REVIEW_PATTERN.search(title)) for title in titles]
    if candidate.source.only or all(wanted) or not any(wanted):
        return candidate
    others = sorted({found[0].lower() for title in titles if (found := OTHER_PAPERS.search(title))})
    for words in (REVIEW_WORDS, CASE_WORDS, rf"^(?!.*\b({'|'.join(others)})\b)"):
        if [bool(re.search(words, title, re.I)) for title in titles] == wanted:
            return read_candidate(candidate.source.replace(only=words), candidate.page)
    return candidate


def _discover_none(page: Page, source: Source) -> list[Candidate]:
    """The page that says that it lists nothing now, if it does."""
    line = next((line.text for line in extract_lines(page) if NONE_SENTENCE.search(line.text)), "")
    sentence = next((part for part in re.split(r"(?<=[.!?])\s+", line) if NONE_SENTENCE.search(part)), line)
    if not sentence.isprintable() or not sentence:
        return []
    table = source.replace(kind="links", none=sentence.rstrip("."))
    reading = load_adapter(table).parse(page, source.name)
    return [Candidate(table, page, reading, GOOD_SCORE)] if reading.lists_none else []
