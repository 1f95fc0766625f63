"""The entries of a listing: the lines between two headings, read as a review."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from core.records import Link, Review, Section
from scraper import grammar
from scraper.grammar import Heading
from scraper.lines import Line, normal

FURNITURE = re.compile(
    r"(last (updated|reviewed)|page last|©|copyright\b|back to (the )?top|share (this|on)|print this|cookies?\b"
    r"|was this (page|information)|nspcc (helpline|learning)\b|related (links|content|pages|resources)|subscribe"
    r"|sign up|follow us|if you(['’]re| are) (worried|concerned)|contact us|call us|more (information|resources)"
    r"|registered charity|find out more|stay up[ -]to[ -]date)",
    re.I,
)
REPORTISH = re.compile(r"report|review|summary|download|\.pdf\b|searchterm0=", re.I)


@dataclass(slots=True)
class Entry:
    """A heading and the lines below it, up to the next."""

    heading: Heading
    line: Line
    lines: list[Line] = field(default_factory=list)


@dataclass(slots=True)
class Span:
    """The text under one label while it is being read; the summary has none."""

    kind: str
    label: str
    lines: list[str]
    listed: int = 0  # how many of the lines are entries of a list within the entry


def entries(lines: Sequence[Line]) -> list[Entry]:
    """The page's entries in order; what precedes the first heading and follows the last entry left out."""
    found = [(line, grammar.heading(line.text)) for line in lines]
    trust_weak = not any(line.marked and heading and not heading.weak for line, heading in found)
    read: list[Entry] = []
    open_entry: Entry | None = None
    for line, heading in found:
        if heading and (not heading.weak or line.marked or trust_weak):
            open_entry = Entry(heading, line)
            read.append(open_entry)
        elif open_entry and _ends(line, open_entry):
            open_entry = None
        elif open_entry:
            open_entry.lines.append(line)
    read = [entry for entry in read if entry.lines or entry.line.links or not entry.heading.weak]
    if read:
        _cut_tail(read)
    return read


def _ends(line: Line, entry: Entry) -> bool:
    """Whether a line is a heading of the page's own, as high as the reviews' or higher."""
    if not line.level or grammar.label(line.text, whole=True):
        return False
    return line.level <= entry.line.level if entry.line.level else line.level <= 3


def _cut_tail(read: list[Entry]) -> None:
    """Take the page's furniture off its last entry.

    What follows the link of every other entry follows it here too; where no other has anything after
    its link, neither has the last.
    """
    last, others = read[-1], read[:-1]
    for index, line in enumerate(last.lines):
        if index and FURNITURE.match(line.text):
            del last.lines[index:]
            break
    if any(_after_links(entry) for entry in others):
        return
    longest = max((len(run) for entry in others if (run := _links_run(entry))), default=1)
    run = _links_run(last)
    keep = [n for place, n in enumerate(run) if place < longest or _reportish(last.lines[n])]
    if keep and not _labelled_after(last, run[-1]):
        del last.lines[keep[-1] + 1 :]


def _links_run(entry: Entry) -> range:
    """The first unbroken run of lines that are nothing but links, after some text."""
    spoken = False
    for start, line in enumerate(entry.lines):
        if line.bare and spoken:
            end = start
            while end < len(entry.lines) and entry.lines[end].bare:
                end += 1
            return range(start, end)
        spoken = spoken or not line.bare
    return range(0)


def _after_links(entry: Entry) -> bool:
    run = _links_run(entry)
    return bool(run) and len(entry.lines) > run.stop


def _labelled_after(entry: Entry, index: int) -> bool:
    return any(grammar.label(line.text, line.marked) for line in entry.lines[index + 1 :])


def _reportish(line: Line) -> bool:
    return any(REPORTISH.search(f"{link.text} {link.url}") for link in line.links)


def review(entry: Entry, source: str, labelled_keywords: bool) -> Review:
    """The entry as a review without its identity.

    `labelled_keywords`: the page labels its keywords, so an unlabelled line is never taken for them.
    """
    spans = _spans(entry)
    words = _keywords(spans, labelled_keywords)
    heading = entry.heading
    return Review(
        source=source,
        publisher=heading.publisher,
        name=heading.name,
        year=heading.year,
        month=heading.month,
        title=f"{heading.publisher} – {heading.name}",
        summary="\n".join(spans[0].lines),
        sections=tuple(_section(span) for span in spans[1:] if span.kind != "keywords" and span.lines),
        keywords=words,
        links=_links(entry),
        heading=entry.line.text,
        raw="\n".join(line.raw for line in (entry.line, *entry.lines)),
    )


def labels_keywords(entry: Entry) -> bool:
    """Whether an entry has the label `Keywords:`."""
    return any(
        (known := grammar.label(piece, line.marked)) and known.kind == "keywords"
        for line in entry.lines
        for piece in grammar.cut(line.text)
    )


def _spans(entry: Entry) -> list[Span]:
    """The entry's text under its labels; the first span is the summary."""
    body = [line for line in entry.lines if not line.bare and _prose(line)]
    spans = [Span("summary", "", [])]
    for line in body:
        whole = (line.marked and not (line.strong and "." in line.text)) or len(line.text.split()) <= 2
        inline = len(body) == 1 or (len(spans) == 1 and not grammar.label(line.text, whole))
        for piece in grammar.cut(_prose(line)) if inline else [_prose(line)]:
            _read(piece, whole, line, line.depth > entry.line.depth, spans)
    return spans


def _read(piece: str, whole: bool, line: Line, item: bool, spans: list[Span]) -> None:
    """Put one piece of text under the label it begins with, or under the one before it."""
    known = grammar.label(piece, whole)
    if known and not (known.words == "Makes recommendations" and len(spans) > 1):
        text = piece[known.end :].strip()
        spans.append(Span(known.kind, known.words, [text] if text else []))
    elif line.level:
        spans.append(Span("other", piece.rstrip(": "), []))  # the page's own heading inside an entry
    elif spans[-1].kind != "keywords" or item or not spans[-1].lines:
        spans[-1].lines.append(piece)
        spans[-1].listed += item


def _prose(line: Line) -> str:
    """A line without the links that follow its last sentence: they are not prose."""
    text = line.text
    for link in reversed(line.links):
        before = text.removesuffix(link.text).rstrip(" >»›|")
        if link.text and before != text and (before.endswith((".", "!", "?", ";", ":")) or not before):
            text = before
    return normal(text)


def _keywords(spans: list[Span], labelled: bool) -> tuple[str, ...]:
    """The labelled keywords, else the last line where it reads as keywords; that line is taken away."""
    for span in spans:
        if span.kind == "keywords":
            return grammar.keywords("\n".join(span.lines))
    last = spans[-1]
    if labelled or len(last.lines) < 2 or not grammar.reads_as_keywords(last.lines[-1]):
        return ()
    return grammar.keywords(last.lines.pop())


def _section(span: Span) -> Section:
    text = "\n".join(span.lines)
    listed = span.kind in {"learning", "recommendations"}
    if span.label == "Makes recommendations":
        return Section(span.kind, span.label, text, grammar.items(text.partition(":")[2]))
    if listed and span.listed > 1 and span.listed == len(span.lines) and ";" not in text:
        return Section(span.kind, span.label, text, tuple(line.removesuffix(".") for line in span.lines))
    return Section(span.kind, span.label, text, grammar.items(text) if listed else ())


def _links(entry: Entry) -> tuple[Link, ...]:
    """Every link of the entry once, in order; one without words takes those of its twin."""
    found: dict[str, str] = {}
    for link in _all_links(entry):
        found[link.url] = found.get(link.url) or link.text
    return tuple(Link(text, url) for url, text in found.items())


def _all_links(entry: Entry) -> Iterator[Link]:
    for line in (entry.line, *entry.lines):
        yield from line.links
