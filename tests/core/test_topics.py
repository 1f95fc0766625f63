"""Topics: the table of spellings is sound, and keywords find their topic."""

import pytest

from core.topics import find_topic, load_spellings, misspelt_topic, slugify, topics_by_slug


def test_no_spelling_stands_for_two_topics() -> None:
    said = [
        (slugify(spelling), name) for name, spellings in load_spellings().items() for spelling in (name, *spellings)
    ]
    by_spelling: dict[str, set[str]] = {}
    for spelling, name in said:
        by_spelling.setdefault(spelling, set()).add(name)

    assert {spelling: names for spelling, names in by_spelling.items() if len(names) > 1} == {}
    assert all(spelling for spelling, _ in said)
    assert list(load_spellings()) == sorted(load_spellings(), key=str.casefold)


@pytest.mark.parametrize(
    ("keyword", "expected"),
    [
        ("child neglect", "Neglect"),
        ("CSE", "Child sexual exploitation"),
        ("child’s voice", "Voice of the child"),
        ("A & E", "Emergency departments"),
        ("SELF HARM.", "Self-harm"),
        ("adolesence", "Adolescents"),
        ("dental  neglect.", "Dental neglect"),
        ("Émigrés", "Émigrés"),
        ("***", None),
        ("", None),
        ("a sentence that goes on " * 6, None),
    ],
)
def test_a_keyword_finds_its_topic_however_it_is_written(keyword: str, expected: str | None) -> None:
    found = find_topic(keyword)

    assert (found.name if found else None) == expected


def test_a_narrower_word_is_a_topic_of_its_own() -> None:
    names = {
        find_topic(word) for word in ("neglect", "medical neglect", "dental neglect", "sudden infant death", "SUDI")
    }

    assert len(names) == 5


def test_slugs_are_safe_in_addresses_and_stay_as_they_are() -> None:
    for known in topics_by_slug().values():
        assert slugify(known.slug) == known.slug
    assert slugify("<script>alert('x')</script>/../") == "script-alert-x-script"


@pytest.mark.parametrize(
    ("typed", "near"),
    [
        ("domestic abuze", "Domestic abuse"),
        ("Comunication skills", ""),
        ("child sexual exploitaton", "Child sexual exploitation"),
        ("informaton sharing", "Information sharing"),
        ("Gangs", ""),
        ("domestic violence", ""),
        ("ziggurat", ""),
        ("Suffolk", ""),
        ("neglected", ""),
        ("co sleeping", ""),
        ("GP", ""),
        ("", ""),
    ],
)
def test_a_topic_that_is_all_but_spelt_is_told_from_a_word_of_its_own(typed: str, near: str) -> None:
    assert misspelt_topic(typed) == near


def test_no_known_spelling_or_its_plural_is_a_misspelling() -> None:
    names = [spelling for name, others in load_spellings().items() for spelling in (name, *others)]

    assert [
        name for name in names if misspelt_topic(name) or misspelt_topic(f"{name.casefold().removesuffix('s')}s")
    ] == []
