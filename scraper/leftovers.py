"""Left-overs: parts of a listing that belong to no entry for certain; pure.

A heading that is typed wrongly must not make its review part of the one above. A line is taken for such a heading by
how it is written (`guess_heading` of `scraper/grammar.py`), by its markup (that of the page's headings) and by its
place (what stands above has its report link or its keywords already). Where none of that tells, what follows may:
labels that begin again, a second catalogue number. What is cut off is named and waits; so does the entry above, unless
it is certain where that ends.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from core.folding import one_line
from core.lazy_pattern import lazy_pattern
from core.source_records import Leftover
from scraper import grammar
from scraper.entries import (
    PAGE_FURNITURE,
    PART_HEADING,
    ListingEntry,
    PageText,
    cut_furniture,
    find_uncertain,
    is_report_link,
    site_folder,
)
from scraper.identity import catalogue_number, number_in_address
from scraper.line_builder import TextLine

MAX_WORDS = 120  # characters of a left-over that are named
EARLIEST_YEAR = 1945  # of the collection
FEWEST_PROSE = 5  # words of a line that may be a sentence
PAGE_HEADING = lazy_pattern(  # of a part of the list: no review is called so
    r".*\b(case reviews?|published|added|resources?|training)\b.*|(\w+ )?(19|20)\d\d|[A-Z]|[A-Z] ?[-–] ?[A-Z]|0-9"
    r"|england|wales|scotland|northern ireland|united kingdom|uk",
    re.I,
)


SECOND_HEADING = lazy_pattern(rf"\s{grammar.YEAR}\s+{grammar.ANY_DASH}\s.*\s{grammar.ANY_DASH}\s")  # within a name


class Cut(NamedTuple):
    """Where something else than the entry begins."""

    start: int  # the index of its first line
    certain: bool  # whether the entry ends there for certain
    why: str
    halves: int = 0  # lines of its heading above the last, where it was typed over more than one


@dataclass(frozen=True, slots=True)
class ListStyle:
    """How a page writes its entries."""

    shapes: frozenset[tuple[int, bool]]  # level and emphasis of its headings, of those that the markup sets apart
    bare: bool  # its headings are links and nothing else
    links_last: bool  # the report link follows the text
    places: frozenset[tuple[str, str]]  # where its reports are: host and first folder

    def matches(self, line: TextLine) -> bool:
        """Whether a line is set as the headings are."""
        return line.marked and (line.level, line.strong) in self.shapes

    def leads_to_report(self, line: TextLine) -> bool:
        """Whether a line's links lead where the page's reports are."""
        return not self.places or any(site_folder(link) in self.places for link in line.links)


@dataclass(slots=True)
class EntryState:
    """What has been read of an entry so far."""

    kinds: set[str] = field(default_factory=set)  # of its labels
    kind: str = ""  # of the last of them
    labels: set[str] = field(default_factory=set)  # their words, in small letters
    number: str = ""  # the catalogue's
    end: int | None = None  # the index after its report link or its keywords; None: not reached
    suspect: int | None = None  # the index of the last line that might be a heading


def part_entries(parts: Sequence[ListingEntry | PageText]) -> list[ListingEntry]:
    """The page's entries in order, each ending where something else begins; what is not certain has its doubts."""
    style = _describe([part for part in parts if isinstance(part, ListingEntry)])
    last = max((n for n, part in enumerate(parts) if isinstance(part, ListingEntry)), default=-1)
    found: list[ListingEntry] = []
    for n, part in enumerate(parts):
        if isinstance(part, ListingEntry):
            found += _part_entry(ListingEntry(part.heading, part.line), part.lines, style, last=n == last)
            rest = cut_furniture(found[-1], found[-50:-1]) if n == last else []
        else:
            rest = part.lines
        if not rest:
            continue
        start = _find_stray(rest, style, between=0 < n < last)
        if found:
            found[-1].after += _name_uncertain(found[-1], rest[:start], n - last)
        if start is not None:
            stray = _build_stray(rest[start], "not understood")
            found += _part_entry(stray, rest[start + 1 :], style, last=n >= last)
    return found


def _name_uncertain(entry: ListingEntry, lines: Sequence[TextLine], place: int) -> list[Leftover]:
    """What may be of a review among lines that follow an entry and begin no other.

    `place`: below 0 they stand between entries, at 0 they were cut off the last, above it the page's end follows.
    """
    if place > 0 or not lines:
        return []
    if place == 0:
        lines = find_uncertain(entry, lines)
        return [Leftover(_shorten(line.text), "not certain whose it is", not _is_prose(line)) for line in lines]
    head, text = lines[0], [line for line in lines[1:] if not (line.level or line.links_only)]
    own = PAGE_HEADING.fullmatch(head.text) or not find_uncertain(entry, [head, *text])[1:]
    return [] if own or not head.level else [Leftover(_shorten(head.text), "not understood")]


def doubt_years(entries: Sequence[ListingEntry], latest: int) -> None:
    """Add a doubt to entries of an impossible year. Where those of the future are many, the page is to be doubted."""
    future = [entry for entry in entries if (entry.heading.year or 0) > latest]
    early = [entry for entry in entries if (entry.heading.year or latest) < EARLIEST_YEAR]
    for entry in (*early, *(future if len(future) * 4 < len(entries) else [])):
        entry.doubts.append(Leftover(_shorten(entry.line.text), "not a year of the collection"))


def _describe(entries: Sequence[ListingEntry]) -> ListStyle:
    shapes = frozenset((e.line.level, e.line.strong) for e in entries if e.line.marked)
    reports = [[line for line in e.lines if _is_report_line(line)] for e in entries]
    linked = sum(map(bool, reports))
    first = sum(bool(found) and found[0] is e.lines[0] for e, found in zip(entries, reports, strict=True))
    bare = bool(entries) and all(e.line.links_only and not e.line.marked for e in entries)
    places = frozenset(site_folder(link) for found in reports for line in found for link in line.links)
    return ListStyle(shapes, bare, first * 2 <= linked, places)


def _build_stray(head: TextLine, why: str) -> ListingEntry:
    """What begins with a line, as an entry: the line is its heading, or where it reads as text its text too."""
    (heading, likeness), words = grammar.guess_heading(head.text), _shorten(head.text)
    if not likeness and (_is_prose(head) or _has_label(head)):
        return ListingEntry(heading, head._replace(text=words, raw="", links=()), [head], [Leftover(words, why)])
    return ListingEntry(heading, head, [], [Leftover(words, why)])


def _shorten(text: str) -> str:
    text = one_line(text)
    return text if len(text) <= MAX_WORDS else text[:MAX_WORDS].rpartition(" ")[0] + "…"


def _part_entry(entry: ListingEntry, lines: Sequence[TextLine], style: ListStyle, last: bool) -> Iterator[ListingEntry]:
    """The entry with its lines up to where something else begins, then that. `last`: the page's end follows."""
    at = 0
    while (cut := _find_cut(entry, lines, at, style, last)) is not None:
        entry.lines += lines[at : cut.start]
        if not cut.certain:
            entry.doubts.append(Leftover(_shorten(entry.line.text), "not certain where it ends"))
        yield entry
        at = cut.start + 1 + cut.halves
        head = " ".join(line.text for line in lines[cut.start : at])
        entry = _build_stray(lines[cut.start]._replace(text=head), cut.why)
    entry.lines += lines[at:]
    numbers = dict.fromkeys(number_in_address(link.url) for line in (entry.line, *entry.lines) for link in line.links)
    if any(mark in entry.heading.name for mark in (" 19", " 20")) and SECOND_HEADING.search(entry.heading.name):
        entry.doubts.append(Leftover(_shorten(entry.line.text), "two headings in one"))
    if len(found := [number for number in numbers if number]) > 1:
        entry.doubts.append(Leftover(_shorten(entry.line.text), f"more than one catalogue number ({', '.join(found)})"))
    yield entry


def _find_cut(entry: ListingEntry, lines: Sequence[TextLine], at: int, style: ListStyle, last: bool) -> Cut | None:
    """Where something else than the entry begins, if anything does, in the lines from `at` on, which follow its own."""
    state = EntryState(number=catalogue_number(link for line in (entry.line, *entry.lines) for link in line.links))
    for n in range(at, len(lines)):
        line = lines[n]
        likeness = _heading_likeness(line, style)
        if line.depth <= entry.line.depth or (line.marked and likeness == 2):
            if _begins_other(lines, n, likeness, state, style, last):
                halves = 0 if state.end is None else _count_halves(lines[state.end : n])
                return Cut(n - halves, style.matches(line) or state.end is not None, "not understood", halves)
            state.suspect = n if likeness else state.suspect
        pieces = grammar.split_labels(line.text)
        if _labels_again(pieces, line.marked or line.brief, state):
            return _cut_before(n, state, "labels that begin again")
        number = catalogue_number(line.links) if line.links else ""
        if number and state.number not in ("", number) and state.end != n:
            return _cut_before(n, state, "a second catalogue number")
        state.number = state.number or number
        if (style.links_last and _ends_with_report(line)) or _ends_with_keywords(pieces, entry):
            state.end = n + 1
    return None


def _count_halves(lines: Sequence[TextLine]) -> int:
    """How many of the last of these lines begin a heading that goes on below them."""
    return next((n for n, line in enumerate(reversed(lines)) if not grammar.begins_heading(line.text)), len(lines))


def _cut_before(n: int, state: EntryState, why: str) -> Cut:
    """A cut at the line that begins what the line of this index belongs to."""
    starts = [start for start in (state.end, state.suspect) if start is not None and start <= n]
    return Cut(max(starts, default=n), certain=False, why=why)


def _heading_likeness(line: TextLine, style: ListStyle) -> int:
    """How much a line is written as a heading; see `grammar.guess_heading`."""
    if line.links_only and not line.marked and not style.bare:
        return 0
    likeness = grammar.heading_likeness(line.text)
    return likeness if likeness == 2 or not any(map(is_report_link, line.links)) else 0


def _begins_other(
    lines: Sequence[TextLine], n: int, likeness: int, state: EntryState, style: ListStyle, last: bool
) -> bool:
    """Whether a line that is no heading begins another entry all the same."""
    line = lines[n]
    if likeness == 2 or (style.matches(line) and (likeness or _has_parts(line))):
        return True
    if not likeness and state.end is None:
        return False
    following = lines[n + 1] if n + 1 < len(lines) else None
    if following is None or not (_is_prose(following) or grammar.parse_label(following.text)):
        return False
    if state.end is not None:  # after the last review the page has names of its own
        return likeness > 0 or (not last and _reads_as_name(line))
    return likeness > 0 and _stands_alone(lines, n)


def _has_parts(line: TextLine) -> bool:
    """Whether a line is parted by a dash as headings are, and is neither a label nor a report's link."""
    parted = grammar.NAME_SEPARATOR.search(line.text) is not None
    return parted and not grammar.parse_label(line.text, whole=True) and not any(map(is_report_link, line.links))


def _stands_alone(lines: Sequence[TextLine], n: int) -> bool:
    """Whether a line is two names, or a year and a name, between sentences."""
    line, name = lines[n], grammar.guess_heading(lines[n].text)[0].name
    after_sentence = n > 0 and lines[n - 1].text.endswith((".", "!", "?"))
    two = grammar.NAME_SEPARATOR.search(line.text) is not None or line.text[0].isdigit()
    return two and after_sentence and not name[0].islower() and line.text[-1] not in ".;:,"


def _reads_as_name(line: TextLine) -> bool:
    text = line.text.rstrip(".: ")
    return (
        len(text.split()) > 1
        and grammar.reads_as_title(text)
        and not line.links_only
        and not PART_HEADING.fullmatch(text)
    )


def _labels_again(pieces: Sequence[str], whole: bool, state: EntryState) -> bool:
    """Whether the pieces of a line begin a second set of labels; their labels are added to those of the entry."""
    for piece in pieces:
        known = grammar.parse_label(piece, whole)
        if not known or known.kind == "other" or known.words == "Makes recommendations":
            continue
        words, ended = known.words.lower(), state.end is not None or "keywords" in state.kinds
        if known.kind in state.kinds and (
            known.kind in ("background", "keywords", "model")
            or ended
            or (words in state.labels and state.kind != known.kind)
        ):
            return True
        state.kinds.add(known.kind)
        state.kind = known.kind
        state.labels.add(words)
    return False


def _find_stray(lines: Sequence[TextLine], style: ListStyle, between: bool) -> int | None:
    """Where something like an entry begins in what no entry owns; None: it is the page's own.

    `between`: entries stand before and after it.
    """
    sure, reports, others = _find_evidence(lines, style, between)
    likely = max([*sure, *reports, *others], default=-1)
    starts, before = [], []
    for n, line in enumerate(lines):
        likeness, shaped = _heading_likeness(line, style), style.matches(line)
        if not (likeness or shaped) or PAGE_HEADING.fullmatch(line.text) or PAGE_FURNITURE.match(line.text):
            continue
        followed = n + 1 < len(lines) and _is_prose(lines[n + 1])
        named = likeness == 2 or (likeness and (shaped or n < likely)) or (shaped and between)
        if named and (followed or n < max(sure, default=-1)):
            starts.append(n)
        if n <= min(sure, default=-1) or (n < min(reports, default=-1) and followed):
            before.append(n)
    if sure and not before:
        before.append(_walk_back(lines, sure[0]))
    return min([*starts[:1], *before[-1:]], default=None)


def _find_evidence(
    lines: Sequence[TextLine], style: ListStyle, between: bool
) -> tuple[list[int], list[int], list[int]]:
    """The indexes of lines that only an entry has, of report links, and of lines that mostly an entry has.

    Only an entry has a catalogue number, and labels one after the other; a page may have one label of its own.
    """
    numbers = [n for n, line in enumerate(lines) if catalogue_number(line.links)]
    labels = [n for n, line in enumerate(lines) if not line.links_only and _has_label(line)]
    pairs = [n for a, b in pairwise(labels) if b - a <= 3 for n in (a, b)]
    reports = [n for n, line in enumerate(lines) if _is_report_line(line) and style.leads_to_report(line)]
    keywords = [n for n, line in enumerate(lines) if grammar.reads_as_keywords(line.text, 3)]
    return sorted([*numbers, *(labels if between or numbers else pairs)]), reports, [*labels, *keywords]


def _has_label(line: TextLine) -> bool:
    return any((known := grammar.parse_label(piece)) and known.end for piece in grammar.split_labels(line.text))


def _walk_back(lines: Sequence[TextLine], n: int) -> int:
    """The first of the plain lines that lead up to one, as far as they may be of one entry."""
    while n and not (lines[n - 1].level or lines[n - 1].links or PAGE_FURNITURE.match(lines[n - 1].text)):
        n -= 1
    return n


def _is_report_line(line: TextLine) -> bool:
    return line.links_only and any(map(is_report_link, line.links))


def _ends_with_report(line: TextLine) -> bool:
    if not line.links:
        return False
    last = line.links[-1]
    return bool(last.text) and line.text.endswith(last.text) and is_report_link(last)


def _ends_with_keywords(pieces: Sequence[str], entry: ListingEntry) -> bool:
    """Whether the last piece of a line holds keywords: labelled, or in an old entry written as such."""
    if (known := grammar.parse_label(pieces[-1])) is not None:
        return known.kind == "keywords" and known.end < len(pieces[-1])
    return (entry.heading.year or 9999) <= 2013 and grammar.reads_as_keywords(pieces[-1])


def _is_prose(line: TextLine) -> bool:
    sentence = not line.text[:1].islower() or ". " in line.text
    return line.text.count(" ") + 1 >= FEWEST_PROSE and not line.links_only and sentence
