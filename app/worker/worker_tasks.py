"""Worker tasks: what a worker does with a task, each process or thread of it over a connection of its own."""

import logging
from collections.abc import Callable
from contextlib import suppress
from threading import Event, local
from typing import Any

from celery import Celery
from celery.signals import worker_process_shutdown

from app.runtime.side_effects import system_effects
from app.worker.worker_heartbeat import WorkerHeartbeat, worker_name
from core.config.schema import Settings
from core.errors import HouseError
from core.side_effects import SideEffects
from newsletter.cluster.batch_sender import BatchSender
from newsletter.cluster.batch_store import BatchStore, BrokerAway
from newsletter.cluster.cluster_key import ClusterKey
from newsletter.cluster.task_queue import CHECK_TASK, DELIVER_TASK, PROTOCOL, READ_TASK, BatchTask

log = logging.getLogger("casereviews")
REFUSAL_SECONDS = 1.0  # that a worker waits when it has refused a batch, so that another may take it


def add_tasks(app: Celery, settings: Settings, key: ClusterKey) -> None:
    """What the workers of an application do."""
    mine = local()
    WorkerHeartbeat(settings, key).connect()

    @app.task(name=DELIVER_TASK, bind=True)  # type: ignore[untyped-decorator]
    def deliver(task: Any, about: BatchTask) -> None:
        """Send the messages of a batch, but for those that must not leave any more."""
        worker = worker_name(task.request.hostname)
        if why := _refusal(about, key):
            return _refuse(settings, about, worker, why)
        if not hasattr(mine, "sender"):
            mine.sender = BatchSender(settings, key, worker)
            worker_process_shutdown.connect(lambda **_: mine.sender.close(), weak=False)
        try:
            mine.sender.send(about["batch"])
        except HouseError as e:
            _refuse(settings, about, worker, str(e))
        except Exception as e:  # else its coordinator would hand it out again and again
            log.exception("a batch cannot be sent")
            mine.sender.close()
            _refuse(settings, about, worker, f"{type(e).__name__} in what it does with it: see its log")

    @app.task(name=CHECK_TASK, bind=True)  # type: ignore[untyped-decorator]
    def check_links(task: Any, about: BatchTask) -> None:
        """Look at the links of a batch."""
        from services.collect.link_worker import look_at_links  # what speaks HTTP takes time to load

        _fetch(look_at_links, settings, key, worker_name(task.request.hostname), about)

    @app.task(name=READ_TASK, bind=True)  # type: ignore[untyped-decorator]
    def read_page(task: Any, about: BatchTask) -> None:
        """Read a page of a walk."""
        from services.collect import page_worker

        _fetch(page_worker.read_page, settings, key, worker_name(task.request.hostname), about)


def _fetch(
    do: Callable[[SideEffects, Settings, ClusterKey, str, str], None],
    settings: Settings,
    key: ClusterKey,
    worker: str,
    about: BatchTask,
) -> None:
    """Do what a batch of the queue `fetch` asks for."""
    if why := _refusal(about, key):
        return _refuse(settings, about, worker, why)
    try:
        do(system_effects(), settings, key, worker, about["batch"])
    except HouseError as e:
        _refuse(settings, about, worker, str(e))
    except BrokerAway as e:
        log.warning("the broker cannot be reached, and batch %s is left to others: %s", about["batch"], e)
    except Exception as e:  # else it would be handed out again and again
        log.exception("a batch cannot be fetched")
        _refuse(settings, about, worker, f"{type(e).__name__} in what it does with it: see its log")


def _refusal(about: BatchTask, key: ClusterKey) -> str:
    """Why a batch is none of ours; empty where it is."""
    if (theirs := about.get("protocol")) != PROTOCOL:
        return f"it speaks protocol {PROTOCOL}, and the batch is of {theirs}: install the same version"
    if about["fingerprint"] != key.fingerprint:
        return f"its key is {key.fingerprint}, and the batch is for {about['fingerprint']}: copy cluster.key"
    return ""


def _refuse(settings: Settings, about: BatchTask, worker: str, why: str) -> None:
    """Leave a batch untried, and say so here and to its coordinator."""
    log.error("worker %s refuses batch %s: %s", worker, about["batch"], why)
    store = BatchStore(settings.cluster, about["fingerprint"])
    with suppress(BrokerAway):
        store.tell(about["batch"], "refused", worker=worker, why=why)
    store.close()
    Event().wait(REFUSAL_SECONDS)
