"""Source parser for any page that lists reviews with links: its entries are told by CSS selectors.

An entry is the element that `item` selects: a list item, a row, a card, a block of an accordion. Where that is only a
heading (h3, a button, a strong line), the entry goes on to the next one. Within it everything has a default: the first
heading or words are the title, a date that stands by itself is that of publication (else a year in a heading above),
and the links are those that lead to documents. Neighbours that are parts of one review ("Child B – Executive summary",
"Child B – Full report") are one.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import dropwhile, groupby

from bs4 import BeautifulSoup, Tag
from bs4.element import PageElement
from soupsieve import SelectorSyntaxError, SoupSieve
from soupsieve import compile as compile_selector

from core.config.schema import Source
from core.errors import SourceError
from core.folding import fold
from core.records import Link, Page, PageReading, Review
from core.source_records import Leftover
from scraper import nations
from scraper.adapter import Adapter
from scraper.document_links import (
    clean_title,
    entry_links,
    is_document,
    is_generic,
    is_reading,
    split_part,
    unique_links,
)
from scraper.entry_rules import EntryRules, cut_list, entry_roots
from scraper.entry_titles import split_title
from scraper.identity import add_identity
from scraper.line_builder import REQUEST, TextLine
from scraper.markup import (
    HEADING_TAGS,
    SPAN_TAGS,
    element_text,
    is_furniture,
    is_head_row,
    link_address,
    link_words,
    parse_html,
)
from scraper.page_kind import recognize_page
from scraper.publication_date import parse_year_month
from scraper.review_kinds import ADULT_KIND, OTHER_PATTERN, is_of_adults
from scraper.row_spans import spread_dates
from scraper.script_list import script_list_sign
from scraper.section_headings import Above, headings_above, year_of_heading
from scraper.shared_heading import has_broken_heading, part_heading
from scraper.text_lines import extract_lines
from scraper.title_dates import UPDATED, line_date, sentence_date, split_date

SELECTOR_KEYS = ("item", "title", "date", "link", "group", "until")
TIME_SELECTOR = compile_selector("time[datetime]")
LINK_SELECTOR = compile_selector("a[href]")
CARD_PARTS = [*HEADING_TAGS, "p", "div"]  # a link around one is around a whole card
_PAPERS = r"(?:re(?:view|port)s?|L?C?SPRs?|SCRs?|CPRs?|SARs?|SUSRs?)\b"
NONE_SENTENCE = re.compile(
    r"\bwill be (?:added|published|uploaded|available|listed|posted)\b[^.]{0,60}\b(?:when|once|as soon as|here)\b"
    rf"|\b(?:there are|we have|has) (?:currently |at present )?(?:no|not any) [^.]{{0,60}}\b{_PAPERS}"
    rf"|\b(?:has|have) not (?:yet )?published any [^.]{{0,60}}\b{_PAPERS}"
    rf"|\bno [^.]{{0,40}}\b{_PAPERS}[^.]{{0,30}}"
    r"\b(?:at (?:this time|present|the moment)|currently|to date|published|available)\b",
    re.I,
)


@dataclass(frozen=True, slots=True)
class _Entry:
    """What the markup gives as one entry."""

    roots: tuple[PageElement, ...]
    lines: tuple[TextLine, ...]
    group: str  # the words of the heading above several entries
    has_heading: bool  # it begins with one, which is its name
    above: Above  # what the headings above it say, where nothing in it does

    def select(self, selector: SoupSieve) -> list[Tag]:
        """What a selector finds in the entry, in order, the entry's own elements too."""
        tags = [root for root in self.roots if isinstance(root, Tag)]
        return [one for tag in tags for one in ([tag] if selector.match(tag) else selector.select(tag))]


@dataclass(frozen=True, slots=True)
class _Part:
    """An entry as a review, and as a part of one: "Child B", "Executive summary"."""

    review: Review
    stem: str
    part: str  # empty: it says that it is all of it


def make_adapter(source: Source) -> Adapter:
    """The adapter for a source's selectors. Raises SourceError naming the one that is none."""
    selectors: dict[str, SoupSieve | None] = {}
    for key in SELECTOR_KEYS:
        try:
            selectors[key] = compile_selector(text) if (text := getattr(source, key)) else None
        except SelectorSyntaxError as e:
            why = str(e).partition("\n")[0]
            raise SourceError(f"{key} is no CSS selector", f"{text!r} ({why})", "Write it as: main li") from e
    rules = EntryRules(**selectors, none=source.none)
    return Adapter(partial(parse, rules=rules), needs=frozenset({"link"}), lists_all=source.complete is True)


def parse(page: Page, source: str, rules: EntryRules) -> PageReading:
    """Every entry in the page's order; what has no title of its own, and documents of no entry, are left over."""
    soup = parse_html(page)
    if isinstance(base := soup.find("base", href=True), Tag):
        page = replace(page, final_url=link_address(base["href"], page) or page.final_url)
    cut_list(soup, rules)
    spread_dates(soup)
    items = _select_items(soup, page, rules)
    groups = _find_groups(soup, items, rules)
    if rules.item is None:
        entries = _line_entries(items, groups, page)
    else:
        starts = set(map(id, items))
        entries = [_read_entry(item, starts, *groups[id(item)], page, rules) for item in items]
    any_document = any(map(_has_document, entries))
    listed = [entry for entry in entries if entry.lines and not _is_no_entry(entry, rules, any_document)]
    if has_broken_heading(soup):
        listed = [part for entry in listed for part in _part_heading(entry)]
    found = [_build_review(entry, page, source, rules) for entry in listed]
    reviews = _merge_parts([one for one in found if isinstance(one, _Part)])
    leftovers = [one for one in found if isinstance(one, Leftover)]
    leftovers += _stray_documents(soup, entries, page) if rules.item is not None else []
    is_none = not reviews and not leftovers and any(_says_none(line.text, rules) for line in extract_lines(page))
    is_none = is_none and not (recognize_page(page) or script_list_sign(page, said=True))  # an error page has none too
    return PageReading(
        tuple({(review.fingerprint, review.links): review for review in reviews}.values()),
        leftovers=tuple(dict.fromkeys(leftovers)),
        lists_none=is_none,
    )


def _select_items(soup: BeautifulSoup, page: Page, rules: EntryRules) -> list[Tag]:
    """The elements that begin an entry; of one within another the outer."""
    if rules.item is None:
        anchors = [anchor for anchor in soup.select("a[href]") if not anchor.find_parent(is_furniture)]
        return [anchor for anchor in anchors if is_document(Link("", link_address(anchor["href"], page)))]
    found = rules.item.select(soup)
    found = [tag for tag in found if tag.name != "tr" or (tag.find("td") and not is_head_row(tag))]
    found = [tag for tag in found if not tag.find_parent(is_furniture)] or found
    known = set(map(id, found))
    return [tag for tag in found if known.isdisjoint(map(id, tag.parents))]


def _find_groups(soup: BeautifulSoup, items: Sequence[Tag], rules: EntryRules) -> dict[int, tuple[str, Above]]:
    """The words of the last group heading before each item, and what any heading above says, by the item's id().

    A heading in an item is that item's own.
    """
    groups, group, above = {}, "", headings_above(soup, items)
    if rules.group is None:
        return {number: ("", said) for number, said in above.items()}
    inside = set[int]()
    for tag in soup.find_all(True):
        if id(tag) in above:
            groups[id(tag)] = group, above[id(tag)]
        if id(tag) in above or id(tag.parent) in inside:
            inside.add(id(tag))
        elif rules.group.match(tag):
            group = element_text(tag)
    return groups


def _read_entry(item: Tag, starts: set[int], group: str, above: Above, page: Page, rules: EntryRules) -> _Entry:
    roots = entry_roots(item, starts, rules)
    html = "".join(str(root) for root in roots)
    if item.name == "a" and item.find(CARD_PARTS):  # a whole card is no words of a link
        html = item.decode_contents()
    if item.name == "tr":  # a row without its table is none
        html = f"<table>{html}</table>"
    if item.name not in SPAN_TAGS:  # a whole element's footer is its own; what follows a heading may be the page's
        html = f"<article>{html}</article>"
    lines = extract_lines(replace(page, headers=(), body=html.encode()))
    return _Entry(roots, lines, group, item.name in SPAN_TAGS, above)


def _part_heading(entry: _Entry) -> list[_Entry]:
    """An entry whose heading has the names of several reviews as these, where it is certain what is whose."""
    parts = part_heading([root for root in entry.roots if isinstance(root, Tag)], entry.lines)
    return [replace(entry, roots=(), lines=lines, has_heading=True) for lines in parts] or [entry]


def _line_entries(anchors: Sequence[Tag], groups: Mapping[int, tuple[str, Above]], page: Page) -> list[_Entry]:
    """The lines with documents, an entry each; of a line that names several, each document is one."""
    places = {link_address(anchor["href"], page): groups[id(anchor)] for anchor in reversed(anchors)}
    entries = []
    for line in extract_lines(page):
        links = [link for link in line.links if link.url in places]
        named = [link for link in links if not is_generic(clean_title(link.text))]
        if len(named) > 1:
            alone = [line._replace(text=link.text, links=(link,), links_only=False, lead="") for link in links]
            found = [(one, *places[one.links[0].url]) for one in alone]
        elif links:
            found = [(line._replace(links=tuple(links)), *places[links[0].url])]
        else:
            continue
        entries += [_Entry((), (one,), group, False, said) for one, group, said in found]
    return entries


def _says_none(words: str, rules: EntryRules) -> bool:
    """Whether words are the sentence that nothing is listed now."""
    return fold(rules.none) in fold(words) if rules.none else NONE_SENTENCE.search(words) is not None


def _has_document(entry: _Entry) -> bool:
    links = [link for line in entry.lines for link in line.links]
    return any(is_document(link) or (link.text and is_generic(link.text)) for link in links)


def _is_no_entry(entry: _Entry, rules: EntryRules, any_document: bool) -> bool:
    """Whether an element is the sentence that nothing is listed, or a paragraph that stands between the entries.

    Where `any_document` is listed, a paragraph without one is no entry; else one without a link is none.
    """
    is_paragraph = len(entry.roots) == 1 and isinstance(entry.roots[0], Tag) and entry.roots[0].name in ("p", "div")
    if is_paragraph and any_document and not _has_document(entry):
        return True
    if any(line.links for line in entry.lines) or entry.select(LINK_SELECTOR):
        return False
    return is_paragraph or any(_says_none(line.text, rules) for line in entry.lines)


def _build_review(entry: _Entry, page: Page, source: str, rules: EntryRules) -> _Part | Leftover:
    heading, naming, rest = _find_title(entry, rules)
    part = ""
    if is_generic(clean_title(heading)) or line_date(heading) != (None, None):
        if not entry.group or line_date(entry.group) != (None, None):
            return Leftover(heading or entry.lines[0].text, "it does not say which review it is of")
        heading, part = entry.group, heading
    name = clean_title(heading) or heading
    stem, *dated = split_date(name)
    year, month = _find_date(entry, rules) or (dated if dated[0] else None) or _date_of_lines(entry, rest)
    summary = [line.text for line in entry.lines if line is not naming and _is_prose(line, heading)]
    if rest and line_date(rest) == (None, None):
        summary.insert(0, rest)
    year = year or entry.above.year
    in_adults = is_of_adults(entry.group) or entry.above.is_adult
    of_adults = is_of_adults(heading) or (in_adults and not OTHER_PATTERN.search(heading))
    publisher = entry.group if nations.find_nation(entry.group) else ""
    review = add_identity(
        Review(
            source=source,
            publisher=publisher,
            name=name,
            year=year,
            month=month,
            title=f"{publisher} – {name}" if publisher else name,
            summary="\n".join(summary),
            links=_find_links(entry, heading, page, rules),
            heading=heading,
            raw="\n".join(line.text for line in entry.lines if line.text),
            kind=ADULT_KIND if of_adults else None,
        )
    )
    return _Part(review, stem, part) if part else _Part(review, *split_part(stem))


def _find_title(entry: _Entry, rules: EntryRules) -> tuple[str, TextLine | None, str]:
    """The words that name the entry, the line that they are on, and what more that line says."""
    if rules.title is not None:
        return next(filter(None, map(element_text, entry.select(rules.title))), ""), None, ""
    if entry.has_heading:
        return split_title(entry.lines[0])
    said = [line for line in entry.lines if line.text and line_date(line.text) == (None, None)]
    naming = [line for line in said if not is_generic(clean_title(line.text))]
    marked = [line for line in naming if line.level] or [line for line in naming if line.marked or line.lead]
    if not naming:
        return (said[0].text if said else ""), None, ""
    return split_title((marked or naming)[0])


def _find_date(entry: _Entry, rules: EntryRules) -> tuple[int | None, int | None] | None:
    """The date that the markup states: by the selector, or in the one time element; None for none."""
    if rules.date is not None:
        found = [str(tag.get("datetime") or "") or element_text(tag) for tag in entry.select(rules.date)]
    else:
        times = [tag for tag in entry.select(TIME_SELECTOR) if not UPDATED.search(element_text(tag.parent)[:80])]
        found = list(dict.fromkeys(str(tag["datetime"]) for tag in times))
        found = found if len(found) == 1 else []
    return next((date for date in map(parse_year_month, found) if date[0]), None)


def _date_of_lines(entry: _Entry, rest: str) -> tuple[int | None, int | None]:
    """The first date that stands by itself, or else that of the group."""
    lines = [rest, *(line.text for line in entry.lines)]
    lines += [line.text.replace(link.text, "").strip(" –—-|,:()") for line in entry.lines for link in line.links]
    found = [line_date(line) for line in lines] + [sentence_date(line) for line in lines]
    found += [line_date(entry.group), sentence_date(entry.group), split_date(entry.group)[1:]]
    return next((date for date in found if date[0]), (year_of_heading(entry.group), None))


def _is_prose(line: TextLine, heading: str) -> bool:
    """Whether a line says something of the case: not its title, a date, or the words of its links."""
    text = line.text
    if not text or line.links_only or text.startswith(heading) or line_date(text) != (None, None):
        return False
    return bool(REQUEST.search(text)) or (not is_generic(text) and len(split_title(line)[0].split()) > 3)


def _find_links(entry: _Entry, heading: str, page: Page, rules: EntryRules) -> tuple[Link, ...]:
    if rules.link is None and (known := entry_links(entry.lines, page)):
        return known
    anchors = [
        anchor
        for tag in entry.select(rules.link or LINK_SELECTOR)  # a link around a whole card is on no line
        for anchor in ([tag] if tag.get("href") else tag.find_all("a", href=True))
    ]
    said = ((heading if anchor.find(CARD_PARTS) and heading else link_words(anchor), anchor) for anchor in anchors)
    links = (Link(words, link_address(anchor["href"], page)) for words, anchor in said)
    return unique_links([link for link in links if link.url and is_reading(link)])


def _merge_parts(parts: Sequence[_Part]) -> list[Review]:
    """The reviews; neighbours that are different parts of one are one, under the name that they share."""
    reviews = []
    for _, same in groupby(parts, key=lambda part: fold(part.stem)):
        run = list(same)
        names = [fold(one.part) for one in run]
        if len(run) == 1 or len(set(names)) < len(names):
            reviews += [one.review for one in run]
            continue
        first, members = run[0], [one.review for one in run]
        dated = next((review for review in members if review.year), first.review)
        merged = replace(
            first.review,
            name=first.stem,
            title=f"{first.review.publisher} – {first.stem}" if first.review.publisher else first.stem,
            year=dated.year,
            month=dated.month,
            summary="\n".join(dict.fromkeys(review.summary for review in members if review.summary)),
            links=unique_links([link for review in members for link in review.links]),
            raw="\n".join(dict.fromkeys(review.raw for review in members)),
        )
        reviews.append(add_identity(merged))
    return reviews


def _stray_documents(soup: BeautifulSoup, entries: Sequence[_Entry], page: Page) -> list[Leftover]:
    """The documents from the first entry on, or anywhere on a page without any, that belong to none."""
    tags = [root for entry in entries for root in entry.roots if isinstance(root, Tag)]
    inside = {id(anchor) for tag in tags for anchor in (tag, *tag.find_all("a"))}
    around: Tag = soup
    if entries:
        first, *others = [entry.roots[0] for entry in entries]
        chains = [set(map(id, other.parents)) for other in others]
        around = next((tag for tag in first.parents if all(id(tag) in chain for chain in chains)), soup)
    anchors = around.find_all("a", href=True)
    listed = dropwhile(lambda anchor: id(anchor) not in inside, anchors) if entries else anchors
    strays = [anchor for anchor in listed if id(anchor) not in inside and not anchor.find_parent(is_furniture)]
    links = [Link(link_words(anchor), link_address(anchor["href"], page)) for anchor in strays]
    documents = [link for link in links if link.url and is_document(link)]
    return [Leftover(link.text or link.url, "a document of no entry") for link in documents]
