"""While what was claimed is sent, the next deliveries are claimed: each once, in order, and none is left behind."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Event

import pytest

from core.errors import StoreError
from db.mail import deliveries
from db.schema.connect import Database, connect
from services.delivery import claim_queue
from services.delivery.delivery_worker import DeliveryRun
from tests.services.delivery.test_delivery_concurrency import READERS, Days, frozen, settings, states
from tests.support.issue_sending import PERIOD, listed, post

BATCH = 2


@pytest.fixture
def db(house: Path) -> Iterator[Database]:
    """The database of the house in the working folder, the issue frozen."""
    post(1)  # nothing is sent there
    frozen(Days())
    with closing(connect(settings().database)) as db:
        yield db


@pytest.fixture
def run(db: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[DeliveryRun]:
    """A run that claims a few at a time."""
    monkeypatch.setattr(claim_queue, "CLAIM_BATCH", 2 * BATCH)
    effects = Days().effects()
    run = DeliveryRun(effects, settings(), PERIOD, Event(), effects.boot(), {})
    with closing(run.claims):
        yield run


def test_the_next_are_claimed_while_those_before_are_sent(db: Database, run: DeliveryRun) -> None:
    first = run.claims.take(db, None, BATCH, rate=0)
    assert run.claims.count() == BATCH  # claimed ahead, and waited for
    assert states() == {"sending": 2 * BATCH, "queued": READERS - 2 * BATCH}

    taken = first + [claim for _ in range(READERS) for claim in run.claims.take(db, None, BATCH, rate=0)]
    assert [claim.id for claim in taken] == [one.id for one in listed()]


def test_what_was_claimed_ahead_is_given_back(db: Database, run: DeliveryRun) -> None:
    taken = run.claims.take(db, None, 1 + 1, rate=0)
    deliveries.release_claims(db, run.claims.clear())

    assert states() == {"sending": len(taken), "queued": READERS - len(taken)}
    assert not run.claims.count()


@pytest.mark.parametrize(("most", "rate"), [(1, 0), (5, 60)])
def test_nothing_is_claimed_ahead_at_a_limited_pace(db: Database, run: DeliveryRun, most: int, rate: int) -> None:
    taken = run.claims.take(db, None, most, rate)

    assert not run.claims.is_claiming and not run.claims.count()
    assert states() == {"sending": len(taken), "queued": READERS - len(taken)}


def test_a_claim_that_fails_ahead_is_told_to_who_takes(
    db: Database, run: DeliveryRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> Database:
        raise StoreError("the disk is full", "it", "Free some space.")

    monkeypatch.setattr(claim_queue, "connect", full)
    run.claims.take(db, None, BATCH, rate=0)

    with pytest.raises(StoreError, match="the disk is full"):
        run.claims.take(db, None, BATCH, rate=0)
    assert len(run.claims.take(db, None, BATCH, rate=0)) == BATCH
