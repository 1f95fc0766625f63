"""Fetch session: what a coordinator gives to workers that fetch.

A batch whose worker died, or ended it unfinished, comes back to who gave it. Nothing of all this need last: where the
store has lost a batch it is given again. Where no worker takes any, who gives them does the work.
"""

import logging
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from threading import Event, Thread
from time import monotonic
from types import TracebackType
from typing import Any, Self

from core.config.schema import Settings
from newsletter.cluster.batch_store import BatchEvent, BatchStore, BrokerAway
from newsletter.cluster.cluster_key import make_key
from scraper.fetch import FetchRules
from services.collect.shared_turns import SharedTurns

log = logging.getLogger("casereviews")
HEAR_SECONDS, RENEW_SECONDS, LOOK_SECONDS = 0.2, 0.5, 1.0  # seconds between two of each
PATIENCE = 60.0  # seconds without the store, or without any worker
MAX_FRUITLESS = 60  # batches that come back one after another, with nothing found: workers must be ill
REPEAT_SECONDS = 10.0  # after which workers are told again of a batch that none has begun; later and later


class NoWorkers(Exception):
    """No worker takes what is given, in one line."""


@dataclass
class GivenBatch:
    """A batch that was given, identified by its name."""

    data: bytes
    since: float
    told_at: float | None = None  # workers know of it
    repeat: float = REPEAT_SECONDS  # after which they are told again
    owner: str = ""  # the worker's connection that has begun it


class FetchSession:
    """Batches for one task of workers. `with FetchSession(...) as session: session.give(data)`, then `listen`."""

    def __init__(self, settings: Settings, task: str) -> None:
        self._cluster, self._task, self._key = settings.cluster, task, make_key(settings)
        self._store = BatchStore(settings.cluster, self._key.fingerprint, "fetch")
        self._app: Any = None  # the engine's, which is loaded with the first batch
        self._name, self._count, self._heard = os.urandom(8).hex(), 0, "0-0"
        self._batches: dict[str, GivenBatch] = {}
        self._refusals: set[str] = set()
        self._fruitless = 0  # batches that came back since something was found
        self._begun_at = self._looked_at = monotonic()
        self._connected_at = self._answered_at = monotonic()  # store and queue, store alone
        self._closed = Event()
        self._lease = Thread(target=self._renew, name="lease", daemon=True)

    def __enter__(self) -> Self:
        with suppress(BrokerAway):
            self._say()
        self._lease.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closed.set()
        self._lease.join()
        with suppress(BrokerAway):
            self._store.suspend(self._name)
            for name in self._batches:
                self._store.drop(name)
            self._store.forget_events(self._name, self._heard)
        self._store.close()
        if self._app:
            self._app.close()

    def turns(self, rules: FetchRules) -> SharedTurns:
        """The turns at hosts for who fetches here, beside workers; its own affair while the store is away for long."""
        return SharedTurns(self._store, self._name, rules, lambda: monotonic() - self._answered_at < PATIENCE)

    def give(self, data: bytes) -> str:
        """Give a batch to workers; its name."""
        now = monotonic()
        self._connected_at = self._connected_at if self._batches else now
        self._count += 1
        name = f"{self._name}.{self._count}"
        self._batches[name] = GivenBatch(data, now)
        return name

    def drop(self, name: str) -> None:
        """All of a batch is done, or nobody is to do it any more."""
        if self._batches.pop(name, None):
            with suppress(BrokerAway):
                self._store.drop(name)

    def listen(self) -> Iterator[tuple[str, bytes | None]]:
        """What workers tell within a moment: a batch, and something found of it; None: it has come back.

        Raises NoWorkers.
        """
        try:
            self._tell_workers()
            events = self._store.read_events(self._name, self._heard, HEAR_SECONDS)
            lost = self._find_lost()
            self._connected_at = monotonic()
        except BrokerAway as e:
            if monotonic() - self._connected_at > PATIENCE:
                where = e.where or self._cluster.where
                raise NoWorkers(f"the broker of the workers cannot be reached: {where} ({e})") from e
            Event().wait(HEAR_SECONDS)
            return
        for event in events:
            self._heard = event.number
            if event.batch in self._batches:
                yield from self._hear(event)
        for name in lost:
            if name in self._batches:
                self._come_back(name)
                yield name, None

    def _hear(self, event: BatchEvent) -> Iterator[tuple[str, bytes | None]]:
        """What an event says of a batch that is with workers."""
        batch = self._batches[event.batch]
        match event.kind:
            case "begun":
                batch.owner, self._begun_at = event.fields["owner"].decode(), monotonic()
            case "receipt":
                name, self._fruitless = f"{event.batch} {event.fields['id'].decode()}", 0
                yield event.batch, self._key.unseal(event.fields["box"], name)
            case "refused":
                why = f"{event.fields['worker'].decode()}: {event.fields['why'].decode()}"
                if why not in self._refusals:
                    log.warning("a worker refuses what it is given: %s", why)
                self._refusals.add(why)
                batch.told_at = None  # others may take it
                if batch.owner:  # it had been begun
                    self._come_back(event.batch)
                    yield event.batch, None
            case _:  # done: what is left of it was stopped
                self._come_back(event.batch)
                yield event.batch, None

    def _come_back(self, name: str) -> None:
        """A batch is nobody's any more. Raises NoWorkers where that is all that becomes of them."""
        self.drop(name)
        self._fruitless += 1
        if self._fruitless > MAX_FRUITLESS:
            raise NoWorkers("; ".join(self._refusals) or "workers end before they have found anything")

    def _tell_workers(self) -> None:
        """Put what is new into the store, and tell workers of what none has begun. Raises BrokerAway, NoWorkers."""
        from newsletter.cluster.task_queue import make_app, send_batch

        self._app = self._app or make_app(self._cluster)
        now = monotonic()
        for name, batch in self._batches.items():
            if not batch.owner and (batch.told_at is None or now - batch.told_at > batch.repeat):
                batch.repeat *= 1 if batch.told_at is None else 2
                self._store.put(name, self._key.seal(batch.data, name))
                send_batch(self._app, self._key.fingerprint, name, self._task)
                batch.told_at = now
        if not self._batches or any(batch.owner for batch in self._batches.values()):
            return
        if now - max(self._begun_at, min(batch.since for batch in self._batches.values())) > PATIENCE:
            raise NoWorkers("; ".join(self._refusals) or f"no worker takes the queue fetch at {self._cluster.where}")

    def _find_lost(self) -> list[str]:
        """From time to time: the batches whose worker died. Raises BrokerAway."""
        if (now := monotonic()) - self._looked_at < LOOK_SECONDS:
            return []
        self._looked_at = now
        self._store.forget_events(self._name, self._heard)
        begun = [(name, batch.owner) for name, batch in self._batches.items() if batch.owner]
        return [name for name, owner in begun if not self._store.is_alive(owner)]

    def _say(self) -> None:
        self._store.renew(self._name)
        self._store.keep_alive(self._name)  # its turns at hosts are its own

    def _renew(self) -> None:
        while not self._closed.wait(RENEW_SECONDS):
            with suppress(BrokerAway):
                self._say()
                self._answered_at = monotonic()
