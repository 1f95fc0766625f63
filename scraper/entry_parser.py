"""Entry parser: the lines of a listing entry read as a review; pure."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from core.records import Link, Review, Section
from core.states import LabelKind, SectionKind
from scraper import grammar
from scraper.entries import PAGE_FURNITURE, PART_HEADING, REPORT_WORDS, ListingEntry, is_report_link
from scraper.identity import identify, join_texts
from scraper.line_builder import TextLine
from scraper.nations import find_nation, review_kind
from scraper.page_text import normalise_text

SUMMARY_LABEL = re.compile(r"(?:case )?(?:summary|abstract|overview|synopsis): (?=\S)", re.I)
MAX_LABEL_CHARS = 30  # of the summary's
MAX_BUTTON_CHARS = 12  # "collapse all"
BUTTON_TEXT = re.compile(r"(read|show|view|see) (more|less)|(expand|collapse|open|close)( all)?|print|share", re.I)


@dataclass(slots=True)
class LabelSpan:
    """The text under one label while it is being read; the summary has none."""

    kind: Literal[LabelKind, "summary"]
    label: str
    lines: list[str]
    listed: list[int] = field(default_factory=list)  # the indexes of the lines that stand in a list within the entry


def parse_entry(entry: ListingEntry, source: str, labelled_keywords: bool) -> Review:
    """The entry as a review.

    `labelled_keywords`: the page labels its keywords, so an unlabelled line is never taken for them.
    """
    spans = _split_spans(entry)
    heading = entry.heading
    words = _take_keywords(spans, labelled_keywords, old=(heading.year or 0) <= 2013)
    summary = "\n".join(line for span in spans if span.kind == "summary" for line in span.lines)
    sections, links = tuple(_iter_sections(spans)), _collect_links(entry)
    texts = join_texts(heading.year, heading.publisher, heading.name, summary, sections, words)
    number, print_, key = identify(texts, links)
    return Review(
        source=source,
        publisher=heading.publisher,
        name=heading.name,
        year=heading.year,
        month=heading.month,
        title=" – ".join(part for part in (heading.publisher, heading.name) if part),
        summary=summary,
        sections=sections,
        keywords=words,
        links=links,
        nation=(nation := find_nation(heading.publisher)),
        kind=review_kind(nation, heading.year),
        heading=entry.line.text,
        raw="\n".join(line.raw for line in (entry.line, *entry.lines)),
        catalogue=number,
        fingerprint=print_,
        key=key,
    )


def has_keyword_label(entry: ListingEntry) -> bool:
    """Whether an entry has the label `Keywords:`."""
    return any(
        (known := grammar.parse_label(piece, line.marked)) and known.kind == "keywords"
        for line in entry.lines
        for piece in grammar.split_labels(line.text)
    )


def _split_spans(entry: ListingEntry) -> list[LabelSpan]:
    """The entry's text under its labels; the first span is the summary, and goes on where keywords stood above it."""
    body = [(line, text) for line in entry.lines if (text := _strip_links(line)) and not _is_furniture(line)]
    said = sum(not line.links_only for line, _ in body)
    spans = [LabelSpan("summary", "", [])]
    for line, text in body:
        if line.links_only and (spans[-1].kind != "keywords" or _leads_to_report(line)):
            continue
        whole = (line.marked and not (line.strong and "." in line.text)) or line.brief
        inline = (
            said == 1 or (len(spans) == 1 and not grammar.parse_label(line.text, whole)) or _holds_more_labels(line)
        )
        for piece in grammar.split_labels(text) if inline else (text,):
            _add_piece(piece, whole, line, line.depth > entry.line.depth, spans)
    if spans[0].lines:
        spans[0].lines = _strip_label(spans[0].lines)
    return spans


def _strip_label(summary: list[str]) -> list[str]:
    """The lines of a summary without a label of its own, on a line or before its words."""
    first, *rest = summary
    if len(first) < MAX_LABEL_CHARS and rest and PART_HEADING.fullmatch(first.rstrip(": ")):
        return rest
    label = SUMMARY_LABEL.match(first) if ":" in first[:MAX_LABEL_CHARS] else None
    return [first[label.end() :], *rest] if label else summary


def _leads_to_report(line: TextLine) -> bool:
    """Whether a line of links leads to a report, or says so and leads nowhere."""
    if not line.links:
        return REPORT_WORDS.search(line.text) is not None
    return any(map(is_report_link, line.links))


def _is_furniture(line: TextLine) -> bool:
    """Whether a line is a button, a row of signs, or a link of the page's own such as "Back to top"."""
    button = len(line.text) <= MAX_BUTTON_CHARS and (
        BUTTON_TEXT.fullmatch(line.text) or (line.text and not any(map(str.isalnum, line.text)))
    )
    return bool(button or (line.links_only and PAGE_FURNITURE.match(line.text)))


def _holds_more_labels(line: TextLine) -> bool:
    """Whether a labelled line goes on with the labels that follow: up to the keywords, or two more of them."""
    if line.text.count(":") < 2:
        return False
    pieces = grammar.split_labels(line.text)
    kinds = [known.kind for piece in pieces if (known := grammar.parse_label(piece))]
    return len(pieces) > 1 and (len(kinds) > 2 or (bool(kinds) and kinds[-1] == "keywords"))


def _add_piece(piece: str, whole: bool, line: TextLine, item: bool, spans: list[LabelSpan]) -> None:
    """Put one piece of text under the label it begins with, or under the one before it."""
    known = grammar.parse_label(piece, whole)
    last = spans[-1]
    if known and not (known.words == "Makes recommendations" and len(spans) > 1):
        text = piece[known.end :].strip()
        spans.append(LabelSpan(known.kind, known.words, [text] if text else []))
    elif line.level:
        if not PART_HEADING.fullmatch(piece.rstrip(": ")):
            spans.append(LabelSpan("other", piece.rstrip(": "), []))  # the page's own heading inside an entry
    else:
        if last.kind == "keywords" and not _goes_on(last, piece, item or line.links_only):
            if line.links_only:
                return
            first = len(spans) == 2 and not spans[0].lines  # keywords that stand above the text
            spans.append(last := LabelSpan("summary" if first else "other", "", []))  # what follows is none of them
        if item or line.links_only:
            last.listed.append(len(last.lines))
        last.lines.append(piece)


def _goes_on(keywords: LabelSpan, piece: str, item: bool) -> bool:
    """Whether a line goes on with the keywords above it. `item`: it stands in a list, or is a link."""
    if not keywords.lines or keywords.lines[-1].endswith((",", ";")):
        return True
    if item and len(keywords.lines) == len(keywords.listed):
        return True
    if any(sign in line for line in (*keywords.lines, piece) for sign in grammar.KEYWORD_SIGNS):
        return False
    return piece[0].islower() and grammar.reads_as_keywords(piece, fewest=1)  # a line each


def _strip_links(line: TextLine) -> str:
    """A line without the links that follow its last sentence or its keywords: they are not prose."""
    text, after = line.text, (".", "!", "?", ";", ":")
    if line.links_only or not line.links:
        return text
    links = line.links
    for link, earlier in zip(reversed(links), (*reversed(links[:-1]), None), strict=False):
        forms = (link.text, f"({link.text})", f"[{link.text}]", f"{link.text}.")
        form = next((form for form in forms if link.text and text.endswith(form)), "")
        if not form:
            continue
        rest = text.removesuffix(form).rstrip()
        if earlier and earlier.text and rest.endswith(f"{earlier.text} and"):
            rest = rest.removesuffix(" and")
        before = rest.rstrip(" >»›|–—-•·")
        if before and not before.endswith(after) and not _is_listed(link, before, rest):
            break
        text = before
    return normalise_text(text)


def _is_listed(link: Link, before: str, rest: str) -> bool:
    """Whether a link at a line's end is the report's: after its sign or the keywords."""
    if not is_report_link(link) or before != rest:
        return is_report_link(link)
    return _ends_in_keywords(before)


def _ends_in_keywords(text: str) -> bool:
    known = grammar.parse_label(grammar.split_labels(text)[-1])
    return known is not None and known.kind == "keywords"


def _take_keywords(spans: list[LabelSpan], labelled: bool, old: bool) -> tuple[str, ...]:
    """The labelled keywords, else the last line where it reads as keywords; that line is taken away.

    `old`: an entry of 2012 or 2013, when one word alone could be all.
    """
    if any(span.kind == "keywords" for span in spans):
        return grammar.split_keywords(
            "\n".join(line for span in spans if span.kind == "keywords" for line in span.lines)
        )
    last = spans[-1]
    if labelled or len(last.lines) < 2:
        return ()
    loud = all(line.isupper() for span in spans for line in span.lines)  # then its capitals say nothing
    words = last.lines[-1].lower() if loud else last.lines[-1]
    if not grammar.reads_as_keywords(words, fewest=1 if old else 2):
        return ()
    return grammar.split_keywords(last.lines.pop())


def _iter_sections(spans: list[LabelSpan]) -> Iterator[Section]:
    for span in spans:
        if (span.lines or span.kind == "other") and span.kind != "summary" and span.kind != "keywords":
            yield _build_section(span.kind, span)


def _build_section(kind: SectionKind, span: LabelSpan) -> Section:
    text = "\n".join(span.lines)
    if span.label == "Makes recommendations":
        return Section(kind, span.label, text, grammar.split_items(text.partition(":")[2]))
    if kind not in ("learning", "recommendations"):
        return Section(kind, span.label, text)
    listed = span.lines[span.listed[0] : span.listed[-1] + 1] if span.listed else []
    if len(listed) == len(span.listed) > 1 and ";" not in text:  # words may stand before it and after it
        return Section(kind, span.label, text, tuple(line.removesuffix(".") for line in listed))
    return Section(kind, span.label, text, grammar.split_items("\n".join(_list_lines(span.lines))))


def _list_lines(lines: list[str]) -> list[str]:
    """The lines of a list that semicolons part: it ends with the first full stop at a line's end."""
    if len(lines) == 1:  # as most are
        return lines
    end = next((n for n, line in enumerate(lines) if line.endswith(".") and ";" in "".join(lines[: n + 1])), len(lines))
    return lines[: end + 1]


def _collect_links(entry: ListingEntry) -> tuple[Link, ...]:
    """Every link of the entry once, in order; one without words takes those of its twin.

    The links of keywords lead to other pages about them, not to the report.
    """
    found: dict[str, Link] = {}
    for link in _iter_links((entry.line, *entry.lines)):
        if link.url not in found or not found[link.url].text:
            found[link.url] = link
    return tuple(found.values())


def _iter_links(lines: Sequence[TextLine]) -> Iterator[Link]:
    links = [link for line in lines for link in line.links]
    if all(map(is_report_link, links)):  # as nearly all are: where they stand says nothing more
        yield from links
        return
    keywords = listed = False  # whether a line is one of keywords; whether they are a list, a line each
    for line in lines:
        known = grammar.parse_label(line.text, line.marked or line.brief)
        if known:
            keywords, listed = known.kind == "keywords", known.end >= len(line.text)
        yield from (link for link in line.links if not keywords or is_report_link(link))
        item = known or line.links_only or line.depth > lines[0].depth
        keywords = keywords and (line.text.endswith((",", ";")) or bool(listed and item))
