"""Days, months and instants as text."""

from datetime import UTC, date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest

from core import dates
from core.errors import HouseError

LONDON = ZoneInfo("Europe/London")
SUMMER = datetime(2026, 7, 31, 23, 30, 45, 999_999, UTC)  # 00:30 of 1 August in London
WINTER = datetime(2026, 11, 1, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(("month", "name"), [(1, "January"), (5, "May"), (12, "December")])
def test_a_month_has_its_name(month: int, name: str) -> None:
    assert dates.month_name(month) == name


def test_no_month_has_no_name() -> None:
    with pytest.raises(IndexError):
        dates.month_name(13)


@pytest.mark.parametrize(
    ("period", "name"), [("2016-09", "September 2016"), ("1999-01", "January 1999"), ("2026-12", "December 2026")]
)
def test_a_period_has_its_name(period: str, name: str) -> None:
    assert dates.period_name(period) == name


@pytest.mark.parametrize("period", ["", "2016", "2016-9", "2016-13", "2016-00", "0216-09", "2016-09-01", "٢٠١٦-٠٩"])
def test_what_is_no_period_is_told_how_to_write_one(period: str) -> None:
    with pytest.raises(HouseError, match="2016-09"):
        dates.period_name(period)


@pytest.mark.parametrize(
    ("day", "words", "period"),
    [
        (date(2016, 9, 20), "20 September 2016", "2016-09"),
        (date(2026, 10, 3), "3 October 2026", "2026-10"),
        (date(812, 1, 1), "1 January 812", "0812-01"),
    ],
)
def test_a_day_in_words_and_its_period(day: date, words: str, period: str) -> None:
    assert dates.day_name(day) == words
    assert dates.period_of(day) == period


@pytest.mark.parametrize(
    ("instant", "day", "minute"),
    [
        (SUMMER, "1 August 2026", "1 August 2026 at 00:30"),
        (WINTER, "1 November 2026", "1 November 2026 at 09:00"),
        (WINTER.astimezone(timezone(timedelta(hours=-12))), "1 November 2026", "1 November 2026 at 09:00"),
    ],
)
def test_an_instant_is_shown_on_the_clock_of_a_zone(instant: datetime, day: str, minute: str) -> None:
    assert dates.local_day(instant, LONDON) == day
    assert dates.local_minute(instant, LONDON) == minute


def test_a_whole_minute_is_never_before_the_instant() -> None:
    assert dates.whole_minute(WINTER) == WINTER
    assert dates.whole_minute(WINTER - timedelta(seconds=59, microseconds=1)) == WINTER


@pytest.mark.parametrize("zone", [UTC, LONDON, ZoneInfo("Pacific/Auckland")])
def test_an_instant_as_utc_text_is_the_same_from_every_zone(zone: ZoneInfo) -> None:
    there = SUMMER.astimezone(zone)

    assert dates.iso_utc(there) == "2026-07-31T23:30:45Z"
    assert dates.compact_utc(there) == "20260731T233045"
    assert dates.utc_minute(there) == "2026-07-31 23:30"


def test_utc_text_is_read_back() -> None:
    found = dates.from_iso(dates.iso_utc(SUMMER))

    assert found == SUMMER.replace(microsecond=0)
    assert found.utcoffset() == timedelta(0)
    assert dates.from_iso_or_none("2026-07-31T23:30:45Z") == found
    assert dates.from_iso_or_none(None) is None
    assert dates.from_iso_or_none("") is None
