"""Where one month's issue stands: of what is known of it, what was decided, and the time."""

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest

from core.config.schema import NewsletterSettings
from core.issue_lifecycle import IssueStanding, IssueState, decide_standing, reminder_time
from core.states import IssueMark, IssueStatus

PERIOD = "2026-01"
DUE = datetime(2026, 2, 2, 6, 30, tzinfo=UTC)
DAY = 24  # hours
HOLD = NewsletterSettings(publish="hold", hold_hours=24, too_late_days=10)
APPROVE = NewsletterSettings(publish="approve", hold_hours=24, too_late_days=10)
AUTO = NewsletterSettings(publish="auto", hold_hours=24, too_late_days=10)


def standing(
    status: IssueStatus | Literal[""],
    hours: float,
    marks: Collection[IssueMark] = (),
    drafted: float | None = None,
    newsletter: NewsletterSettings = HOLD,
    paused: bool = False,
) -> IssueStanding:
    """Where an issue stands so many hours after its day, drafted so many after it; "": never built."""
    at = None if drafted is None else DUE + timedelta(hours=drafted)
    known = IssueState(PERIOD, status, paused, at) if status else None
    return decide_standing(PERIOD, DUE, known, marks, newsletter, DUE + timedelta(hours=hours))


@pytest.mark.parametrize(
    ("status", "drafted", "hours", "step"),
    [
        ("", None, 0, "draft"),
        ("", None, 10 * DAY, "draft"),
        ("", None, 10 * DAY + 0.01, "ask"),
        ("draft", None, 1, "draft"),  # built by hand: not yet by the scheduler
        ("draft", None, 11 * DAY, "ask"),
        ("draft", 0, 0, "held"),
        ("draft", 0, 23.99, "held"),
        ("draft", 0, 24, "release"),
        ("draft", 0, 10 * DAY, "release"),
        ("draft", 0, 10 * DAY + 0.01, "ask"),
        ("draft", 9 * DAY, 9 * DAY + 23, "held"),
        ("draft", 9.5 * DAY, 10.2 * DAY, "held"),  # drafted in time, so that it may go out a day after its hold
        ("draft", 9.5 * DAY, 10.5 * DAY, "release"),
        ("draft", 9.5 * DAY, 11.5 * DAY, "release"),
        ("draft", 9.5 * DAY, 11.5 * DAY + 0.01, "ask"),
        ("approved", None, 0, "release"),
        ("approved", 0, 1, "release"),  # a person's word ends the hold
        ("approved", None, 10 * DAY, "release"),
        ("approved", None, 10 * DAY + 0.01, "ask"),
        ("approved", 9.5 * DAY, 10.2 * DAY, "ask"),  # the day of grace is a draft's
        ("sending", 0, 900, "sending"),
        ("sent", 0, 900, "sent"),
    ],
)
def test_an_issue_nothing_was_decided_of_goes_by_its_status_and_the_time(
    status: IssueStatus | Literal[""], drafted: float | None, hours: float, step: str
) -> None:
    assert standing(status, hours, drafted=drafted).step == step


@pytest.mark.parametrize(
    ("status", "marks", "hours", "step"),
    [
        ("", ["late"], 11 * DAY, "asked"),
        ("", ["late"], 1, "draft"),
        ("draft", ["late"], 11 * DAY, "asked"),
        ("approved", ["late"], 11 * DAY, "release"),  # approved since the question
        ("approved", ["late", "discarded"], 11 * DAY, "release"),
        ("", ["discarded"], 1, "gone"),
        ("", ["late", "discarded"], 11 * DAY, "gone"),
        ("draft", ["late", "discarded"], 900, "gone"),  # built by hand since
        ("draft", ["discarded"], 1, "gone"),
        ("draft", ["discarded", "skipped"], 1, "gone"),
        ("approved", ["discarded"], 1, "gone"),
        ("", ["skipped"], 1, "skipped"),
        ("", ["skipped"], 11 * DAY, "skipped"),
        ("draft", ["skipped"], 1, "skipped"),
        ("approved", ["skipped"], 1, "release"),  # a person would have it sent, empty as it is
        ("", ["settled"], 1, "settled"),
        ("draft", ["settled", "discarded"], 11 * DAY, "settled"),
        ("approved", ["settled"], 1, "release"),
        ("", ["restored"], 1, "restored"),
        ("draft", ["restored", "settled"], 11 * DAY, "restored"),
        ("approved", ["restored", "late"], 11 * DAY, "restored"),
        ("sending", ["restored"], 1, "restored"),
        ("sent", ["restored"], 1, "sent"),
        ("sending", ["late", "skipped", "discarded", "settled"], 900, "sending"),
        ("sent", ["late", "skipped", "discarded", "settled"], 900, "sent"),
    ],
)
def test_what_was_decided_goes_before_the_time(
    status: IssueStatus | Literal[""], marks: list[IssueMark], hours: float, step: str
) -> None:
    assert standing(status, hours, marks).step == step


@pytest.mark.parametrize(
    ("newsletter", "hours", "step"),
    [
        (HOLD, 1, "held"),
        (HOLD, 25, "release"),
        (APPROVE, 1, "approval"),
        (APPROVE, 25, "approval"),
        (AUTO, 0, "release"),
    ],
)
def test_a_draft_waits_as_the_settings_say(newsletter: NewsletterSettings, hours: float, step: str) -> None:
    assert standing("draft", hours, drafted=0, newsletter=newsletter).step == step


@pytest.mark.parametrize("newsletter", [APPROVE, AUTO])
def test_without_a_hold_the_day_of_grace_begins_with_the_draft(newsletter: NewsletterSettings) -> None:
    in_time = standing("draft", 10.9 * DAY, drafted=10 * DAY, newsletter=newsletter)
    late = standing("draft", 11.01 * DAY, drafted=10 * DAY, newsletter=newsletter)

    assert (in_time.step != "ask", late.step) == (True, "ask")


@pytest.mark.parametrize(
    ("status", "hours", "marks", "step"),
    [
        ("draft", 1, [], "paused"),
        ("draft", 10 * DAY, [], "paused"),
        ("draft", 10 * DAY + 0.01, [], "ask"),
        ("approved", 1, [], "paused"),
        ("approved", 11 * DAY, [], "ask"),
        ("approved", 11 * DAY, ["late"], "paused"),
        ("sending", 1, [], "sending"),
    ],
)
def test_a_paused_issue_goes_nowhere_until_it_is_too_late(
    status: IssueStatus, hours: float, marks: list[IssueMark], step: str
) -> None:
    assert standing(status, hours, marks, drafted=0, paused=True).step == step


def test_pause_goes_before_approval() -> None:
    assert standing("draft", 1, drafted=0, newsletter=APPROVE, paused=True).step == "paused"


def test_a_standing_says_when_a_held_issue_goes_out_and_what_is_known_of_it() -> None:
    assert standing("draft", 1, drafted=2) == IssueStanding(
        PERIOD, DUE, "held", DUE + timedelta(hours=26), "draft", False
    )
    assert standing("draft", 27, drafted=2) == IssueStanding(PERIOD, DUE, "release", None, "draft", False)
    assert standing("approved", 1, paused=True) == IssueStanding(PERIOD, DUE, "paused", None, "approved", True)
    assert standing("", 1) == IssueStanding(PERIOD, DUE, "draft", None, "", False)


@pytest.mark.parametrize(
    ("drafted", "too_late", "days", "reminded"),
    [
        (0, 10, 2, 8 * DAY),
        (7 * DAY, 10, 2, 8.5 * DAY),  # drafted late: not in the first half of what is left
        (0, 1, 2, 0.5 * DAY),
        (9.5 * DAY, 10, 2, 10 * DAY),  # a day is left from the draft, whatever else is said
    ],
)
def test_approval_is_asked_for_again_some_days_before_it_is_too_late(
    drafted: float, too_late: int, days: int, reminded: float
) -> None:
    newsletter = NewsletterSettings(publish="approve", too_late_days=too_late, remind_days=days)

    when = reminder_time(DUE, DUE + timedelta(hours=drafted), newsletter)

    assert when == DUE + timedelta(hours=reminded)
