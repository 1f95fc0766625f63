"""Listing entries: a page's lines parted at its heading lines; pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import TypeGuard
from urllib.parse import urlsplit

from core.folding import fold
from core.lazy_pattern import lazy_pattern
from core.records import Link
from core.source_records import Leftover
from scraper import grammar
from scraper.grammar import Heading
from scraper.identity import catalogue_number, number_in_address
from scraper.line_builder import TextLine

PAGE_FURNITURE = re.compile(
    r"(last (updated|reviewed)|page last|©|copyright\b|back to (the )?top|share (this|on)|print this|cookies?\b"
    r"|was this (page|information)|nspcc (helpline|learning)\b|related (links|content|pages|resources)|subscribe"
    r"|sign up|follow us|if you(['’]re| are) (worried|concerned)|contact us|call us|more (information|resources)"
    r"|registered charity|find out more|stay up[ -]to[ -]date)",
    re.I,
)
PAGE_VOICE = lazy_pattern(  # a page speaks to its reader, and no review does
    r"(references|(published|updated|reviewed|added)( on)?:? [\w ]{0,20}20\d\d)?\W*$"
    r"|(we|our|e-?mail|tel|telephone|(page|showing|results) \d+|(is|did|was) this|crown copyright"
    r"|(see|search|visit|browse|find) (the|our|all|also|more|older|previous|other|reviews?|reports?|case)"
    r"|.*\b(you|your|please))\b",
    re.I,
)
REVIEW_VOICE = lazy_pattern(
    r"(also )?(makes|identifies|uses|highlights|recommends|concludes) [a-z]"
    r"|th(e|is) (serious |case |child |overview |practice |learning |safeguarding |significant |local )*"
    r"(review(er)?|report|author)(['’]s)? (?!list|page|above|below)[a-z]",
    re.I,
)
DOCUMENT_SUFFIX = re.compile(r"\.(pdf|docx?)\b", re.I)
REPORT_WORDS = re.compile(
    r"\b(overview|executive|full|download|read|view|summary|child|practice)\b.*|^(the )?(report|review)$", re.I
)
NOT_REPORT_WORDS = re.compile(r"^case reviews\b|annual report|privacy|cookie|contact", re.I)
PART_HEADING = re.compile(
    r"(the )?(case )?(summary|overview|abstract|downloads?|documents?|(read )?(the )?(full )?reports?)", re.I
)
SITE_FOLDER = re.compile(r"[a-z]+://([^/?#]*)/*([^/?#]*)")
TOGGLE_TEXT = re.compile(r",?\s+(show|hide|open|expand|collapse|toggle)( this)?( section| details)?$", re.I)


@dataclass(slots=True)
class ListingEntry:
    """A heading and the lines below it, up to the next."""

    heading: Heading
    line: TextLine
    lines: list[TextLine] = field(default_factory=list)
    doubts: list[Leftover] = field(default_factory=list)  # why what it says is not certain; none where it is
    after: list[Leftover] = field(default_factory=list)  # what follows it and may be of a review; it is none of this


@dataclass(slots=True)
class PageText:
    """Lines of the page that no entry owns: before the first heading, under a heading of its own, after the last."""

    lines: list[TextLine] = field(default_factory=list)


def split_entries(lines: Sequence[TextLine]) -> list[ListingEntry | PageText]:
    """The page in parts, in order: its entries, each from its heading on, and what stands before, between and after."""
    emphasised = (grammar.parse_heading(lead, marked=True) for lead in {line.lead for line in lines})
    leads = any(lead and not lead.weak for lead in emphasised)
    found = [pair for line in lines for pair in _split_heading(line, leads)]
    trust_weak = not any(line.marked and heading and not heading.weak for line, heading in found)
    linked = any(heading and line.links_only and not line.marked for line, heading in found)
    real = {fold(line.text) for line, heading in found if linked and heading and (line.marked or not line.links_only)}
    all_bare = not any(line.marked for line, heading in found if heading)
    parts: list[ListingEntry | PageText] = [PageText()]
    for line, heading in found:
        if heading and line.links_only and not line.marked and (fold(line.text) in real or not all_bare):
            continue  # a link to an entry, on this page or another
        last = parts[-1]
        if heading and (not heading.weak or line.marked or trust_weak):
            if isinstance(last, ListingEntry) and not last.lines and _is_twin(last.line, line):
                parts.pop()  # the same heading twice, for narrow and wide screens
            parts.append(ListingEntry(heading, line))
        elif isinstance(last, ListingEntry) and _ends_entry(line, last):
            parts.append(PageText([line]))
        else:
            last.lines.append(line)
    _cut_kickers(parts)
    return [PageText([part.line]) if _is_bare(part) else part for part in parts]


def _cut_kickers(parts: list[ListingEntry | PageText]) -> None:
    """Take off what stands above each heading, the first too, and says the same: a card's "Case review"."""
    above = [part.lines for part, below in pairwise(parts) if isinstance(below, ListingEntry)]
    last = [lines[-1] for lines in above if lines]
    if 1 < len(last) == len(above) and len({line.text for line in last}) == 1 and not any(line.links for line in last):
        for lines in above:
            lines.pop()


def _is_bare(part: ListingEntry | PageText) -> TypeGuard[ListingEntry]:
    """Whether a part is a doubtful heading with nothing below it."""
    return isinstance(part, ListingEntry) and part.heading.weak and not (part.lines or part.line.links)


def _is_twin(above: TextLine, line: TextLine) -> bool:
    """Whether a heading says again what the one above it says."""
    return fold(above.text) == fold(line.text) and above.links in ((), line.links)


def _split_heading(line: TextLine, leads: bool) -> list[tuple[TextLine, Heading | None]]:
    """A line with the heading it is. One that begins with an emphasised heading is two lines.

    `leads`: the page has such headings, so that one typed wrongly is looked for there.
    """
    if line.lead and not grammar.parse_label(line.lead, whole=True):
        heading, likeness = grammar.parse_heading(line.lead, marked=True), grammar.heading_likeness(line.lead)
        titled = likeness > 0 or grammar.reads_as_title(line.lead)
        if (heading and (leads or not heading.weak)) or (leads and titled) or (not heading and likeness == 2):
            head = line._replace(text=line.lead, raw=line.lead, links=(), strong=True, links_only=False, lead="")
            return [(head, heading), (line._replace(text=line.text.removeprefix(line.lead).strip(), lead=""), None)]
    marked = line.marked
    text = line.text
    if marked or (line.links_only and not line.links):  # links that lead nowhere open what is below
        text = TOGGLE_TEXT.sub("", text)
    heading = grammar.parse_heading(text, marked)
    return [(line if text == line.text else line._replace(text=text), heading)]


def _ends_entry(line: TextLine, entry: ListingEntry) -> bool:
    """Whether a line is a heading of the page's own, as high as the reviews' or higher."""
    if not line.level or grammar.parse_label(line.text, whole=True) or PART_HEADING.fullmatch(line.text.rstrip(": ")):
        return False
    if any(is_report_link(link) for link in line.links):
        return False
    return line.level <= entry.line.level if entry.line.level else line.level <= 3


def cut_furniture(last: ListingEntry, others: Sequence[ListingEntry]) -> list[TextLine]:
    """Take the page's furniture off its last entry, and return it.

    It is what follows the report link, or the last label where there is none. A report link is known by its address,
    by its words, or because the other entries' links lead there too. As many plain lines as another entry has there
    may follow, and a sentence that speaks of the review; without a link, so may what stands in the same blocks as the
    entry, or reads as a part of one.
    """
    places = {site_folder(link) for entry in others for line in entry.lines for link in _report_links(line)}
    labelled, linked = _last_label_and_link(last, places)
    notes = max((_count_plain_tail(entry, places, bool(linked)) for entry in others), default=0)
    blocks = {line.nesting for line in (last.line, *last.lines[: max(labelled, linked)])}
    for index in range(max(labelled, linked), len(last.lines)):
        line = last.lines[index]
        notes -= 1
        own = linked <= labelled and (line.nesting in blocks or _reads_as_entry(line))
        if line.nesting >= min(blocks) and REVIEW_VOICE.match(line.text) and not PAGE_VOICE.match(line.text):
            own = True
        unlabelled = labelled <= 1 and not linked  # an entry of 2012: only the furniture's own words can tell
        if PAGE_FURNITURE.match(line.text) or line.links_only or (notes < 0 and not unlabelled and not own):
            cut = last.lines[index:]
            del last.lines[index:]
            return cut
    return []


def find_uncertain(last: ListingEntry, rest: Sequence[TextLine]) -> list[TextLine]:
    """The lines after a page's last entry that may be the entry's or the page's, up to one that is the page's.

    That one says so, is nothing but links, or stands outside of all that the entry stands in.
    """
    outside = min(line.nesting for line in (last.line, *last.lines))
    certain = (n for n, line in enumerate(rest) if line.links_only or line.nesting < outside or _is_of_page(line))
    return list(rest[: next(certain, len(rest))])


def _is_of_page(line: TextLine) -> bool:
    return bool(PAGE_FURNITURE.match(line.text) or PAGE_VOICE.match(line.text))


def _report_links(line: TextLine) -> tuple[Link, ...]:
    """A line's links that may lead to a report: within a sentence, those that say so."""
    if line.links_only:
        return line.links
    return tuple(link for link in line.links if catalogue_number([link]) or _is_named_document(link))


def _is_named_document(link: Link) -> bool:
    named = REPORT_WORDS.search(link.text) and not NOT_REPORT_WORDS.search(link.text)
    return bool(named and DOCUMENT_SUFFIX.search(urlsplit(link.url).path))


def _reads_as_entry(line: TextLine) -> bool:
    """Whether a plain line reads as keywords, as a list, or as text under a label."""
    label, _, text = line.text.partition(":")
    labelled = bool(text) and len(label.split()) <= 6 and not line.links and not any(char.isdigit() for char in text)
    begins = grammar.LABEL_START.match(line.text) is not None
    return labelled or begins or ";" in line.text or grammar.reads_as_keywords(text or label)


def _count_plain_tail(entry: ListingEntry, places: set[tuple[str, str]], link: bool) -> int:
    """How many plain lines an entry has after its report link, or between its last label and that."""
    labelled, linked = _last_label_and_link(entry, places)
    start = max(labelled, linked) if link else labelled
    return sum(not line.links_only for line in entry.lines[start:])


def _last_label_and_link(entry: ListingEntry, places: set[tuple[str, str]]) -> tuple[int, int]:
    """The indexes after the last label with its text or list, and after the last report link; 0 for no link."""
    labelled, linked, is_open = 1, 0, False
    for index, line in enumerate(entry.lines):
        known = grammar.parse_label(line.text, line.marked or line.brief)
        if known:
            labelled, is_open = index + 1, known.end >= len(line.text)
        elif _has_report_link(line, places):
            linked = index + 1
        elif not line.links_only and (is_open or (labelled == index and line.depth > entry.line.depth)):
            labelled, is_open = index + 1, False
    return min(labelled, len(entry.lines)), linked


def _has_report_link(line: TextLine, places: set[tuple[str, str]]) -> bool:
    if not line.links_only:
        return bool(_report_links(line))
    return any(is_report_link(link) or site_folder(link) in places for link in line.links)


def site_folder(link: Link) -> tuple[str, str]:
    """The part of a site that a link leads to: host and first folder."""
    found = SITE_FOLDER.match(link.url.lower())
    return (found[1], found[2]) if found else ("", "")


def is_report_link(link: Link) -> bool:
    """Whether a link's address or words say that it leads to a report."""
    return _leads_to_report(link.url, link.text)


@lru_cache(4096)  # each link is asked several times
def _leads_to_report(url: str, words: str) -> bool:
    if number_in_address(url) or (DOCUMENT_SUFFIX.search(url) and DOCUMENT_SUFFIX.search(urlsplit(url).path)):
        return True
    return bool(REPORT_WORDS.search(words)) and not NOT_REPORT_WORDS.search(words)
