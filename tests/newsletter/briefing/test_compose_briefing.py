"""A team briefing counts what is certain, quotes its sources by number, and stays short however long the list."""

from dataclasses import replace

from core.detail import limit_detail
from core.records import Review, Section
from newsletter.briefing.compose_briefing import (
    LEARNING_ROOM,
    MAX_TOLD,
    STANDING_QUESTIONS,
    Briefing,
    BriefingPoint,
    compose_briefing,
)


def review(number: int, *learning: str, **more: object) -> Review:
    """An invented review with learning points."""
    plain = Review(
        "nspcc",
        "Suffolk",
        f"Child {number}",
        2015 + number,
        summary=f"Death of a {number}-month-old baby. More is said of it.",
        sections=(Section("learning", "Learning", "; ".join(learning), learning),),
        keywords=("hidden men",),
        id=number,
    )
    return replace(plain, **more)  # type: ignore[arg-type]


def brief(*reviews: Review, questions: tuple[str, ...] = ()) -> Briefing:
    return compose_briefing("Hidden men", questions, reviews, reviews, "https://news.example.org")


def test_what_is_certain_is_counted_and_what_is_not_is_said() -> None:
    one = brief(
        review(1, nation="England"), review(2, nation="England"), review(3, summary="A thematic review.", year=None)
    )

    assert one.about == "3 case reviews, published from 2016 to 2017; the year of 1 is not known."
    assert [(count.name, count.words) for count in one.counts] == [
        ("Nation", "England (2), not known (1)"),
        ("Age", "Under 1 (2), not known (1)"),
        ("Harm", "Death (2), not known (1)"),
    ]
    assert one.themes == ("Hidden men: 3 of 3",)


def test_each_review_is_told_in_its_own_first_sentence_with_its_record() -> None:
    (case,) = brief(review(1, month=9, kind="Serious case review")).cases

    assert case.happened == "Death of a 1-month-old baby."
    assert (case.title, case.facts) == ("Suffolk – Child 1", "September 2016, Serious case review")
    assert (case.page, case.report) == ("https://news.example.org/reviews/1", "")


def test_points_come_from_every_review_in_turn_and_those_in_the_same_words_stand_first_once() -> None:
    one = brief(review(1, "ask about fathers", "record it"), review(2, "see the child"), review(3, "Record it."))

    assert one.learning == (
        BriefingPoint("Record it.", (1, 3)),
        BriefingPoint("ask about fathers", (1,)),
        BriefingPoint("see the child", (2,)),
    )
    assert one.unquoted == 0


def test_a_section_that_is_no_list_is_quoted_by_its_paragraphs() -> None:
    text = Section("recommendations", "Recommendations", "Train staff.\nMeet monthly.")

    assert [point.words for point in brief(review(1, sections=(text,))).recommendations] == [
        "Train staff.",
        "Meet monthly.",
    ]


def test_a_long_list_is_counted_whole_and_told_in_part() -> None:
    many = [review(number % 11 + 1, *(f"point {part} of review {number}" for part in range(9))) for number in range(99)]

    one = brief(*many)

    assert (len(one.cases), one.untold) == (MAX_TOLD, 99 - MAX_TOLD)
    assert {number for point in one.learning for number in point.numbers} == set(range(1, MAX_TOLD + 1))
    assert len(one.learning) == LEARNING_ROOM[0]
    assert one.unquoted == MAX_TOLD * 9 - LEARNING_ROOM[0]
    assert one.themes == ("Hidden men: 99 of 99",)


def test_without_questions_it_asks_of_its_own_topics_and_what_always_fits() -> None:
    asked = brief(review(1), review(2)).questions

    assert asked[0].startswith("“Hidden men” is a topic of 2 of these 2 reviews.")
    assert asked[1:] == STANDING_QUESTIONS
    assert brief(review(1), questions=("Ours?",)).questions == ("Ours?",)


def test_nothing_is_quoted_that_may_not_be_passed_on() -> None:
    whole = [review(1, "a secret point"), review(2, "another")]

    one = compose_briefing("T", (), whole, [limit_detail(each, "heading") for each in whole], "https://a.example.org")

    assert (one.learning, [case.happened for case in one.cases]) == ((), ["", ""])
    assert one.themes == ("Hidden men: 2 of 2",)  # as the counted filters of the pages have it
    assert one.counts[1].words == "Under 1 (2)"
