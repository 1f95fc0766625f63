"""Dates and times as text: days and months in words, an instant on a zone's clock, ISO 8601 in UTC."""

import re
from datetime import UTC, date, datetime, timedelta, tzinfo

from core.errors import HouseError

MONTHS = tuple("January February March April May June July August September October November December".split())
DAY_COLUMNS = len("20 September 2016")  # of the longest day in words
ALERT_RUN_PREFIX = "alerts "
PERIOD = re.compile(r"([12][0-9]{3})-(0[1-9]|1[0-2])")
CORRECTION_RUN = re.compile(rf"({PERIOD.pattern})-correction-([1-9][0-9]{{0,5}})\.([1-9][0-9]{{0,5}})")


def month_name(month: int) -> str:
    """1 as "January". Raises IndexError for what is no month."""
    return ("", *MONTHS)[month]


def year_and_month(period: str) -> tuple[int, int]:
    """ "2016-09" as (2016, 9). Raises HouseError saying how to write a period."""
    if not (found := PERIOD.fullmatch(period)):
        raise HouseError("not a month", repr(period), 'Write the year and the month as "2016-09".')
    return int(found[1]), int(found[2])


def period_name(period: str) -> str:
    """ "2016-09" as "September 2016". Raises HouseError for a bad period."""
    year, month = year_and_month(period)
    return f"{month_name(month)} {year}"


def alert_run(asked_at: datetime) -> str:
    """What the alerts of a day are called where bounces name an issue by its period: "alerts 2016-09-20"."""
    return f"{ALERT_RUN_PREFIX}{iso_utc(asked_at)[:10]}"


def correction_run(period: str, number: int, version: int) -> str:
    """What a mailing of a correction is called where deliveries name an issue by its period."""
    return f"{period}-correction-{number}.{version}"


def parse_correction_run(run: str) -> tuple[str, int, int] | None:
    """The period, number and version of a correction that is mailed; None for another run."""
    found = CORRECTION_RUN.fullmatch(run)
    return (found[1], int(found[4]), int(found[5])) if found else None


def run_name(run: str) -> str:
    """What was delivered, in words: "the issue of September 2016", "the alerts of 20 September 2016"."""
    if run.startswith(ALERT_RUN_PREFIX):
        return f"the alerts of {day_name(date.fromisoformat(run.removeprefix(ALERT_RUN_PREFIX)))}"
    if correction := parse_correction_run(run):
        period, number, version = correction
        amended = ", amended" if version > 1 else ""
        return f"correction {number}{amended} to the issue of {period_name(period)}"
    return f"the issue of {period_name(run)}"


def period_of(day: date) -> str:
    """The month of a day, as issues are named: "2016-09"."""
    return f"{day.year:04}-{day.month:02}"


def day_name(day: date) -> str:
    """ "20 September 2016"."""
    return f"{day.day} {month_name(day.month)} {day.year}"


def local_date(instant: datetime, zone: tzinfo) -> date:
    """The day that an aware instant falls on in a zone."""
    return instant.astimezone(zone).date()


def local_day(instant: datetime, zone: tzinfo) -> str:
    """An aware instant as the day of a zone's calendar: "20 September 2016"."""
    return day_name(local_date(instant, zone))


def local_minute(instant: datetime, zone: tzinfo) -> str:
    """An aware instant as a zone's clock shows it: "20 September 2016 at 09:00"."""
    local = instant.astimezone(zone)
    return f"{day_name(local)} at {local:%H:%M}"


def whole_minute(instant: datetime) -> datetime:
    """The first whole minute that is not before an instant."""
    begun = instant.replace(second=0, microsecond=0)
    return instant if instant == begun else begun + timedelta(minutes=1)


def iso_utc(instant: datetime) -> str:
    """An aware instant as UTC text, always 20 characters, without fractions: "2016-09-20T11:00:00Z"."""
    return f"{instant.astimezone(UTC).isoformat(timespec='seconds')[:19]}Z"  # three times as fast as strftime


def iso_utc_or_none(instant: datetime | None) -> str | None:
    """The same; None where there is no instant."""
    return iso_utc(instant) if instant else None


def compact_utc(instant: datetime) -> str:
    """The same for names of files and messages, without punctuation or zone: "20160920T110000"."""
    return instant.astimezone(UTC).strftime("%Y%m%dT%H%M%S")


def utc_minute(instant: datetime) -> str:
    """An aware instant for a log or an error, in UTC: "2016-09-20 11:00"."""
    return instant.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


def from_iso(text: str) -> datetime:
    """The instant that `iso_utc` wrote, aware and UTC."""
    return datetime.fromisoformat(text)


def from_iso_or_none(text: str | None) -> datetime | None:
    """The same; None where there is no text."""
    return datetime.fromisoformat(text) if text else None
