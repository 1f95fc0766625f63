"""The audience of an issue is that of one instant, though readers come and go while it is queued."""

import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import PIPE

import pytest

from app.runtime.side_effects import system_effects
from core.config.load import load
from core.errors import HouseError, LockHeld
from core.states import DELIVERY_STATES
from db.mail import deliveries, issues, mailings, subscribers
from db.schema import write_batches
from db.schema.connect import Database
from services.issues.release_issue import release_issue
from services.readers.subscriptions import (
    SubscriptionRequest,
    add_subscriber,
    confirm_signup,
    end_subscription,
    erase_subscriber,
)
from tests.support.installation import opened
from tests.support.issue_sending import PERIOD, prepare
from tests.support.processes import Popen

READERS = 25
BATCH = 10
AS_OF = datetime(2026, 12, 1, 9, tzinfo=UTC)
MEANWHILE, LATER = AS_OF + timedelta(seconds=30), AS_OF + timedelta(minutes=1)
FREEZING = f"""
import sys
from contextlib import closing
from datetime import datetime
from itertools import chain, repeat
from app.runtime.side_effects import system_effects
from core.config.load import load
from db.schema.connect import connect
from pathlib import Path
from db.schema import write_batches
from services.issues.release_issue import release_issue

def wait(seconds):
    print("between two batches", flush=True)
    sys.stdin.readline()

write_batches.MOST = {BATCH}
times = chain([datetime.fromisoformat("{AS_OF}")], repeat(datetime.fromisoformat("{LATER}")))
settings = load(Path("casereviews.toml"))
effects = system_effects(sleep=wait, now=lambda: next(times))
with closing(connect(settings.database)) as db:
    print(release_issue(effects, settings, db, "{PERIOD}", by_hand=True), flush=True)
"""


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Database]:
    """The database of a house with readers and an approved issue; it waits for no other writer."""
    prepare(tmp_path, READERS)
    with closing(opened()) as db:
        db.execute("PRAGMA busy_timeout = 0")
        yield db


@contextmanager
def freezing() -> Iterator[Callable[[], str]]:
    """A process that freezes the issue: what it says next, between two batches or at its end."""
    with Popen([sys.executable, "-c", FREEZING], stdin=PIPE, stdout=PIPE, text=True) as process:
        assert process.stdin
        assert process.stdout
        waiting, said = process.stdin, process.stdout

        def go_on() -> str:
            waiting.write("\n")
            waiting.flush()
            return said.readline().strip()

        assert said.readline().strip() == "between two batches"
        yield go_on
        process.send_signal(signal.SIGKILL)


def release(db: Database, by_hand: bool = True, meanwhile: Callable[[], object] = lambda: None) -> int:
    """Release the issue here; `meanwhile` is done between two batches."""
    effects = system_effects(now=lambda: AS_OF, sleep=lambda seconds: meanwhile())
    return release_issue(effects, load(Path("casereviews.toml")), db, PERIOD, by_hand)


def queued(db: Database) -> list[str]:
    """For whom the issue is queued, in that order; the tallies say how many they are."""
    rows = db.execute(
        """
        SELECT s.email FROM deliveries AS d JOIN subscribers AS s ON s.id = d.subscriber_id
        WHERE d.period = ? ORDER BY d.id
        """,
        [PERIOD],
    ).fetchall()
    tallies = db.execute("SELECT SUM(count) FROM delivery_tallies WHERE period = ?", [PERIOD]).fetchone()
    assert (tallies[0] or 0) == len(rows)
    return [row[0] for row in rows]


def emails(*but: int) -> list[str]:
    """As a list is imported, which is in the order of its addresses."""
    return sorted(f"reader{number}@example.org" for number in range(READERS) if number not in but)


def leave(db: Database, number: int) -> None:
    one = subscribers.get(db, f"reader{number}@example.org")
    assert one
    end_subscription(db, one.token, MEANWHILE)


def join(db: Database, name: str, confirmed: bool = True) -> str:
    effects = system_effects(now=lambda: MEANWHILE)
    return add_subscriber(effects, db, f"{name}@example.org", SubscriptionRequest(confirmed=confirmed))[0].token


def test_readers_come_and_go_between_the_batches_and_the_audience_is_that_of_its_instant(house: Database) -> None:
    unconfirmed, committed = join(house, "unconfirmed", confirmed=False), []

    with freezing() as go_on:
        committed.append(len(queued(house)))
        for number in (3, 13):  # of whom one is queued by now
            leave(house, number)
            erase_subscriber(house, f"reader{number + 1}@example.org", MEANWHILE)
        join(house, "newcomer")
        assert go_on() == "between two batches"
        committed.append(len(queued(house)))
        confirm_signup(house, unconfirmed, MEANWHILE)
        assert go_on() == str(READERS - 3)

    assert committed == [BATCH, 2 * BATCH - 3]
    assert queued(house) == emails(3, 4, 14)
    claimed = deliveries.claim(house, PERIOD, "boot", LATER, 1_000)
    assert [claim.mailbox for claim in claimed] == emails(3, 4, 13, 14)
    assert len({claim.message_token for claim in claimed}) == len(claimed)


def test_a_freeze_that_is_killed_delivers_nothing_and_is_begun_anew(house: Database) -> None:
    with freezing() as go_on:
        assert go_on() == "between two batches"

    assert len(queued(house)) == 2 * BATCH
    assert issues.get(house, PERIOD).issue.status == "approved"
    assert mailings.list_sending(house) == []
    assert deliveries.counts(house, PERIOD) == dict.fromkeys(DELIVERY_STATES, 0)
    assert subscribers.get_history(house, 1).deliveries == ()
    leave(house, 0)
    assert release(house) == READERS - 1
    assert queued(house) == emails(0)
    assert deliveries.counts(house, PERIOD)["queued"] == READERS - 1


def test_an_approved_issue_that_changes_during_its_freeze_is_queued_for_nobody(
    house: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write_batches, "MOST", BATCH)

    with pytest.raises(HouseError, match="changed since it was approved"):
        release(house, meanwhile=lambda: house.execute("UPDATE reviews SET summary = 'Other words.'"))

    assert (queued(house), issues.get(house, PERIOD).issue.status) == ([], "draft")


def test_a_draft_that_changes_during_its_freeze_goes_to_those_who_want_what_it_is_then(
    house: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write_batches, "MOST", BATCH)
    issues.revoke_approval(house, PERIOD)
    house.execute("UPDATE issues SET as_read = 1")  # it waits for no source
    for number, topic in ((0, "zeppelins"), (1, "airships")):
        values = f'["{topic}"]', f"reader{number}@example.org"
        house.execute("UPDATE subscribers SET (only_when_matching, topics) = (1, ?) WHERE email = ?", values)

    count = release(
        house, by_hand=False, meanwhile=lambda: house.execute("UPDATE reviews SET summary = 'All about zeppelins.'")
    )

    assert count == READERS - 1
    assert queued(house) == emails(1)


def test_of_two_who_release_an_issue_at_once_the_later_is_told(
    house: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(write_batches, "MOST", BATCH)
    refused = []

    def release_too() -> None:
        with closing(opened()) as theirs, pytest.raises(LockHeld) as caught:
            release(theirs)
        refused.append(caught.value.what)

    assert release(house, meanwhile=release_too) == READERS
    assert refused == ["another run is at work"] * 2


def test_a_reader_whose_status_began_in_a_future_that_a_wrong_clock_saw_gets_the_issue(house: Database) -> None:
    house.execute("UPDATE subscribers SET status_since = '2100-01-01T00:00:00Z' WHERE id = 1")

    assert release(house) == READERS
