"""What several connections wait for is written in one commit, and none goes on before it."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Event

import pytest

from core.errors import StoreError
from core.records import Claim
from db.files import journal
from db.mail import deliveries
from db.schema.connect import Database, connect, write_transaction
from newsletter.mail.transport import DeliveryAnswer, Parcel, split_audience
from services.delivery.batch_marks import BatchMarks
from services.delivery.delivery_worker import DeliveryRun, DeliveryWorker
from services.delivery.pending_marks import PendingMark, write_marks
from services.delivery.relay_state import RelayPaces, RelayState
from tests.services.delivery.test_delivery_concurrency import Days, frozen, settings, states
from tests.support.issue_sending import PERIOD, post

CONNECTIONS = 3
READERS = 2 * CONNECTIONS


@pytest.fixture
def db(house: Path) -> Iterator[Database]:
    """The database of the house in the working folder, the issue frozen."""
    post(1)  # nothing is sent there
    frozen(Days())
    with closing(connect(settings().database)) as db:
        yield db


def waiting(db: Database) -> tuple[DeliveryRun, list[PendingMark], list[Claim]]:
    """A run whose connections each have a message that is about to leave."""
    effects = Days().effects()
    (share,) = split_audience(settings())
    (way_out,) = share.relays
    paces = {way_out.name: RelayPaces.begin(effects.now())}
    run = DeliveryRun(effects, settings(), PERIOD, Event(), effects.boot(), paces)
    run.relays = [RelayState(way_out, paces[way_out.name])]
    run.current_templates(db)
    claims = deliveries.claim(db, PERIOD, run.boot, effects.now(), 2 * CONNECTIONS)
    workers = [DeliveryWorker(run, db, share, run.relays[0]) for _ in range(CONNECTIONS)]
    for worker in workers:
        worker.excluded_ids = run.excluded_ids
        worker.claimed = {claim.id: claim.mailbox for claim in claims}
    marks = [PendingMark(worker, [], parcel(claim)) for worker, claim in zip(workers, claims, strict=False)]
    return run, marks, claims


def parcel(claim: Claim) -> Parcel:
    return Parcel(claim.id, "news@example.org", claim.mailbox, b"", f"{PERIOD}/{claim.message_token}")


def begun(db: Database) -> list[int]:
    return [row[0] for row in db.execute("SELECT id FROM deliveries WHERE send_started = 1 ORDER BY id")]


def test_what_connections_wait_for_together_is_one_commit(db: Database) -> None:
    run, marks, claims = waiting(db)
    statements: list[str] = []

    db.conn.set_trace_callback(statements.append)
    run.marks.extend(marks)
    write_marks(run, db)
    answers = [DeliveryAnswer(claim.id, "sent", "250 ok") for claim in claims[:CONNECTIONS]]
    following = zip(marks, answers, claims[CONNECTIONS:], strict=True)
    run.marks.extend(PendingMark(mark.worker, [answer], parcel(claim)) for mark, answer, claim in following)
    write_marks(run, db)
    db.conn.set_trace_callback(None)

    assert statements.count("COMMIT") == 2
    assert all(mark.is_written and mark.may and mark.error is None for mark in marks)
    assert begun(db) == [claim.id for claim in claims]
    assert states() == {"sent": CONNECTIONS, "sending": CONNECTIONS}
    run.journal.close()
    known = journal.read_messages(settings().data_dir, PERIOD)
    assert [known[journal.message_hash(one.message_token)] for one in claims] == ["sent"] * 3 + ["begun"] * 3


def test_one_reader_who_left_holds_nobody_else_back(db: Database) -> None:
    run, marks, claims = waiting(db)
    db.execute("UPDATE subscribers SET status = 'unsubscribed' WHERE id = ?", [claims[1].subscriber_id])

    run.marks.extend(marks)
    write_marks(run, db)

    assert [mark.may for mark in marks] == [True, False, True]
    assert begun(db) == [claims[0].id, claims[2].id]


def test_who_leaves_is_looked_for_among_all_that_workers_were_given_by_then(db: Database) -> None:
    run, marks, claims = waiting(db)
    batch_marks, given = BatchMarks(marks[0].worker), {claim.id: "a batch" for claim in claims[:2]}

    def list_given() -> dict[int, str]:
        assert run.turn.locked()  # else one might be given, and its reader leave, before it is looked who has left
        return given

    assert batch_marks.withdrawn(list_given) == {}
    with closing(connect(settings().database)) as other, write_transaction(other):
        other.execute("UPDATE subscribers SET status = 'unsubscribed' WHERE id = ?", [claims[1].subscriber_id])
    assert batch_marks.withdrawn(list_given) == {claims[1].id: "a batch"}
    assert batch_marks.withdrawn(list_given) == {}


def test_what_cannot_be_written_lets_no_connection_go_on(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    run, marks, claims = waiting(db)
    full = StoreError("the disk is full", "here", "Free some space.")

    def fail(*anything: object) -> bool:
        raise full

    monkeypatch.setattr(deliveries, "write_progress", fail)
    run.marks.extend(marks[1:])

    with pytest.raises(StoreError, match="the disk is full"):
        marks[0].worker.mark([], parcel(claims[0]))

    assert [mark.error for mark in marks[1:]] == [full, full]
    assert begun(db) == []
