"""Paces from one run to the next: kept while they are slow, begun again with, forgotten after some hours."""

from datetime import UTC, datetime, timedelta

from core.config.schema import MailSettings
from core.retry import PACE_MEMORY
from db.mail import relay_paces
from db.schema.connect import Database
from newsletter.mail.smtp import SmtpTransport
from newsletter.mail.throttle import FULL_RATE, MAX_SIGNS
from services.delivery.relay_state import RelayState
from services.delivery.stored_paces import LEAST_RATE, recall_paces, store_paces

NOW = datetime(2026, 11, 23, 9, tzinfo=UTC)
SAID = "421 4.7.28 slow down"


def begin(db: Database, now: datetime = NOW, name: str = "north") -> RelayState:
    """A relay at the beginning of a run."""
    return RelayState(SmtpTransport(MailSettings(), name=name), recall_paces(db, name, now))


def kept(db: Database, now: datetime = NOW) -> list[tuple[str, str, float, str]]:
    return [(one.relay, one.provider, round(one.rate, 2), one.words) for one in relay_paces.list_since(db, now)]


def test_a_provider_that_asked_for_a_slower_pace_has_it_in_the_next_run(db: Database) -> None:
    run = begin(db)
    gmail = run.paces.providers["gmail.com"].pace
    gmail.taken = 600
    gmail.slow_down(0, NOW + timedelta(seconds=100), SAID)
    store_paces(db, run, NOW)

    assert kept(db) == [("north", "gmail.com", 3.0, SAID)]
    again = begin(db, NOW + timedelta(hours=1)).paces
    assert (again.providers["gmail.com"].pace.rate, again.providers["gmail.com"].pace.words) == (3.0, SAID)
    assert (again.relay.rate, again.providers["outlook.com"].pace.rate) == (None, None)
    assert begin(db, NOW, "south").paces.providers["gmail.com"].pace.rate is None


def test_it_is_forgotten_some_hours_after_the_last_run(db: Database) -> None:
    run = begin(db)
    run.paces.relay.slow_down(0, NOW, SAID)
    store_paces(db, run, NOW)
    later = begin(db, NOW + PACE_MEMORY)
    assert later.paces.relay.rate is not None
    store_paces(db, later, NOW + PACE_MEMORY, is_over=True)

    assert begin(db, NOW + 2 * PACE_MEMORY).paces.relay.rate is not None
    gone = NOW + 2 * PACE_MEMORY + timedelta(seconds=1)
    assert begin(db, gone).paces.relay.rate is None
    other = begin(db, gone, "south")
    other.paces.relay.slow_down(0, gone, SAID)
    store_paces(db, other, gone)
    assert [one[0] for one in kept(db, NOW - timedelta(days=9))] == ["south"]


def test_a_server_that_took_nothing_at_any_pace_is_not_begun_with_at_its_slowest(db: Database) -> None:
    for _ in range(5):
        run = begin(db)
        for step in range(MAX_SIGNS):
            run.paces.relay.slow_down(step, NOW, SAID)
        store_paces(db, run, NOW, is_over=True)
        assert kept(db)[0][2] < LEAST_RATE

    assert begin(db).paces.relay.rate == LEAST_RATE


def test_a_pace_without_a_limit_again_is_kept_no_longer(db: Database) -> None:
    run = begin(db)
    run.paces.relay.slow_down(0, NOW, SAID)
    store_paces(db, run, NOW)
    written = db.conn.total_changes
    for _ in range(1_000):
        run.paces.relay.note_taken(1)
        store_paces(db, run, NOW)

    assert run.paces.relay.rate is None
    assert kept(db) == []
    assert db.conn.total_changes - written < 60  # two for each time that it is much faster: from 1 to FULL_RATE
    assert FULL_RATE == 200.0
