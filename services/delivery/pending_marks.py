"""Pending marks: what the connections of a run wait to have written down, in one commit for all of them.

With a commit for each message a fourth of all computing went into commits. So while the server takes one message of
an issue after another, each is written in the journal alone, which costs little, and its receipt waits for fifteen
others, or for the claim that is made just now, a fifth of a second at most. Any other answer, a correction (which may
be stopped, by what the database says has left), several relays (the journal names none) and a limited pace: then each
is a commit. What a killed process had not written yet, the journal tells (`journal_check.py`). Where messages have left
and their journal is gone, all that was claimed is unknown.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from core.dates import PERIOD
from core.records import Receipt
from db.mail import deliveries
from db.schema.connect import Database, write_transaction
from newsletter.mail.transport import DeliveryAnswer, Parcel

if TYPE_CHECKING:
    from services.delivery.delivery_worker import DeliveryRun, DeliveryWorker

HELD_RECEIPTS = 16  # that wait for a commit at most, but for a claim; none for longer than STOP_CHECK_SECONDS


@dataclass(slots=True, eq=False)
class PendingMark:
    """What a connection waits for: that its answers are written down, and that its next message leaves."""

    worker: "DeliveryWorker"
    answers: list[DeliveryAnswer]
    parcel: Parcel | None
    tried: list[DeliveryAnswer] = field(init=False)  # those that wait are as if they had not been
    stand: list[DeliveryAnswer] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    may: bool = False
    is_written: bool = False
    error: BaseException | None = None  # why it is not

    def __post_init__(self) -> None:
        self.tried = [answer for answer in self.answers if answer.kind != "waits"]


def write_marks(run: "DeliveryRun", db: Database) -> None:
    """Write in one commit what all connections wait for, so that they wait for one commit and not for each other's.

    While it is our turn: whoever comes next finds theirs written.
    """
    marks, now = [run.marks.popleft() for _ in range(len(run.marks))], run.effects.now()
    try:
        for mark in marks:
            mark.worker.judge(mark, now)
        run.journal.write(entry for mark in marks for entry in mark.worker.list_returns(mark))
        run.held_receipts += (receipt for mark in marks for receipt in mark.receipts)
        has_room = len(run.held_receipts) < HELD_RECEIPTS or run.claims.is_claiming
        if has_room and all(_can_wait(run, mark) for mark in marks):
            for mark in marks:
                down = mark.worker.excluded_ids or ()
                mark.may = mark.parcel is not None and deliveries.may_leave(db, mark.parcel.id, down)
        else:
            _commit(run, db, marks, now)
        run.journal.write(entry for mark in marks for entry in mark.worker.list_departures(mark))
        for mark in marks:
            run.record_refusals(db, mark.stand, now)
    except BaseException as e:  # none of their messages leaves
        for mark in marks:
            mark.error = e
    for mark in marks:
        mark.is_written = True


def write_held(run: "DeliveryRun", db: Database) -> None:
    """Write the receipts that wait for others. While it is our turn."""
    if run.held_receipts:
        _commit(run, db, [], run.effects.now())


def _can_wait(run: "DeliveryRun", mark: PendingMark) -> bool:
    """Whether the journal alone is told for now: a message was taken, which ends no row of refusals; another leaves.

    A correction may be stopped meanwhile, by what the database says has left; and of several relays, only the database
    knows by which one a message did.
    """
    relay, outcomes = mark.worker.relay, {*(one.kind for one in mark.answers), *(one.state for one in mark.receipts)}
    goes_on = outcomes <= {"sent"} and mark.parcel is not None and not relay.is_limited
    return goes_on and not relay.name and PERIOD.fullmatch(run.period) is not None


def _commit(run: "DeliveryRun", db: Database, marks: list[PendingMark], now: datetime) -> None:
    """Write the receipts that are held, and what leaves next."""
    with write_transaction(db):
        deliveries.write_receipts(db, run.held_receipts, now)
        for mark in marks:
            down, relay = mark.worker.excluded_ids or (), mark.worker.relay.name
            mark.may = mark.parcel is None or deliveries.begin(db, mark.parcel.id, down, relay)
    run.held_receipts.clear()
