"""Worker probes: links looked at by workers, some hosts to a batch; what they find comes to the one that writes.

In place of the threads of `link_probes.py`, and read like them. A batch whose worker died is handed out again, but for
what was found. All messages of one host lie in one batch, and a worker takes a host's turn from the store for each
request, so that a redirect to another's host waits there as everybody does.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from threading import Event, Thread
from time import monotonic
from typing import Self

from core.config.schema import Settings
from core.errors import HouseError
from core.link_records import LinkCheck
from newsletter.cluster.batch_store import BatchStore, BrokerAway, unavailable
from newsletter.cluster.cluster_key import make_key
from services.collect.link_codec import LinkTerms, decode_link, encode_links

HOSTS_A_BATCH = 10
READ_SECONDS, RENEW_SECONDS, LOOK_SECONDS = 0.2, 0.5, 1.0  # seconds between two of each
PATIENCE = 60.0  # seconds without the store, or without any worker
REPEAT_SECONDS = 10.0  # after which workers are told again of a batch that none has begun


@dataclass
class LinkBatch:
    """Hosts that are handed out, identified by the batch's name; what was not found of them yet."""

    links: list[Sequence[LinkCheck]]
    told_at: float
    owner: str = ""  # the worker's connection that has begun it


class WorkerProbes:
    """The findings of a run, in the order they come. Once `may_go_on` says no, the reading ends."""

    def __init__(
        self,
        settings: Settings,
        by_host: Iterable[Sequence[LinkCheck]],
        terms: LinkTerms,
        may_go_on: Callable[[], bool],
    ) -> None:
        from newsletter.cluster.task_queue import make_app

        self._terms, self._may_go_on, self._key = terms, may_go_on, make_key(settings)
        self._store, self._app = BatchStore(settings.cluster, self._key.fingerprint), make_app(settings.cluster)
        self._name, self._count, self._heard = os.urandom(8).hex(), 0, "0-0"
        self._hosts, self._batches, self._found = list(by_host), dict[str, LinkBatch](), list[LinkCheck]()
        self._begun_at = self._answered_at = self._looked_at = monotonic()
        self._closed = Event()
        self._lease = Thread(target=self._renew, name="lease", daemon=True)

    def __enter__(self) -> Self:
        self._store.check_durable()
        with suppress(BrokerAway):
            self._store.renew(self._name)
        self._lease.start()
        return self

    def __iter__(self) -> Iterator[LinkCheck]:
        while (self._hosts or self._batches) and self._may_go_on():
            try:
                while self._hosts:
                    self._hand_out(self._hosts[:HOSTS_A_BATCH])
                    del self._hosts[:HOSTS_A_BATCH]
                self._hear()
                self._look_after()
                self._answered_at = monotonic()
            except BrokerAway as e:
                if monotonic() - self._answered_at > PATIENCE:
                    raise unavailable(self._store.where, e) from e
                Event().wait(READ_SECONDS)
            while self._found:
                yield self._found.pop(0)

    def __exit__(self, *error: object) -> None:
        self._closed.set()
        self._lease.join()
        with suppress(BrokerAway):
            self._store.suspend(self._name)
            for name in self._batches:
                self._store.take_back(name)
        self._store.close()
        self._app.close()

    def rest(self) -> Iterator[LinkCheck]:
        """What was found and not read, once it is closed."""
        while self._found:
            yield self._found.pop(0)

    def _renew(self) -> None:
        while not self._closed.wait(RENEW_SECONDS):
            with suppress(BrokerAway):
                self._store.renew(self._name)

    def _hand_out(self, links: list[Sequence[LinkCheck]]) -> None:
        from newsletter.cluster.task_queue import CHECK_TASK, send_batch

        self._count += 1
        name = f"{self._name}.{self._count}"
        self._store.put(name, self._key.seal(encode_links(self._terms, links), name))
        send_batch(self._app, self._key.fingerprint, name, CHECK_TASK)
        self._batches[name] = LinkBatch(links, monotonic())

    def _hear(self) -> None:
        for event in self._store.read_events(self._name, self._heard, READ_SECONDS):
            self._heard, batch = event.number, self._batches.get(event.batch)
            if not batch:
                continue
            if event.kind == "begun":
                batch.owner, self._begun_at = event.fields["owner"].decode(), monotonic()
            elif event.kind == "receipt":
                self._note(event.batch, batch, event.fields["id"].decode(), event.fields["box"])
            elif event.kind == "refused":
                worker, why = event.fields["worker"].decode(), event.fields["why"].decode()
                fix = "Every worker needs this version, and the key of this installation (cluster.key)."
                raise HouseError("a worker refuses what it is given", f"{worker}: {why}", fix)
            else:  # done: what is left of it was stopped
                self._take_again(event.batch)

    def _note(self, name: str, batch: LinkBatch, number: str, box: bytes) -> None:
        found = decode_link(self._key.unseal(box, f"{name} {number}"))
        self._found.append(found)
        batch.links = [rest for links in batch.links if (rest := [one for one in links if one.url != found.url])]
        if not batch.links:
            del self._batches[name]
            self._store.drop(name)

    def _take_again(self, name: str) -> None:
        self._store.take_back(name)
        self._hosts += self._batches.pop(name).links

    def _look_after(self) -> None:
        """From time to time: hand out again what a dead worker had, tell workers of what none has begun."""
        from newsletter.cluster.task_queue import CHECK_TASK, send_batch

        if (now := monotonic()) - self._looked_at < LOOK_SECONDS:
            return
        self._looked_at = now
        if not any(batch.owner for batch in self._batches.values()) and now - self._begun_at > PATIENCE:
            fix = "Start one, with the broker and the key of this installation, that takes the queue fetch."
            raise HouseError("no worker looks at links", self._store.where, fix)
        for name, batch in list(self._batches.items()):
            if batch.owner and not self._store.is_alive(batch.owner):
                self._take_again(name)
            elif not batch.owner and now - batch.told_at > REPEAT_SECONDS:
                send_batch(self._app, self._key.fingerprint, name, CHECK_TASK)
                batch.told_at = now
