"""Every month in words of what was read of it: nothing is said of what was not."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from core.records import Issue
from core.source_records import SourceCoverage
from newsletter.issue.compose import compose
from newsletter.issue.render import render
from tests.newsletter.samples import (
    ADULT,
    ADULTS,
    BABY,
    PERIOD,
    READ,
    ROSE,
    TWO,
    UNTIL,
    WORDING,
    issue,
    plain,
    review,
)

ALL = READ[0]  # read from 1 August on, also on 30 September and 1 October
NONE = "no case reviews were published to the NSPCC Repository"
UNKNOWN = "what was published in September 2016 is not known to us."


def begun(day: date) -> dict[str, Any]:
    return {"begun": day, "begun_at": datetime(day.year, day.month, day.day, 12, tzinfo=UTC)}


TABLE: list[tuple[dict[str, Any], str, str]] = [  # what was read, the sentence of an empty issue, its subject's end
    ({}, f"In September 2016 {NONE}.", "(none new)"),
    (
        {**begun(date(2016, 10, 4)), "last": None, "next": date(2016, 10, 4)},
        f"We began to read the list on 4 October 2016: {UNKNOWN}",
        "September 2016",
    ),
    (
        begun(date(2016, 9, 12)),
        "We began to read the list on 12 September 2016. From then to the end of September 2016 nothing was added to "
        "it.",
        "September 2016",
    ),
    (
        {**begun(date(2016, 9, 12)), "last": date(2016, 9, 12), "next": None},
        "We began to read the list on 12 September 2016.",
        "September 2016",
    ),
    (
        {**begun(date(2016, 9, 12)), "last": date(2016, 9, 20), "next": None},
        "We began to read the list on 12 September 2016. From then to 20 September 2016, when we last read it, nothing "
        "was added to it.",
        "September 2016",
    ),
    (
        {**begun(date(2016, 9, 27)), "last": date(2016, 9, 27), "next": date(2016, 10, 5)},
        "We began to read the list on 27 September 2016. The list was not read well from 27 September 2016 to "
        "5 October 2016: what was published then comes with the next issue.",
        "September 2016",
    ),
    (
        {"last": date(2016, 9, 20), "next": None},
        "By 20 September 2016, when we last read the list, no case reviews had been published to the NSPCC Repository "
        "in September 2016.",
        "(none new)",
    ),
    (
        {"last": date(2016, 9, 27), "next": date(2016, 10, 5)},
        "By 27 September 2016 no case reviews had been published to the NSPCC Repository in September 2016. The list "
        "was not read well from 27 September 2016 to "
        "5 October 2016: what was published then comes with the next issue.",
        "(none new)",
    ),
    (
        {"last": date(2016, 8, 20), "next": None},
        f"The list was last read well on 20 August 2016: {UNKNOWN}",
        "September 2016",
    ),
    (
        {"last": date(2016, 8, 20), "next": date(2016, 10, 2)},
        "The list was not read well from 20 August 2016 to 2 October 2016: what was published in September 2016 comes "
        "with the next issue.",
        "September 2016",
    ),
    (
        {"begun": None, "begun_at": None, "last": None, "next": None},
        f"We have not read the list yet: {UNKNOWN}",
        "September 2016",
    ),
    ({"frozen_since": date(2016, 3, 4)}, "The list has not changed since 4 March 2016.", "September 2016"),
]


def empty(**changed: Any) -> Issue:
    return issue(sources=(replace(ALL, **changed),))


@pytest.mark.parametrize(("changed", "intro", "subject"), TABLE)
def test_an_empty_issue_says_what_was_read_and_no_more(changed: dict[str, Any], intro: str, subject: str) -> None:
    made = empty(**changed)

    assert made.intro == intro
    assert made.subject.endswith(subject)
    if changed:
        assert intro.startswith(made.preheader.removesuffix("."))


@pytest.mark.parametrize("changed", [row[0] for row in TABLE[1:]])
def test_no_month_that_was_not_read_whole_is_said_to_have_had_none(changed: dict[str, Any]) -> None:
    made = render(empty(**changed), WORDING)

    for said in (made.html, made.text):
        assert f"In September 2016 {NONE}." not in plain(said)


def test_the_first_issue_says_since_when_the_list_is_read() -> None:
    made = issue(BABY, sources=(replace(ALL, **begun(date(2016, 9, 2))),))

    assert made.intro == (
        "We began to read the list on 2 September 2016. In September 2016 one case review was published to the NSPCC "
        "Repository. A summary of this case can be found below:"
    )


def test_what_was_on_the_list_before_is_not_said_to_be_of_the_month() -> None:
    known = replace(ROSE, baseline=True)
    at_first = replace(BABY, first_seen=datetime(2016, 9, 2, 12, tzinfo=UTC))
    source = (replace(ALL, **begun(date(2016, 9, 2))),)

    chosen = issue(known, at_first, added=frozenset([known.id]), sources=source)
    both = issue(known, BABY, added=frozenset([known.id]), sources=READ[:1])

    assert chosen.intro == (
        "We began to read the list on 2 September 2016. From then to the end of September 2016 nothing was added to "
        "it. This issue holds two case reviews that were published to the NSPCC Repository earlier. A summary of each "
        "of these cases can be found below:"
    )
    assert chosen.subject == "Case reviews: September 2016 (2 earlier)"
    assert both.intro.startswith("In September 2016 one case review was published to the NSPCC Repository. This")
    assert both.subject == "Case reviews: September 2016 (1 new, 1 earlier)"


def test_what_an_earlier_month_left_is_not_said_to_be_of_this_one() -> None:
    left = review(9, first_seen=datetime(2016, 8, 31, 5, tzinfo=UTC))

    made = issue(left, BABY, since=datetime(2016, 8, 31, 23, tzinfo=UTC), sources=READ[:1])

    assert made.subject == "Case reviews: September 2016 (2 new)"
    assert made.intro == (
        "In September 2016 one case review was published to the NSPCC Repository. This issue also holds one case "
        "review that was published to the NSPCC Repository earlier. A summary of each of these cases can be found "
        "below:"
    )


def test_what_nobody_added_is_not_in_the_issue() -> None:
    later = review(9, first_seen=UNTIL + timedelta(days=1))

    assert issue(replace(BABY, baseline=True), later, added=frozenset([ROSE.id])).reviews == ()


def both(**second: Any) -> tuple[SourceCoverage, ...]:
    return (ALL, replace(READ[1], required=False, **second))


def test_each_collection_is_worded_by_itself() -> None:
    late = both(**begun(date(2016, 9, 20)))

    none, one = (compose(held, PERIOD, TWO, until=UNTIL, sources=late) for held in ([], [BABY]))

    assert none.intro == (
        f"In September 2016 {NONE}. We began to read the list of the {ADULTS} on 20 September 2016. From then to the "
        "end of September 2016 nothing was added to it."
    )
    assert one.intro.startswith(
        f"We began to read the list of the {ADULTS} on 20 September 2016. In September 2016 one"
    )


def test_a_source_that_is_not_required_is_named_when_it_could_not_be_read() -> None:
    failing = both(last=date(2016, 9, 7), next=None, last_read=date(2016, 9, 7), failing=True)

    made = compose([BABY, ADULT], PERIOD, TWO, until=UNTIL, sources=failing)

    notice = f"The list of the {ADULTS} could not be read since 7 September 2016."
    assert made.notices == (notice,)
    for said in (lambda: render(made, TWO).html, lambda: render(made, TWO).text, lambda: render(made, TWO, "web").text):
        assert notice in plain(said())
        assert "The NSPCC Repository was last read well on 30 September 2016." in plain(said())


def test_what_was_not_read_is_in_no_hash_when_the_issue_holds_something() -> None:
    gap = replace(ALL, last=date(2016, 9, 27), next=date(2016, 10, 5))

    made = issue(BABY, sources=(gap,))

    assert made.notices == (
        "The list was not read well from 27 September 2016 to 5 October 2016: what was published then comes with the "
        "next issue.",
    )
    assert made.hash == issue(BABY, sources=(ALL,)).hash


def test_what_the_intro_has_said_of_the_reading_is_not_said_again() -> None:
    gap = replace(ALL, last=date(2016, 9, 27), next=date(2016, 10, 5))

    made = issue(replace(BABY, baseline=True), sources=(gap,), added=frozenset([BABY.id]))

    assert "The list was not read well from 27 September 2016 to 5 October 2016: what was" in made.intro
    assert made.notices == ()


def test_one_of_several_lists_that_has_not_changed_is_not_called_the_list() -> None:
    older = replace(ALL, source="older", frozen_since=date(2016, 3, 4))

    made = render(issue(BABY, sources=(ALL, older)), WORDING)

    assert "One of the lists has not changed since 4 March 2016." in plain(made.text)
    assert "The list has not changed" not in plain(made.text)
