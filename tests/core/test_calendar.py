"""When things are due: London's clocks, months, working days."""

from datetime import UTC, date, datetime, timedelta

import pytest

from core.calendar import (
    bank_holidays,
    first_working_day,
    issue_time,
    latest_monday,
    latest_occurrence,
    month_after,
    month_bounds,
    next_period,
    periods_due,
)
from core.config.schema import ScheduleSettings
from core.dates import local_minute
from core.errors import HouseError
from tests.support.timed_installation import LONDON, local, utc

DAILY = ScheduleSettings()


@pytest.mark.parametrize(
    ("now", "slot"),
    [
        ("2026-03-28 06:29", "2026-03-27 06:30"),  # winter: London's clocks show UTC
        ("2026-03-28 06:30", "2026-03-28 06:30"),
        ("2026-03-29 05:29", "2026-03-28 06:30"),  # the clocks went forward at 01:00
        ("2026-03-29 05:30", "2026-03-29 05:30"),
        ("2026-03-29 06:30", "2026-03-29 05:30"),
        ("2026-10-25 05:30", "2026-10-24 05:30"),  # and back at 01:00
        ("2026-10-25 06:29", "2026-10-24 05:30"),
        ("2026-10-25 06:30", "2026-10-25 06:30"),
    ],
)
def test_half_past_six_is_half_past_six_in_london(now: str, slot: str) -> None:
    assert latest_occurrence("06:30", LONDON, utc(now)) == utc(slot)


@pytest.mark.parametrize("clock", ["00:00", "00:59", "02:00", "06:30", "23:59"])
@pytest.mark.parametrize("first", ["2026-03-27 00:00", "2026-10-23 00:00"])
def test_a_time_of_day_comes_once_a_day(clock: str, first: str) -> None:
    minutes = (utc(first) + timedelta(minutes=n) for n in range(5 * 24 * 60))

    slots = sorted({latest_occurrence(clock, LONDON, minute) for minute in minutes})

    days = [date.fromisoformat(local(slot)[:10]) for slot in slots]
    assert {local(slot)[11:] for slot in slots} == {clock}
    assert days == [days[0] + timedelta(days=n) for n in range(len(days))]


@pytest.mark.parametrize(
    ("now", "monday"),
    [
        ("2026-11-30 08:59", "2026-11-23 09:00"),
        ("2026-11-30 09:00", "2026-11-30 09:00"),
        ("2026-12-06 23:59", "2026-11-30 09:00"),
        ("2026-03-30 08:00", "2026-03-30 08:00"),  # the clocks changed on the Sunday: 09:00 in London
    ],
)
def test_a_week_ends_on_monday_at_the_time_of_day(now: str, monday: str) -> None:
    assert latest_monday("09:00", LONDON, utc(now)) == utc(monday)


def test_months_are_counted_across_years() -> None:
    assert [month_after("2026-12"), month_after("2026-01", -1), month_after("2026-05", -17)] == [
        "2027-01",
        "2025-12",
        "2024-12",
    ]


@pytest.mark.parametrize(
    ("period", "when"),
    [("2026-02", "2026-03-01 09:00"), ("2026-03", "2026-04-01 08:00"), ("2026-12", "2027-01-01 09:00")],
)
def test_an_issue_is_due_in_the_month_after_at_nine_in_london(period: str, when: str) -> None:
    assert issue_time(period, DAILY, LONDON) == utc(when)


@pytest.mark.parametrize(
    ("month", "day"),
    [
        ("2026-01", 2),  # New Year's Day is a Thursday
        ("2022-01", 4),  # a Saturday: Monday stands in for it
        ("2023-01", 3),  # a Sunday
        ("2018-04", 3),  # Easter Monday is the second
        ("2021-04", 1),  # Good Friday is the second
        ("1994-04", 5),  # Good Friday is the first, Easter Monday the fourth
        ("2034-05", 2),  # the early May holiday is the first
        ("2027-05", 4),  # and the third, after a weekend
        ("2026-05", 1),
        ("2026-08", 3),
        ("2026-11", 2),
    ],
)
def test_the_first_working_day_leaves_out_weekends_and_bank_holidays(month: str, day: int) -> None:
    year, number = int(month[:4]), int(month[5:])
    assert first_working_day(year, number) == date(year, number, day)
    assert issue_time(month_after(month, -1), ScheduleSettings(issue_day="first working day"), LONDON).day == day


# https://www.gov.uk/bank-holidays, England and Wales: New Year's Day, Good Friday, Easter Monday, early May
OFFICIAL = {
    2019: ["01-01", "04-19", "04-22", "05-06"],
    2021: ["01-01", "04-02", "04-05", "05-03"],
    2022: ["01-03", "04-15", "04-18", "05-02"],
    2023: ["01-02", "04-07", "04-10", "05-01"],
    2024: ["01-01", "03-29", "04-01", "05-06"],
    2025: ["01-01", "04-18", "04-21", "05-05"],
    2026: ["01-01", "04-03", "04-06", "05-04"],
    2027: ["01-01", "03-26", "03-29", "05-03"],
}


@pytest.mark.parametrize("year", OFFICIAL)
def test_bank_holidays_are_those_the_government_lists(year: int) -> None:
    assert sorted(f"{day:%m-%d}" for day in bank_holidays(year)) == OFFICIAL[year]


def test_no_issue_is_due_before_the_first_read_or_a_year_ago() -> None:
    now = utc("2026-11-23 09:00")

    def due(since: datetime) -> list[str]:
        return [period for period, _ in periods_due(DAILY, LONDON, since, now)]

    assert due(utc("2026-11-01 09:00")) == []  # not after the read
    assert due(utc("2026-11-01 08:59")) == ["2026-10"]
    assert due(utc("2026-08-15 09:00")) == ["2026-08", "2026-09", "2026-10"]
    assert due(datetime(2016, 8, 31, tzinfo=UTC)) == [month_after("2026-10", -back) for back in range(12, -1, -1)]


def test_the_next_issue_is_this_months_once_the_last_ones_time_has_come() -> None:
    assert next_period(DAILY, LONDON, utc("2026-11-01 08:59")) == ("2026-10", utc("2026-11-01 09:00"))
    assert next_period(DAILY, LONDON, utc("2026-11-01 09:00")) == ("2026-11", utc("2026-12-01 09:00"))


def test_an_instant_is_shown_as_on_londons_clocks() -> None:
    assert local_minute(utc("2026-07-01 08:05"), LONDON) == "1 July 2026 at 09:05"


@pytest.mark.parametrize(
    ("period", "first", "until"),
    [
        ("2016-09", datetime(2016, 8, 31, 23, tzinfo=UTC), datetime(2016, 9, 30, 23, tzinfo=UTC)),
        ("2016-10", datetime(2016, 9, 30, 23, tzinfo=UTC), datetime(2016, 11, 1, tzinfo=UTC)),
        ("2016-12", datetime(2016, 12, 1, tzinfo=UTC), datetime(2017, 1, 1, tzinfo=UTC)),
        ("2017-03", datetime(2017, 3, 1, tzinfo=UTC), datetime(2017, 3, 31, 23, tzinfo=UTC)),
    ],
)
def test_a_month_begins_at_local_midnight(period: str, first: datetime, until: datetime) -> None:
    assert month_bounds(period, LONDON) == (first, until)
    assert all(instant.tzinfo is UTC for instant in month_bounds(period, LONDON))


@pytest.mark.parametrize("bad", ["2016-13", "2016-00", "2016-9", "16-09", "September", "2016-09 ", "", "2016-09-01"])
def test_a_bad_period_has_no_bounds(bad: str) -> None:
    with pytest.raises(HouseError, match='"2016-09"'):
        month_bounds(bad, LONDON)
