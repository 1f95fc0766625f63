"""What a real store tells of workers and queues; and a store that cannot be asked."""

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from core.config.schema import Settings
from newsletter.cluster.batch_store import BatchStore
from newsletter.cluster.cluster_key import make_key
from newsletter.cluster.cluster_view import read_cluster
from newsletter.cluster.worker_board import WorkerBoard
from tests.support.cluster import Broker, free_port

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
ABOUT = {"version": "0.1.0", "age": 60.0, "connections": 4, "queues": ["deliver", "fetch"], "rates": {"deliver": 118.0}}


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """One Redis for all tests here."""
    with Broker(tmp_path_factory.mktemp("broker")) as one:
        yield one


@pytest.fixture
def settings(broker: Broker, tmp_path: Path) -> Settings:
    """Of an installation with a key of its own."""
    return Settings(data_dir=tmp_path, cluster={"broker": broker.address})


@pytest.fixture
def store(settings: Settings) -> Iterator[WorkerBoard]:
    with closing(WorkerBoard(settings.cluster, make_key(settings).fingerprint)) as one:
        yield one


def test_batches_wait_are_in_a_worker_s_hand_and_are_gone_once_they_are_done(
    store: WorkerBoard, settings: Settings
) -> None:
    fetch = BatchStore(settings.cluster, make_key(settings).fingerprint, "fetch")
    for number in (1, 2, 3, 4):
        store.put(f"session.{number}", b"sealed")
    fetch.put("links.1", b"sealed")
    store.begin("session.1", "worker1 on host:12:abc", "worker1 on host")
    store.begin("session.2", "worker1 on host:13:abc", "worker1 on host")
    store.finish("session.2", "worker1 on host:13:abc", "worker1 on host", 20)
    store.drop("session.3")
    store.take_back("session.4")
    fetch.close()

    found = {one.name: one for one in read_cluster(settings).batches}
    assert {name: (one.queue, one.worker) for name, one in found.items()} == {
        "session.1": ("deliver", "worker1 on host"),
        "links.1": ("fetch", ""),
    }
    assert all(0 <= one.age < 600 for one in found.values())


def test_a_worker_is_told_of_with_what_it_said_and_did(store: WorkerBoard, settings: Settings) -> None:
    assert store.sign_in("worker1 on host", json.dumps(ABOUT)) == {}
    store.put("session.1", b"sealed")
    store.begin("session.1", "worker1 on host:12:abc", "worker1 on host")
    store.drop("session.1")  # its coordinator has all receipts
    store.finish("session.1", "worker1 on host:12:abc", "worker1 on host", 20)
    assert store.sign_in("worker1 on host", json.dumps(ABOUT)) == {"deliver": 20}
    store.sign_in("newer on host", json.dumps({"a key of later": 1, "ended": True}))
    store.sign_in("another's", '{"queues": 5}')

    odd, newer, one = read_cluster(settings).workers
    assert (odd.name, odd.queues, odd.connections) == ("another's", (), 0)
    assert (one.name, one.version, one.connections, one.queues) == ("worker1 on host", "0.1.0", 4, ("deliver", "fetch"))
    assert (one.rates, one.done, one.is_ended, one.age) == ({"deliver": 118.0}, {"deliver": 20}, False, 60.0)
    assert 0 <= one.silent < 600
    assert (newer.version, newer.connections, newer.is_ended) == ("", 0, True)


def test_a_worker_that_is_silent_for_a_day_is_forgotten(store: WorkerBoard, settings: Settings) -> None:
    store.sign_in("old on host", "{}")
    client = store._client
    client.zincrby(store._key("w", ""), -86_500, "old on host")
    (old,) = read_cluster(settings).workers
    store.sign_in("new on host", "{}")

    assert old.silent >= 86_500
    assert [one.name for one in read_cluster(settings).workers] == ["new on host"]


def test_batches_that_the_store_has_lost_are_not_looked_at_again(store: WorkerBoard, settings: Settings) -> None:
    store.put("session.1", b"sealed")
    store._client.delete(store._key("b", "session.1"))

    assert read_cluster(settings).batches == ()
    assert store._client.exists(store._key("q", "deliver")) == 0


def test_a_store_that_does_not_answer_says_why_and_nothing_of_workers(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, cluster={"broker": f"redis://:secret@127.0.0.1:{free_port()}/0"})
    without_key = read_cluster(settings)
    make_key(settings)

    assert without_key.why.startswith("there is no key for workers")
    assert "refused" in read_cluster(settings).why
    assert "secret" not in read_cluster(settings).why
