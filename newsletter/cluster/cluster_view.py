"""Cluster view: which workers are there at one moment, as the store tells."""

import json
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.config.schema import Settings
from core.errors import HouseError

if TYPE_CHECKING:
    from newsletter.cluster.worker_board import WorkerPresence

QUEUES = ("deliver", "fetch")  # that are always told of; others once a worker takes them
PATIENCE = (1.0, 1.0)  # seconds: connect, answer; nobody who only looks waits longer


@dataclass(frozen=True, slots=True)
class WorkerView:
    """A worker as it told of itself, identified by its name. What an older or newer one does not tell is left empty."""

    name: str
    version: str
    age: float  # seconds since it started, when it was heard of last
    silent: float  # seconds since then
    is_ended: bool  # it said so itself
    connections: int
    queues: tuple[str, ...]
    rates: dict[str, float]  # messages, or addresses, a minute, by queues
    done: dict[str, int]  # messages, or addresses, of the batches that it finished, by queues


@dataclass(frozen=True, slots=True)
class BatchView:
    """A batch that is handed out, identified by its name."""

    name: str
    queue: str
    age: float  # seconds since then
    worker: str  # that has begun it; empty: none yet


@dataclass(frozen=True, slots=True)
class ClusterView:
    """What the store told; or why it told nothing."""

    why: str = ""  # empty: it answered
    workers: tuple[WorkerView, ...] = ()
    batches: tuple[BatchView, ...] = ()


def read_cluster(settings: Settings) -> ClusterView:
    """Ask the store, for two seconds at the most."""
    from newsletter.cluster.batch_store import BrokerAway
    from newsletter.cluster.cluster_key import read_key
    from newsletter.cluster.worker_board import WorkerBoard

    try:
        with closing(WorkerBoard(settings.cluster, read_key(settings).fingerprint, PATIENCE)) as board:
            workers = tuple(map(_worker_view, board.list_workers()))
            queues = dict.fromkeys((*QUEUES, *(queue for one in workers for queue in one.queues)))
            batches = tuple(
                BatchView(one.name, queue, one.age, one.owner.rsplit(":", 2)[0])
                for queue in queues
                for one in board.list_batches(queue)
            )
    except BrokerAway as e:
        return ClusterView(str(e) or type(e.__cause__).__name__)
    except HouseError as e:
        return ClusterView(f"{e.what}: {e.which}")
    return ClusterView("", workers, batches)


def _worker_view(one: "WorkerPresence") -> WorkerView:
    try:
        about: dict[str, Any] = json.loads(one.about)
        return WorkerView(
            one.name,
            str(about.get("version", "")),
            float(about.get("age", 0)),
            one.silent,
            bool(about.get("ended")),
            int(about.get("connections", 0)),
            tuple(map(str, about.get("queues", ()))),
            {str(queue): float(rate) for queue, rate in about.get("rates", {}).items()},
            one.done,
        )
    except (ValueError, TypeError, AttributeError):  # no worker of ours wrote that
        return WorkerView(one.name, "", 0.0, one.silent, False, 0, (), {}, one.done)
