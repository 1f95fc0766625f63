"""What the timer has done and has to do, for `status`: in words, and whether it is all right."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.schedule.calendar import issue_time, month_after, period_next
from app.schedule.plan import BEAT, FAILING, KNOCK, SERVE, Place, places
from app.schedule.restored import undecided
from core.dates import local_minute, period_name
from core.settings import Settings
from db import chores, deliveries, issues
from db.chores import Chore
from db.connect import Database

OVERDUE = timedelta(hours=1)  # what the timer has not done for so long after its time is overdue
SILENT = timedelta(minutes=5)  # the timer of serve, which knocks every half minute, is dead after so long
STUCK = timedelta(hours=12)  # one chore takes some hours at most: the first read of a whole catalogue


@dataclass(frozen=True, slots=True)
class Line:
    """One line of `status`, identified by what it is about."""

    about: str  # "timer", "delivery", "2026-10"
    words: str
    ok: bool = True
    brief: str = ""  # what is wrong, for a page that everybody may see


def standing(settings: Settings, db: Database, now: datetime) -> list[Line]:
    """The timer, the issues it has in hand, what fails. Nothing of the timer where it has never run."""
    open_ = undecided(settings, db)
    found = [Line(period, words, False, "waits for a decision") for period, words in open_.items()]
    found += [_sending(settings, db, period, now) for period in issues.sending(db) if period not in open_]
    knocked = chores.get(db, KNOCK)
    if knocked is None:
        return found
    waiting = [line for where in places(settings, db, now) if (line := _issue(settings, where, now))]
    failing = [
        Line(one.slot, f"{one.slot}: failing since {local_minute(one.at, settings.zone)}: {one.words}", False, "fails")
        for one in chores.listing(db, FAILING).values()
    ]
    return [_timer(settings, db, knocked, now), *waiting, *found, *failing, _next(settings, db, now)]


def _timer(settings: Settings, db: Database, knocked: Chore, now: datetime) -> Line:
    """The timer of serve beats beside its work, so that it is known within minutes when it is dead."""
    serves, beat = knocked.words == SERVE, chores.get(db, BEAT)
    last = max(knocked.at, beat.at) if serves and beat else knocked.at
    if not serves:  # a tick goes on for as long as a delivery takes, and no other begins
        last = max([last, *(moved for period in issues.sending(db) if (moved := deliveries.moved_at(db, period)))])
    words = f"the timer last ran on {local_minute(last, settings.zone)}"
    if now - last > (SILENT if serves else OVERDUE):
        fix = "start it: casereviews serve, or casereviews tick every few minutes"
        return Line("timer", f"{words}; {fix}", False, "does not run")
    if serves and now - knocked.at > STUCK:
        begun = f"the timer is at one and the same work since {local_minute(knocked.at, settings.zone)}"
        return Line("timer", f"{begun}; stop casereviews serve and start it again: nothing is lost", False, "is stuck")
    return Line("timer", words)


def _next(settings: Settings, db: Database, now: datetime) -> Line:
    """The month that is drafted next: not one that a person has sent before its day."""
    period, when = period_next(settings.schedule, settings.zone, now)
    known = issues.standings(db, since=period)
    while period in known and known[period].status in ("sending", "sent"):
        period = month_after(period)
        when = issue_time(period, settings.schedule, settings.zone)
    return Line("next", f"the issue of {period_name(period)} will be drafted on {local_minute(when, settings.zone)}")


def _issue(settings: Settings, where: Place, now: datetime) -> Line | None:
    """Where an issue stands; None where nothing is left to do, or its delivery says it all."""
    period, since = where.period, f"{(now - where.due).days} days late"
    send = " && ".join(f"casereviews issue {verb} {period}" for verb in ("build", "approve", "send"))
    words = {
        "ask": f"is {since} and was not sent",
        "asked": f"is {since} and was not sent: {send}; or leave it, and its reviews go into the next",
        "draft": f"was due on {local_minute(where.due, settings.zone)} and is not drafted yet",
        "paused": f"is paused; let it go: casereviews issue resume {period}",
        "approval": f"waits for your approval: casereviews issue approve {period}",
        "release": "goes out at the timer's next run",
    }
    if where.when:
        words["held"] = (
            f"goes out on {local_minute(where.when, settings.zone)}; stop it: casereviews issue pause {period}"
        )
    if where.step not in words:
        return None
    late = where.step in ("ask", "asked") or (where.step == "draft" and now - where.due > OVERDUE)
    return Line(period, f"the issue of {period_name(period)} {words[where.step]}", not late, "is late" if late else "")


def _sending(settings: Settings, db: Database, period: str, now: datetime) -> Line:
    (left, due), moved = deliveries.waiting(db, period), deliveries.moved_at(db, period)
    words = f"the issue of {period_name(period)} is being sent: {left} waiting"
    if due and now - max(due, moved or due) > OVERDUE:
        still = f"; it has stood still since {local_minute(max(due, moved or due), settings.zone)}"
        return Line("delivery", f"{words}{still}; go on: casereviews issue send {period}", False, "stands still")
    return Line("delivery", words)
