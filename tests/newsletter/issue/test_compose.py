"""Which reviews an issue holds, in what order, under which words."""

import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.errors import HouseError
from newsletter.issue.compose import compose, month_bounds
from tests.newsletter.samples import (
    BABY,
    EDITED,
    FOUR,
    GONE,
    PERIOD,
    ROSE,
    SEEN,
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

    assert names(issue(*mixed)) == ["Ben", '"Lucas"', "Child AB", "Cross-border review", "Child 2", "Child 10"]
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


def test_unknown_order_is_refused_with_the_choice() -> None:
    with pytest.raises(HouseError, match="publisher, name, year, first_seen"):
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


@pytest.mark.parametrize(
    ("period", "first", "until"),
    [
        ("2016-09", datetime(2016, 8, 31, 23, tzinfo=UTC), datetime(2016, 9, 30, 23, tzinfo=UTC)),
        ("2016-10", datetime(2016, 9, 30, 23, tzinfo=UTC), datetime(2016, 11, 1, tzinfo=UTC)),
        ("2016-12", datetime(2016, 12, 1, tzinfo=UTC), datetime(2017, 1, 1, tzinfo=UTC)),
        ("2017-03", datetime(2017, 3, 1, tzinfo=UTC), datetime(2017, 3, 31, 23, tzinfo=UTC)),
    ],
)
def test_a_month_begins_at_local_midnight(period: str, first: datetime, until: datetime) -> None:
    assert month_bounds(period, LONDON) == (first, until)
    assert all(instant.tzinfo is UTC for instant in month_bounds(period, LONDON))


def test_a_review_seen_in_the_first_local_hour_of_october_waits_for_october() -> None:
    _, until = month_bounds("2016-09", LONDON)
    late = datetime(2016, 10, 1, 0, 30, tzinfo=LONDON).astimezone(UTC)

    assert late.month == 9
    assert names(compose([review(1, first_seen=late)], "2016-09", WORDING, until=until)) == []


@pytest.mark.parametrize("bad", ["2016-13", "2016-00", "2016-9", "16-09", "September", "2016-09 ", "", "2016-09-01"])
def test_bad_period_says_how_to_write_one(bad: str) -> None:
    with pytest.raises(HouseError, match='"2016-09"'):
        month_bounds(bad, LONDON)
    with pytest.raises(HouseError, match='"2016-09"'):
        compose([], bad, WORDING, until=UNTIL)


def test_preheader_names_subjects_whole_and_counts_the_rest() -> None:
    assert issue(BABY, ROSE).preheader == 'Millhaven – "Rose"; Norwell – Baby T'
    assert issue(*FOUR).preheader == (
        'Fenbridge – Overview of the local response to online exploitation; Millhaven – "Joe" and 2 more'
    )
    assert issue().preheader == "No case reviews were published to the NSPCC Repository in September 2016."
    assert issue(review(1, name="N" * 150)).preheader == "One case review"
    many = issue(*(review(n, name=f"A rather long name {n}") for n in range(200)))
    assert len(many.preheader) <= 110
    assert re.search(r"Sampleshire – A rather long name \d+ and 198 more$", many.preheader)


def test_too_long_a_note_is_refused() -> None:
    with pytest.raises(HouseError, match=r"5,001 characters.*Keep it under 5,000"):
        issue(note="n" * 5_001)


def test_same_content_has_the_same_hash() -> None:
    again = replace(BABY, first_seen=SEEN - timedelta(days=1), last_seen=UNTIL, version=3, id=77, fingerprint="f")

    assert full_issue().hash == full_issue().hash
    assert issue(BABY).hash == issue(again).hash == issue(BABY, last_read=date(2016, 9, 2)).hash
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
