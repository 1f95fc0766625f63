"""Write slots: how many requests may write at once, so that those who wait for the database leave threads to readers.

The database takes one writer at a time, and whoever comes meanwhile waits. Pages that only read do not. So no more than
some of the server's threads take requests that write. While these come and go, one more waits a moment for its turn, as
in a rush; once none has come or gone for as long, the database is held by somebody, and whoever comes is told to come
back at once. Leaving has slots of its own: no crowd at the sign-up form stands in its way. So have the reports of mail
providers, which come by the thousand, and the log-in tries of browsers that were never in.
"""

from collections.abc import Callable
from threading import BoundedSemaphore

from flask import Flask, g, request
from werkzeug.exceptions import ServiceUnavailable

from app.web.known_browser import known_log_ins
from app.web.security import SAFE_METHODS, WEBHOOK_ENDPOINT

WRITERS, LEAVERS, REPORTERS, STRANGERS = 3, 2, 4, 2  # together the threads that are for whoever writes
MAX_WAIT = 1.0  # seconds for a slot
RETRY_AFTER = 5  # seconds
LEAVING_ENDPOINT, LOGIN_ENDPOINT = "subscribe.leave", "ops.login"


class WriteSlots:
    """So many slots, which requests take and give back."""

    def __init__(self, count: int, clock: Callable[[], float], max_wait: float) -> None:
        self._free, self._clock, self._max_wait = BoundedSemaphore(count), clock, max_wait
        self._moved_at = 0.0  # seconds of the clock, when a slot was last taken or given back

    def take(self) -> bool:
        """Whether there is one, now or in a moment."""
        stuck = self._clock() - self._moved_at > self._max_wait
        taken = self._free.acquire(blocking=False) or (not stuck and self._free.acquire(timeout=self._max_wait))
        if taken:
            self._moved_at = self._clock()
        return taken

    def give_back(self) -> None:
        """One is free again."""
        self._moved_at = self._clock()
        self._free.release()


def register(app: Flask) -> None:
    """Give every request that may write a slot, or turn it away."""
    clock = app.extensions["casereviews"].effects.clock
    writers = WriteSlots(WRITERS, clock, MAX_WAIT)
    others = {
        LEAVING_ENDPOINT: WriteSlots(LEAVERS, clock, MAX_WAIT),
        WEBHOOK_ENDPOINT: WriteSlots(REPORTERS, clock, MAX_WAIT),
        LOGIN_ENDPOINT: WriteSlots(STRANGERS, clock, MAX_WAIT),
    }

    @app.before_request
    def _take_slot() -> None:
        if request.method in SAFE_METHODS:
            return
        endpoint = request.endpoint or ""
        slots = writers if endpoint == LOGIN_ENDPOINT and known_log_ins() else others.get(endpoint, writers)
        if not slots.take():
            raise ServiceUnavailable(retry_after=RETRY_AFTER)
        g.write_slots = slots

    @app.teardown_request
    def _give_back_slot(error: BaseException | None) -> None:
        if slots := g.pop("write_slots", None):
            slots.give_back()
