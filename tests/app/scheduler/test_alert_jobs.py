"""Alerts of saved searches by the timer: told with the tick that sees what is new, once, and never of a baseline."""

from collections.abc import Iterator
from contextlib import closing

import pytest

from db.mail import saved_searches, subscribers
from services.operator.health import assess_health
from services.operator.metrics import collect_metrics
from tests.support.timed_installation import ADA, Installation, mails, utc

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]


@pytest.fixture
def house() -> Iterator[Installation]:
    """A house with one reader who saved a search before its source was read for the first time."""
    with Installation("2026-01-10 12:00") as made:
        made.readers([ADA])
        with closing(made.db()) as db:
            one = subscribers.get(db, ADA)
            assert one
            saved_searches.save(db, one.id, "child", [("year", "2020-2026")], "day", made.at)
        made.read("Child A", "Child B", "Child C")
        yield made


def alerts() -> list[str]:
    return [mail["Subject"] for mail in mails() if "saved search" in mail["Subject"]]


def waiting(house: Installation) -> tuple[list[str], dict[str, float]]:
    """What status and the metrics say of alerts."""
    with closing(house.db()) as db:
        lines = [
            line.words for line in assess_health(house.settings, db, house.at).lines if line.about == "saved searches"
        ]
        values = {one.name: one.values[0][1] for one in collect_metrics(house.settings, db, house.at) if one.values}
    return lines, {name: values[name] for name in ("saved_searches", "alerts_waiting")}


def test_the_baseline_is_told_to_nobody_and_what_is_new_once(house: Installation) -> None:
    house.until("2026-01-11 23:00")
    assert alerts() == []

    house.listing.publish(2026, "Child A", "Child B", "Child C", "Child D")
    done = house.tick("2026-01-12 06:30")
    house.until("2026-01-15 23:00")

    assert "sent 1 alert of saved searches" in done
    assert alerts() == ["1 new review for your saved search: “child”, 2020-2026"]
    assert waiting(house) == (
        ["1 saved search, 0 new reviews found and not told yet, no alerts waiting to be sent"],
        {"saved_searches": 1.0, "alerts_waiting": 0.0},
    )


def test_news_whose_matching_was_broken_off_is_matched_with_the_next_tick(
    house: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(*_: object) -> int:
        raise KeyboardInterrupt

    house.listing.publish(2026, "Child A", "Child B", "Child C", "Child D")
    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr("services.readers.alerts_saved.match_waiting", killed)
        house.tick("2026-01-12 06:30")
    assert house.tick(dry=True) == ["ask the saved searches about 1 new review"]

    house.tick("2026-01-12 06:35")

    assert len(alerts()) == 1


def test_what_waits_too_long_is_said(house: Installation) -> None:
    with closing(house.db()) as db:
        db.execute(
            """
            INSERT INTO transactional_mail (kind, subscriber_id, state, requested_at, due_at)
            VALUES ('alert', 1, 'queued', '2026-01-10T12:00:00Z', '2026-01-10T12:00:00Z')
            """
        )
    house.at = utc("2026-01-11 12:01")

    lines, values = waiting(house)

    assert lines[0].endswith("1 alert waiting to be sent since 10 January 2026 at 12:00")
    assert values["alerts_waiting"] == 1.0
