"""Pending marks: what the connections of a run wait to have written down, in one commit for all of them."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.records import Receipt
from db.mail import deliveries
from db.schema.connect import Database, write_transaction
from newsletter.mail.transport import DeliveryAnswer, Parcel

if TYPE_CHECKING:
    from services.delivery.delivery_worker import DeliveryRun, DeliveryWorker


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
        with write_transaction(db):
            for mark in marks:
                following = mark.parcel.id if mark.parcel else None
                down = mark.worker.excluded_ids or ()
                relay = mark.worker.relay.name
                mark.may = deliveries.write_progress(db, mark.receipts, following, now, down, relay)
        run.journal.write(entry for mark in marks for entry in mark.worker.list_departures(mark))
        for mark in marks:
            run.record_refusals(db, mark.stand, now)
    except BaseException as e:  # none of their messages leaves
        for mark in marks:
            mark.error = e
    for mark in marks:
        mark.is_written = True
