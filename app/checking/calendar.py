"""What will happen when, and who makes it happen."""

from datetime import datetime, timedelta

from app.checking.finding import Finding, failure, ok, warning
from app.schedule.calendar import DAY, instant, period_next
from app.schedule.plan import KNOCK
from app.schedule.standing import OVERDUE
from core.dates import day_name, local_date, local_minute, period_name
from core.settings import Settings
from db import chores
from db.connect import Database

TIMER = "Start it: casereviews serve, or casereviews tick every few minutes."
HALF_A_YEAR, A_YEAR = timedelta(days=180), timedelta(days=365)
LEAVES = {
    "approve": "and waits for your approval",
    "auto": "and goes out at once",
}


def schedule(settings: Settings, now: datetime) -> Finding:
    """The next read and the next issue, on the local clock."""
    zone, at = settings.zone, settings.schedule.scrape_at
    today = local_date(now, zone)
    read = next(when for day in (today, today + DAY) if (when := instant(day, at, zone)) > now)
    period, when = period_next(settings.schedule, zone, now)
    leaves = LEAVES.get(settings.newsletter.publish, f"and goes out {settings.newsletter.hold_hours} hours later")
    words = (
        f"reads next on {local_minute(read, zone)}; "
        f"the issue of {period_name(period)} is drafted on {local_minute(when, zone)} {leaves}"
    )
    return ok("schedule", words)


def timer(settings: Settings, db: Database | None, now: datetime) -> Finding:
    """Whether anything knocks."""
    knocked = chores.get(db, KNOCK) if db else None
    if knocked is None:
        return warning("timer", "it has never run, so nothing happens by itself", TIMER)
    words = f"last ran on {local_minute(knocked.at, settings.zone)}"
    return warning("timer", words, TIMER) if now - knocked.at > OVERDUE else ok("timer", words)


def support_lines(settings: Settings, now: datetime) -> Finding:
    """Whether a person has looked lately that the lines are right: somebody in need will call them."""
    checked, today = settings.support.checked, local_date(now, settings.zone)
    on = day_name(checked)
    fix = "Call or look up each number, then set support.checked to that day."
    if checked > today:
        return failure("support lines", f"support.checked = {checked} lies in the future", fix)
    if not settings.support.lines:
        return warning("support lines", "there are none, and readers may need one", "Set support.lines.")
    if today - checked > HALF_A_YEAR:
        long = "over a year" if today - checked > A_YEAR else "over half a year"
        return warning("support lines", f"last checked on {on}, {long} ago", fix)
    again = f"by {day_name(checked + HALF_A_YEAR)}"
    return ok("support lines", f"{len(settings.support.lines)}, checked on {on}; check them again {again}")
