"""Growth figures: who came and went is counted by month, whoever does it; nobody is in it by name."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from core.states import SubscriberStatus
from db.mail import delivery_retention, subscribers
from db.read.growth_figures import (
    count_dead_links,
    count_new_reviews,
    count_reader_months,
    list_issue_figures,
    months_until,
)
from db.schema.connect import Database, write_transaction
from tests.app.web.operator import PERIOD, sent
from tests.db.mail.test_subscribers import reader, stored

MONTHS = months_until("2026-03", 4)
WINTER, SPRING = datetime(2026, 1, 20, tzinfo=UTC), datetime(2026, 3, 2, tzinfo=UTC)


def become(db: Database, name: str, status: SubscriberStatus, since: datetime) -> None:
    one = subscribers.get(db, f"{name}@board.example")
    assert one
    with write_transaction(db):
        subscribers.update(db, replace(one, status=status, since=since))


def test_the_months_end_with_the_one_named() -> None:
    assert MONTHS == ("2025-12", "2026-01", "2026-02", "2026-03")


def test_readers_are_counted_back_from_those_there_are(db: Database) -> None:
    stored(db, *(reader(name, "active", WINTER) for name in "abcdef"), reader("g", "pending", WINTER))
    changes: list[tuple[str, SubscriberStatus, datetime]] = [
        ("g", "active", WINTER),
        ("a", "paused", WINTER),
        ("a", "unsubscribed", SPRING),
        ("b", "bounced", SPRING),
        ("c", "complained", SPRING),
        ("b", "active", SPRING),
        ("c", "pending", SPRING),
    ]
    for change in changes:
        become(db, *change)
    with write_transaction(db):
        subscribers.delete(db, [4, 3], SPRING)  # d, who was a reader, and c, who was none any more

    counted = count_reader_months(db, MONTHS)

    assert counted.readers == (None, 7, 7, 4)
    assert counted.changes == {
        "joined": (None, 7, 0, 0),
        "left": (None, 0, 0, 2),
        "bounced": (None, 0, 0, 1),
        "complained": (None, 0, 0, 1),
        "returned": (None, 0, 0, 1),
    }


@pytest.mark.parametrize("change", ["topics = '[]'", "status = status", "status = 'paused'"])
def test_what_is_no_coming_or_going_is_not_counted(db: Database, change: str) -> None:
    stored(db, reader("a", "active", WINTER))
    with write_transaction(db):
        db.execute(f"UPDATE subscribers SET {change}")

    assert count_reader_months(db, MONTHS).readers == (None, 1, 1, 1)


def test_who_had_paused_and_is_brought_back_is_counted_as_any_other(db: Database) -> None:
    stored(db, reader("a", "active", WINTER), reader("b", "paused", WINTER), reader("c", "pending", WINTER))
    stays: list[SubscriberStatus] = ["bounced", "paused", "active"]
    for status in stays:
        become(db, "b", status, SPRING)
    become(db, "c", "paused", SPRING)

    counted = count_reader_months(db, MONTHS)

    assert counted.readers == (None, 2, 2, 3)
    assert [counted.changes[change][-1] for change in ("joined", "bounced", "returned")] == [1, 1, 1]


def test_a_newsletter_without_readers_was_not_counted_before(db: Database) -> None:
    assert count_reader_months(db, MONTHS).readers == (None, None, None, 0)


def test_an_issue_s_bounces_count_a_reader_once(tmp_path: Path) -> None:
    db = sent(tmp_path, readers=3)
    with write_transaction(db):
        for number, who in enumerate((1, 1, 2)):
            db.execute(
                """
                INSERT INTO bounces (subscriber_id, period, kind, at, diagnostic, fingerprint)
                VALUES (?, ?, 'hard', '2026-03-02T09:00:00Z', '550', ?)
                """,
                [who, PERIOD, str(number)],
            )

    (figures,) = list_issue_figures(db, 12)

    assert (figures.period, figures.bounced) == (PERIOD, 2)
    assert sum(figures.deliveries.values()) == 3

    with write_transaction(db):
        delivery_retention.detach_subscribers(db, [1])
        subscribers.delete(db, [1], SPRING)

    assert [one.bounced for one in list_issue_figures(db, 12)] == [1]
    db.close()


def test_dead_links_are_counted_in_the_month_they_were_found_so(db: Database) -> None:
    with write_transaction(db):
        for url, state, since in (("a", "dead", "2026-01-05"), ("b", "dead", "2019-01-05"), ("c", "live", None)):
            db.execute("INSERT INTO link_checks (url, state, dead_since) VALUES (?, ?, ?)", [url, state, since])

    assert count_dead_links(db, MONTHS) == ((0, 1, 0, 0), {"dead": 2, "live": 1})


def test_new_reviews_are_counted_and_those_of_a_first_read_are_not(tmp_path: Path) -> None:
    db = sent(tmp_path, reviews=3)
    with write_transaction(db):
        db.execute(
            "UPDATE reviews SET first_seen = '2026-02-03T06:30:00Z', baseline = id = (SELECT MIN(id) FROM reviews)"
        )
        db.execute("UPDATE reviews SET first_seen = '2026-01-31T23:30:00Z' WHERE id = (SELECT MAX(id) FROM reviews)")

    assert count_new_reviews(db, MONTHS, ZoneInfo("Europe/London")) == (0, 1, 2, 0)
    assert count_new_reviews(db, MONTHS, ZoneInfo("Europe/Paris")) == (0, 0, 3, 0)
    db.close()
