"""Batch sender: one connection of a worker to a relay, with one message in doubt at most.

It is the SMTP connection of the embedded sender; only its mark is another: before each message it asks the store, in
one step that also writes the receipt of the message before it, whether the message may leave. While the store cannot be
asked, nothing leaves and nothing is forgotten: it asks until it is answered. The message of which neither is known
whether it left nor whether it was taken, should this process be killed, is the one that the store has as attempted.
"""

import logging
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from threading import Event, Lock, Thread
from typing import TypeVar

from core.config.schema import Settings
from core.errors import HouseError, MailRefused, MailUnavailable
from newsletter.cluster.answer_box import seal_answer, seal_trouble
from newsletter.cluster.batch_store import WORKER_LEASE, BatchStore, BrokerAway
from newsletter.cluster.cluster_key import ClusterKey
from newsletter.cluster.parcel_codec import ParcelBatch, decode_batch, decode_text
from newsletter.cluster.relay_connections import RelayConnections, server_of
from newsletter.mail.slotted_bytes import SlottedBytes
from newsletter.mail.transport import ConnectionLost, DeliveryAnswer, Parcel

log = logging.getLogger("casereviews")
T = TypeVar("T")
MAX_TEXTS = 120  # that are kept at hand: they are of sessions of the coordinator
MAX_DROPS = 3  # connections lost in a row without a message taken, after which the coordinator is told
LOOK_SECONDS = 0.25  # between two tries of the store, and two looks for the coordinator
ORPHAN_LOOKS = 240  # looks for a coordinator that is away: a minute


class TextMissing(Exception):
    """A text of a batch is not in the store any more."""


class BatchSender:
    """A worker's connection: `send(batch)` for one after another."""

    def __init__(self, settings: Settings, key: ClusterKey, worker: str) -> None:
        self.worker, self._key = worker, key
        self.owner = f"{worker}:{os.getpid()}:{os.urandom(6).hex()}"
        self._store = BatchStore(settings.cluster, key.fingerprint)
        self._relays = RelayConnections(self._store, self.owner, self._ask)
        self._texts: dict[str, SlottedBytes] = {}
        self._batch, self._work = "", ParcelBatch(settings.mail, "", 0, 0, True, ())
        self._waiting: dict[int, Parcel] = {}  # not attempted, and not given up
        self._over, self._said = False, ""  # whether nothing of the batch is ours any more; the store's last word
        self._tries = self._taken = 0
        self._sending = Lock()  # held while a batch is in hand
        Thread(target=self._stay_alive, name="lease", daemon=True).start()

    def send(self, batch: str) -> None:
        """Send what may leave of a batch; the store has what became of it. Raises HouseError for another key's."""
        with self._sending:
            if self._ask(lambda: self._store.begin(batch, self.owner, self.worker)) != "go":
                return  # taken back, or another's: the coordinator knows
            before = self._taken
            sealed = self._ask(lambda: self._store.parcels(batch))
            if sealed is not None:
                with suppress(TextMissing):  # then it goes back as it came, and is handed out with the text
                    self._batch, self._work = batch, decode_batch(self._key.unseal(sealed, batch), self._find_text)
                    self._waiting = {parcel.id: parcel for parcel in self._work.parcels}
                    self._over, self._said = False, ""
                    self._send_waiting()
            self._ask(lambda: self._store.finish(batch, self.owner, self.worker, self._taken - before))
            self._relays.note_use(server_of(self._work.mail))
            self._ask(self._relays.close_unused)

    def close(self) -> None:
        """Hang up."""
        with self._sending:
            self._relays.close_all()

    def _find_text(self, name: str) -> SlottedBytes:
        """A text that batches share. Raises TextMissing."""
        if name not in self._texts:
            sealed = self._ask(lambda: self._store.text(name))
            if sealed is None:
                raise TextMissing(name)
            if len(self._texts) >= MAX_TEXTS:
                self._texts.clear()
            self._texts[name] = decode_text(self._key.unseal(sealed, name))
        return self._texts[name]

    def _send_waiting(self) -> None:
        drops, before = 0, self._taken
        server = server_of(self._work.mail)
        while self._waiting and not self._over:
            is_let_in = False
            try:
                if connection := self._relays.connect(self._work, self._take_slot, self._may_wait):
                    is_let_in = True
                    connection.deliver(self._parcels(), self._mark, self._work.ahead)
                break
            except ConnectionLost as e:
                self._relays.close(server)
                drops, before = (1, self._taken) if self._taken > before else (drops + 1, before)
                if self._said == "orphan":
                    drops, self._over = 0, not self._await_coordinator()
                elif self._said in ("held", "seen"):
                    drops = 0  # it was we who broke off
                elif drops > MAX_DROPS:
                    self._report(MailUnavailable("the mail server hangs up", f"{self._work.mail.host} ({e})"))
                    break
            except (MailRefused, MailUnavailable) as e:
                self._relays.close(server)
                self._report(e, is_let_in)
                break

    def _may_wait(self) -> bool:
        """Whether the batch is still ours, so that it is worth waiting for a place."""
        return self._ask(lambda: self._store.look(self._batch)).get("state") == b"begun"

    def _parcels(self) -> Iterator[Parcel]:
        for parcel in list(self._waiting.values()):
            if self._over:
                return
            if parcel.id in self._waiting and parcel.merged:
                yield Parcel(parcel.id, parcel.return_path, parcel.to, parcel.merged.join(), "", wire_form=True)

    def _take_slot(self, relay: str = "") -> bool:
        """Wait for the turn of one more message of all workers; False: none may leave."""
        if self._work.rate:
            server = server_of(self._work.mail)
            Event().wait(self._ask(lambda: self._store.take_slot(server, self._work.rate)))
        return not self._over

    def _mark(self, answers: list[DeliveryAnswer], parcel: Parcel | None) -> bool:
        """Write receipts, and that the next message leaves now; whether it may."""
        named = [replace(one, reply=f"{one.reply} [{self.worker}]") if one.kind == "sent" else one for one in answers]
        receipts = [(one.id, seal_answer(self._key, self._batch, one)) for one in named]
        self._taken += sum(one.kind == "sent" for one in answers)
        for one in answers:
            self._waiting.pop(one.id, None)
        self._tries += 1
        attempt, following = f"{self.owner} {self._tries}", parcel.id if parcel else None
        said = self._ask(lambda: self._store.step(self._batch, self.owner, attempt, following, receipts))
        self._over, self._said = self._over or said in ("gone", "back"), said
        if parcel and said in ("go", "held", "seen"):
            self._waiting.pop(parcel.id, None)
        return said in ("go", "ok")

    def _await_coordinator(self) -> bool:
        """Wait until the coordinator is heard of; whether it was."""
        for _ in range(ORPHAN_LOOKS):
            if self._ask(lambda: self._store.has_coordinator(self._batch)):
                return True
            if self._ask(lambda: self._store.look(self._batch)).get("state") != b"begun":
                return False
            Event().wait(LOOK_SECONDS)
        return False

    def _report(self, error: HouseError, is_let_in: bool = True) -> None:
        """Tell the coordinator that the relay cannot be used from here."""
        log.warning("%s", error)
        box = seal_trouble(self._key, self._batch, error, is_let_in)
        self._ask(lambda: self._store.tell(self._batch, "down", worker=self.worker, box=box))
        Event().wait(1.0)  # before the next batch is taken

    def _ask(self, question: Callable[[], T]) -> T:
        """The store's answer, however long that takes."""
        told = False
        while True:
            try:
                return question()
            except BrokerAway as e:
                if not told:
                    log.warning("the broker cannot be reached, and nothing leaves until it can: %s", e)
                told = True
                Event().wait(LOOK_SECONDS)

    def _stay_alive(self) -> None:
        """Renew the lease while a batch is in hand, also while the relay is slow; else hang up what is not used."""
        while True:
            with suppress(BrokerAway):  # whoever sends says so
                if self._sending.acquire(blocking=False):
                    try:
                        self._relays.close_unused()
                    finally:
                        self._sending.release()
                else:
                    self._store.keep_alive(self.owner)
                self._relays.keep_places()
            Event().wait(WORKER_LEASE / 4_000)
