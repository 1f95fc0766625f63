"""What the timer has done and has to do, for `status`: in words, and whether it is all right."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from app.schedule.calendar import on_the_clock, period_next
from app.schedule.plan import FAILING, KNOCK, Place, places
from core.settings import Settings
from db import chores, deliveries, issues
from db.connect import Database
from newsletter.words import month_words

OVERDUE = timedelta(hours=1)  # what the timer has not done for so long after its time is overdue


@dataclass(frozen=True, slots=True)
class Line:
    """One line of `status`, identified by what it is about."""

    about: str  # "timer", "delivery", "2026-10"
    words: str
    ok: bool = True


def standing(settings: Settings, db: Database, now: datetime) -> list[Line]:
    """The timer, the issues it has in hand, what fails. Nothing of the timer where it has never run."""
    found = [_sending(settings, db, period, now) for period in issues.sending(db)]
    knocked = chores.get(db, KNOCK)
    if knocked is None:
        return found
    waiting = [line for where in places(settings, db, now) if (line := _issue(settings, where, now))]
    failing = [
        Line(one.slot, f"{one.slot}: failing since {_day(one.at, settings)}: {one.words}", False)
        for one in chores.listing(db, FAILING).values()
    ]
    return [_timer(settings, knocked.at, now), *waiting, *found, *failing, _next(settings, now)]


def _timer(settings: Settings, last: datetime, now: datetime) -> Line:
    words = f"the timer last ran on {_day(last, settings)}"
    if now - last > OVERDUE:
        return Line("timer", f"{words}; start it: casereviews serve, or casereviews tick every few minutes", False)
    return Line("timer", words)


def _next(settings: Settings, now: datetime) -> Line:
    period, when = period_next(settings.schedule, settings.zone, now)
    return Line("next", f"the issue of {month_words(period)} will be drafted on {_day(when, settings)}")


def _issue(settings: Settings, where: Place, now: datetime) -> Line | None:
    """Where an issue stands; None where nothing is left to do, or its delivery says it all."""
    period, since = where.period, f"{(now - where.due).days} days late"
    send = " && ".join(f"casereviews issue {verb} {period}" for verb in ("build", "approve", "send"))
    words = {
        "ask": f"is {since} and was not sent",
        "asked": f"is {since} and was not sent: {send}; or leave it, and its reviews go into the next",
        "draft": f"was due on {_day(where.due, settings)} and is not drafted yet",
        "paused": f"is paused; let it go: casereviews issue resume {period}",
        "approval": f"waits for your approval: casereviews issue approve {period}",
        "release": "goes out with the timer's next knock",
    }
    if where.when:
        words["held"] = f"goes out on {_day(where.when, settings)}; stop it: casereviews issue pause {period}"
    if where.step not in words:
        return None
    late = where.step in ("ask", "asked") or (where.step == "draft" and now - where.due > OVERDUE)
    return Line(period, f"the issue of {month_words(period)} {words[where.step]}", not late)


def _sending(settings: Settings, db: Database, period: str, now: datetime) -> Line:
    (left, due), moved = deliveries.waiting(db, period), deliveries.moved_at(db, period)
    words = f"the issue of {month_words(period)} is being sent: {left} waiting"
    if due and now - max(due, moved or due) > OVERDUE:
        still = f"; it has stood still since {_day(max(due, moved or due), settings)}"
        return Line("delivery", f"{words}{still}; go on: casereviews issue send {period}", False)
    return Line("delivery", words)


def _day(when: datetime, settings: Settings) -> str:
    return on_the_clock(when, settings.zone)
