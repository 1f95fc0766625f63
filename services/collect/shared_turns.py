"""Shared turns: one request at a time to a host over all workers, at its pace, as the store of batches knows it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event

from newsletter.cluster.batch_store import BatchStore, BrokerAway
from scraper.fetch import FetchRules, HostTurns

RETRY_SECONDS = 0.25
MARGIN = 5.0  # seconds beyond the deadline of an answer, after which a turn is another's whoever has it


class SharedTurns(HostTurns):
    """The turns of one worker's connection, which the store hears of while it has them.

    What follows from a request that comes after `goes_on` has said no is its caller's affair: it holds no turn.
    """

    def __init__(self, store: BatchStore, owner: str, rules: FetchRules, goes_on: Callable[[], bool]) -> None:
        self._store, self._owner, self._goes_on = store, owner, goes_on
        self._longest = rules.deadline + MARGIN

    @contextmanager
    def hold(self, host: str, spacing: float, delay: float | None) -> Iterator[None]:
        """Wait until the host may be asked and nobody asks it; then it is ours to the end."""
        turn = 0
        while not turn and self._goes_on():
            try:
                turn, wait = self._store.take_host(host, self._owner, self._longest, spacing, delay)
            except BrokerAway:
                wait = RETRY_SECONDS
            if not turn:
                Event().wait(min(wait, RETRY_SECONDS))
        try:
            yield
        finally:
            with suppress(BrokerAway):  # then it lapses
                if turn:
                    self._store.leave_host(host, turn)

    def put_off(self, host: str, seconds: float) -> None:
        """As the host wants it of all who ask."""
        with suppress(BrokerAway):
            if seconds:
                self._store.put_off_host(host, seconds)
