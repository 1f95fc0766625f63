"""Batch marks: what the coordinator writes down of messages that workers are given.

One commit for each batch that is handed out, one for all receipts that came together. The rest is the embedded
sender's: block detector, pace, retries, the journal beside the database.
"""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from db.mail import dispatches
from db.schema.connect import data_version
from newsletter.mail.transport import DeliveryAnswer, Parcel

if TYPE_CHECKING:
    from services.delivery.delivery_worker import DeliveryWorker


class BatchMarks:
    """The mark of one session, for the worker thread that has it. Its methods may be called by two threads."""

    def __init__(self, worker: "DeliveryWorker") -> None:
        self._worker, self._run, self._db = worker, worker.run, worker.db
        self._version = -1

    def __call__(self, answers: list[DeliveryAnswer], following: Parcel | None) -> bool:
        """Write what became of messages."""
        asked_nothing = [one.id for one in answers if one.kind == "waits"]
        if asked_nothing:
            self._give_back(asked_nothing)
        return self._worker.mark(answers, following)

    @property
    def ending(self) -> bool:
        """Whether no further message is to leave."""
        return self._worker.ending

    def dispatch(self, batch: str, parcels: Iterable[Parcel]) -> list[int]:
        """Write down that a batch is handed out; which of its messages must not leave."""
        tokens = {parcel.id: parcel.name.rpartition("/")[2] for parcel in parcels}
        with self._run.turn:
            held = dispatches.dispatch(
                self._db, batch, list(tokens), self._worker.excluded_ids or (), self._worker.relay.name
            )
            self._run.journal.write(("begun", token) for token in tokens.values())
            self._worker.begun.update(tokens)
        return held

    def give_back(self, parcels: Iterable[Parcel]) -> None:
        """Write down that these were not attempted: they wait again."""
        self._give_back([parcel.id for parcel in parcels])

    def _give_back(self, ids: list[int]) -> None:
        begun = self._worker.begun
        with self._run.turn:
            self._run.journal.write(("back", begun.pop(number)) for number in ids if number in begun)
            dispatches.give_back(self._db, ids)

    def honour(self, batch: str, answers: list[DeliveryAnswer]) -> None:
        """Write receipts of messages that were given up as unknown. What was not taken stays so: a person decides."""
        run = self._run
        with run.turn:
            for one in [answer for answer in answers if answer.kind == "sent"]:
                count = dispatches.honour_sent(self._db, [one.id], one.reply, run.effects.now())
                run.done["sent"] += count
                run.done["unknown"] -= min(count, run.done["unknown"])
                if one.id in self._worker.begun:
                    run.journal.write([("sent", self._worker.begun.pop(one.id))])

    def withdrawn(self, list_given: Callable[[], dict[int, str]]) -> dict[int, str] | None:
        """Which of the messages given must not leave any more, with the batch of each.

        None: none of them as it is, since a review was taken down.
        """
        with self._run.turn:
            given = list_given()  # while it is our turn: who leaves of a batch that came later is seen the next time
            if (version := data_version(self._db)) == self._version or not given:
                return {}
            held = dispatches.list_withdrawn(self._db, list(given), self._worker.excluded_ids or [])
            self._version = version
        return None if len(held) == len(given) else {number: given[number] for number in held}
