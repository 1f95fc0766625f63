"""Which reviews an issue holds, in what order, under which words."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.calendar import month_bounds
from core.errors import HouseError
from core.records import Link, Review, Update
from newsletter.issue.compose import compose, editorial_hash, mail_subject
from tests.newsletter.samples import (
    BABY,
    EDITED,
    FOUR,
    GONE,
    JOE,
    PERIOD,
    READ,
    ROSE,
    SEEN,
    THEMATIC,
    UNTIL,
    WORDING,
    full_issue,
    issue,
    review,
)

LONDON = ZoneInfo("Europe/London")


@pytest.mark.parametrize(
    ("count", "intro", "subject"),
    [
        (0, "In September 2016 no case reviews were published to the NSPCC Repository.", "(none new)"),
        (
            1,
            "In September 2016 one case review was published to the NSPCC Repository. "
            "A summary of this case can be found below:",
            "(1 new)",
        ),
        (
            2,
            "In September 2016 two case reviews were published to the NSPCC Repository. "
            "A summary of each of these cases can be found below:",
            "(2 new)",
        ),
        (
            4,
            "In September 2016 four case reviews were published to the NSPCC Repository. "
            "A summary of each of these cases can be found below:",
            "(4 new)",
        ),
        (
            12,
            "In September 2016 twelve case reviews were published to the NSPCC Repository. "
            "A summary of each of these cases can be found below:",
            "(12 new)",
        ),
        (
            13,
            "In September 2016 13 case reviews were published to the NSPCC Repository. "
            "A summary of each of these cases can be found below:",
            "(13 new)",
        ),
    ],
)
def test_intro_and_subject_say_how_many(count: int, intro: str, subject: str) -> None:
    made = issue(*(review(n) for n in range(1, count + 1)))

    assert made.intro == intro
    assert made.title == "Case reviews: September 2016"
    assert made.subject == f"Case reviews: September 2016 {subject}"
    assert (made.period, made.status, len(made.reviews)) == (PERIOD, "draft", count)


def names(made: object) -> list[str]:
    return [r.name for r in made.reviews]  # type: ignore[attr-defined]  # any issue


def test_order_is_alphabetical_by_publisher_then_name_with_numbers_as_numbers() -> None:
    mixed = [
        review(1, publisher="norwell", name="Child 10"),
        review(2, publisher="Norwell", name="Child 2"),
        review(3, publisher="Anonymous", name="Child AB"),
        review(4, publisher="Abbeyton", name='"Lucas"'),
        review(5, publisher="Abbeyton", name="Ben"),
        review(6, publisher="", name="Cross-border review"),
    ]

    assert names(issue(*mixed)) == ["Ben", '"Lucas"', "Cross-border review", "Child 2", "Child 10", "Child AB"]
    assert issue(*mixed).hash == issue(*reversed(mixed)).hash


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("publisher", ["Ann", "Zoe", "Max"]),
        ("name", ["Ann", "Max", "Zoe"]),
        ("year", ["Max", "Ann", "Zoe"]),
        ("first_seen", ["Zoe", "Max", "Ann"]),
        ([2, 99], ["Zoe", "Ann", "Max"]),
        ((3, 2), ["Max", "Zoe", "Ann"]),
        (None, ["Ann", "Zoe", "Max"]),
    ],
)
def test_order_can_be_chosen(order: str | list[int] | None, expected: list[str]) -> None:
    some = [
        review(1, publisher="A", name="Ann", year=2015, first_seen=SEEN + timedelta(days=2)),
        review(2, publisher="A", name="Zoe", year=2013, first_seen=SEEN),
        review(3, publisher="B", name="Max", year=2016, first_seen=SEEN + timedelta(days=1)),
    ]

    assert names(issue(*some, order=order)) == expected


def test_those_without_a_name_come_last_and_of_them_last_what_cannot_be_read() -> None:
    report = (Link("Report", "https://library.example.org/1"),)
    some = [
        review(1, publisher="Anonymous", name="Ann", links=(replace(report[0], state="dead"),)),
        review(2, publisher="ANONYMOUS", name="Bob", links=report),
        review(3, publisher="Anonymous", name="Eve"),
        review(4, publisher="Zennor", name="Zoe"),
    ]

    assert names(issue(*some)) == ["Zoe", "Bob", "Ann", "Eve"]


def test_the_youngest_come_first_by_age_and_those_of_no_certain_age_last() -> None:
    some = [
        review(1, name="A", summary="Death of a 15-year-old girl."),
        review(2, name="B", summary="Serious injury of child number 2."),
        review(3, name="C", summary="Death of a one-year-old boy."),
        review(4, name="D", summary="Neglect of a newborn baby."),
        review(5, name="E", summary="Death of a 7-week-old boy."),
        review(6, name="F", summary="Death of a child aged 11 months."),
    ]

    assert names(issue(*some, order="age")) == ["E", "F", "D", "C", "A", "B"]


def test_reviews_of_a_theme_stand_together_that_most_share_first() -> None:
    some = [
        review(1, name="A", keywords=("gangs",)),
        review(2, name="B", keywords=()),
        review(3, name="C", keywords=("neglect", "domestic abuse")),
        review(4, name="D", keywords=("domestic violence",)),  # another spelling
        review(5, name="E", keywords=("bruising", "?")),
    ]

    assert names(issue(*some, order="theme")) == ["C", "D", "E", "A", "B"]


def test_unknown_order_is_refused_with_the_choice() -> None:
    with pytest.raises(HouseError, match="publisher, theme, age, name, year, first_seen"):
        issue(order="colour")


def test_only_news_is_taken() -> None:
    kept = issue(
        review(1),
        review(2, baseline=True),
        review(3, status="missing"),
        review(4, status="withdrawn"),
        review(5, first_seen=None),
        review(6, first_seen=UNTIL),
        review(7, first_seen=UNTIL - timedelta(microseconds=1)),
        review(8),
        skip=frozenset({8}),
    )

    assert [r.id for r in kept.reviews] == [1, 7]


def test_what_is_skipped_is_named_nowhere_and_what_is_new_is_no_update() -> None:
    made = issue(
        BABY,
        skip=frozenset({EDITED.review.id, GONE.id}),
        updated=(EDITED, replace(EDITED, review=BABY), replace(EDITED, review=GONE)),
        withdrawn=(GONE,),
    )

    assert (made.updated, made.withdrawn) == ((), ())


def test_a_review_seen_in_the_first_local_hour_of_october_waits_for_october() -> None:
    _, until = month_bounds("2016-09", LONDON)
    late = datetime(2016, 10, 1, 0, 30, tzinfo=LONDON).astimezone(UTC)

    assert late.month == 9
    assert names(compose([review(1, first_seen=late)], "2016-09", WORDING, until=until)) == []


@pytest.mark.parametrize("bad", ["2016-13", "2016-00", "2016-9", "16-09", "September", "2016-09 ", "", "2016-09-01"])
def test_bad_period_says_how_to_write_one(bad: str) -> None:
    with pytest.raises(HouseError, match='"2016-09"'):
        compose([], bad, WORDING, until=UNTIL)


@pytest.mark.parametrize(
    ("reviews", "lines"),
    [
        ((BABY,), ": Baby girl, 10 weeks · death"),
        ((ROSE, BABY), ": Girl, 15 years · death; Baby girl, 10 weeks · death"),
        ((JOE, BABY), ": Boy, 7 months · non-accidental head injury"),  # a second has no room
        ((BABY, replace(BABY, id=9, key="u")), ": Baby girl, 10 weeks · death"),  # said once
        ((THEMATIC,), ""),
        ((replace(BABY, taken_down=True), THEMATIC), ""),
        ((), ""),
    ],
)
def test_the_mails_subject_says_what_the_first_reviews_are_about(reviews: tuple[Review, ...], lines: str) -> None:
    made = replace(issue(), subject="Case reviews: September 2016 (2 new)", reviews=reviews)

    assert mail_subject(made) == f"Case reviews: September 2016 (2 new){lines}"


def test_a_long_title_leaves_the_subject_as_it_is() -> None:
    made = replace(issue(BABY), subject="T" * 62)

    assert mail_subject(made) == "T" * 62
    assert mail_subject(replace(made, subject="T" * 61)) == "T" * 61 + ": Baby girl, 10 weeks · death"


def test_preheader_names_subjects_whole_and_counts_the_rest() -> None:
    assert issue(*FOUR).preheader == (  # of the first of which nothing is certain
        'Fenbridge – Overview of the local response to online exploitation; Millhaven – "Joe" and 2 more'
    )
    assert issue(*FOUR[1:]).preheader == 'Millhaven – "Joe"; Girl, 15 years · death; Baby girl, 10 weeks · death'
    assert issue().preheader == "No case reviews were published to the NSPCC Repository in September 2016."
    assert issue(review(1, name="N" * 150, summary="")).preheader == "One case review"
    many = issue(*(review(n, name=f"A rather long name {n}", summary="") for n in range(200)))
    assert len(many.preheader) <= 110
    assert re.search(r"Sampleshire – A rather long name \d+ and 198 more$", many.preheader)


def test_an_inbox_does_not_say_the_same_twice() -> None:
    made = issue(BABY, ROSE)

    assert mail_subject(made).endswith(": Girl, 15 years · death; Baby girl, 10 weeks · death")
    assert made.preheader == 'Millhaven – "Rose"; Norwell – Baby T'


def test_too_long_a_note_is_refused() -> None:
    with pytest.raises(HouseError, match=r"5,001 characters.*Keep it under 5,000"):
        issue(note="n" * 5_001)


def test_same_content_has_the_same_hash() -> None:
    again = replace(BABY, first_seen=SEEN - timedelta(days=1), last_seen=UNTIL, version=3, id=77, fingerprint="f")

    assert full_issue().hash == full_issue().hash
    assert issue(BABY).hash == issue(again).hash == issue(BABY, sources=READ[:1]).hash
    assert re.fullmatch(r"[0-9a-f]{64}", issue().hash)


def test_every_change_a_reader_sees_changes_the_hash() -> None:
    link = BABY.links[0]
    seen = [
        issue(),
        issue(BABY),
        issue(BABY, note="A note."),
        issue(BABY, ROSE),
        issue(BABY, ROSE, order=[2]),
        issue(BABY, updated=(EDITED,)),
        issue(BABY, updated=(replace(EDITED, changes=()),)),
        issue(BABY, withdrawn=(GONE,)),
        compose([BABY], "2016-10", WORDING, until=UNTIL),
        compose([BABY], PERIOD, replace(WORDING, title="Other"), until=UNTIL),
        *(
            issue(replace(BABY, **change))
            for change in (
                {"publisher": "Else"},
                {"name": "Else"},
                {"year": 1999},
                {"month": 4},
                {"summary": "Else."},
                {"sections": BABY.sections[:1]},
                {"keywords": ("else",)},
                {"nation": "Wales"},
                {"kind": "Child practice review"},
                {"links": ()},
                {"links": (replace(link, state="dead"),)},
                {"links": (replace(link, url="https://else.example"),)},
            )
        ),
    ]

    assert len({made.hash for made in seen}) == len(seen)


def listed(number: int, publisher: str = "Oldbridge", **fields: object) -> Update:
    return replace(EDITED, review=review(number, publisher=publisher, **fields))


def test_updates_and_withdrawals_stand_by_publisher_and_hold_nothing_taken_down() -> None:
    made = issue(
        review(1, taken_down=True),
        updated=(
            listed(3, "Norwell"),
            listed(4, "Abbeyton", status="missing"),
            listed(5, status="withdrawn"),
            listed(6, taken_down=True),
        ),
        withdrawn=(replace(GONE, id=7, publisher="Norwell"), replace(GONE, id=8), replace(GONE, id=9, taken_down=True)),
        sources=READ[:1],
    )

    assert made.reviews == ()
    assert [update.review.id for update in made.updated] == [4, 3]
    assert [gone.id for gone in made.withdrawn] == [8, 7]
    assert made.last_read == date(2016, 9, 30)


def test_a_review_that_is_not_stored_yet_is_not_taken_for_another_such() -> None:
    made = issue(review(0, name="New"), updated=(listed(0, name="Edited"),))

    assert (names(made), [update.review.name for update in made.updated]) == (["New"], ["Edited"])


def test_reviews_that_read_alike_are_told_apart_in_a_fixed_order() -> None:
    alike = [
        review(2, name="Child A", year=2016, key="b", fingerprint="b"),
        review(2, name="Child A", year=2016, key="b", fingerprint="a"),
        review(2, name="Child A", year=2016, key="a", fingerprint="c"),
        review(1, name="Child A", year=2016, key="c"),
        review(9, name="Child A", year=2015),
        review(9, name="Child A", year=None),
    ]

    made = issue(*alike)

    assert made.reviews == tuple(reversed(alike))
    assert issue(*made.reviews) == made


def test_a_review_without_a_year_comes_last_where_the_newest_comes_first() -> None:
    some = [review(1, year=None), review(2, year=2015), review(3, year=2016)]

    assert [r.id for r in issue(*some, order="year").reviews] == [3, 2, 1]


def test_the_order_of_the_wording_is_taken_where_none_is_asked_for() -> None:
    some, by_name = (
        [review(1, publisher="A", name="Zoe"), review(2, publisher="B", name="Ann")],
        replace(WORDING, order="name"),
    )

    assert names(compose(some, PERIOD, by_name, until=UNTIL)) == ["Ann", "Zoe"]


def test_an_unknown_order_is_named_with_those_there_are() -> None:
    with pytest.raises(HouseError) as caught:
        issue(order="colour")

    assert str(caught.value) == "no such order: colour. Take one of: publisher, theme, age, name, year, first_seen."


def test_a_note_may_be_5000_characters_and_loses_the_space_around_it() -> None:
    assert issue(note="n" * 5_000).note == "n" * 5_000
    assert issue(note="\n A note. \n").note == "A note."
    with pytest.raises(HouseError) as caught:
        issue(note="n" * 5_001)
    assert str(caught.value) == "the note is too long: 5,001 characters. Keep it under 5,000."


def test_a_title_on_several_lines_is_one_line() -> None:
    made = compose([], PERIOD, replace(WORDING, title=" Case\nreviews "), until=UNTIL)

    assert (made.title, made.subject) == ("Case reviews: September 2016", "Case reviews: September 2016 (none new)")


SEVERAL = replace(WORDING, collections=(("nspcc", ""), ("adults", "Adults Library"), ("fires", "Fire Deaths")))


@pytest.mark.parametrize(
    ("sources", "intro"),
    [
        (
            [],
            "no case reviews were published to the NSPCC Repository, the Adults Library or the Fire Deaths.",
        ),
        (
            ["adults"],
            "one case review was published to the Adults Library. A summary of this case can be found below:",
        ),
        (
            ["adults", "adults"],
            "two case reviews were published to the Adults Library. "
            "A summary of each of these cases can be found below:",
        ),
        (
            ["fires", "adults", "nspcc", "adults"],
            "four case reviews were published: one to the NSPCC Repository, two to the Adults Library and "
            "one to the Fire Deaths. A summary of each of these cases can be found below:",
        ),
    ],
)
def test_the_intro_says_how_many_are_of_which_collection(sources: list[str], intro: str) -> None:
    some = [review(number, source=source) for number, source in enumerate(sources, 1)]

    made = compose(some, PERIOD, SEVERAL, until=UNTIL)

    assert made.intro == f"In September 2016 {intro}"
    order = ["nspcc", "adults", "fires"]
    assert [r.source for r in made.reviews] == sorted(sources, key=order.index)


@pytest.mark.parametrize(
    ("lengths", "words"),
    [
        ((96,), "Sampleshire – {0}"),  # 110 characters
        ((97,), "One case review"),
        ((94, 10), "Two case reviews"),
        ((85, 10), "Sampleshire – {0} and 1 more"),  # 110 characters
        ((40, 40), "Sampleshire – {0}; Sampleshire – {1}"),  # 110 characters
        ((40, 41), "Sampleshire – {0} and 1 more"),
    ],
)
def test_the_preheader_is_what_an_inbox_shows(lengths: tuple[int, ...], words: str) -> None:
    cases = [f"{n}{'x' * (length - 1)}" for n, length in enumerate(lengths)]

    made = issue(*(review(n, name=name, summary="") for n, name in enumerate(cases, 1)))

    assert made.preheader == words.format(*cases)


def test_the_preheader_counts_thousands_with_a_comma() -> None:
    made = issue(*(review(n, name="N" * 70, summary="") for n in range(1_501)))

    assert made.preheader.endswith(" and 1,500 more")


def test_the_preheader_of_an_empty_month_names_every_collection() -> None:
    made = compose([], PERIOD, SEVERAL, until=UNTIL)

    collections = "the NSPCC Repository, the Adults Library or the Fire Deaths"
    assert made.preheader == f"No case reviews were published to {collections} in September 2016."


def test_the_hash_is_the_one_it_has_always_been() -> None:
    made = issue(
        replace(BABY, month=4, links=(Link("Report", "https://a.example/b.pdf", "live", "application/pdf", 5, 6),)),
        note="A note with an é.",
        updated=(EDITED,),
        withdrawn=(GONE,),
    )

    assert made.hash == "8f92088507003f7ac50b8e81691155b951f530e41fb5b87587ca164482a292d8"


def linked(**fields: object) -> Review:
    return replace(BABY, links=(replace(BABY.links[0], **fields),))  # type: ignore[arg-type]  # any field of a link


@pytest.mark.parametrize("part", ["reviews", "updated"])
def test_what_a_look_at_a_link_adds_is_no_editorial_change_but_a_dead_one_is(part: str) -> None:
    def digest(review: Review) -> str:
        made = issue(review) if part == "reviews" else issue(updated=(replace(EDITED, review=review),))
        return editorial_hash(made)

    plain = digest(linked(state="unchecked", media="", size=None, pages=None))

    assert plain == digest(linked(state="live", media="application/pdf", size=5, pages=6))
    assert plain == digest(linked(state="none")) == digest(linked(state="moved"))
    assert plain != digest(linked(state="dead"))
    assert plain != digest(linked(url="https://else.example"))
    assert plain != digest(replace(linked(), summary="Else."))


def test_an_edit_or_a_withdrawal_is_an_editorial_change() -> None:
    digests = {
        editorial_hash(made)
        for made in (
            issue(BABY),
            issue(BABY, ROSE),
            issue(BABY, updated=(EDITED,)),
            issue(BABY, updated=(replace(EDITED, changes=()),)),
            issue(BABY, withdrawn=(GONE,)),
            issue(BABY, note="A note."),
        )
    }

    assert len(digests) == 6
