"""Sending metrics for Prometheus: workers, queues, relays, paces; of so many workers at the most as are looked at."""

from collections.abc import Callable, Iterator

from core.dates import from_iso
from core.sending_json import QueueJson, RelayJson, SendingJson, WorkerJson
from services.operator.metrics import LabelledValues, Metric

ONE_SERVER = "mail"  # what stands for the relay where there is only one


def sending_metrics(state: SendingJson) -> Iterator[Metric]:
    """The figures; what is not known has none."""
    if broker := state["broker"]:
        yield Metric(
            "broker_up", "Whether the broker answers: 1 or 0.", (), (((), float(broker["state"] == "answers")),)
        )
    yield from _worker_metrics(state["workers"] or [])
    yield from _queue_metrics(state["queues"] or [])
    yield from _relay_metrics(state["relays"])
    paces: LabelledValues = tuple(
        ((one["relay"] or ONE_SERVER, one["provider"]), one["pace"] / 60) for one in state["providers"]
    )
    words = "Messages a second to a large provider's readers, where it asked for a slower pace."
    yield Metric("provider_pace_messages_per_second", words, ("relay", "provider"), paces)


def _worker_metrics(workers: list[WorkerJson]) -> Iterator[Metric]:
    def by_worker(name: str, words: str, value: Callable[[WorkerJson], float]) -> Metric:
        return Metric(name, words, ("worker",), tuple(((one["name"],), float(value(one))) for one in workers))

    versions = tuple(((one["name"], one["version"]), 1.0) for one in workers)
    yield Metric("worker_info", "The version of each worker of the last day.", ("worker", "version"), versions)
    up = tuple(((one["name"],), float(one["state"] != "silent")) for one in workers if one["state"] != "stopped")
    yield Metric("worker_up", "Whether a worker that was not stopped is heard of: 1 or 0.", ("worker",), up)
    words = "Unix seconds when a worker was heard of last."
    yield by_worker("worker_last_heard_timestamp_seconds", words, lambda one: from_iso(one["heard_at"]).timestamp())
    words = "Batches that a worker may have in hand at once."
    yield by_worker("worker_connections", words, lambda one: one["connections"])
    yield by_worker("worker_batches", "Batches that a worker has in hand.", lambda one: one["batches"])
    yield by_worker("worker_messages", "Messages that a worker has in hand.", lambda one: one["messages"])
    done = tuple(((one["name"], queue), float(count)) for one in workers for queue, count in one["done"].items())
    words = "Messages, or addresses, of the batches that a worker finished."
    yield Metric("worker_done", words, ("worker", "queue"), done, is_counter=True)


def _queue_metrics(queues: list[QueueJson]) -> Iterator[Metric]:
    batches: LabelledValues = tuple(
        ((one["name"], state), float(count))
        for one in queues
        for state, count in (("waiting", one["waiting"]), ("in_hand", one["in_hand"]))
    )
    yield Metric("queue_batches", "Batches that are handed out and not done.", ("queue", "state"), batches)
    oldest = tuple(((one["name"],), from_iso(one["oldest_at"]).timestamp()) for one in queues if one["oldest_at"])
    words = "Unix seconds when the batch that waits longest was handed out."
    yield Metric("queue_oldest_timestamp_seconds", words, ("queue",), oldest)


def _relay_metrics(relays: list[RelayJson]) -> Iterator[Metric]:
    def by_relay(name: str, words: str, value: Callable[[RelayJson], float | None]) -> Metric:
        values = {one["name"] or ONE_SERVER: value(one) for one in relays}
        known = tuple(((relay,), float(found)) for relay, found in values.items() if found is not None)
        return Metric(name, words, ("relay",), known)

    words = "Whether a relay takes mail, as far as is known: 1 or 0."
    yield by_relay("relay_up", words, lambda one: not one["fault"])
    words = "Deliveries of the newest run that a relay has put off."
    yield by_relay("relay_deferred", words, lambda one: one["deferred"])
    words = "Messages a second that a relay takes, where it asked for a slower pace."
    yield by_relay("relay_pace_messages_per_second", words, lambda one: one["pace"] and one["pace"] / 60)
    words = "Messages a second that the configuration allows a relay, where it says so."
    yield by_relay("relay_limit_messages_per_second", words, lambda one: one["limit"] and one["limit"] / 60)
