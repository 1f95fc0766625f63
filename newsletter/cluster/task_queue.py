"""Task queue: the Celery application that hands batches to workers, by Redis, Valkey or RabbitMQ.

A task names a batch and no more: its messages lie in the store, encrypted (`batch_store.py`). It says which protocol it
is of and by which key the batch is encrypted, so that a worker of another version or installation leaves it alone.
Tasks are JSON, never pickled.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypedDict
from urllib.parse import urlsplit

from celery import Celery
from kombu.exceptions import OperationalError

from core.config.cluster_table import ClusterSettings
from newsletter.cluster.batch_store import BrokerAway

PROTOCOL = 2  # raised with every change that an older worker would not understand
DELIVER_TASK, DELIVER_QUEUE = "casereviews.deliver", "deliver"
CHECK_TASK, READ_TASK, FETCH_QUEUE = "casereviews.check_links", "casereviews.read_page", "fetch"
QUEUES = (DELIVER_QUEUE, FETCH_QUEUE)
REDELIVERY_SECONDS = 3_600  # after which the broker gives a task to another worker; its batch was taken back long ago


class BatchTask(TypedDict):
    """What a task says."""

    protocol: int
    fingerprint: str
    batch: str


def make_app(cluster: ClusterSettings) -> Celery:
    """The application over a broker; nothing is connected yet."""
    app = Celery("casereviews", broker=cluster.broker.get_secret_value(), set_as_current=False)
    app.conf.update(
        accept_content=["json"],
        task_serializer="json",
        task_ignore_result=True,
        task_acks_late=True,
        task_routes={
            DELIVER_TASK: {"queue": DELIVER_QUEUE},
            CHECK_TASK: {"queue": FETCH_QUEUE},
            READ_TASK: {"queue": FETCH_QUEUE},
        },
        task_queues={name: {"exchange": name} for name in QUEUES},  # that a worker takes all of, unless it is told
        task_default_queue=DELIVER_QUEUE,
        worker_prefetch_multiplier=1,
        worker_disable_rate_limits=True,  # ours are the relays', over all workers
        worker_hijack_root_logger=False,
        worker_redirect_stdouts=False,
        worker_cancel_long_running_tasks_on_connection_loss=False,  # what is on its way is never cut off
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,  # a worker waits for its broker as long as it takes
        broker_transport_options={
            "visibility_timeout": REDELIVERY_SECONDS,
            "global_keyprefix": "casereviews:",
            "socket_keepalive": True,
            "socket_connect_timeout": 5,
            "socket_timeout": 30,
        }
        if cluster.broker.get_secret_value().startswith("redis")
        else {},
    )
    return app


def send_batch(app: Celery, fingerprint: str, batch: str, task: str = DELIVER_TASK) -> None:
    """Have a worker take a batch. Raises BrokerAway; sent twice, it is begun once."""
    about = BatchTask(protocol=PROTOCOL, fingerprint=fingerprint, batch=batch)
    with _translated(app):
        app.send_task(task, [about], retry=False)


def ping_workers(app: Celery, seconds: float) -> list[str]:
    """The names of the workers that answer within so many seconds. Raises BrokerAway."""
    with _translated(app):
        return sorted(name for answer in app.control.ping(timeout=seconds) for name in answer)


@contextmanager
def _translated(app: Celery) -> Iterator[None]:
    """Errors of the engine as ours."""
    try:
        yield
    except (OperationalError, *app.connection_for_write().recoverable_connection_errors) as e:
        where = urlsplit(app.connection_for_write().as_uri()).netloc.rpartition("@")[2]
        raise BrokerAway(str(e), where) from e
