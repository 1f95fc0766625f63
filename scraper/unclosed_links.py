"""Unclosed links: a link that lacks its end tag is ended behind its words; pure.

A browser ends a link where the next one begins, and a list item, cell or paragraph where another does. The parser would
put all that follows into the link, one review into another.
"""

import re

from core.lazy_pattern import lazy_pattern
from scraper.line_builder import BLOCK_TAGS

LINK_TAG = re.compile(r"(</?a(?=[\s/>]))", re.I)
WORDS_OR_BLOCK = lazy_pattern(rf"<(?P<end>/?)(?P<name>{'|'.join(sorted(BLOCK_TAGS))})\b|<img\b|>[^<]*[^<\s]", re.I)
WHOLE_TAGS = frozenset("div table thead tbody tfoot tr td th main section article ul ol dl".split())  # end with a tag


def close_links(html: str) -> str:
    """The page's HTML with an end to every link."""
    pieces = LINK_TAG.split(html)
    for n in range(1, len(pieces), 2):
        if "/" not in pieces[n] and "/" not in "".join(pieces[n + 2 : n + 3]):
            pieces[n + 1] = _end_link(pieces[n + 1])
    return "".join(pieces)


def _end_link(text: str) -> str:
    """What follows `<a`, with the end of that link before the first block that begins or ends behind its words.

    One that leads nowhere marks a place: its words would be the page's, and its end that of a part of the page.
    """
    tag, closed, rest = text.partition(">")
    if "href" not in tag.lower():
        return f"{tag}{closed}</a>{rest}" if closed else text
    said, opened = False, 0
    for found in WORDS_OR_BLOCK.finditer(text):
        if found["name"] and said and not opened:
            return f"{text[: found.start()]}</a>{text[found.start() :]}"
        said = said or not found["name"]
        if (found["name"] or "").lower() in WHOLE_TAGS:
            opened += -1 if found["end"] else 1
    return text if opened > 0 else f"{text}</a>"  # an end in a list, say, would be the list's
