"""Sending state: what sends mail, as it is just now, for status, /ops, /metrics.

What the database knows is asked each time. What only the broker knows is handed in as it was told, if it was; what it
did not tell is null, and never zero.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

from core.config.mail_table import MailRelay
from core.config.schema import Settings
from core.dates import iso_utc, iso_utc_or_none
from core.retry import JOB_RETRY_DELAY, PACE_MEMORY
from core.sending_json import (
    BrokerJson,
    BrokerState,
    ProviderPaceJson,
    QueueJson,
    RelayJson,
    SendingJson,
    WorkerJson,
    WorkerState,
)
from core.states import DeliveryState
from db.mail import deliveries, dispatches, relay_paces, relay_tallies
from db.mail.relay_paces import StoredPace
from db.operator import job_failures
from db.read import health_queries
from db.schema.connect import Database
from newsletter.cluster.cluster_view import QUEUES, ClusterView, WorkerView, read_cluster
from newsletter.mail.transport import read_routing

SILENT_AFTER = 20.0  # seconds without a word, after which a worker is called silent: it says one every five


def ask_sending(settings: Settings, db: Database, now: datetime) -> SendingJson:
    """How mail is being sent. Where there are workers the broker is asked, for two seconds at the most."""
    return describe_sending(settings, db, now, read_cluster(settings) if settings.cluster.is_on else None)


def describe_sending(settings: Settings, db: Database, now: datetime, cluster: ClusterView | None) -> SendingJson:
    """The same, from what the broker told. None: there are no workers."""
    in_hand = dispatches.count_by_batch(db)
    known = cluster if cluster and not cluster.why else None
    run = _find_run(db)
    paces = relay_paces.list_since(db, now - PACE_MEMORY)
    broker: BrokerJson | None = None
    if cluster:
        state: BrokerState = "silent" if cluster.why else "answers"
        broker = {"where": settings.cluster.where, "state": state, "why": cluster.why}
    return {
        "run": run,
        "broker": broker,
        "with_workers": sum(in_hand.values()),
        "workers": [_worker_json(one, known, in_hand, now) for one in known.workers] if known else None,
        "queues": list(_list_queues(known, now)) if known else None,
        "relays": list(_list_relays(settings, db, run, paces, now)),
        "providers": [_provider_json(one) for one in paces if one.provider],
    }


def _find_run(db: Database) -> str | None:
    """What is being sent, an issue before a correction of one; else the issue that was sent last."""
    recent = health_queries.list_recent_periods
    sending = [*recent(db, 1, "sending"), *health_queries.list_recent_corrections(db, "sending")]
    return next(iter([*sending, *recent(db, 1, "sent")]), None)


def _worker_json(one: WorkerView, cluster: ClusterView, in_hand: dict[str, int], now: datetime) -> WorkerJson:
    batches = [batch.name for batch in cluster.batches if batch.worker == one.name]
    state: WorkerState = "at work" if batches else "idle"
    if one.is_ended:
        state = "stopped"
    elif one.silent > SILENT_AFTER:
        state = "silent"
    heard_at = now - timedelta(seconds=one.silent)
    return {
        "name": one.name,
        "version": one.version,
        "state": state,
        "since": iso_utc(heard_at - timedelta(seconds=one.age)),
        "heard_at": iso_utc(heard_at),
        "connections": one.connections,
        "queues": list(one.queues),
        "batches": len(batches),
        "messages": sum(in_hand.get(name, 0) for name in batches),
        "per_minute": {queue: round(rate, 1) for queue, rate in one.rates.items()},
        "done": one.done,
    }


def _list_queues(cluster: ClusterView, now: datetime) -> Iterator[QueueJson]:
    for queue in dict.fromkeys((*QUEUES, *(batch.queue for batch in cluster.batches))):
        batches = [batch for batch in cluster.batches if batch.queue == queue]
        waiting = [batch.age for batch in batches if not batch.worker]
        yield {
            "name": queue,
            "waiting": len(waiting),
            "in_hand": len(batches) - len(waiting),
            "oldest_at": iso_utc(now - timedelta(seconds=max(waiting))) if waiting else None,
        }


def _list_relays(
    settings: Settings, db: Database, run: str | None, paces: list[StoredPace], now: datetime
) -> Iterator[RelayJson]:
    if read_routing(settings.mail).reach == "nobody":
        return
    counts: dict[str, dict[DeliveryState, int]] = {}
    if run:
        counts = {**relay_tallies.count_by_relay(db, run), "": _count_mailed(db, run)}
    deferred = relay_tallies.count_deferred(db, run) if run else {}
    for relay in settings.mail.relay_list:
        states, (put_off, next_try_at) = counts.get(relay.name, {}), deferred.get(relay.name, (0, None))
        pace = next((one for one in paces if (one.relay, one.provider) == (relay.name, "")), None)
        since, fault, blocked_until = _find_fault(db, relay, now)
        yield {
            "name": relay.name,
            "where": f"{relay.mail.host}:{relay.mail.port}",
            "sent": states.get("sent", 0),
            "sending": states.get("sending", 0),
            "deferred": put_off,
            "refused": states.get("refused", 0),
            "failed": states.get("failed", 0),
            "unknown": states.get("unknown", 0),
            "next_try_at": iso_utc_or_none(next_try_at),
            "fault": fault,
            "fault_since": iso_utc_or_none(since),
            "blocked_until": iso_utc_or_none(blocked_until),
            "limit": relay.mail.rate_per_minute or None,
            "pace": round(pace.rate * 60, 1) if pace else None,
            "pace_words": pace.words if pace else "",
        }


def _count_mailed(db: Database, run: str) -> dict[DeliveryState, int]:
    """What became of a run's deliveries by the only mail server: what went to files is no doing of its."""
    counts = deliveries.counts(db, run)
    return {**counts, "sent": counts["sent"] - deliveries.count_written(db, run)}


def _find_fault(db: Database, relay: MailRelay, now: datetime) -> tuple[datetime | None, str, datetime | None]:
    """Since when and why nothing goes by a relay, and until when the timer does not try it, where that is known."""
    if relay.name and (own := job_failures.get(db, job_failures.relay_job(relay.name))):
        return own.since, own.reason, None
    if failure := job_failures.get(db, job_failures.DELIVERY_JOB):
        until = failure.tried_at + JOB_RETRY_DELAY
        return failure.since, failure.reason, until if until > now else None
    return None, "", None


def _provider_json(one: StoredPace) -> ProviderPaceJson:
    return {
        "relay": one.relay,
        "provider": one.provider,
        "pace": round(one.rate * 60, 1),
        "words": one.words,
        "at": iso_utc(one.at),
    }
