"""Footnote marks: a raised number or sign that points to a note is no part of the word it stands behind; pure.

`Child Q<sup>1</sup>` is Child Q. What is raised and belongs to the text stays: `10<sup>th</sup>`, `m<sup>2</sup>`, and
the number that a note itself begins with.
"""

from core.lazy_pattern import lazy_pattern

_ONE_MARK = r"(?:\d{1,2}|[*†‡§¶]{1,3}|[ivx]{1,4})"
MARK = lazy_pattern(rf"\s*(?:\[{_ONE_MARK}\]|\({_ONE_MARK}\)|{_ONE_MARK}(?:\s*,\s*{_ONE_MARK})*)\s*")
POWER = lazy_pattern(r"(?:^|[\s\d/(])(?:[mnrxy]|[cdkm]m|ft|yd|(?<=\d)in)$")  # what a number is raised behind
MARKED_CHARS = 20  # of the text before a mark that are looked at


def is_footnote_mark(words: str, before: str) -> bool:
    """Whether what is raised, or links to a note of its page, is that note's mark. `before`: the line up to it."""
    before = before[-MARKED_CHARS:]
    return bool(before.strip() and MARK.fullmatch(words) and not POWER.search(before))
