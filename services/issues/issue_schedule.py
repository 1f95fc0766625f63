"""Issue schedule: where each month's issue stands, which step is due next."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.calendar import periods_due
from core.config.schema import NewsletterSettings, Settings
from core.states import IssueMark
from db.collection import runs
from db.mail import issue_marks, issues
from db.mail.issues import IssueState
from db.schema.connect import Database

TICK_TASK, HEARTBEAT_TASK = "tick", "heartbeat"  # in the job log: a tick; that serve lives, however long its work takes
CLOCK_SET_BACK_TASK = "clock set back"  # when the clock was, and from what
SERVE_RUNNER, TICK_RUNNER = "serve", "tick"  # who ticked last
CLOCK_TOLERANCE = timedelta(minutes=1)  # by which a clock may be put right unnoticed
RELEASE_GRACE = timedelta(days=1)  # what was drafted in time may still go out for so long after its hold
DUE_STEPS = ("ask", "draft", "release")  # the steps that the timer has something to do for


@dataclass(frozen=True, slots=True)
class IssueStanding:
    """Where one month's issue stands, identified by the period.

    The step: ask (too late: the operator is to be asked), asked (and has been), draft, held (goes out at `when`),
    paused, approval (waits for a person), release, sending, sent, skipped (empty), gone (let its reviews go), restored
    (a backup does not say whether it went out: a person decides), settled (it did, and nothing of it is left).
    """

    period: str
    due: datetime  # UTC; its issue day
    step: str
    when: datetime | None = None  # UTC; when it goes out by itself
    status: str = ""  # of the issue; empty: never built
    paused: bool = False


def issue_standings(settings: Settings, db: Database, now: datetime) -> list[IssueStanding]:
    """Where the issues stand whose day has come since the house first read a source well, oldest first."""
    begun = runs.first_good_read(db)
    due = periods_due(settings.schedule, settings.zone, begun, now) if begun else []
    if not due:
        return []
    states, marks = issues.list_states(db, since=due[0][0]), issue_marks.by_period(db, since=due[0][0])
    return [
        decide_standing(period, day, states.get(period), marks.get(period, ()), settings.newsletter, now)
        for period, day in due
    ]


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
    when = _release_time(known, newsletter) if status == "draft" else None

    def at(step: str) -> IssueStanding:
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
    if now > max(due + timedelta(days=newsletter.too_late_days), when + RELEASE_GRACE if when else due):
        return at("asked" if "late" in marks else "ask")
    if status == "approved":
        return at("paused" if paused else "release")
    if known is None or known.drafted_at is None:
        return at("draft")
    if paused:
        return at("paused")
    if newsletter.publish == "approve":
        return at("approval")
    return at("release" if when and when <= now else "held")


def _release_time(known: IssueState | None, newsletter: NewsletterSettings) -> datetime | None:
    """When a draft has been held long enough; in the mode approve when it was made."""
    if known is None or known.drafted_at is None:
        return None
    hold = newsletter.hold_hours if newsletter.publish == "hold" else 0
    return known.drafted_at + timedelta(hours=hold)
