"""Calendar rules in local time: issue days, working days, bank holidays, due instants; pure."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from dateutil.easter import easter

from core.config.schema import ScheduleSettings
from core.dates import local_date, period_of, year_and_month

MAX_MONTHS_BACK = 13  # months: an issue that was due before the last so many is past asking about
ONE_DAY = timedelta(days=1)


def local_instant(day: date, clock: str, zone: ZoneInfo) -> datetime:
    """A local time of day ("06:30") as a UTC instant: one a day, also on the days when the clocks change."""
    return datetime.combine(day, time.fromisoformat(clock), zone).astimezone(UTC)


def latest_occurrence(clock: str, zone: ZoneInfo, now: datetime) -> datetime:
    """The last time, up to now, that it was this time of day."""
    today = local_date(now, zone)
    slot = local_instant(today, clock, zone)
    return slot if slot <= now else local_instant(today - ONE_DAY, clock, zone)


def latest_monday(clock: str, zone: ZoneInfo, now: datetime) -> datetime:
    """The last time, up to now, that it was this time of a Monday."""
    day = local_date(latest_occurrence(clock, zone, now), zone)
    return local_instant(day - day.weekday() * ONE_DAY, clock, zone)


def month_after(period: str, months: int = 1) -> str:
    """The month so many months after "2026-12": "2027-01"; before it when negative."""
    count = int(period[:4]) * 12 + int(period[5:]) - 1 + months
    return f"{count // 12:04}-{count % 12 + 1:02}"


def month_bounds(period: str, zone: ZoneInfo) -> tuple[datetime, datetime]:
    """The month's first instant and the next month's, in UTC. Raises HouseError for a bad period."""
    first = date(*year_and_month(period), 1)
    return local_instant(first, "00:00", zone), local_instant(
        date(*year_and_month(month_after(period)), 1), "00:00", zone
    )


def issue_time(period: str, schedule: ScheduleSettings, zone: ZoneInfo) -> datetime:
    """When a month's issue is drafted: on the issue day of the month after, UTC."""
    following = month_after(period)
    year, month = int(following[:4]), int(following[5:])
    on = schedule.issue_day
    day = first_working_day(year, month) if on == "first working day" else date(year, month, on)
    return local_instant(day, schedule.issue_at, zone)


def periods_due(
    schedule: ScheduleSettings, zone: ZoneInfo, since: datetime, now: datetime
) -> list[tuple[str, datetime]]:
    """The months whose issue came due after `since` and up to now, and when; oldest first, at most MAX_MONTHS_BACK."""
    this = period_of(local_date(now, zone))
    found = []
    for back in range(1, MAX_MONTHS_BACK + 2):
        period = month_after(this, -back)
        due = issue_time(period, schedule, zone)
        if due <= since:
            break
        if due <= now:
            found.append((period, due))
    return found[MAX_MONTHS_BACK - 1 :: -1]


def next_period(schedule: ScheduleSettings, zone: ZoneInfo, now: datetime) -> tuple[str, datetime]:
    """The month whose issue comes due next, and when."""
    this = period_of(local_date(now, zone))
    period = month_after(this, -1)
    if issue_time(period, schedule, zone) <= now:
        period = this
    return period, issue_time(period, schedule, zone)


def first_working_day(year: int, month: int) -> date:
    """The first day of a month that is no Saturday, Sunday or bank holiday of England and Wales."""
    day = date(year, month, 1)
    while day.weekday() > 4 or day in bank_holidays(year):
        day += ONE_DAY
    return day


def bank_holidays(year: int) -> set[date]:
    """Those of England and Wales that can stand before a month's first working day.

    Good Friday by common law and Easter Monday by the Banking and Financial Dealings Act 1971, Schedule 1; New Year's
    Day (or the Monday after a weekend) and the first Monday of May by yearly proclamation. As listed on
    https://www.gov.uk/bank-holidays. A day moved once by proclamation (8 May 2020) is not foreseen.
    """
    sunday = easter(year)
    new_year = _next_weekday(date(year, 1, 1))
    may = date(year, 5, 1)
    return {new_year, sunday - 2 * ONE_DAY, sunday + ONE_DAY, may + (-may.weekday() % 7) * ONE_DAY}


def _next_weekday(day: date) -> date:
    """The day itself, or the Monday after it at a weekend."""
    return day + (7 - day.weekday()) * ONE_DAY if day.weekday() > 4 else day
