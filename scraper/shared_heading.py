"""Shared heading: the names of several reviews in one heading, and which of the lines below it is whose; pure."""

import re
from collections.abc import Iterable, Sequence
from itertools import chain
from urllib.parse import unquote, urlsplit

from bs4 import NavigableString, Tag

from core.folding import fold_case
from scraper.document_links import clean_title, is_generic
from scraper.line_builder import TextLine
from scraper.markup import SPAN_TAGS, element_text
from scraper.page_text import normalise_text
from scraper.title_dates import line_date, split_date


def part_heading(roots: Iterable[Tag], lines: Sequence[TextLine]) -> list[tuple[TextLine, ...]]:
    """The lines of an entry as those of each review that its heading names, the name first; empty where that is none.

    Each name must have a link, and each line with a link name one of them: by its words or its file's.
    """
    heading = next(filter(None, (_heading_around(tag) for root in roots for tag in root.find_all("br"))), None)
    names = _broken_names(heading) if heading else []
    own = {element_text(heading), *names}
    parts = _part_lines(names, [line for line in lines if line.links or line.text not in own])
    heads = (lines[0]._replace(text=name, links=(), lead="") for name in names)
    return [(head, *part) for head, part in zip(heads, parts, strict=False)]


def has_broken_heading(page: Tag) -> bool:
    """Whether a page has a heading with a break in it."""
    breaks = (tag for tag in page.descendants if isinstance(tag, Tag) and tag.name == "br")
    return any(map(_heading_around, breaks))


def _heading_around(tag: Tag) -> Tag | None:
    return next((parent for parent in tag.parents if parent.name in SPAN_TAGS), None)


def _broken_names(heading: Tag) -> list[str]:
    """What a heading says between its breaks; nothing where that is not several names."""
    parts: list[list[str]] = [[]]
    for node in heading.descendants:
        if isinstance(node, Tag) and node.name == "br":
            parts.append([])
        elif isinstance(node, NavigableString):
            parts[-1].append(str(node))
    names = [name for part in parts if (name := normalise_text("".join(part)))]
    is_names = len(names) > 1 and not any(is_generic(clean_title(name)) or line_date(name)[0] for name in names)
    return names if is_names else []


def _part_lines(names: Sequence[str], lines: Iterable[TextLine]) -> list[list[TextLine]]:
    """The lines of each name; empty where it is not certain. What stands before the first link is of all."""
    stems = (fold_case(split_date(clean_title(name))[0]) for name in names)
    patterns = [re.compile(rf"(?<!\w){re.escape(stem)}(?!\w)") for stem in stems]
    parts: list[list[TextLine]] = [[] for _ in names]
    last = parts
    for line in chain.from_iterable(map(_part_links, lines)):
        named = [part for part, pattern in zip(parts, patterns, strict=True) if pattern.search(_said(line))]
        if line.links and len(named) != 1:
            return []
        last = named if line.links else last
        for part in named if len(named) == 1 else last:
            part.append(line)
    return parts if all(any(line.links for line in part) for part in parts) else []


def _part_links(line: TextLine) -> list[TextLine]:
    """A line that is nothing but links as a line each."""
    alone = [line._replace(text=link.text, links=(link,), lead="") for link in line.links]
    return alone if line.links_only and len(alone) > 1 else [line]


def _said(line: TextLine) -> str:
    """What a line says, and what the files are called that it links."""
    files = (unquote(urlsplit(link.url).path.rpartition("/")[2]) for link in line.links)
    return fold_case(" ".join([line.text, *(re.sub(r"[-_.]", " ", file) for file in files)]))
