"""Fetch batch: what a worker has been given to fetch, for as long as it is its to do."""

import os
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from threading import Event, Thread
from time import monotonic

from core.config.schema import Settings
from newsletter.cluster.batch_store import WORKER_LEASE, BatchStore, BrokerAway
from newsletter.cluster.cluster_key import ClusterKey
from scraper.fetch import FetchRules
from services.collect.shared_turns import RETRY_SECONDS, SharedTurns

SAY_SECONDS = 0.5  # between two words to the store
ALONE_SECONDS = WORKER_LEASE / 1_000 - 2.0  # without a word of it, after which nothing is asked: its lease is to lapse


class FetchBatch:
    """A batch that a worker has begun: `with batch.kept(fetcher.hang_up): ask hosts, in batch.turns(rules)`.

    It says to the store that its worker lives. Where it is taken back, its coordinator has gone, or the store cannot be
    asked, it is over, and what is being asked is hung up on before the turns at hosts are anybody's.
    """

    def __init__(self, store: BatchStore, key: ClusterKey, name: str, owner: str, data: bytes) -> None:
        self.data = data  # what is to be done
        self.told = 0  # what was found
        self._store, self._key, self._name, self._owner = store, key, name, owner
        self._over, self._heard_at = Event(), monotonic()

    def goes_on(self) -> bool:
        """Whether it is ours to do, and its coordinator was there just now."""
        return not self._over.is_set() and monotonic() - self._heard_at < ALONE_SECONDS

    def nap(self, seconds: float) -> None:
        """Wait, but no longer than it goes on."""
        self._over.wait(seconds)

    def turns(self, rules: FetchRules) -> SharedTurns:
        """The turns at hosts over all workers."""
        return SharedTurns(self._store, self._owner, rules, self.goes_on)

    def tell(self, number: int, found: bytes) -> None:
        """Tell the coordinator of something found; it is found once, whatever is told again."""
        box = self._key.seal(found, f"{self._name} {number}")
        while self.goes_on():
            try:
                self._store.step(self._name, self._owner, "", None, [(number, box)])
                self.told += 1
                return
            except BrokerAway:
                self.nap(RETRY_SECONDS)

    @contextmanager
    def kept(self, hang_up: Callable[[], object]) -> Iterator[None]:
        """Keep it ours; `hang_up` is called where it is over before the end."""
        ended = Event()

        def watch() -> None:
            while self.goes_on():
                self._over.wait(SAY_SECONDS)
            self._over.set()
            if not ended.is_set():
                hang_up()

        threads = [Thread(target=one, name="lease", daemon=True) for one in (self._say, watch)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            ended.set()
            self._over.set()
            for thread in threads:
                thread.join()

    def _say(self) -> None:
        while not self._over.wait(SAY_SECONDS):
            began = monotonic()
            with suppress(BrokerAway):
                self._store.keep_alive(self._owner)
                if self._store.look(self._name).get("state") != b"begun":
                    self._over.set()
                elif self._store.has_coordinator(self._name):
                    self._heard_at = began


@contextmanager
def begin_batch(settings: Settings, key: ClusterKey, worker: str, name: str) -> Iterator[FetchBatch | None]:
    """A batch that is ours from now on; None: another has it, or nobody wants it any more.

    Raises BrokerAway, and HouseError for what another key has sealed.
    """
    owner = f"{worker}:{os.getpid()}:{os.urandom(6).hex()}"
    with closing(BatchStore(settings.cluster, key.fingerprint, "fetch")) as store:
        if store.begin(name, owner, worker) != "go" or (sealed := store.parcels(name)) is None:
            yield None
            return
        yield (batch := FetchBatch(store, key, name, owner, key.unseal(sealed, name)))
        with suppress(BrokerAway):
            store.finish(name, owner, worker, batch.told)
