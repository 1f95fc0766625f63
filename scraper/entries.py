"""The entries of a listing: a heading line, and the lines between it and the next."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from core.folding import fold
from core.records import Link
from scraper import grammar
from scraper.grammar import Heading
from scraper.identity import catalogue_number
from scraper.lines import Line

FURNITURE = re.compile(
    r"(last (updated|reviewed)|page last|©|copyright\b|back to (the )?top|share (this|on)|print this|cookies?\b"
    r"|was this (page|information)|nspcc (helpline|learning)\b|related (links|content|pages|resources)|subscribe"
    r"|sign up|follow us|if you(['’]re| are) (worried|concerned)|contact us|call us|more (information|resources)"
    r"|registered charity|find out more|stay up[ -]to[ -]date)",
    re.I,
)
DOCUMENT = re.compile(r"\.(pdf|docx?)\b", re.I)
REPORT = re.compile(
    r"\b(overview|executive|full|download|read|view|summary|child|practice)\b.*|^(the )?(report|review)$", re.I
)
NOT_ONE = re.compile(r"^case reviews\b|annual report|privacy|cookie|contact", re.I)
PART = re.compile(
    r"(the )?(case )?(summary|overview|abstract|downloads?|documents?|(read )?(the )?(full )?reports?)", re.I
)
TOGGLE = re.compile(r",?\s+(show|hide|open|expand|toggle)( this)?( section| details)?$", re.I)


@dataclass(slots=True)
class Entry:
    """A heading and the lines below it, up to the next."""

    heading: Heading
    line: Line
    lines: list[Line] = field(default_factory=list)


def entries(lines: Sequence[Line]) -> list[Entry]:
    """The page's entries in order; what precedes the first heading and follows the last entry left out."""
    found = [pair for line in lines for pair in _read(line)]
    trust_weak = not any(line.marked and heading and not heading.weak for line, heading in found)
    real = {fold(line.text) for line, heading in found if heading and (line.marked or not line.bare)}
    all_bare = not any(line.marked for line, heading in found if heading)
    read: list[Entry] = []
    open_entry: Entry | None = None
    for line, heading in found:
        if heading and line.bare and not line.marked and (fold(line.text) in real or not all_bare):
            continue  # a link to an entry, on this page or another
        if heading and (not heading.weak or line.marked or trust_weak):
            open_entry = Entry(heading, line)
            read.append(open_entry)
        elif open_entry and _ends(line, open_entry):
            open_entry = None
        elif open_entry:
            open_entry.lines.append(line)
    read = [entry for entry in read if entry.lines or entry.line.links or not entry.heading.weak]
    if read:
        _cut_tail(read[-1], read[-50:-1])
    return read


def _read(line: Line) -> list[tuple[Line, Heading | None]]:
    """A line with the heading it is. One that begins with an emphasised heading is two lines."""
    if line.lead and (heading := grammar.heading(line.lead, marked=True)) and not heading.weak:
        head = replace(line, text=line.lead, raw=line.lead, links=(), strong=True, bare=False, lead="")
        return [(head, heading), (replace(line, text=line.text.removeprefix(line.lead).strip(), lead=""), None)]
    text = TOGGLE.sub("", line.text) if line.marked else line.text
    heading = grammar.heading(text, line.marked)
    return [(replace(line, text=text) if heading else line, heading)]


def _ends(line: Line, entry: Entry) -> bool:
    """Whether a line is a heading of the page's own, as high as the reviews' or higher."""
    if not line.level or grammar.label(line.text, whole=True) or PART.fullmatch(line.text.rstrip(": ")):
        return False
    if any(is_report(link) for link in line.links):
        return False
    return line.level <= entry.line.level if entry.line.level else line.level <= 3


def _cut_tail(last: Entry, others: Sequence[Entry]) -> None:
    """Take the page's furniture off its last entry: what follows its report link, or its last label without one.

    A report link is known by its address, by its words, or because the other entries' links lead there
    too. As many plain lines as another entry has there may follow.
    """
    places = {_place(link) for entry in others for line in entry.lines if line.bare for link in line.links}
    labelled, linked = _ends_of(last, places)
    notes = max((_plain_after(entry, places, bool(linked)) for entry in others), default=0)
    for index in range(max(labelled, linked), len(last.lines)):
        line = last.lines[index]
        notes -= 1
        unlabelled = labelled <= 1 and not linked  # an entry of 2012: only the furniture's own words can tell
        if FURNITURE.match(line.text) or line.bare or (notes < 0 and not unlabelled):
            del last.lines[index:]
            return


def _plain_after(entry: Entry, places: set[tuple[str, str]], link: bool) -> int:
    """How many plain lines an entry has after its report link, or between its last label and that."""
    labelled, linked = _ends_of(entry, places)
    start = max(labelled, linked) if link else labelled
    return sum(not line.bare for line in entry.lines[start:])


def _ends_of(entry: Entry, places: set[tuple[str, str]]) -> tuple[int, int]:
    """The indexes after the last label with its text or list, and after the last report link; 0 for no link."""
    labelled, linked, is_open = 1, 0, False
    for index, line in enumerate(entry.lines):
        known = grammar.label(line.text, line.marked or len(line.text.split()) <= 2)
        if known:
            labelled, is_open = index + 1, known.end >= len(line.text)
        elif line.bare and _reports(line, places):
            linked = index + 1
        elif not line.bare and (is_open or (labelled == index and line.depth > entry.line.depth)):
            labelled, is_open = index + 1, False
    return min(labelled, len(entry.lines)), linked


def _reports(line: Line, places: set[tuple[str, str]]) -> bool:
    return any(is_report(link) or _place(link) in places for link in line.links)


def _place(link: Link) -> tuple[str, str]:
    """The part of a site that a link leads to: host and first folder."""
    parts = urlsplit(link.url)
    return parts.netloc.lower(), parts.path.strip("/").partition("/")[0].lower()


def is_report(link: Link) -> bool:
    """Whether a link's address or words say that it leads to a report."""
    if catalogue_number([link]) or DOCUMENT.search(urlsplit(link.url).path):
        return True
    return bool(REPORT.search(link.text)) and not NOT_ONE.search(link.text)
