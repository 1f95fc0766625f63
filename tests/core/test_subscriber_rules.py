"""Which reviews are among what a subscriber asked for."""

from dataclasses import replace

import pytest

from core.records import Review, Section
from core.states import Nation
from core.subscriber_rules import (
    MetWish,
    Preferences,
    SearchText,
    matches_any,
    met_wish,
    parse_preferences,
)
from tests.support.waiting import at_most

REVIEW = Review(
    source="nspcc",
    publisher="Suffolk",
    name="Baby D",
    title="Suffolk – Baby D",
    summary="Death of a 3-month-old infant. Her mother’s ex-partner was known to children's services.",
    sections=(
        Section("learning", "Issues include", "co-sleeping; self-harm of a séance-goer; ŵyl\nDisguised  compliance"),
        Section("model", "Model", "uses SCIE's Learning Together model (C++)"),
    ),
    keywords=("physical abuse", "sudden infant death", "Alcohol misuse"),
    nation="England",
)


@pytest.mark.parametrize(
    ("topic", "found"),
    [
        ("infant", True),
        ("INFANT", True),
        ("Sudden Infant Death", True),
        ("sudden  infant\tdeath", True),
        ("suffolk", True),
        ("baby d", True),
        ("Suffolk Baby", True),
        ("children’s services", True),
        ("mother's", True),
        ("co-sleeping", True),
        ("co sleeping", True),
        ("“self-harm”", True),
        ("seance", True),
        ("SÉANCE", True),
        ("wyl", True),
        ("disguised compliance", True),
        ("alcohol misuse", True),
        ("C++", True),
        ("learning together", True),
        ("3 month old", True),
        ("inf", False),
        ("fant", False),
        ("sleep", True),  # slept
        ("infants", True),
        ("babies", True),
        ("poor supervision", False),
        ("misuse sudden", False),
        ("abuse sudden", False),  # two keywords side by side are no phrase
        ("death alcohol", False),
        ("neglect", False),
        ("Issues include", False),  # the label is the collection's, not the review's
        ("%", True),  # no word: as if it were not asked for
    ],
)
def test_a_topic_stands_as_whole_words(topic: str, found: bool) -> None:
    assert matches_any((topic,), (), (SearchText.of(REVIEW),)) is found


@pytest.mark.parametrize(
    ("topics", "nations", "nation", "found"),
    [
        ((), (), "England", True),
        ((), (), None, True),
        ((), ("Wales",), "England", False),
        ((), ("Wales", "England"), "England", True),
        ((), ("Wales",), None, True),
        (("neglect", "infant"), (), None, True),
        (("neglect", "infant"), ("England",), "England", True),
        (("neglect", "infant"), ("Wales",), "England", False),
        (("neglect",), ("England",), "England", False),
        (("neglect",), ("England",), None, False),
        (("infant",), ("Wales",), None, True),
    ],
)
def test_topics_are_any_of_nations_any_of_and_both_must_hold(
    topics: tuple[str, ...], nations: tuple[Nation, ...], nation: Nation | None, found: bool
) -> None:
    assert matches_any(topics, nations, (SearchText.of(replace(REVIEW, nation=nation)),)) is found


def test_an_issue_is_wanted_when_one_review_is_all_that_was_asked_for() -> None:
    welsh = Review("nspcc", "Cardiff", "Child B", summary="Neglect.", nation="Wales")
    issue = tuple(map(SearchText.of, (REVIEW, welsh)))

    assert matches_any(("infant",), ("England",), issue)
    assert matches_any(("neglect",), ("Wales",), issue)
    assert not matches_any(("neglect",), ("England",), issue)  # one review has the topic, another the nation
    assert not matches_any((), (), ())
    assert not matches_any(("infant",), (), issue[1:])


@pytest.mark.parametrize(
    ("topics", "nations", "nation", "met"),
    [
        (("neglect", "Infants", "co-sleeping"), (), "England", MetWish(("Infants", "co-sleeping"))),  # as typed
        ((), ("Wales", "England"), "England", MetWish((), "England")),
        (("infant",), ("England",), "England", MetWish(("infant",), "England")),
        ((), ("Wales",), None, MetWish()),  # told, but not because it is of Wales
        (("infant",), ("Wales",), None, MetWish(("infant",))),
        (("infant",), ("Wales",), "England", None),
        (("neglect",), ("England",), "England", None),
        (("%",), (), "England", MetWish()),
        ((), (), "England", MetWish()),
    ],
)
def test_a_reader_is_told_which_of_their_own_wishes_a_review_meets(
    topics: tuple[str, ...], nations: tuple[Nation, ...], nation: Nation | None, met: MetWish | None
) -> None:
    assert met_wish(topics, nations, SearchText.of(replace(REVIEW, nation=nation))) == met


def test_wishes_as_typed_match() -> None:
    wanted = parse_preferences("NEGLECT; sudden infant  death", "england")

    assert wanted == Preferences(("NEGLECT", "sudden infant  death"), ("England",))
    assert matches_any(wanted.topics, wanted.nations, (SearchText.of(REVIEW),))


def test_a_hundred_thousand_subscribers_are_looked_through_in_seconds() -> None:
    long = replace(REVIEW, summary=f"{REVIEW.summary} " * 50)
    issue = tuple(SearchText.of(replace(long, id=number)) for number in range(20))

    with at_most(50):
        found = sum(matches_any((f"topic {number % 500}", "ziggurat"), ("Wales",), issue) for number in range(100_000))

    assert found == 0
