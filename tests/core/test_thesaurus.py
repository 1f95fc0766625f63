"""Thesaurus: the table is sound, and words find their term and no more than that."""

import pytest

from core.thesaurus import (
    MAX_TERM_WORDS,
    find_term,
    list_terms,
    load_thesaurus,
    other_words,
    phrase_forms,
    term_key,
    wish_phrases,
    word_forms,
)
from core.topics import load_spellings


def test_no_word_stands_under_two_terms_and_all_that_is_named_is_there() -> None:
    terms = list_terms()
    owners: dict[str, set[str]] = {}
    for term in terms:
        for words in (term.name, *term.synonyms):
            owners.setdefault(term_key(words), set()).add(term.name)
            assert 0 < len(term_key(words).split()) <= MAX_TERM_WORDS + 3, words

    assert {key: names for key, names in owners.items() if len(names) > 1} == {}
    names = {term.name for term in terms}
    assert {other for term in terms for other in (*term.wider, *term.narrower, *term.related)} <= names
    assert all(name not in (*term.wider, *term.narrower, *term.related) for term in terms for name in [term.name])


def test_the_table_is_in_order_and_each_source_is_named_and_used() -> None:
    table = load_thesaurus()
    used = {source for term in table["terms"].values() for source in term.get("sources", ())}

    assert list(table["terms"]) == sorted(table["terms"], key=str.casefold)
    assert used == set(table["sources"])
    assert all(title and url.startswith("https://") for title, url in table["sources"].values())
    spellings = {words for others in load_spellings().values() for words in others}
    assert not {words for term in table["terms"].values() for words in term.get("synonyms", ())} & spellings


def test_wider_is_the_other_end_of_narrower_and_related_goes_both_ways() -> None:
    by_name = {term.name: term for term in list_terms()}

    assert by_name["Dental neglect"].wider == ("Neglect",)
    for term in by_name.values():
        assert all(term.name in by_name[other].wider for other in term.narrower)
        assert all(term.name in by_name[other].related for other in term.related)
    assert by_name["Hidden men"].sources[0][1].startswith("https://learning.nspcc.org.uk/")


@pytest.mark.parametrize(
    ("typed", "term"),
    [
        ("hidden men", "Hidden men"),
        ("Invisible Father", "Hidden men"),
        ("unseen man", "Hidden men"),
        ("SCR", "Serious case reviews"),
        ("domestic violence", "Domestic abuse"),
        ("A&E", "Emergency departments"),
        ("child’s voice", "Voice of the child"),
        ("men", ""),
        ("child", ""),
        ("", ""),
        ("x " * 500, ""),
    ],
)
def test_words_find_their_term(typed: str, term: str) -> None:
    found = find_term(typed)

    assert (found.name if found else "") == term


@pytest.mark.parametrize(
    ("typed", "others"),
    [
        ("invisible fathers", ["hidden men", "unseen men", "father figures"]),
        ("domestic violence", ["domestic abuse"]),
        ("LCSPR", ["CSPR", "child safeguarding practice reviews"]),
        ("scr", ["serious case reviews"]),
    ],
)
def test_other_words_for_the_same(typed: str, others: list[str]) -> None:
    assert set(others) <= set(other_words(typed))
    assert typed not in map(str.casefold, other_words(typed))


def test_what_the_words_themselves_find_is_no_other_word() -> None:
    for words in ("neglect", "bruise", "head injury", "siblings", "sibling"):
        assert other_words(words) == ()
    assert "local child safeguarding practice reviews" not in other_words("LCSPR")  # holds the shorter one


def test_irregular_forms_are_one_word() -> None:
    assert word_forms("children") == ("children", "child")
    assert word_forms("Died,") == ("Died,", "die", "dying")
    assert word_forms("injuries") == ("injuries", "injured")
    assert word_forms("foetus") == ("foetus", "foetuses", "fetus", "fetuses")
    assert word_forms("took") == ("took", "take", "taken")
    assert word_forms("school") == ("school",)
    assert phrase_forms("hidden man") == ["hidden man", "hidden men"]
    assert {"dies", "died", "die", "dying"} == set(phrase_forms("dies", every=True))
    assert len(phrase_forms("child man woman person die injury")) == 12


def test_a_wish_is_its_own_words_and_other_words_for_the_same() -> None:
    assert {"hidden men", "hidden man", "father figures", "unseen fathers"} <= wish_phrases("Hidden men")
    assert wish_phrases("ziggurat") == {"ziggurat"}
    assert wish_phrases("%") == frozenset()
