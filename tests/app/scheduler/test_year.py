"""A year of the timer, with a clock that a test moves: every issue once to everybody, whatever happens."""

from collections import Counter
from contextlib import chdir, closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from db.mail import issues, subscribers
from services.readers.subscriptions import end_subscription
from tests.support.timed_installation import (
    CAPTCHA,
    NO_DAILY_BACKUPS,
    Installation,
    local,
    mails,
    notices,
    readers,
    utc,
)

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
ADA, BEN, CLEO, DAN = (f"{name}@example.org" for name in ("ada", "ben", "cleo", "dan"))
MONTHS = [f"2026-{month:02}" for month in range(1, 13)] + ["2027-01"]
OUTAGES = [("2026-06-28 12:00", "2026-07-05 09:00"), ("2026-09-24 12:00", "2026-10-20 10:00")]


@dataclass(frozen=True)
class Year:
    """What a year of ticks left, the times on London's clocks."""

    drafted: dict[str, str]
    sent: dict[str, str]
    got: dict[str, list[str]]  # who had each issue by the end of the month in which it went
    tries: list[tuple[str, int]]  # the states of deliveries, and after how many attempts
    runs: list[str]
    folder: Path


@pytest.fixture(scope="module")
def year(tmp_path_factory: pytest.TempPathFactory) -> Year:
    """The year, lived once: some three thousand ticks."""
    got: dict[str, list[str]] = {}
    folder = tmp_path_factory.mktemp("year")
    with chdir(folder), Installation("2026-01-10 12:00", NO_DAILY_BACKUPS) as house:
        house.readers([ADA, BEN, DAN])
        house.read("Child A", "Child B", "Child C")
        for period in MONTHS:
            _month(house, period)
            got |= {month: readers(month) for month in MONTHS if month not in got and readers(month)}
        house.until("2027-02-04 00:00")
        got["2027-01"] = readers("2027-01")
        with closing(house.db()) as db:
            held = issues.list_states(db).values()
            runs = [row[0] for row in db.execute("SELECT started_at FROM runs ORDER BY id")]
            return Year(
                {one.period: local(one.drafted_at) for one in held if one.drafted_at},
                {one.period: local(one.sent_at) for one in held if one.sent_at},
                got,
                [(row[0], row[1]) for row in db.execute("SELECT DISTINCT state, attempts FROM deliveries")],
                [local(datetime.fromisoformat(at)) for at in runs],
                folder,
            )


def test_each_month_has_one_issue_but_the_one_that_came_too_late(year: Year) -> None:
    assert list(year.sent) == [period for period in MONTHS if period != "2026-09"]
    assert len(year.sent) == 12


def test_drafts_are_made_at_nine_in_london_and_sent_a_day_later(year: Year) -> None:
    late = {"2026-06": "2026-07-05 10:00", "2026-07": "2026-08-05 06:30"}  # the end of an outage, of a quarantine

    assert year.drafted == {period: late.get(period) or f"{_after(period)}-01 09:00" for period in year.sent}
    held = {period: utc(sent) - utc(year.drafted[period]) for period, sent in year.sent.items()}
    assert set(held.values()) == {timedelta(days=1)}


def test_everybody_has_each_issue_once_and_nobody_twice(year: Year) -> None:
    everyone = {period: [ADA, BEN, DAN] for period in MONTHS[:4]}
    everyone |= {period: [ADA, BEN, CLEO, DAN] for period in MONTHS[4:7]}
    everyone |= {period: [ADA, BEN, CLEO] for period in MONTHS[7:] if period != "2026-09"}

    assert year.got == everyone
    assert year.tries == [("sent", 1)]


def test_each_review_is_in_one_issue(year: Year) -> None:
    expected = {period: {f"Child {period}", f"Baby {period}"} for period in year.sent}
    expected["2026-04"] = set()
    expected["2026-10"] |= {"Child 2026-09", "Baby 2026-09"}

    assert _carried(year.folder) == expected


def test_the_source_is_read_daily_at_half_past_six_whatever_the_clocks_do(year: Year) -> None:
    days, hours = Counter(run[:10] for run in year.runs), Counter(run[11:] for run in year.runs)

    assert set(days.values()) == {1}
    first_and_after_outages = {"12:00": 1, "10:00": 1, "11:00": 1}
    assert hours == {"06:30": len(year.runs) - 3} | first_and_after_outages
    assert {"2026-03-28 06:30", "2026-03-29 06:30", "2026-10-24 06:30", "2026-10-25 06:30"} <= set(year.runs)


def test_the_operator_hears_of_everything_once(year: Year) -> None:
    month = {period: f"{utc(f'{period}-01 00:00'):%B %Y}" for period in MONTHS}
    told = []
    for period in MONTHS:
        if period == "2026-07":
            told += ["nspcc is broken", f"the issue of {month[period]} waits", "nspcc is well again"]
        if period == "2026-09":
            told += [f"the issue of {month[period]} was not sent"]
        else:
            told += [f"the draft of {month[period]} is ready", f"the issue of {month[period]} was sent"]

    with chdir(year.folder):
        assert notices() == told


def _month(house: Installation, period: str) -> None:
    """A month of reviews, readers and mishaps: what is published on its 12th, and the ticks up to its end."""
    year, end = int(period[:4]), f"{_after(period)}-01 00:00"
    house.until(f"{period}-12 00:00")
    if period == "2026-05":
        house.readers([CLEO])
    if period == "2026-08":
        with closing(house.db()) as db:
            dan = next(one for one in subscribers.listing(db) if one.email == DAN)
            end_subscription(db, dan.token, house.at)
    if period != "2026-04":
        house.listing.publish(year, f"Child {period}", f"Baby {period}")
    for begin, back in OUTAGES:
        if begin.startswith(period):
            house.until(begin)
            house.at = utc(back)
            house.tick()
            return
    if period == "2026-07":
        house.until("2026-07-30 00:00")
        house.listing.broken = CAPTCHA
        house.until("2026-08-05 00:00")
        house.listing.broken = None
        return
    house.until(end)


def _after(period: str) -> str:
    year, month = int(period[:4]), int(period[5:])
    return f"{year + month // 12}-{month % 12 + 1:02}"


def _carried(folder: Path) -> dict[str, set[str]]:
    """The reviews that each issue's readers were sent, by the names in the text."""
    found: dict[str, set[str]] = {}
    for outbox in sorted((folder / "data" / "outbox").glob("20*")):
        texts = {str(body.get_content()) for mail in mails(str(outbox)) if (body := mail.get_body(("plain",)))}
        names = [f"{who} {period}" for who in ("Child", "Baby") for period in MONTHS]
        found[outbox.name] = {name for name in names if any(f"Westmere – {name}" in text for text in texts)}
    return found
