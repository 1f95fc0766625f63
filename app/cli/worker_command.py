"""Command worker: a Celery worker that sends mail for a coordinator on another machine."""

import click

from app.cli import signals
from app.cli.cli_context import CliContext


@click.command()
@click.option("--queues", default="deliver,fetch", show_default=True, help="What it takes: deliver, fetch.")
@click.option("--concurrency", type=click.IntRange(1, 64), help="Connections at once; mail.connections if not said.")
@click.option("--name", default="", help="What it is called in receipts; the machine's name if not said.")
@click.pass_obj
def worker(context: CliContext, queues: str, concurrency: int | None, name: str) -> None:
    """Send mail, look at links, read pages for a coordinator elsewhere.

    It is a Celery worker. It needs cluster.broker and the coordinator's key (cluster.key), and no database. SIGTERM
    ends it after the batches in hand.

    Example: casereviews worker --queues deliver --concurrency 8
    """
    from app.runtime.logging_setup import configure_logging
    from app.worker import build_app
    from newsletter.cluster.task_queue import QUEUES

    asked = [queue.strip() for queue in queues.split(",") if queue.strip()]
    if unknown := [queue for queue in asked if queue not in QUEUES]:
        raise click.UsageError(f"there is no queue {unknown[0]!r}; there are: {', '.join(QUEUES)}")
    settings = context.settings
    configure_logging(settings)
    signals.lift_time_limit()
    words = ["worker", "--queues", ",".join(asked), "--loglevel", "WARNING"]
    words += ["--concurrency", str(concurrency or settings.mail.connections), "--without-gossip", "--without-mingle"]
    build_app(settings).worker_main([*words, "--hostname", f"{name}@%h" if name else "%h"])
