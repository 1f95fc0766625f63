"""Workers check: which workers answer at a broker that keeps what it is told."""

from collections.abc import Iterator
from contextlib import closing

from app.checks.finding import Finding, ok, warning
from core.config.schema import Settings
from core.plurals import plural

ANSWER_SECONDS = 2.0  # that a worker may take


def check_workers(settings: Settings) -> Iterator[Finding]:
    """Asks the broker and the workers; nothing where there are none."""
    if not settings.cluster.is_on:
        return
    from newsletter.cluster.batch_store import BatchStore
    from newsletter.cluster.cluster_key import make_key
    from newsletter.cluster.task_queue import make_app

    key = make_key(settings)
    with closing(BatchStore(settings.cluster, key.fingerprint)) as store:
        store.check_durable()
    yield ok("broker", f"{settings.cluster.where} answers, and keeps on its disk what it is told")
    app = make_app(settings.cluster)
    try:
        answers = app.control.ping(timeout=ANSWER_SECONDS)
    finally:
        app.close()
    names = sorted(name for answer in answers for name in answer)
    if names:
        yield ok("workers", f"{plural(len(names), 'worker')} answered: {', '.join(names)}")
    else:
        yield warning("workers", "none answered", "Start one: docs/scaling.md shows how.")
