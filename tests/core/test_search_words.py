"""Search words: what is typed is read as terms, written again, widened, and planned with the thesaurus."""

import pytest

from core.search_words import (
    CATALOGUE_NUMBER,
    SearchTerm,
    also_searched,
    as_typed,
    format_terms,
    parse_terms,
    plan_clauses,
    unsearched,
    widen,
)


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ('safe "co-sleeping with" risk', ["safe", "co-sleeping with", "risk"]),
        ("“safe sleep” – advice", ["safe sleep", "advice"]),
        ('an "open phrase', ["an", "open phrase"]),
        ("*** – ! ()", []),
        ("children's", ["children's"]),
        ("OR", ["OR"]),
        ("NOT", ["NOT"]),
        ("a AND b", ["a", "b"]),
        ("or and not", ["or", "and", "not"]),
        ("DID NOT ATTEND", ["DID", "NOT", "ATTEND"]),
        ("x " * 50, ["x"] * 20),
    ],
)
def test_words_and_phrases_are_told_apart(typed: str, expected: list[str]) -> None:
    assert [term.text for term in parse_terms(typed)] == expected


@pytest.mark.parametrize(
    ("typed", "left_out"), [("x " * 20, ""), ("x " * 20 + '-y "a b" ', '-y "a b"'), ("x " * 20 + "***", ""), ("", "")]
)
def test_words_that_are_too_many_are_named(typed: str, left_out: str) -> None:
    assert unsearched(typed) == left_out


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ('safe "co-sleeping with" OR risk', 'safe "co-sleeping with" OR risk'),
        ("a NOT b", "a -b"),
        ("a −b", "a -b"),
        ('a -"b c"', 'a -"b c"'),
        ("OR a OR", "a"),
        ("a OR NOT b", "a -b"),
        ("-a OR b", "-a b"),
        ("a-b", "a-b"),
        ("- a", "a"),
        ("a NOT (police)", "a NOT (police)"),
        ("a OR *** OR b", "a OR b"),
        ('"a" "b"', '"a" "b"'),
    ],
)
def test_what_is_typed_is_read_and_written_again(typed: str, written: str) -> None:
    assert format_terms(parse_terms(typed)) == written
    assert parse_terms(written) == parse_terms(typed)


@pytest.mark.parametrize(
    ("typed", "wider"),
    [
        ("brui", "brui*"),
        ('brui "safe slee" of 12', 'brui* "safe slee*" of 12'),
        ("brui OR fire -night", "brui* OR fire* -night"),
        ("brui*", ""),
        ("of", ""),
        ("Died", ""),
        ("", ""),
        ("…", ""),
    ],
)
def test_the_beginnings_of_the_same_words(typed: str, wider: str) -> None:
    assert widen(typed) == wider


@pytest.mark.parametrize(
    ("typed", "also", "only"),
    [
        ("hidden men", "unseen men", '"hidden" "men"'),
        ("neglect hidden men -fire", "unseen men", '"neglect" "hidden" "men" -fire'),
        ("SCR OR neglect", "serious case reviews", '"SCR" OR "neglect"'),
        ("fire hidden men -sea OR co-sleeping", "unseen men", '"fire" "hidden" "men" "co-sleeping" -sea'),
        ("fire hidden men OR safe sleep", "safer sleep", '"fire" "hidden men" OR "safe sleep"'),
        ('"hidden men"', "", ""),
        ("hidden -men", "", ""),
        ("men hidden", "", ""),
        ("hidden* men", "", ""),
        ("neglect", "", ""),
        ("", "", ""),
    ],
)
def test_other_words_are_searched_unless_they_are_quoted(typed: str, also: str, only: str) -> None:
    assert (also in also_searched(typed)) if also else also_searched(typed) == []
    assert as_typed(typed) == only
    assert also_searched(only) == []


def test_the_longest_term_counts() -> None:
    clauses = plan_clauses(parse_terms("child sexual abuse fire"))

    assert [[term.text for term in clause.typed[0]] for clause in clauses] == [["child", "sexual", "abuse"], ["fire"]]
    assert "CSA" in clauses[0].others


def test_or_binds_terms_of_the_thesaurus_whole() -> None:
    clauses = plan_clauses(parse_terms("fire safe sleep OR hidden men OR sea"))

    assert [[" ".join(term.text for term in terms) for terms in clause.typed] for clause in clauses] == [
        ["fire"],
        ["safe sleep", "hidden men", "sea"],
    ]
    assert {"unseen men", "safer sleep"} <= set(clauses[1].others)


def test_a_catalogue_number_stands_alone() -> None:
    assert [bool(CATALOGUE_NUMBER.fullmatch(text)) for text in ("C6021", " c6021 ", "C1", "C6021 x", "xC6021")] == [
        *(True, True, False, False, False)
    ]
    assert parse_terms("C6021") == (SearchTerm("C6021"),)
