"""What the timer does when, what it does when that fails, and what it says of it: the test moves the clock."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from core.errors import StoreError
from core.records import Receipt
from db.mail import deliveries
from db.operator import job_failures
from db.schema.connect import write_transaction
from services.collect import scrape_sources
from services.issues import build_issue, release_issue
from tests.support.issue_sending import Sink
from tests.support.loopback_site import Answer
from tests.support.timed_installation import (
    ADA,
    CAPTCHA,
    Installation,
    Listing,
    but_the_copy,
    local,
    news,
    notices,
    readers,
    said,
    utc,
)

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
AUTO = '[newsletter]\npublish = "auto"\n'


@pytest.fixture
def house() -> Iterator[Installation]:
    """A house with one reader and one new review."""
    with news() as made:
        yield made


# reading


@pytest.mark.parametrize(
    ("first", "days"),
    [
        ("2026-03-27 12:00", ["2026-03-28", "2026-03-29", "2026-03-30"]),
        ("2026-10-23 12:00", ["2026-10-24", "2026-10-25", "2026-10-26"]),
    ],
)
def test_a_source_is_read_once_a_day_at_half_past_six_across_a_clock_change(first: str, days: list[str]) -> None:
    with Installation(first) as house:
        house.read("Child A", "Child B", "Child C")
        house.until(f"{days[-1]} 23:00", tuple(f"{hour:02}:{minute}0" for hour in range(24) for minute in range(6)))
        with closing(house.db()) as db:
            runs = [local(utc(row[0][:16].replace("T", " "))) for row in db.execute("SELECT started_at FROM runs")]

    assert runs[1:] == [f"{day} 06:30" for day in days]


def test_a_missed_read_is_caught_up_once(house: Installation) -> None:
    assert but_the_copy(house.tick("2026-01-15 23:00"))[0].startswith("read nspcc")

    assert house.tick("2026-01-15 23:10") == []
    assert but_the_copy(house.tick("2026-01-16 06:30"))[0].startswith("read nspcc")


def test_a_read_by_hand_counts_for_the_day(house: Installation) -> None:
    house.at = utc("2026-01-13 06:45")
    with closing(house.db()) as db:
        scrape_sources.scrape_sources(house.effects, house.settings, db, house.settings.sources)

    assert but_the_copy(house.tick("2026-01-13 07:00")) == []


def test_a_read_that_failed_is_tried_again_an_hour_later_and_no_sooner(house: Installation) -> None:
    house.listing.broken = Answer(500)

    assert "could not be read" in but_the_copy(house.tick("2026-01-13 06:30"))[0]
    assert house.tick("2026-01-13 07:29") == []
    house.listing.broken = None
    assert house.tick("2026-01-13 07:30") == ["read nspcc: 4 reviews, 0 new, 0 changed, 0 missing"]
    assert house.tick("2026-01-13 08:30") == []
    assert notices() == []  # every network has a bad morning


def test_a_source_that_failed_is_tried_again_without_the_others(house: Installation) -> None:
    other = Listing([(2026, name) for name in ("Child X", "Child Y", "Child Z")])
    house.site.routes["/other"] = other
    house.configure(f'[[sources]]\nname = "other"\nurl = "{house.site.url("/other")}"\n')
    house.tick("2026-01-13 06:30")
    other.broken = Answer(500)
    house.tick("2026-01-14 06:30")
    asked, other.broken = (house.listing.asked, other.asked), None

    assert house.tick("2026-01-14 07:30") == ["read other: 3 reviews, 0 new, 0 changed, 0 missing"]
    assert (house.listing.asked, other.asked) == (asked[0], asked[1] + 1)


def test_a_page_in_quarantine_is_not_read_again_before_the_next_day(house: Installation) -> None:
    house.listing.broken = CAPTCHA

    assert "quarantined" in but_the_copy(house.tick("2026-01-13 06:30"))[0]
    assert house.tick("2026-01-13 08:00") == []
    assert "quarantined" in but_the_copy(house.tick("2026-01-14 06:30"))[0]
    assert notices() == ["nspcc is broken"]


def test_a_site_that_asks_us_to_stay_away_is_left_alone_until_then(house: Installation) -> None:
    house.listing.broken = Answer(503, b"", {"Retry-After": "21600"})  # six hours
    house.tick("2026-01-13 06:30")
    asked, house.listing.broken = house.listing.asked, None

    house.tick("2026-01-13 08:00")
    house.tick("2026-01-13 12:00")
    assert house.listing.asked == asked
    house.tick("2026-01-13 12:31")
    assert house.listing.asked == asked + 1
    assert notices() == []


def test_a_clock_that_was_ahead_does_not_keep_the_source_from_being_read(house: Installation) -> None:
    house.tick("2027-06-01 09:00")

    assert but_the_copy(house.tick("2026-01-13 09:00"))[0].startswith("read nspcc")
    assert house.tick("2026-01-13 09:10") == []


def test_a_silent_source_is_told_as_stale_though_nothing_is_read(house: Installation) -> None:
    house.listing.broken = Answer(503, b"", {"Retry-After": "518400"})  # six days
    house.until("2026-01-18 00:00")

    assert notices() == ["nspcc has not been read well for too long"]


# what fails


def test_a_chore_that_fails_is_told_once_and_stops_no_other(
    house: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise StoreError("cannot be read", "the file", "Mend it.")

    house.tick("2026-02-01 09:00")
    with monkeypatch.context() as patched:
        patched.setattr("services.issues.release_issue.release_issue", broken)
        done = house.tick("2026-02-02 09:00")
        assert notices()[-1] == "issue 2026-01 failed"
        done += house.tick("2026-02-02 09:30")

        assert done.count("issue 2026-01 failed: cannot be read: the file. Mend it.") == 2
        assert any(words.startswith("read nspcc") for words in done)
        assert notices().count("issue 2026-01 failed") == 1
        assert any("issue 2026-01: failing since" in line for line in house.standing())
    house.tick("2026-02-02 10:00")
    assert readers("2026-01") == [ADA]
    assert not any("failing" in line for line in house.standing())


def test_a_chore_that_fails_again_later_is_told_again(house: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise StoreError("cannot be read", "the file", "Mend it.")

    for day in (13, 14, 15, 16):
        with monkeypatch.context() as patched:
            if day in (13, 14, 16):
                patched.setattr("services.readers.subscriptions.delete_expired", broken)
            house.tick(f"2026-01-{day} 07:00")

    assert notices() == ["retention failed", "retention failed"]


def test_a_failure_that_a_person_has_settled_is_no_more_shown(
    house: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("oh")

    house.tick("2026-02-01 09:00")
    with monkeypatch.context() as patched:
        patched.setattr("services.issues.release_issue.release_issue", broken)
        assert "issue 2026-01 failed: unexpected: ZeroDivisionError: oh" in house.tick("2026-02-02 09:00")
    with closing(house.db()) as db:
        release_issue.release_issue(house.effects, house.settings, db, "2026-01", by_hand=True)

    house.tick("2026-02-02 09:01")

    assert not any("failing" in line for line in house.standing())


def test_a_failure_of_a_job_that_has_another_name_by_now_is_no_more_shown(house: Installation) -> None:
    house.tick("2026-01-13 07:00")
    with closing(house.db()) as db, write_transaction(db):
        job_failures.save(db, "letters", house.at, "no route")

    house.tick("2026-01-13 07:05")

    assert not any("letters: failing" in line for line in house.standing())


def test_a_mail_server_that_refuses_us_is_told_once_until_it_works_again(house: Installation, tmp_path: Path) -> None:
    mail = '[mail]\ntransport = "smtp"\nsecurity = "none"\nhost = "127.0.0.1"\nport = {}\nallow_list = ["{}"]\n'
    with Sink(tmp_path, "--fault", "mail:550 5.7.1 Not you=1") as sink:
        house.configure(AUTO + mail.format(sink.port, ADA))
        done = house.tick("2026-02-01 09:00")
        for minutes in range(1, 60):
            done += house.tick(f"2026-02-01 09:{minutes:02}")
        assert any(line.startswith("! delivery: failing since 1 February 2026 at 09:00") for line in house.standing())
        assert sink.accepted() == []
    with Sink(tmp_path) as sink:
        house.configure(AUTO + mail.format(sink.port, ADA))
        for hour in range(10, 16):
            house.tick(f"2026-02-01 {hour}:00")
        accepted = sink.accepted()

    assert [one.recipient for one in accepted] == [ADA]
    assert notices() == ["delivery failed", "the issue of January 2026 was sent"]
    assert not any("delivery" in line for line in house.standing())


def test_a_mail_server_that_is_away_for_a_moment_is_no_news(house: Installation, tmp_path: Path) -> None:
    mail = '[mail]\ntransport = "smtp"\nsecurity = "none"\nhost = "127.0.0.1"\nport = {}\nallow_list = ["{}"]\n'
    house.configure(AUTO + mail.format(9, ADA))
    done = house.tick("2026-02-01 09:00")
    assert any(words.startswith("delivery failed: the mail server") for words in done)
    assert notices() == []

    house.tick("2026-02-01 09:29")
    house.tick("2026-02-01 09:40")
    assert notices() == ["delivery failed"]


def test_a_mail_server_that_does_not_answer_to_a_message_is_told_at_once(house: Installation, tmp_path: Path) -> None:
    with Sink(tmp_path, "--fault", "dot:stall=1") as sink:
        mail = f'[mail]\ntransport = "smtp"\nsecurity = "none"\nport = {sink.port}\nallow_list = ["{ADA}"]\n'
        house.configure(AUTO + mail + 'host = "127.0.0.1"\ntimeout = 0.5\n')
        house.tick("2026-02-01 09:00")

    assert "delivery failed" in notices()
    assert "The mail server was given a message and did not answer: 127.0.0.1:" in said("delivery failed")


def test_a_reader_who_could_not_be_reached_is_named_without_the_address(house: Installation, tmp_path: Path) -> None:
    with Sink(tmp_path, "--fault", f"rcpt:550 5.1.1 No {ADA} here=1") as sink:
        mail = f'[mail]\ntransport = "smtp"\nsecurity = "none"\nport = {sink.port}\nallow_list = ["{ADA}"]\n'
        house.configure(AUTO + mail + 'host = "127.0.0.1"\n')
        house.tick("2026-02-01 09:00")

    told = said("the issue of January 2026 was sent")
    assert "was sent: 1 refused." in told
    assert "a…@example.org: refused: 550 5.1.1 No a…@example.org here" in told
    assert "See why, and send it again:\nhttps://news.example.org/ops/queue/2026-01" in told
    assert ADA not in told


def test_a_notice_that_cannot_be_sent_is_tried_again_later_and_told_once(house: Installation) -> None:
    outbox = Path("data/outbox")
    outbox.write_text("in the way")
    house.tick("2026-02-01 09:00")
    outbox.unlink()

    house.tick("2026-02-01 09:05")
    assert not outbox.exists()
    house.tick("2026-02-01 09:10")
    house.tick("2026-02-01 09:20")
    assert notices() == ["the draft of January 2026 is ready"]


def test_without_an_operator_all_goes_on(house: Installation) -> None:
    house.configure("", operator="")
    house.until("2026-02-03 00:00")

    assert readers("2026-01") == [ADA]
    assert notices() == []


# what it says of itself


def test_a_dry_tick_names_what_is_due_and_does_nothing(house: Installation) -> None:
    with closing(house.db()) as db:
        before = list(db.conn.iterdump())

    due = house.tick("2026-02-01 09:00", dry=True)

    assert due[0] == "read nspcc"  # and its issue is drafted after that
    with closing(house.db()) as db:
        assert list(db.conn.iterdump()) == before


def test_status_names_the_month_after_one_that_was_sent_before_its_day(house: Installation) -> None:
    house.tick("2026-02-10 09:00")
    with closing(house.db()) as db:
        build_issue.build_issue(house.effects, house.settings, db, "2026-02")
        release_issue.release_issue(house.effects, house.settings, db, "2026-02", by_hand=True)

    assert house.standing()[-1] == "the issue of March 2026 will be drafted on 1 April 2026 at 09:00"


def test_status_tells_of_the_hold_the_delivery_and_the_timer(house: Installation) -> None:
    house.tick("2026-02-01 09:00")
    assert house.standing() == [
        "the timer last ran on 1 February 2026 at 09:00",
        "the issue of January 2026 goes out on 2 February 2026 at 09:00; stop it: casereviews issue pause 2026-01",
        "the issue of February 2026 will be drafted on 1 March 2026 at 09:00",
    ]

    house.at = utc("2026-02-02 11:00")
    timer, *_ = house.standing()
    assert timer.startswith("! the timer last ran on 1 February 2026 at 09:00; start it: casereviews serve")
    with closing(house.db()) as db:
        release_issue.release_issue(house.effects, house.settings, db, "2026-01", by_hand=True)
    assert "the issue of January 2026 is being sent: 1 waiting" in house.standing()
    house.at += timedelta(minutes=61)
    assert any(
        line.startswith("! the issue of January 2026 is being sent: 1 waiting; it has stood still since 2 February")
        for line in house.standing()
    )


def test_a_slow_delivery_that_goes_on_is_all_right(house: Installation, monkeypatch: pytest.MonkeyPatch) -> None:
    house.configure(AUTO)
    house.readers(["ben@example.org"])
    with closing(house.db()) as db:
        house.at = utc("2026-02-01 09:00")
        build_issue.build_issue(house.effects, house.settings, db, "2026-01")
        release_issue.release_issue(house.effects, house.settings, db, "2026-01", by_hand=True)
        house.at += timedelta(minutes=90)
        one = deliveries.listing(db, "2026-01")[0].id
        deliveries.record_receipts(db, [Receipt(one, "sent")], house.at)
        house.at += timedelta(minutes=30)

    assert "the issue of January 2026 is being sent: 1 waiting" in house.standing()
    monkeypatch.setattr(deliveries, "count_waiting", lambda *_: (12_345, None))
    assert "the issue of January 2026 is being sent: 12,345 waiting" in house.standing()


def test_status_says_when_an_issue_is_overdue(house: Installation) -> None:
    house.at = utc("2026-02-01 10:01")

    assert "! the issue of January 2026 was due on 1 February 2026 at 09:00 and is not drafted yet" in house.standing()


def test_a_house_without_a_timer_is_told_so_and_asked_once_an_issue_is_due() -> None:
    with Installation("2026-01-10 12:00") as house:
        house.listing.publish(2026, "Child A", "Child B", "Child C")
        with closing(house.db()) as db:
            scrape_sources.scrape_sources(house.effects, house.settings, db, house.settings.sources)
        early = house.standing()
        house.at = utc("2026-02-01 12:00")

        never = "the timer has never run; start it: casereviews serve, or casereviews tick every few minutes"
        assert early == [never]
        assert house.standing() == [
            f"! {never}",
            "! the issue of January 2026 was due on 1 February 2026 at 09:00 and is not drafted yet",
        ]
