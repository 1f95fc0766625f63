"""Unclosed links: a link that lacks its end tag is ended behind its words; pure.

A browser ends a link where the next one begins, and a list item, cell or paragraph where another does. The parser would
put all that follows into the link, one review into another.
"""

import re

from core.lazy_pattern import lazy_pattern
from scraper.line_builder import BLOCK_TAGS

LINK_TAG = re.compile(r"(</?a(?=[\s/>]))", re.I)
WORDS_OR_BLOCK = lazy_pattern(rf"<(?P<end>/?)(?P<name>{'|'.join(sorted(BLOCK_TAGS))})\b|<img\b|>[^<]*[^<\s]", re.I)
STRONGER = frozenset("div table thead tbody tfoot tr td th".split())  # the end of a link does not end these


def close_links(html: str) -> str:
    """The page's HTML with an end to every link."""
    pieces = LINK_TAG.split(html)
    for n in range(1, len(pieces), 2):
        if "/" not in pieces[n] and "/" not in "".join(pieces[n + 2 : n + 3]):
            pieces[n + 1] = _end_link(pieces[n + 1])
    return "".join(pieces)


def _end_link(text: str) -> str:
    """What follows `<a`, with the end of that link before the first block that begins or ends behind its words."""
    said, opened, end = False, 0, len(text)
    for found in WORDS_OR_BLOCK.finditer(text):
        if found["name"] and said and not opened:
            end = found.start()
            break
        said = said or not found["name"]
        if (found["name"] or "").lower() in STRONGER:
            opened += -1 if found["end"] else 1
    return f"{text[:end]}</a>{text[end:]}"
