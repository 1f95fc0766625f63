"""What several connections wait for is written before they go on: in the journal, or there and in one commit."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Event

import pytest

from core.errors import StoreError
from core.records import Claim
from core.states import AnswerKind
from db.files import journal
from db.mail import deliveries, delivery_reports, mailings
from db.schema.connect import Database, connect, write_transaction
from newsletter.mail.transport import DeliveryAnswer, Parcel, split_audience
from services.delivery import pending_marks
from services.delivery.batch_marks import BatchMarks
from services.delivery.claim_queue import ClaimQueue
from services.delivery.deliver_issue import deliver_issues
from services.delivery.delivery_worker import DeliveryRun, DeliveryWorker
from services.delivery.journal_check import take_over_journal
from services.delivery.pending_marks import PendingMark, write_held, write_marks
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
    run.relays[0].gate.open()
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


def begun(claims: list[Claim]) -> list[bool]:
    """Which of the messages the journal knows to be about to leave."""
    known = journal.read_messages(settings().data_dir, PERIOD)
    return [known.get(journal.message_hash(claim.message_token)) == "begun" for claim in claims]


def write_next(run: DeliveryRun, db: Database, marks: list[PendingMark], answers: list[DeliveryAnswer]) -> list[str]:
    """Mark an answer for each connection, whose own next message leaves; the statements that it takes."""
    statements: list[str] = []
    run.marks.extend(
        PendingMark(mark.worker, [answer], mark.parcel) for mark, answer in zip(marks, answers, strict=False)
    )
    db.conn.set_trace_callback(statements.append)
    write_marks(run, db)
    db.conn.set_trace_callback(None)
    return statements


def taken(claims: list[Claim]) -> list[DeliveryAnswer]:
    return [DeliveryAnswer(claim.id, "sent", "250 ok") for claim in claims]


def test_what_was_taken_waits_for_one_commit_of_several(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pending_marks, "HELD_RECEIPTS", READERS)
    run, marks, claims = waiting(db)
    run.marks.extend(marks)
    write_marks(run, db)
    assert all(mark.is_written and mark.may and mark.error is None for mark in marks)

    assert "COMMIT" not in write_next(run, db, marks, taken(claims[:CONNECTIONS]))
    assert states() == {"sending": READERS}
    known = journal.read_messages(settings().data_dir, PERIOD)
    assert [known[journal.message_hash(one.message_token)] for one in claims[:CONNECTIONS]] == ["begun"] * CONNECTIONS

    assert write_next(run, db, marks, taken(claims[CONNECTIONS:])).count("COMMIT") == 1
    assert states() == {"sent": READERS}


def test_what_was_taken_waits_for_a_claim_that_is_made_just_now(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pending_marks, "HELD_RECEIPTS", 1)
    run, marks, claims = waiting(db)
    run.marks.extend(marks)
    write_marks(run, db)

    monkeypatch.setattr(ClaimQueue, "is_claiming", True)
    assert "COMMIT" not in write_next(run, db, marks, taken(claims[:CONNECTIONS]))
    monkeypatch.setattr(ClaimQueue, "is_claiming", False)
    assert write_next(run, db, marks, taken(claims[CONNECTIONS:])).count("COMMIT") == 1
    assert states() == {"sent": READERS}


def test_what_waits_for_a_commit_is_known_to_the_journal(db: Database) -> None:
    run, marks, claims = waiting(db)
    run.marks.extend(marks)
    write_marks(run, db)
    following = zip(marks, taken(claims), claims[CONNECTIONS:], strict=False)
    run.marks.extend(PendingMark(mark.worker, [answer], parcel(claim)) for mark, answer, claim in following)
    write_marks(run, db)

    assert states() == {"sending": READERS}  # when the process is killed now
    assert take_over_journal(db, settings().data_dir, run.effects.now()).messages == READERS
    assert states() == {"sent": CONNECTIONS, "unknown": CONNECTIONS}


@pytest.mark.parametrize("kind", ["sent", "unknown"])
def test_what_comes_back_before_its_receipt_is_written_stays_refused(db: Database, kind: AnswerKind) -> None:
    run, marks, claims = waiting(db)
    run.marks.extend(marks)
    write_marks(run, db)
    delivery_reports.mark_bounced(db, claims[0].message_token, "bounced: 550 5.1.1")
    write_next(run, db, marks[:1], [DeliveryAnswer(claims[0].id, kind, "250 ok")])
    write_held(run, db)

    assert states() == {"refused": 1, "sending": READERS - 1}
    found = deliveries.get_by_id(db, claims[0].id)
    assert found and (found.via, found.reply) == ("smtp", "bounced: 550 5.1.1")


def test_what_was_claimed_is_unknown_where_its_journal_is_gone(db: Database) -> None:
    run, marks, claims = waiting(db)
    run.marks.extend(marks)
    write_marks(run, db)
    write_next(run, db, marks[:1], taken(claims[:1]))
    write_held(run, db)
    shutil.rmtree(settings().data_dir / "journal")

    assert take_over_journal(db, settings().data_dir, run.effects.now()).messages == 0
    assert deliveries.recover_interrupted(db, run.boot, run.effects.now()) == (0, READERS - 1)


@pytest.mark.parametrize("kind", ["refused", "later", "unknown"])
def test_any_other_answer_is_written_at_once_with_those_that_waited(db: Database, kind: AnswerKind) -> None:
    run, marks, claims = waiting(db)
    run.marks.extend(marks)
    write_marks(run, db)
    write_next(run, db, marks[:1], taken(claims[:1]))
    assert states() == {"sending": READERS}

    assert "COMMIT" in write_next(run, db, marks[1:2], [DeliveryAnswer(claims[1].id, kind, "550 5.1.1 no such user")])
    assert states()["sent"] == 1


def test_refusals_that_stand_once_a_message_was_taken_are_written_before_they_are_counted(db: Database) -> None:
    run, marks, claims = waiting(db)
    run.marks.extend(marks)
    write_marks(run, db)
    refusal = DeliveryAnswer(claims[0].id, "refused", "550 5.1.1 no such user")  # until one is taken it may be of us
    write_next(run, db, marks[:1], [refusal])
    assert "refused" not in states()

    assert "COMMIT" in write_next(run, db, marks[1:2], taken(claims[1:2]))
    assert states() == {"refused": 1, "sent": 1, "sending": READERS - 2}


def test_the_messages_of_a_correction_are_written_each(db: Database) -> None:
    run, marks, _ = waiting(db)
    run.period = f"{PERIOD}-correction-1.1"  # it may be stopped, by what the database says has left
    run.marks.extend(marks)

    assert "COMMIT" in write_next(run, db, [], [])
    assert db.execute("SELECT COUNT(*) FROM deliveries WHERE send_started = 1").fetchone()[0] == CONNECTIONS


def test_what_has_begun_is_not_queued_again_when_its_connection_breaks_off(db: Database) -> None:
    run, marks, claims = waiting(db)
    run.marks.extend(marks)
    write_marks(run, db)

    marks[0].worker._release_claims()

    kept = db.execute("SELECT id FROM deliveries WHERE state = 'sending' ORDER BY id").fetchall()
    assert claims[0].id in {row["id"] for row in kept}


def test_what_may_have_left_keeps_its_issue_open_until_it_is_sorted_out(db: Database) -> None:
    run, marks, _ = waiting(db)
    run.marks.extend(marks)
    write_marks(run, db)
    write_held(run, db)
    db.execute("UPDATE subscribers SET status = 'unsubscribed'")

    assert deliveries.count_waiting(db, PERIOD)[0] == READERS
    assert deliver_issues(Days().effects(), settings(), db).left == 0
    assert (states(), mailings.list_sending(db)) == ({"unknown": CONNECTIONS}, [])


def test_one_reader_who_left_holds_nobody_else_back(db: Database) -> None:
    run, marks, claims = waiting(db)
    db.execute("UPDATE subscribers SET status = 'unsubscribed' WHERE id = ?", [claims[1].subscriber_id])

    run.marks.extend(marks)
    write_marks(run, db)

    assert [mark.may for mark in marks] == [True, False, True]
    assert begun(claims[:CONNECTIONS]) == [True, False, True]


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


@pytest.mark.parametrize("failing", ["may_leave", "write_receipts"])
def test_what_cannot_be_written_lets_no_connection_go_on(
    db: Database, monkeypatch: pytest.MonkeyPatch, failing: str
) -> None:
    monkeypatch.setattr(pending_marks, "HELD_RECEIPTS", 1 if failing == "write_receipts" else READERS)
    run, marks, claims = waiting(db)
    full = StoreError("the disk is full", "here", "Free some space.")

    def fail(*anything: object) -> bool:
        raise full

    monkeypatch.setattr(deliveries, failing, fail)
    run.marks.extend(marks[1:])
    answers = taken(claims[CONNECTIONS:]) if failing == "write_receipts" else []

    with pytest.raises(StoreError, match="the disk is full"):
        marks[0].worker.mark(answers, parcel(claims[0]))

    assert [mark.error for mark in marks[1:]] == [full, full]
    assert not any(begun(claims))
    assert run.ending  # before anything waits again
    assert len(run.held_receipts) == len(answers)  # and are tried again when it ends
