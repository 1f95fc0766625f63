"""Cluster watch: what the broker tells, asked in a thread of its own, so that no page waits for one that is away."""

import logging
from collections.abc import Callable
from threading import Lock, Thread

from core.config.schema import Settings
from newsletter.cluster.cluster_view import ClusterView, read_cluster

log = logging.getLogger("casereviews")
FRESH_SECONDS = 2.0  # for which an answer is given again
WAIT_SECONDS = 0.25  # that a page waits for a broker that answered the last time, or was never asked
UNANSWERED = ClusterView("it has not answered yet")


class ClusterWatch:
    """What one application knows of its broker; asked when somebody looks, and never twice at once."""

    def __init__(
        self,
        settings: Settings,
        clock: Callable[[], float],
        ask: Callable[[Settings], ClusterView] = read_cluster,
    ) -> None:
        self._settings, self._clock, self._ask, self._lock = settings, clock, ask, Lock()
        self._latest: ClusterView | None = None
        self._latest_at = 0.0
        self._thread: Thread | None = None

    def look(self) -> ClusterView | None:
        """What the broker tells, or told last; None where there are no workers."""
        if not self._settings.cluster.is_on:
            return None
        with self._lock:
            before = self._latest
            if not self._thread and (before is None or self._clock() - self._latest_at > FRESH_SECONDS):
                self._thread = Thread(target=self._refresh, name="cluster-watch", daemon=True)
                self._thread.start()
            thread = self._thread
        if thread and not (before and before.why):
            thread.join(WAIT_SECONDS)
        with self._lock:
            if self._thread and self._latest is before and not (before and before.why):
                self._latest = UNANSWERED
            return self._latest

    def _refresh(self) -> None:
        try:
            view = self._ask(self._settings)
        except Exception as e:  # nobody foresaw it, and the next look asks again
            log.warning("the broker could not be asked", exc_info=True)
            view = ClusterView(f"it could not be asked ({type(e).__name__}): the log says why")
        with self._lock:
            self._latest, self._latest_at, self._thread = view, self._clock(), None
