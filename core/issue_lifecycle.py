"""Issue life cycle: which step each month's issue is at, from its day through hold and approval to sent; pure."""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from core.config.schema import NewsletterSettings
from core.states import IssueMark, IssueStatus, IssueStep

RELEASE_GRACE = timedelta(days=1)  # what was drafted in time may still go out for so long after its hold
DUE_STEPS: tuple[IssueStep, ...] = ("ask", "draft", "release")  # the steps that the scheduler has something to do for


class IssueState(NamedTuple):
    """How far an issue has come, without what is in it; identified by the period."""

    period: str
    status: IssueStatus | Literal[""]  # empty: never built
    paused: bool = False
    drafted_at: datetime | None = None  # UTC; when the scheduler drafted it: the hold counts from there
    sent_at: datetime | None = None  # UTC


class IssueStanding(NamedTuple):
    """Where one month's issue stands, identified by the period.

    The step: ask (too late: the operator is to be asked), asked (and has been), draft, held (goes out at `when`),
    paused, approval (waits for a person), release, sending, sent, skipped (empty), gone (let its reviews go), restored
    (a backup does not say whether it went out: a person decides), settled (it did, and nothing of it is left).
    """

    period: str
    due: datetime  # UTC; its issue day
    step: IssueStep
    when: datetime | None = None  # UTC; when it goes out by itself
    status: IssueStatus | Literal[""] = ""  # of the issue; empty: never built
    paused: bool = False


def decide_standing(
    period: str,
    due: datetime,
    known: IssueState | None,
    marks: Collection[IssueMark],
    newsletter: NewsletterSettings,
    now: datetime,
) -> IssueStanding:
    """Where an issue stands, of what is known of it and what the timer has marked; pure."""
    status, paused = (known.status, known.paused) if known else ("", False)
    hold = timedelta(hours=newsletter.hold_hours if newsletter.publish == "hold" else 0)
    when = known.drafted_at + hold if known and known.drafted_at and status == "draft" else None

    def at(step: IssueStep) -> IssueStanding:
        return IssueStanding(period, due, step, when if step == "held" else None, status, paused)

    if "restored" in marks and status != "sent":
        return at("restored")
    if status in ("sending", "sent"):
        return at(status)
    if status == "approved" and "late" in marks:
        return at("paused" if paused else "release")  # the question took older approvals away
    if "settled" in marks and status != "approved":
        return at("settled")
    if "discarded" in marks or ("skipped" in marks and status != "approved"):
        return at("gone" if "discarded" in marks else "skipped")
    if now > late_time(due, when, newsletter):
        return at("asked" if "late" in marks else "ask")
    if status == "approved":
        return at("paused" if paused else "release")
    if when is None:
        return at("draft")
    if paused:
        return at("paused")
    if newsletter.publish == "approve":
        return at("approval")
    return at("release" if when <= now else "held")


def late_time(due: datetime, when: datetime | None, newsletter: NewsletterSettings) -> datetime:
    """After what instant an issue is too late to be sent unasked; `when`: the end of the hold of its draft."""
    return max(due + timedelta(days=newsletter.too_late_days), when + RELEASE_GRACE if when else due)


def reminder_time(due: datetime, drafted_at: datetime, newsletter: NewsletterSettings) -> datetime:
    """From when approval of a draft that still waits is asked for again: some days before it is too late.

    Never in the first half of the time that there is to approve it.
    """
    late = late_time(due, drafted_at, newsletter)
    return late - min(timedelta(days=newsletter.remind_days), (late - drafted_at) / 2)
