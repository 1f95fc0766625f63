"""Footnote marks: a raised number or sign that points to a note is no part of the word it stands behind; pure.

`Child Q<sup>1</sup>` is Child Q. What is raised and belongs to the text stays: `10<sup>th</sup>`, `m<sup>2</sup>`, and
the number that a note itself begins with. What the mark links to stays a link.
"""

import re

from core.lazy_pattern import lazy_pattern

SIGNS = ("<sup", "<SUP", "#_ftn")  # of which a page with marks has one; the last is of a text processor
RAISED = lazy_pattern(
    r"<(sup)\b[^<>]{0,200}>(.{0,300}?)</sup\s*>|<(a)\b[^<>]{0,200}#_ftn\d[^<>]{0,200}>(.{0,100}?)</a\s*>", re.I | re.S
)
TAG = lazy_pattern(r"<[^>]*>")
ENDING_TAGS = lazy_pattern(r"(?:\s*</?(?:a|abbr|b|cite|em|font|i|mark|small|span|strong|u)\b[^>]*>)+\s*$", re.I)
_ONE_MARK = r"(?:\d{1,2}|[*†‡§¶]{1,3}|[ivx]{1,4})"
MARK = lazy_pattern(rf"\s*(?:\[{_ONE_MARK}\]|\({_ONE_MARK}\)|{_ONE_MARK}(?:\s*,\s*{_ONE_MARK})*)\s*")
POWER = lazy_pattern(r"(?:^|[\s\d/(>;])(?:[mnrxy]|[cdkm]m|ft|yd|(?<=\d)in)$")  # what a number is raised behind
MAX_BEFORE = 300  # characters of markup before a mark that are looked at


def strip_footnote_marks(html: str) -> str:
    """The markup without the words of its footnote marks."""
    if not any(sign in html for sign in SIGNS):
        return html
    return RAISED.sub(_strip_mark, html)


def _strip_mark(raised: re.Match[str]) -> str:
    inside = raised[2] if raised[1] else raised[4]
    before = ENDING_TAGS.sub("", raised.string[max(0, raised.start() - MAX_BEFORE) : raised.start()])
    word = before.rstrip()
    if not MARK.fullmatch(TAG.sub("", inside)) or not word or word.endswith(">"):
        return raised[0]
    if (POWER.search(word) and word == before) or raised.string.startswith(("/", "⁄", "&frasl;"), raised.end()):
        return raised[0]
    return "".join(TAG.findall(raised[0]))
