"""Checks of the schedule: next read, next issue, the timer's last tick, age of the support lines."""

from datetime import datetime, timedelta

from app.checks.finding import Finding, failure, ok, warning
from core.calendar import ONE_DAY, local_instant, next_period
from core.config.schema import Settings
from core.dates import day_name, local_date, local_minute, period_name
from core.plurals import plural
from db.operator import job_log
from db.operator.job_log import TICK_TASK
from db.schema.connect import Database
from services.issues.support_lines import support_checked
from services.operator.scheduler_status import OVERDUE_AFTER

TIMER_FIX = "Start it: casereviews serve, or casereviews tick every few minutes."
HALF_A_YEAR, A_YEAR = timedelta(days=180), timedelta(days=365)
PUBLISH_PHRASES = {
    "approve": "and waits for your approval",
    "auto": "and goes out at once",
}


def check_schedule(settings: Settings, now: datetime) -> Finding:
    """The next read and the next issue, on the local clock."""
    zone, at = settings.zone, settings.schedule.scrape_at
    today = local_date(now, zone)
    read = next(when for day in (today, today + ONE_DAY) if (when := local_instant(day, at, zone)) > now)
    period, when = next_period(settings.schedule, zone, now)
    leaves = PUBLISH_PHRASES.get(
        settings.newsletter.publish, f"and goes out {plural(settings.newsletter.hold_hours, 'hour')} later"
    )
    words = (
        f"reads next on {local_minute(read, zone)}; "
        f"the issue of {period_name(period)} is drafted on {local_minute(when, zone)} {leaves}"
    )
    return ok("schedule", words)


def check_timer(settings: Settings, db: Database | None, now: datetime) -> Finding:
    """Whether the scheduler ticks."""
    last_tick = job_log.get(db, TICK_TASK) if db else None
    if last_tick is None:
        return warning("timer", "it has never run, so nothing happens by itself", TIMER_FIX)
    words = f"last ran on {local_minute(last_tick.at, settings.zone)}"
    return warning("timer", words, TIMER_FIX) if now - last_tick.at > OVERDUE_AFTER else ok("timer", words)


def check_support_lines(settings: Settings, db: Database | None, now: datetime) -> Finding:
    """Whether a person has looked lately that the lines are right: somebody in need will call them."""
    today = local_date(now, settings.zone)
    checked = support_checked(settings, db) if db else settings.support.checked
    fix = "Call or look up each number, then say so at /ops/support, or set support.checked to that day."
    if not settings.support.lines:
        return warning("support lines", "there are none, and readers may need one", "Set support.lines.")
    if checked is None:
        return warning("support lines", "nobody has said when they were last checked", fix)
    on = day_name(checked)
    if checked > today:
        return failure("support lines", f"support.checked = {checked} lies in the future", fix)
    if today - checked > HALF_A_YEAR:
        long = "over a year" if today - checked > A_YEAR else "over half a year"
        return warning("support lines", f"last checked on {on}, {long} ago", fix)
    again = f"by {day_name(checked + HALF_A_YEAR)}"
    return ok("support lines", f"{len(settings.support.lines)}, checked on {on}; check them again {again}")
