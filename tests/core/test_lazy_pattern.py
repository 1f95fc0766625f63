"""A lazy pattern does what a compiled one does, from its first text on."""

import re

import pytest

from core.lazy_pattern import lazy_pattern


def test_it_is_the_pattern_from_the_first_text_on() -> None:
    lazy, eager = lazy_pattern(r"(\d+)-(?P<word>[a-z]+)", re.I), re.compile(r"(\d+)-(?P<word>[a-z]+)", re.I)
    text = "12-Ab, 3-c"

    assert lazy.pattern == eager.pattern
    assert (found := lazy.search(text)) and found["word"] == "Ab"
    assert (lazy.match(text) is None, lazy.fullmatch(text)) == (False, None)
    assert (lazy.findall(text), lazy.split(text), lazy.sub("x", text)) == (
        eager.findall(text),
        eager.split(text),
        eager.sub("x", text),
    )
    assert [one.span() for one in lazy.finditer(text)] == [one.span() for one in eager.finditer(text)]
    assert (lazy.flags, lazy.groups) == (eager.flags, eager.groups)


def test_nothing_is_compiled_before() -> None:
    wrong = lazy_pattern("never asked (")

    with pytest.raises(re.error):
        wrong.search("")
