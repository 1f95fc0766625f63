"""Foldings, by tables of what is the same and what is not."""

import pytest

from core.folding import fold, fold_words, one_line, strip_format_marks


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Anonymous – Child “A”", "anonymous- child 'A'"),
        ("Child  A\n", "Child A"),
        ("STRASSE", "straße"),
        ("soft\u00adhyphen", "softhyphen"),
        ("ﬁle", "file"),
        ("e\u0301", "é"),
        ("1 000", "1\u00a0000"),
    ],
)
def test_typing_makes_no_difference(one: str, other: str) -> None:
    assert fold(one) == fold(other)


@pytest.mark.parametrize(
    ("one", "other"), [("Child A", "Child B"), ("José", "Jose"), ("a, b", "a b"), ("a & b", "a and b")]
)
def test_letters_accents_and_signs_do(one: str, other: str) -> None:
    assert fold(one) != fold(other)


@pytest.mark.parametrize(
    ("text", "apart", "joined"),
    [
        ("", [], []),
        ("…!", [], []),
        ("Child sexual exploitation", ["child", "sexual", "exploitation"], ["child", "sexual", "exploitation"]),
        ("Children’s services", ["children", "s", "services"], ["childrens", "services"]),
        ("Bath & Wells", ["bath", "wells"], ["bath", "and", "wells"]),
        ("ÉCOLE_maternelle-2", ["ecole", "maternelle", "2"], ["ecole", "maternelle", "2"]),
        ("Straße", ["strasse"], ["strasse"]),
    ],
)
def test_the_words_alone(text: str, apart: list[str], joined: list[str]) -> None:
    assert fold_words(text) == apart
    assert fold_words(text, joined=True) == joined


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("", ""),
        ("  plain  words ", "plain words"),
        ("550 no\r\n550 such user", "550 no 550 such user"),
        ("a\x1b[31mb\x00c", "a [31mb c"),
        ("tab\there\u2028there", "tab here there"),
    ],
)
def test_one_line(text: str, line: str) -> None:
    assert one_line(text) == line


@pytest.mark.parametrize("mark", ["\u200e", "\u200f", "\u202a", "\u2066", "\u00ad", "\u200b", "\ufeff", "\u061c"])
def test_a_mark_without_a_look_makes_no_difference(mark: str) -> None:
    assert fold(f"{mark}Child{mark} Á{mark}") == fold("Child Á")
    assert strip_format_marks(f"{mark}Child{mark} A{mark}") == "Child A"
