"""Cluster session: messages are handed to workers, a batch at a time; no worker writes the database.

The coordinator puts a batch of messages into the store, has its dispatch written down, and tells the queue; then it
hears of receipts and hands them to the mark, many in one commit. A message leaves only after the store has it as
attempted, in a batch that was not taken back, and while the lease of its coordinator's session is renewed; the same
look tells who has left meanwhile. A batch is taken back in one step: what was not attempted by then never leaves from
it, and is handed out again; what was attempted waits for its receipt as long as its worker's connection renews its
lease, and is unknown then. A receipt that comes after all is honoured. While the store cannot be reached nothing is
decided; where it answers and has lost a batch, all of that is unknown.
"""

import logging
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from threading import Event, Thread
from time import monotonic
from typing import TYPE_CHECKING, Protocol, TypeVar

from core.errors import HouseError, MailRefused, MailUnavailable
from newsletter.cluster.answer_box import open_answer, open_trouble
from newsletter.cluster.batch_packer import BatchPacker
from newsletter.cluster.batch_size import BatchSize
from newsletter.cluster.batch_store import WORKER_LEASE, BatchEvent, BatchStore, BrokerAway, unavailable
from newsletter.cluster.cluster_key import ClusterKey
from newsletter.mail.dkim import DkimSigner
from newsletter.mail.transport import DeliveryAnswer, Mark, Pace, Parcel

if TYPE_CHECKING:
    from newsletter.cluster.cluster_transport import ClusterTransport

log = logging.getLogger("casereviews")
T = TypeVar("T")
LEAST_WAITING = 4  # batches that no worker has begun, at least, while there is something to send
GATHER_SECONDS = 0.02  # in which receipts gather, so that many are written in one commit
READ_SECONDS, RETRY_SECONDS, WATCH_SECONDS = 0.2, 0.25, 0.25  # seconds between two looks
LOOK_SECONDS = 0.5  # between two looks after batches
REPEAT_SECONDS = 5.0  # after which workers are told again of a batch that none has begun: one that died may have known
PATIENCE = 60.0  # seconds without a broker, or without any worker, after which a run gives up for now
MAX_TROUBLES = 5  # in a row, without a message taken between
RELAY_TROUBLES = 2  # likewise with one of several relays: the others go on
INTERRUPTED = "interrupted: it may have been sent"


class BatchMark(Protocol):
    """A mark for batches: what the coordinator writes down of them."""

    def __call__(self, answers: list[DeliveryAnswer], following: Parcel | None) -> bool:
        """Write what became of messages."""

    @property
    def ending(self) -> bool:
        """Whether no further message is to leave."""

    def dispatch(self, batch: str, parcels: Iterable[Parcel]) -> list[int]:
        """Write down that a batch is handed out; which of its messages must not leave."""

    def give_back(self, parcels: Iterable[Parcel]) -> None:
        """Write down that these were not attempted: they wait again."""

    def honour(self, batch: str, answers: list[DeliveryAnswer]) -> None:
        """Write receipts of messages that were given up as unknown."""

    def withdrawn(self, list_given: Callable[[], dict[int, str]]) -> dict[int, str] | None:
        """Which of the messages given must not leave any more, with their batches; None: none of them as it is."""


@dataclass
class DispatchedBatch:
    """A batch that is handed out, identified by its name; its messages without a receipt."""

    name: str
    parcels: dict[int, Parcel]
    token: str  # that its relay is logged in to with
    since: float  # of the session's clock
    told_at: float = 0.0  # likewise: when the queue was told
    owner: str = ""  # the worker's connection that has begun it
    begun_at: int = 0  # of the store's clock, milliseconds
    count: int = field(init=False)  # of its messages
    is_back: bool = False  # taken back: what is left of it was attempted
    doubtful_since: float | None = None  # when its worker was first not heard of

    def __post_init__(self) -> None:
        self.count = len(self.parcels)


class ClusterSession:
    """The coordinator's session: hands parcels out, hears of receipts."""

    takes_wire_form = True
    takes_merged = True

    def __init__(
        self, way_out: "ClusterTransport", pace: Pace, signer: DkimSigner | None, store: BatchStore, key: ClusterKey
    ) -> None:
        from newsletter.cluster.task_queue import make_app  # celery takes a third of a second to load

        self._way_out, self._pace, self.signer, self._store, self._key = way_out, pace, signer, store, key
        self._app = make_app(way_out.settings.cluster)
        self._name, self._count, self._heard = os.urandom(8).hex(), 0, "0-0"
        self._packer, self._size = BatchPacker(way_out.relay, key, self._name), BatchSize(way_out.mail.rate_per_minute)
        self._batches: dict[str, DispatchedBatch] = {}
        self._returned: deque[Parcel] = deque()  # to be handed out again
        self._looked_at = 0.0  # when batches were looked after, last
        self._begun_at = monotonic()  # when a batch was, last
        self._connected_since = monotonic()
        self._troubles = 0  # in a row
        self._error: HouseError | None = None
        self._watch_error: Exception | None = None
        self._outdated, self._closed = Event(), Event()
        self._told: set[str] = set()

    def deliver(self, parcels: Iterator[Parcel], mark: Mark, ahead: bool = True) -> None:
        """Hand parcels out until there are no more, and hear what became of all; `mark` is a BatchMark.

        Without `ahead` one at a time. Raises MailRefused, MailUnavailable, HouseError for a token; what is handed out
        and could not be sorted out then stays written down as such.
        """
        marks: BatchMark = mark  # type: ignore[assignment]  # who opens a shared transport knows
        self._error, self._watch_error, self._troubles = None, None, 0
        self._outdated.clear()
        self._patiently(lambda: self._store.renew(self._name))
        watch = Thread(target=self._keep_watch, args=(marks,), name="watch", daemon=True)
        self._closed.clear()
        watch.start()
        try:
            source = self._paced(parcels)
            while not (marks.ending or self._outdated.is_set() or self._error):
                self._fill(source, marks, ahead)
                if not self._batches:
                    break
                self._hear(marks)
                self._look_after(marks)
                if ahead:
                    Event().wait(GATHER_SECONDS)
            self._drain(marks)
        finally:
            self._closed.set()
            watch.join()
        if error := self._watch_error or self._error:
            raise error

    def close(self) -> None:
        """End it. What is not sorted out the next run asks for."""
        with suppress(BrokerAway):
            self._store.suspend(self._name)
            self._store.drop_texts(self._packer.shared)
        self._store.close()
        self._app.close()

    def _paced(self, parcels: Iterator[Parcel]) -> Iterator[Parcel]:
        for parcel in parcels:
            if not self._pace(self._way_out.name):
                self._returned.append(parcel)
                return
            yield parcel

    def _fill(self, source: Iterator[Parcel], marks: BatchMark, ahead: bool) -> None:
        size = self._size.now if ahead else 1
        while not (marks.ending or self._error) and self._has_room(ahead):
            parcels: list[Parcel] = []
            while len(parcels) < size:
                parcel = self._returned.popleft() if self._returned else next(source, None)
                if parcel is None:
                    break
                parcels.append(parcel)
            if not parcels:
                return
            self._dispatch(parcels, marks, ahead)

    def _has_room(self, ahead: bool) -> bool:
        """Whether one more batch is to wait for workers.

        Of several relays one may have so many connections over all workers, and no more batches; where it was of no use
        lately one, so that it holds up no more workers than that.
        """
        mail, begun = self._way_out.mail, sum(bool(batch.owner) for batch in self._batches.values())
        waiting = len(self._batches) - begun
        if not ahead or mail.rate_per_minute:
            return not (waiting if ahead else self._batches)
        if not self._way_out.name:
            return waiting < max(LEAST_WAITING, begun)
        most = 1 if self._troubles else mail.connections
        return waiting < self._way_out.most_waiting and len(self._batches) < most

    def _dispatch(self, parcels: list[Parcel], marks: BatchMark, ahead: bool) -> None:
        """Put a batch into the store, write down that it is handed out, hand it out: in this order."""
        self._count += 1
        name = f"{self._name}.{self._count}"
        try:
            packed = self._packer.pack(name, parcels, ahead)
        except HouseError as e:  # for want of a token
            self._error = e
            self._returned.extend(parcels)
            return
        batch = DispatchedBatch(name, {parcel.id: parcel for parcel in parcels}, packed.token, monotonic())
        for text in self._patiently(lambda: self._store.put(name, packed.sealed, packed.texts)):
            self._patiently(partial(self._store.put_text, text, self._packer.pack_text(text)))
        self._batches[batch.name] = batch  # before it is asked who has left, which from here on is watched
        held = marks.dispatch(batch.name, parcels)
        if held:
            self._patiently(lambda: self._store.hold(batch.name, held))
        self._tell_workers(batch)

    def _tell_workers(self, batch: DispatchedBatch) -> None:
        from newsletter.cluster.task_queue import send_batch

        self._patiently(lambda: send_batch(self._app, self._key.fingerprint, batch.name))
        batch.told_at = monotonic()

    def _hear(self, marks: BatchMark) -> None:
        """Wait a little for events; write down what they say, then forget them."""
        events = self._patiently(lambda: self._store.read_events(self._name, self._heard, READ_SECONDS))
        answers: list[DeliveryAnswer] = []
        over: list[DispatchedBatch] = []
        for event in events:
            batch = self._batches.get(event.batch)
            if event.kind == "receipt":
                answer = open_answer(self._key, event.batch, int(event.fields["id"]), event.fields["box"])
                if batch and batch.parcels.pop(answer.id, None):
                    answers.append(answer)
                    if not batch.parcels and not batch.is_back:
                        self._size.learn(batch.count, (event.milliseconds - batch.begun_at) / 1_000)
                elif event.batch.partition(".")[0] == self._name:
                    marks.honour(event.batch, [answer])
                if answer.kind == "sent":
                    self._troubles, self._packer.renewed = 0, ""
            elif batch and event.kind == "begun":
                batch.owner, batch.begun_at = event.fields["owner"].decode(), event.milliseconds
                self._begun_at = monotonic()
            elif batch:
                self._note_trouble(event, batch)
                over += [batch] if batch.parcels else []
        if answers:
            marks(answers, None)
        for batch in over:
            self._settle(batch, marks)
        for name in (done := [name for name, batch in self._batches.items() if not batch.parcels]):
            del self._batches[name]
        self._patiently(lambda: self._store.drop(*done))
        if events:
            self._heard = events[-1].number

    def _note_trouble(self, event: BatchEvent, batch: DispatchedBatch) -> None:
        """A worker could not use the relay, or would not take the batch."""
        if event.kind == "done":
            return
        most, is_final = MAX_TROUBLES, True
        worker = event.fields["worker"].decode()
        if event.kind == "refused":
            why = f"{worker}: {event.fields['why'].decode()}"
            fix = "Every worker needs this version, and the key of this installation (cluster.key)."
            error: MailRefused | MailUnavailable = MailUnavailable("a worker refuses what it is given", why, fix)
            if why not in self._told:
                log.warning("%s", error)
            self._told.add(why)
            if not batch.owner and any(one.owner for one in self._batches.values()):
                return  # others take what it leaves
        else:
            error, is_let_in = open_trouble(self._key, event.batch, event.fields["box"], worker)
            lasting = isinstance(error, MailRefused) or error.is_permanent
            if isinstance(error, MailRefused) and not is_let_in and self._has_other_token(batch.token):
                return
            self._error = self._error or (error if lasting else None)
            most, is_final = (RELAY_TROUBLES, True) if self._way_out.name else (MAX_TROUBLES, False)
        self._troubles += 1
        if self._troubles > most and not self._error:
            self._error = error
            if isinstance(error, MailUnavailable):
                error.is_permanent = error.is_permanent or is_final

    def _has_other_token(self, refused: str) -> bool:
        """Whether a batch that was refused for its token is handed out again with another."""
        try:
            return self._packer.renew_token(refused)
        except HouseError as e:
            self._error = self._error or e
            return True

    def _look_after(self, marks: BatchMark) -> None:
        """From time to time: settle batches whose worker died, tell workers again of those that none has begun."""
        if (now := monotonic()) - self._looked_at < LOOK_SECONDS:
            return
        self._looked_at = now
        self._patiently(lambda: self._store.forget_events(self._name, self._heard))
        for batch in list(self._batches.values()):
            if batch.owner:
                if self._is_lost(batch, now):
                    self._settle(batch, marks, is_lost=True)
            elif now - batch.told_at > REPEAT_SECONDS:
                self._tell_workers(batch)
        if any(batch.owner for batch in self._batches.values()):
            self._begun_at = now
        elif self._batches and now - max(self._begun_at, min(one.since for one in self._batches.values())) > PATIENCE:
            fix = "Start one, with the broker and the key of this installation."
            self._error = MailUnavailable("no worker takes what is to be sent", self._store.where, fix)
            self._error.is_permanent = True

    def _is_lost(self, batch: DispatchedBatch, now: float) -> bool:
        """Whether its worker was not heard of for as long as a lease lasts, in which the store was there."""
        if self._patiently(lambda: self._store.is_alive(batch.owner)):
            batch.doubtful_since = None
            return False
        batch.doubtful_since = max(batch.doubtful_since or now, self._connected_since)
        return now - batch.doubtful_since > WORKER_LEASE / 2_000  # two more words of it were due

    def _settle(self, batch: DispatchedBatch, marks: BatchMark, is_lost: bool = False) -> None:
        """Take a batch back: what was not attempted is handed out again, what was and has no worker is unknown."""
        known = self._patiently(lambda: self._store.take_back(batch.name))
        answers, held = list[DeliveryAnswer](), list[Parcel]()
        for number, parcel in list(batch.parcels.items()):
            if known is not None and f"r{number}" in known:
                answers.append(open_answer(self._key, batch.name, number, known[f"r{number}"]))
            elif known is None or f"a{number}" in known:
                if not is_lost and known is not None and known.get("state") == b"back":
                    continue  # its worker lives, and will say
                answers.append(DeliveryAnswer(number, "unknown", INTERRUPTED, ours=True))
            elif f"x{number}" in known:
                held.append(parcel)
            else:
                self._returned.append(parcel)
            del batch.parcels[number]
        batch.is_back = True
        if known and known.get("owner"):
            batch.owner = known["owner"].decode()
        if answers:
            marks(answers, None)
        if held:
            marks.give_back(held)
        if not batch.parcels:
            self._batches.pop(batch.name, None)

    def _drain(self, marks: BatchMark) -> None:
        """Nothing more is handed out: take all back, and wait for what was attempted."""
        for batch in list(self._batches.values()):
            self._settle(batch, marks)
        while self._batches:
            self._hear(marks)
            for batch in list(self._batches.values()):
                if self._is_lost(batch, monotonic()):
                    self._settle(batch, marks, is_lost=True)
        if self._returned:
            marks.give_back(list(self._returned))
            self._returned.clear()

    def _keep_watch(self, marks: BatchMark) -> None:
        try:
            self._watch(marks)
        except Exception as e:  # who has left is not known any more: the run ends
            self._watch_error = e
            self._outdated.set()

    def _watch(self, marks: BatchMark) -> None:
        """Say that we are alive, and of whom nothing must leave any more, several times a second."""
        store = BatchStore(self._way_out.settings.cluster, self._key.fingerprint)
        held: dict[int, str] = {}  # not said yet; until it is, nothing leaves for long: the lease is not renewed
        while not self._closed.wait(WATCH_SECONDS):
            withdrawn = marks.withdrawn(self._list_given)
            if withdrawn is None or marks.ending:
                self._outdated.set()
            held |= withdrawn or {}
            with suppress(BrokerAway):
                for number, batch in held.items():
                    store.hold(batch, [number])
                held.clear()
                (store.suspend if self._outdated.is_set() else store.renew)(self._name)
        store.close()

    def _list_given(self) -> dict[int, str]:
        """The messages that are handed out and have no receipt, with their batches."""
        return {number: name for name, one in self._batches.copy().items() for number in list(one.parcels)}

    def _patiently(self, question: Callable[[], T]) -> T:
        """The store's or the queue's answer, once it can be had. Raises MailUnavailable where that takes too long."""
        until, told = monotonic() + PATIENCE, False
        while True:
            try:
                answer = question()
                self._connected_since = monotonic() if told else self._connected_since
                return answer
            except BrokerAway as e:
                if not told:
                    log.warning("the broker of the workers cannot be reached, and is waited for: %s", e)
                told = True
                if monotonic() > until:
                    raise unavailable(self._store.where, e) from e
                Event().wait(RETRY_SECONDS)
