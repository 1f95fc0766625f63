"""Rates of relays, each kept over all workers together: real Redis, real workers, two relays."""

from collections import defaultdict
from itertools import pairwise
from pathlib import Path

import pytest

from core.config.load import load
from newsletter.cluster.cluster_view import read_cluster
from tests.services.delivery.test_delivery_concurrency import Server
from tests.support.cluster import Broker, Worker
from tests.support.gated_relay import Gate
from tests.support.issue_sending import Sender, listed, post_by, prepare
from tests.support.waiting import until

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
READERS = 60  # more than one session's share: both relays are used
RATES = {"north": 300, "south": 600}  # messages a minute
CLOCK = 0.002  # seconds, in which Redis and Python may differ about now


def find_slots(broker: Broker) -> list[list[float]]:
    """The slots that workers took of each relay, in Unix seconds."""
    slots: dict[bytes, list[float]] = defaultdict(list)
    for name, *words in broker.changes():
        if name == b"SET" and b":r:" in words[0]:
            slots[words[0]].append(float(words[1]) / 1000)
    return list(slots.values())


def test_each_relays_rate_holds_over_all_workers_and_no_relay_waits_for_another(tmp_path: Path) -> None:
    prepare(tmp_path, READERS)
    gates = {name: Gate(most=2) for name in RATES}  # two connections at once, before anything is answered
    with (
        Broker(tmp_path) as broker,
        Server(gates["north"]) as north,
        Server(gates["south"]) as south,
        Worker(tmp_path, 1, 2, broker.address),
        Worker(tmp_path, 2, 2, broker.address),
    ):
        ports = {"north": north.port, "south": south.port}
        relays = [{"port": ports[name], "rate_per_minute": rate} for name, rate in RATES.items()]
        post_by(*relays, more=f'[cluster]\nbroker = "{broker.address}"\n')
        sender = Sender()
        code = sender.wait()
        settings = load(Path("casereviews.toml"))
        until(lambda: sum(one.done.get("deliver", 0) for one in read_cluster(settings).workers) == READERS)
        assert read_cluster(settings).batches == ()

    assert code == 0, sender.said()
    by_gap = sorted(find_slots(broker), key=lambda slots: min(b - a for a, b in pairwise(slots)))
    for name, slots in zip(("south", "north"), by_gap, strict=True):
        gap, times = 60 / RATES[name], sorted(gates[name].times)
        assert all(later - sooner > 0.99 * gap for sooner, later in pairwise(slots)), name
        assert len(times) <= len(slots)
        assert all(at > slot - CLOCK for at, slot in zip(times, slots, strict=False)), name
    assert {one.reply.partition(" [")[2].partition(" ")[0] for one in listed("sent")} == {"worker1", "worker2"}
    taken = north.taken + south.taken
    assert len(taken) == len(set(taken)) == len(listed("sent")) == READERS
