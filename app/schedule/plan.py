"""Where each month's issue stands, and what the timer owes it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta

from app.schedule.calendar import periods_due
from core.settings import Newsletter, Settings
from db import chores, issues
from db.chores import RESTORED
from db.connect import Database
from db.issues import Standing

KNOCK, FAILING, TRIED = "knock", "failing", "tried"  # tasks in the table of chores: the timer's own
BEAT, SET_BACK = "beat", "set back"  # that it lives, however long its work takes; when the clock was, and from what
SERVE, TICK = "serve", "tick"  # who knocked last
LATE, SKIPPED, LET_GO, SETTLED = "late", "skipped", "let go", "settled"
MARKS = (LATE, SKIPPED, LET_GO, SETTLED, RESTORED)  # and those of an issue, a month a slot
SLACK = timedelta(minutes=1)  # by which a clock may be put right unnoticed
GRACE = timedelta(days=1)  # what was drafted in time may still go out for so long after its hold
OWED = ("ask", "draft", "release")  # the steps that the timer has something to do for


@dataclass(frozen=True, slots=True)
class Place:
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


def places(settings: Settings, db: Database, now: datetime) -> list[Place]:
    """Where the issues stand whose day has come since the house first read a source well, oldest first."""
    begun = chores.begun(db)
    due = periods_due(settings.schedule, settings.zone, begun, now) if begun else []
    if not due:
        return []
    held, marks = issues.standings(db, since=due[0][0]), {task: chores.listing(db, task) for task in MARKS}
    return [
        place(period, day, held.get(period), [m for m in MARKS if period in marks[m]], settings.newsletter, now)
        for period, day in due
    ]


def place(
    period: str, due: datetime, known: Standing | None, marks: Collection[str], newsletter: Newsletter, now: datetime
) -> Place:
    """Where an issue stands, of what is known of it and what the timer has marked; pure."""
    status, paused = (known.status, known.paused) if known else ("", False)
    when = _goes_out(known, newsletter) if status == "draft" else None

    def at(step: str) -> Place:
        return Place(period, due, step, when if step == "held" else None, status, paused)

    if RESTORED in marks and status != "sent":
        return at("restored")
    if status in ("sending", "sent"):
        return at(status)
    if status == "approved" and LATE in marks:
        return at("paused" if paused else "release")  # the question took older approvals away
    if SETTLED in marks and status != "approved":
        return at("settled")
    if LET_GO in marks or (SKIPPED in marks and status != "approved"):
        return at("gone" if LET_GO in marks else "skipped")
    if now > max(due + timedelta(days=newsletter.too_late_days), when + GRACE if when else due):
        return at("asked" if LATE in marks else "ask")
    if status == "approved":
        return at("paused" if paused else "release")
    if known is None or known.drafted_at is None:
        return at("draft")
    if paused:
        return at("paused")
    if newsletter.publish == "approve":
        return at("approval")
    return at("release" if when and when <= now else "held")


def _goes_out(known: Standing | None, newsletter: Newsletter) -> datetime | None:
    """When a draft has been held long enough; in the mode approve when it was made."""
    if known is None or known.drafted_at is None:
        return None
    hold = newsletter.hold_hours if newsletter.publish == "hold" else 0
    return known.drafted_at + timedelta(hours=hold)
