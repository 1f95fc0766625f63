"""Workers check: which workers answer at a broker that keeps what it is told."""

from collections.abc import Iterator
from contextlib import closing

from app.checks.finding import Finding, ok, warning
from core.config.schema import Settings
from core.plurals import plural
from newsletter.cluster.cluster_view import QUEUES, ClusterView, read_cluster

ANSWER_SECONDS = 2.0  # that a worker may take


def check_workers(settings: Settings) -> Iterator[Finding]:
    """Asks the broker and the workers; nothing where there are none."""
    if not settings.cluster.is_on:
        return
    from newsletter.cluster.batch_store import BatchStore, BrokerAway, unavailable
    from newsletter.cluster.cluster_key import make_key
    from newsletter.cluster.task_queue import make_app, ping_workers

    key = make_key(settings)
    with closing(BatchStore(settings.cluster, key.fingerprint)) as store:
        store.check_durable()
    yield ok("broker", f"{settings.cluster.where} answers, and keeps on its disk what it is told")
    try:
        with closing(make_app(settings.cluster)) as app:
            names = ping_workers(app, ANSWER_SECONDS)
    except BrokerAway as e:
        raise unavailable(settings.cluster.where, e) from e
    view = read_cluster(settings)
    yield _queue_finding(view)
    if names:
        yield ok("workers", f"{plural(len(names), 'worker')} answered: {', '.join(names)}")
    else:
        yield warning("workers", "none answered", "Start one: docs/scaling.md shows how.")
    if gone := [one.name for one in view.workers if not one.is_ended and one.name.replace(" on ", "@") not in names]:
        fix = "See its log and its machine; what it had in hand is sorted out by the next delivery."
        yield warning("workers", f"heard of within a day, and silent now: {', '.join(gone)}", fix)


def _queue_finding(view: ClusterView) -> Finding:
    if view.why:
        return warning("queues", f"what waits in them is not known: {view.why}", "Run it again.")
    words = []
    for queue in dict.fromkeys((*QUEUES, *(batch.queue for batch in view.batches))):
        begun = [bool(batch.worker) for batch in view.batches if batch.queue == queue]
        words.append(
            f"{queue}: {plural(begun.count(False), 'batch', 'batches', none='no')} waiting, {sum(begun)} in hand"
        )
    return ok("queues", "; ".join(words))
