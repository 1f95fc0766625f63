"""Foldings, by tables of what is the same and what is not."""

import pytest

from core.folding import dictionary_key, fold, fold_words, one_line, strip_format_marks


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


MARKS = "\u200e\u200f\u202a\u2066\u00ad\u200b\ufeff\u061c\u2060\u200d\u180e\ufe0f\u034f\u115f\u3164\U000e0041\U000e0101"


@pytest.mark.parametrize("mark", MARKS, ids=ascii)
def test_a_mark_without_a_look_makes_no_difference(mark: str) -> None:
    assert fold(f"{mark}Chi{mark}ld{mark} Á{mark}") == fold("Child Á")
    assert strip_format_marks(f"{mark}Child{mark} A{mark}") == "Child A"
    assert fold_words(f"{mark}Chi{mark}ld{mark} A{mark}") == ["child", "a"]
    assert dictionary_key(f"{mark}Chi{mark}ld 2") == dictionary_key("Child 2")


@pytest.mark.parametrize("letter", ["a", "é", "٣", "한", "ส", "व", "\u0301", "🌻", "–"])
def test_what_is_seen_stays(letter: str) -> None:
    assert strip_format_marks(f"x{letter}y") == f"x{letter}y"


@pytest.mark.parametrize(
    "names",
    [
        ["Aberdeen", "Ávila", "Éirinn", "Ísafjord", "Isle", "Ŵyr", "Zetland"],
        ["armagh", "ARMAGH 2", "Armagh 10", "Ávila"],
        ["Ceredigion", "Dŵr", "Dŷ", "Éire", "Lincoln", "Llanelli", "Ynys Môn"],
        ["BDS2", "BDS12", '"Ben"', "child 9", "Child 10", "“Lucy”"],
        ["O’Neill", "ONeill Trust", "St Helens", "St. Helens North", "𝐒𝐭𝐨𝐤𝐞"],
        ["Ælfric", "Đorđe", "Eðna", "Œuvre", "Øyestad", "Thanet", "Þórr", "Tiree"],
        ["Ｂath", "Kingston upon X", "Kingston-upon-Y"],
    ],
    ids=lambda names: names[0],
)
def test_names_sort_as_in_a_dictionary(names: list[str]) -> None:
    assert sorted(sorted(names, key=hash), key=dictionary_key) == names


def test_a_name_of_thousands_of_digits_has_a_place() -> None:
    assert dictionary_key("9" * 6000) > dictionary_key("8")
