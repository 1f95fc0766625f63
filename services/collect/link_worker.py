"""Link worker: looks at the links of a batch on a worker, many hosts at once, each in its turn over all workers."""

import os
from collections.abc import Callable
from contextlib import closing, suppress
from threading import Event, Lock, Thread
from time import monotonic
from types import TracebackType

from core.config.schema import Settings
from core.link_records import LinkCheck, Probe
from core.side_effects import SideEffects
from newsletter.cluster.batch_store import WORKER_LEASE, BatchStore, BrokerAway
from newsletter.cluster.cluster_key import ClusterKey
from scraper.fetch import Fetcher, FetchRules, HostSlots
from services.collect.link_codec import LinkTerms, decode_links, encode_link
from services.collect.link_probes import LinkProbes, MayGoOn, Sleep, assess_found

ASK_SECONDS = 0.5  # between two looks at whether the coordinator is there
RETRY_SECONDS = 0.25


class SharedTurn:
    """The turn at one host, over all workers."""

    def __init__(self, store: BatchStore, host: str, rules: FetchRules, goes_on: Callable[[], bool]) -> None:
        self._store, self._host, self._rules, self._goes_on = store, host, rules, goes_on
        self._here, self._who = Lock(), os.urandom(6).hex()

    def __enter__(self) -> None:
        self._here.acquire()
        try:
            while self._goes_on():
                try:
                    wait = self._store.take_host(self._host, self._who, self._rules.deadline + self._rules.spacing)
                except BrokerAway:
                    wait = RETRY_SECONDS
                if not wait:
                    return
                Event().wait(wait)
        except BaseException:
            self._here.release()
            raise

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            with suppress(BrokerAway):  # then it is nobody's turn until the request's time is over
                self._store.leave_host(self._host, self._who, self._rules.spacing)
        finally:
            self._here.release()


def check_batch(effects: SideEffects, settings: Settings, key: ClusterKey, worker: str, batch: str) -> None:
    """Look at the links of a batch, and tell the coordinator of each. Raises HouseError for another key's."""
    owner = f"{worker}:{os.getpid()}:{os.urandom(6).hex()}"
    with closing(BatchStore(settings.cluster, key.fingerprint)) as store:
        if store.begin(batch, owner, worker) != "go" or (sealed := store.parcels(batch)) is None:
            return
        terms, by_host = decode_links(key.unseal(sealed, batch))
        lease = _Lease(store, batch, owner)
        with lease, _open_probes(effects, store, terms, by_host, lease.goes_on) as probes:
            for number, found in enumerate(probes):
                box = key.seal(encode_link(found), f"{batch} {number}")
                while lease.goes_on():
                    try:
                        store.step(batch, owner, "", None, [(number, box)])
                        break
                    except BrokerAway:
                        Event().wait(RETRY_SECONDS)
        with suppress(BrokerAway):
            store.finish(batch, owner)


class _Lease:
    """Says that we are alive, and knows whether the coordinator is."""

    def __init__(self, store: BatchStore, batch: str, owner: str) -> None:
        self._store, self._batch, self._owner = store, batch, owner
        self._ended, self._heard_at = Event(), monotonic()
        self._thread = Thread(target=self._renew, name="lease", daemon=True)

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *error: object) -> None:
        self._ended.set()
        self._thread.join()

    def goes_on(self) -> bool:
        """Whether the coordinator was there within a lease."""
        return not self._ended.is_set() and monotonic() - self._heard_at < WORKER_LEASE / 1_000

    def _renew(self) -> None:
        while not self._ended.wait(ASK_SECONDS):
            with suppress(BrokerAway):
                self._store.keep_alive(self._owner)
                if self._store.look(self._batch).get("state") != b"begun":
                    self._ended.set()
                elif self._store.has_coordinator(self._batch):
                    self._heard_at = monotonic()


def _open_probes(
    effects: SideEffects,
    store: BatchStore,
    terms: LinkTerms,
    by_host: list[list[LinkCheck]],
    goes_on: Callable[[], bool],
) -> LinkProbes:
    slots = HostSlots(open_turn=lambda host: SharedTurn(store, host, terms.rules, goes_on))

    def open_fetcher(sleep: Sleep, may_go_on: MayGoOn) -> Fetcher:
        now, clock = effects.now, effects.clock
        return Fetcher(
            terms.rules, now=now, clock=clock, sleep=sleep, slots=slots, may_go_on=may_go_on, private=terms.private
        )

    def assess(probe: Probe, known: LinkCheck) -> LinkCheck:
        return assess_found(probe, known, terms.today, terms.offline)

    return LinkProbes(by_host, open_fetcher, assess, effects.sleep, goes_on)
