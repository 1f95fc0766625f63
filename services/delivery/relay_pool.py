"""Relay pool: the connections of a run, shared over several relays by weight, with failover.

A run begins with the connections that its deliveries are worth, each to the relay that is furthest behind its weight.
All take from the same claimed deliveries, so that what a relay cannot send is sent by the others: once a relay is out
and its last message has its answer, what it refused or put off waits again as if it had not been tried, and the others
get the connections that it had. What it may have taken is unknown, as ever, and nobody else's to send.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from contextvars import copy_context
from datetime import datetime

from core.errors import MailRefused, MailUnavailable
from core.states import DeliveryState
from db.mail import deliveries
from db.operator import alerts_sent, job_failures
from db.schema.connect import Database, write_transaction
from newsletter.mail.transport import AudienceShare
from services.delivery.claim_queue import CLAIM_BATCH
from services.delivery.delivery_worker import DeliveryRun, DeliveryWorker, settle_relay
from services.delivery.parcel_making import signs_ahead
from services.delivery.pending_marks import write_held
from services.delivery.relay_state import RelayState
from services.delivery.send_rate import STOP_CHECK_SECONDS
from services.delivery.stored_paces import store_paces

log = logging.getLogger("casereviews")
ProgressCallback = Callable[[Counter[DeliveryState]], None]
LONG_LIST = 2_000  # deliveries that are worth a process which signs: shorter lists are sent while it begins


def plan_connections(relays: Sequence[RelayState], wanted: int) -> list[RelayState]:
    """The relays that connections are opened to, one after another, besides those that they have.

    The shares are kept where a relay has all it may have, once each of the others has one; a relay with a rate has no
    more than its rate is worth, and holds up none.
    """
    planned: list[RelayState] = []
    counts = {relay.name: len(relay.workers) for relay in relays}
    while len(planned) < wanted and (open_ := [one for one in relays if not _has_rates_worth(one, counts[one.name])]):
        first = min(open_, key=lambda one: (counts[one.name] + 1) / (one.way_out.weight or one.connections))
        if counts[first.name] >= first.connections:
            if not (without := [one for one in open_ if not counts[one.name]]):
                break
            first = without[0]
        counts[first.name] += 1
        planned.append(first)
    return planned


def _has_rates_worth(relay: RelayState, count: int) -> bool:
    rate = relay.way_out.mail.rate_per_minute
    return bool(rate) and count > rate // 60


def send_over_relays(
    run: DeliveryRun, db: Database, share: AudienceShare, progress: ProgressCallback, due: int
) -> None:
    """Send what is due, over a thread a connection. Raises what stopped the run as a whole."""
    size = sum(relay.connections for relay in run.relays)
    # its end waits for the messages in flight and their receipts
    with _open_pipes(run, due, size), ThreadPoolExecutor(size, "delivery") as pool:
        try:
            _start_workers(run, db, share, pool, due)
            while workers := [worker for relay in run.relays for worker in relay.workers]:
                wait(workers, STOP_CHECK_SECONDS)  # not Thread.join: interrupted once, it takes the thread for ended
                progress(run.done)
                with run.turn:
                    write_held(run, db)
                    for relay in run.relays:
                        store_paces(db, relay, run.effects.now())
                if _settle_ended(run, db) and not run.ending:
                    with run.turn:
                        most = CLAIM_BATCH * size  # that decide how many connections are worth it
                        due = deliveries.count_due(db, run.period, run.effects.now(), share.keys, most)
                        due += run.claims.count()
                    _start_workers(run, db, share, pool, due)
        except BaseException:
            run.halt.set()
            log.info("told to stop: the messages in flight are finished")
            _await_workers([worker for relay in run.relays for worker in relay.workers])
            raise


@contextmanager
def _open_pipes(run: DeliveryRun, due: int, size: int) -> Iterator[None]:
    """Have a process sign for the connections where the list is long."""
    if due < LONG_LIST or not any(signs_ahead(one.way_out.mail) for one in run.relays):
        yield
        return
    from newsletter.mail.signing_process import open_pipes

    with open_pipes(size) as run.pipes:
        yield


def _start_workers(run: DeliveryRun, db: Database, share: AudienceShare, pool: ThreadPoolExecutor, due: int) -> None:
    planned = plan_connections([one for one in run.relays if not one.is_out], -(-due // CLAIM_BATCH))
    run.connections = max(1, len(planned) + sum(len(relay.workers) for relay in run.relays))
    for relay in planned:
        relay.is_settled = False
        # with what the log has
        relay.workers.append(pool.submit(copy_context().run, _run_worker, run, db, share, relay))


def _settle_ended(run: DeliveryRun, db: Database) -> bool:
    """Write down what the relays left open whose last connection has ended; whether one of them is out."""
    is_any_out = False
    for relay in run.relays:
        if relay.workers and all(worker.done() for worker in relay.workers):
            reasons = [worker.result() for worker in relay.workers]
            relay.down = "; ".join(dict.fromkeys(filter(None, (relay.down, *reasons))))
            relay.is_down = all(reasons)
            relay.workers.clear()
            settle_relay(run, db, relay)
            is_any_out = is_any_out or relay.is_out
            if relay.is_out and run.has_others(relay):
                log.error("relay %s: %s The others go on", relay.name, relay.describe_fault())
    return is_any_out


def _await_workers(workers: list[Future[str]]) -> None:
    """Wait for the messages in flight, however often interrupted: the lock must not be free before they are down."""
    while True:
        with suppress(KeyboardInterrupt):
            wait(workers)
            return


def _run_worker(run: DeliveryRun, db: Database, share: AudienceShare, relay: RelayState) -> str:
    try:
        return DeliveryWorker(run, db, share, relay).work()
    except (MailRefused, MailUnavailable) as e:  # of this relay: the others of it end their messages, too
        log.debug("a connection ended", exc_info=True)
        relay.error = relay.error or e
        relay.halt.set()
        return ""
    except BaseException:  # all others end their messages
        log.debug("a connection ended", exc_info=True)
        run.halt.set()
        raise


def record_relay_faults(db: Database, relays: Sequence[RelayState], now: datetime) -> None:
    """Write down which relays fail while others go on, so that the operator is told; and which work again."""
    if not (named := [relay for relay in relays if relay.name]):
        return
    with write_transaction(db):
        for relay in named:
            job = job_failures.relay_job(relay.name)
            if relay.is_out and not all(one.is_out for one in named):
                job_failures.save(db, job, now, relay.describe_fault())
            elif relay.sent and not relay.is_out:
                job_failures.delete(db, job)
                alerts_sent.delete(db, f"failing {job}")
