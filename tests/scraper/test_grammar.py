"""Headings, labels, lists and keywords: tables of good and bad cases."""

import pytest

from scraper import grammar

GOOD = [
    ("2017 – Anonymous - Child AB", 2017, None, "Anonymous", "Child AB"),
    ("2018 - Anonymous- Children F, G and H", 2018, None, "Anonymous", "Children F, G and H"),
    ("2012Ceredigion – Child J", 2012, None, "Ceredigion", "Child J"),
    ("December 2013 - Derbyshire - BDS12", 2013, 12, "Derbyshire", "BDS12"),
    ("Sept 2013 – Westmere – Child Q", 2013, 9, "Westmere", "Child Q"),
    ("May 2014 - Westmere - Child Q", 2014, 5, "Westmere", "Child Q"),
    ("2022 – Anonymous – Babies with injuries", 2022, None, "Anonymous", "Babies with injuries"),
    ("2025 - Cambridgeshire and Peterborough - Gabriel", 2025, None, "Cambridgeshire and Peterborough", "Gabriel"),
    ("2019 - Stoke-on-Trent - Child K", 2019, None, "Stoke-on-Trent", "Child K"),
    ("2019 Stoke-on-Trent – Child K", 2019, None, "Stoke-on-Trent", "Child K"),
    ("2016—Northshire—“Lucy”", 2016, None, "Northshire", "“Lucy”"),
    ("2016-Northshire - Child A-B", 2016, None, "Northshire", "Child A-B"),
    ("2020 – An unnamed board – Child A – overview", 2020, None, "An unnamed board", "Child A – overview"),
]
BAD = [
    "Case reviews published in 2017",
    "2017",
    "2017 case reviews",
    "2017 – Anonymous",
    "2010-2016 – sexual exploitation",
    "2015 was a difficult year - the mother moved house twice",
    "Last updated: 02 Sept 2025",
    "2014 – Child A was seen by a doctor - who did not ask about the bruises, nor about the earlier visits, and "
    "who wrote to nobody; this was found much later by the panel.",
    "1816 – Anonymous – Child A",
    "2017 – – Child A",
]


@pytest.mark.parametrize(("text", "year", "month", "publisher", "name"), GOOD)
def test_a_heading_is_read(text: str, year: int, month: int | None, publisher: str, name: str) -> None:
    heading = grammar.parse_heading(text)

    assert heading
    assert (heading.year, heading.month, heading.publisher, heading.name) == (year, month, publisher, name)


@pytest.mark.parametrize("text", BAD)
def test_what_is_no_heading_is_not_read_as_one(text: str) -> None:
    assert grammar.parse_heading(text) is None


@pytest.mark.parametrize(
    ("text", "kind", "words", "rest"),
    [
        ("Background: known to services", "background", "Background", "known to services"),
        ("Key issues: drift", "learning", "Key issues", "drift"),
        ("Key issues: include: drift", "learning", "Key issues: include", "drift"),
        ("KEY ISSUES : drift", "learning", "KEY ISSUES", "drift"),
        ("Issues identified include: drift", "learning", "Issues identified include", "drift"),
        ("Findings include: drift", "learning", "Findings include", "drift"),
        ("Learning focuses on: drift", "learning", "Learning focuses on", "drift"),
        ("Learning themes include: drift", "learning", "Learning themes include", "drift"),
        ("includes: drift", "learning", "includes", "drift"),
        ("Recommendations: include: train", "recommendations", "Recommendations: include", "train"),
        ("Recommendations include: train", "recommendations", "Recommendations include", "train"),
        (
            "Recommendations to the partnership include: train",
            "recommendations",
            "Recommendations to the partnership include",
            "train",
        ),
        ("Model: a panel", "model", "Model", "a panel"),
        ("Keywords: drift", "keywords", "Keywords", "drift"),
    ],
)
def test_a_known_label_is_read_with_its_kind(text: str, kind: str, words: str, rest: str) -> None:
    label = grammar.parse_label(text)

    assert label
    assert (label.kind, label.words, text[label.end :]) == (kind, words, rest)


@pytest.mark.parametrize(
    "text",
    [
        "LA1 partnership: oversee the work of the panel",
        "Mother had a history of: abuse in childhood",
        "Services supporting Lucy and her family included: a youth club",
        "The learning from this: it takes time",
        "Professionals: listen to the child",
    ],
)
def test_words_before_a_colon_are_no_label_unless_they_are_known(text: str) -> None:
    assert grammar.parse_label(text) is None


def test_a_one_paragraph_abstract_is_cut_where_a_sentence_begins_with_a_label() -> None:
    text = (
        "Death of a baby. Mother had a history of: loss. Issues identified include: drift; delay. Findings include: x."
    )

    assert grammar.split_labels(text) == [
        "Death of a baby. Mother had a history of: loss.",
        "Issues identified include: drift; delay.",
        "Findings include: x.",
    ]


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("a; b; and c.", ("a", "b", "c")),
        ("a; b; c", ("a", "b", "c")),
        ("a; and the sand; b and c.", ("a", "and the sand", "b and c")),
        ("one thing only.", ()),
        ("a;", ("a",)),
        ("", ()),
    ],
)
def test_a_list_is_parted_at_its_semicolons(text: str, items: tuple[str, ...]) -> None:
    assert grammar.split_items(text) == items


@pytest.mark.parametrize(
    ("text", "is_list"),
    [
        ("infanticide, maternal mental health, shaken baby.", True),
        ("child neglect, drug misuse", True),
        ("Ensure that training reaches every school, and that it is repeated.", False),
        ("Mother, father and the two children moved house, and then moved again.", False),
        ("improve training; review policy", False),
        ("neglect", False),
    ],
)
def test_an_unlabelled_line_is_taken_for_keywords_only_when_it_reads_like_them(text: str, is_list: bool) -> None:
    assert grammar.reads_as_keywords(text) is is_list
