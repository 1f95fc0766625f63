"""Claim queue: a run's deliveries that are claimed ahead of the connections that take them.

A claim waits for the disk, and with it whoever is about to send waits for the database. So while the deliveries at hand
are sent, a thread claims the next, by a connection to the database of its own. At a limited pace nothing is claimed
ahead.
"""

from collections import deque
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

from core.records import Claim
from db.mail import deliveries
from db.schema.connect import Database, connect, lengthen_log, undo_in_memory

if TYPE_CHECKING:
    from services.delivery.delivery_worker import DeliveryRun

CLAIM_BATCH = 50  # deliveries that are claimed for each connection; half of them ahead
Keys = Sequence[str] | None  # mailboxes; None: all


class ClaimQueue:
    """For whoever has the run's turn."""

    def __init__(self, run: "DeliveryRun") -> None:
        self._run = run
        self._at_hand = deque[Claim]()
        self._next: Future[list[Claim]] | None = None
        self._thread = ThreadPoolExecutor(1, "claims")
        self._db: Database | None = None  # the thread's

    @property
    def is_claiming(self) -> bool:
        """Whether the thread may be writing just now."""
        return self._next is not None and not self._next.done()

    def take(self, db: Database, keys: Keys, most: int, rate: int) -> list[Claim]:
        """The next ones for one connection, of a relay with a rate or 0."""
        # a second's worth: what is held too long grows old
        batch = min(CLAIM_BATCH, 1 + rate // 60) if rate else CLAIM_BATCH // 2 * self._run.connections
        batch = 1 if most == 1 else batch
        if not self.has_any():
            self._at_hand += self._claim(db, keys, batch)
        if most > 1 and not rate and not self._next and len(self._at_hand) == batch:  # else there are no more
            self._next = self._thread.submit(self._claim_ahead, keys, batch)
        return [self._at_hand.popleft() for _ in range(min(most, batch, len(self._at_hand)))]

    def has_any(self) -> bool:
        """Whether one is at hand, or was claimed ahead."""
        return bool(self._at_hand) or self.count() > 0

    def count(self) -> int:
        """How many there are, with those claimed ahead: what is claimed just now is waited for."""
        if self._next:
            ahead, self._next = self._next, None
            self._at_hand += ahead.result()
        return len(self._at_hand)

    def clear(self) -> list[int]:
        """The numbers of all, for whoever releases them."""
        self.count()
        numbers = [claim.id for claim in self._at_hand]
        self._at_hand.clear()
        return numbers

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown()
        if self._db:
            self._db.close()

    def _claim_ahead(self, keys: Keys, count: int) -> list[Claim]:
        if not self._db:
            self._db = connect(self._run.settings.database, shared=True)
            lengthen_log(self._db)
            undo_in_memory(self._db)
        return self._claim(self._db, keys, count)

    def _claim(self, db: Database, keys: Keys, count: int) -> list[Claim]:
        run = self._run
        return deliveries.claim(db, run.period, run.boot, run.effects.now(), count, keys)
