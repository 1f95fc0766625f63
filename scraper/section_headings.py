"""Section headings: the year that the headings above an entry say, and whether it is of adults; pure."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from bs4 import BeautifulSoup, Tag

from scraper.line_builder import HEADING_LEVELS
from scraper.markup import SPAN_TAGS, element_text
from scraper.review_kinds import ADULT_PATTERN, OTHER_PATTERN, is_of_adults

_ABOUT_YEAR = (
    r"(?:case|serious|significant|management|child|children|safeguarding|local|learning|practice|adults?|thematic"
    r"|reviews?|reports?|L?C?SPRs?|SCRs?|CPRs?|SARs?|archived?|published|publications?|added|in|from|of|the|year)\b"
)
YEAR_HEADING = re.compile(rf"(?:{_ABOUT_YEAR}[\s:–-]*)*(?P<year>(?:19|20)\d\d)(?:[\s:–-]+{_ABOUT_YEAR})*", re.I)
MAX_HEADING_CHARS = 100
SCOPES = frozenset(["summary", "caption", "legend"])  # they speak of what their parent holds
LOWEST = 7  # below h6
LISTS = frozenset(["ul", "ol", "table"])
LABELLED = {"aria-labelledby": True}


class Above(NamedTuple):
    """What the headings above an entry say, the nearest first."""

    year: int | None = None
    is_adult: bool = False


class _Heading(NamedTuple):
    level: int
    text: str
    scope: Tag | None


def headings_above(soup: BeautifulSoup, items: Sequence[Tag]) -> dict[int, Above]:
    """What is said above each item, by the item's id(). A heading holds up to the next as high as it or higher."""
    known, inside = set(map(id, items)), set[int]()  # an item's own headings are its own
    unclosed = {id(parent) for item in items for parent in item.parents if id(parent) in known}  # links without </a>
    labels = _read_labels(soup)
    above: dict[int, Above] = {}
    headings: list[_Heading] = []
    for tag in soup.descendants:
        if not isinstance(tag, Tag):
            continue
        if id(tag.parent) in inside:
            inside.add(id(tag))
            continue
        level = HEADING_LEVELS.get(tag.name, LOWEST)
        if id(tag) in known:
            inside |= {id(tag)} - unclosed
            headings = [one for one in headings if one.level < level or level == LOWEST]
            above[id(tag)] = _read_headings(headings, tag)
        elif tag.name in SPAN_TAGS or (tag.name == "p" and _list_below(tag)):
            text = element_text(tag).removesuffix(":")
            if level < LOWEST or year_of_heading(text):  # else a line of the text may be emphasised
                scope = _list_below(tag) if tag.name == "p" else tag.parent if tag.name in SCOPES else None
                headings = [one for one in headings if one.level < level] + [_Heading(level, text, scope)]
        elif labels and (label := labels.get(str(tag.get("aria-labelledby") or ""))):
            around = set(map(id, tag.parents))
            headings = [one for one in headings if one.level or id(one.scope) in around]
            headings.append(_Heading(0, label, tag))  # a tab's, say, of what it shows
    return above


def _read_labels(soup: BeautifulSoup) -> dict[str, str]:
    """What the elements say that others name as their labels, by their ids, which a page may give twice: the first."""
    named = {str(tag["aria-labelledby"]) for tag in soup.find_all(attrs=LABELLED)} - {""}
    labels: dict[str, str] = {}
    for tag in soup.find_all(id=True) if named else ():
        if (name := str(tag["id"])) in named and name not in labels:
            labels[name] = element_text(tag)
    return labels


def _list_below(paragraph: Tag) -> Tag | None:
    """The list or table that a paragraph without a link stands above: a year in it is that of nothing else."""
    following = paragraph.find_next_sibling()
    return following if following and following.name in LISTS and not paragraph.find("a") else None


def year_of_heading(text: str) -> int | None:
    """The year of a heading that is of a year and of nothing else: "2023", "Reviews published in 2023"."""
    found = YEAR_HEADING.fullmatch(text) if len(text) <= MAX_HEADING_CHARS else None
    return int(found["year"]) if found else None


def _read_headings(headings: Sequence[_Heading], item: Tag) -> Above:
    around = set(map(id, item.parents))
    texts = [one.text for one in reversed(headings) if one.scope is None or id(one.scope) in around]
    kinds = (is_of_adults(text) for text in texts if ADULT_PATTERN.search(text) or OTHER_PATTERN.search(text))
    return Above(next(filter(None, map(year_of_heading, texts)), None), next(kinds, False))
