"""Worker heartbeat: a worker says every few seconds that it is there, what it is, how fast it works."""

import json
import socket
from collections import deque
from contextlib import suppress
from importlib.metadata import version
from threading import Event, Thread
from time import monotonic
from typing import Any

from celery.signals import worker_ready, worker_shutdown

from core.config.schema import Settings
from newsletter.cluster.batch_store import BrokerAway
from newsletter.cluster.cluster_key import ClusterKey
from newsletter.cluster.worker_board import WorkerBoard

BEAT_SECONDS = 5.0
RATE_SECONDS = 60.0  # over which it is counted how fast it works


class WorkerHeartbeat:
    """The heartbeat of one worker, in a thread of the process that its connections are started from."""

    def __init__(self, settings: Settings, key: ClusterKey) -> None:
        self._settings, self._key, self._began_at = settings, key, monotonic()
        self._name, self._about = "", dict[str, Any]()
        self._counts: deque[tuple[float, dict[str, int]]] = deque()  # with when they were asked for
        self._ended, self._thread = Event(), Thread(target=self._beat, name="heartbeat", daemon=True)

    def connect(self) -> None:
        """Begin once the worker takes work, and end with it."""
        worker_ready.connect(self._begin, weak=False)
        worker_shutdown.connect(self._end, weak=False)

    def _begin(self, sender: Any, **_: Any) -> None:
        self._name = worker_name(sender.hostname)
        self._about = {
            "version": version("casereviews"),
            "connections": sender.controller.concurrency,
            "queues": sorted(sender.app.amqp.queues.consume_from),
        }
        self._thread.start()

    def _end(self, **_: Any) -> None:
        self._ended.set()
        if self._thread.is_alive():
            self._thread.join(BEAT_SECONDS)

    def _beat(self) -> None:
        board = WorkerBoard(self._settings.cluster, self._key.fingerprint)
        while True:
            ended, now = self._ended.is_set(), monotonic()
            about = self._about | {"age": now - self._began_at, "rates": self._rates(), "ended": ended}
            with suppress(BrokerAway):  # who sends says so
                self._counts.append((now, board.sign_in(self._name, json.dumps(about))))
            if ended:
                board.close()
                return
            self._ended.wait(BEAT_SECONDS)

    def _rates(self) -> dict[str, float]:
        """How much was done a minute lately, by queues; nothing where there is no telling yet."""
        while len(self._counts) > 2 and self._counts[-1][0] - self._counts[0][0] > RATE_SECONDS:
            self._counts.popleft()
        if len(self._counts) < 2:
            return {}
        (first_at, first), (last_at, last) = self._counts[0], self._counts[-1]
        return {queue: (count - first.get(queue, 0)) * 60 / (last_at - first_at) for queue, count in last.items()}


def worker_name(hostname: str | None) -> str:
    """As a person would say it: "worker1 on host", which no log takes for an address. Without one the machine's."""
    return (hostname or socket.gethostname()).replace("@", " on ")
