"""Attempts, receipts and leases in a real Redis, which is killed and started again."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from core.config.cluster_table import ClusterSettings
from core.errors import HouseError
from newsletter.cluster.batch_store import BatchStore, BrokerAway
from tests.support.cluster import Broker
from tests.support.waiting import until

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
BATCH, SESSION = "session.1", "session"


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """One Redis for all tests here."""
    with Broker(tmp_path_factory.mktemp("broker")) as one:
        yield one


@pytest.fixture
def store(broker: Broker) -> Iterator[BatchStore]:
    """A store without a key in it, whose coordinator is alive."""
    with closing(BatchStore(ClusterSettings(broker=broker.address), "fingerprint")) as one:
        one._client.flushall()
        one.put(BATCH, b"sealed")
        one.renew(SESSION)
        yield one


def kinds(store: BatchStore) -> list[tuple[str, str]]:
    """What the coordinator hears."""
    return [(event.kind, event.fields.get("id", b"").decode()) for event in store.read_events(SESSION, "0-0", 0.01)]


def test_a_batch_is_begun_once_however_often_it_is_delivered(store: BatchStore) -> None:
    assert [store.begin(BATCH, owner, "worker") for owner in ("one", "other", "one")] == ["go", "begun", "go"]
    assert store.begin("session.2", "one", "worker") == "gone"
    assert store.take_back(BATCH)
    assert store.begin(BATCH, "one", "worker") == "back"
    assert kinds(store) == [("begun", "")]


def test_a_message_leaves_once_and_a_question_that_was_asked_twice_is_answered_alike(store: BatchStore) -> None:
    store.begin(BATCH, "one", "worker")

    assert store.step(BATCH, "one", "try 1", 5, []) == "go"
    assert store.step(BATCH, "one", "try 1", 5, []) == "go"
    assert store.step(BATCH, "one", "try 2", 5, []) == "seen"
    assert [store.step(BATCH, "one", "try 3", 6, [(5, b"taken")]) for _ in range(2)] == ["go", "go"]
    assert store.step(BATCH, "one", "try 4", 5, []) == "seen"
    assert kinds(store) == [("begun", ""), ("receipt", "5")]


def test_nothing_leaves_that_is_held_taken_back_anothers_or_without_a_coordinator(store: BatchStore) -> None:
    store.begin(BATCH, "one", "worker")
    store.hold(BATCH, [7])

    assert store.step(BATCH, "one", "try 1", 7, []) == "held"
    assert store.step(BATCH, "other", "try 2", 8, []) == "back"
    store.suspend(SESSION)
    assert store.step(BATCH, "one", "try 3", 8, []) == "orphan"
    store.renew(SESSION)
    assert store.step(BATCH, "one", "try 4", 8, []) == "go"
    known = store.take_back(BATCH)
    assert known is not None and {"a8", "x7"} <= set(known) and not {"a7", "r8"} & set(known)
    assert store.step(BATCH, "one", "try 5", 9, [(8, b"late")]) == "back"
    assert kinds(store)[-1] == ("receipt", "8")
    assert store.look(BATCH)["r8"] == b"late"


def test_a_request_that_comes_late_puts_no_batch_back_to_its_beginning(store: BatchStore) -> None:
    store.begin(BATCH, "one", "worker")
    store.put(BATCH, b"sealed")

    assert store.begin(BATCH, "other", "worker") == "begun"


def test_what_is_gone_is_told_from_what_nobody_tried(store: BatchStore) -> None:
    assert store.take_back(BATCH) == {"state": b"back"}
    store.drop(BATCH)
    assert store.take_back(BATCH) is None
    store.hold(BATCH, [1])
    assert store.look(BATCH) == {}


def test_slots_of_a_relay_follow_one_another_whoever_asks(store: BatchStore) -> None:
    waits = [store.take_slot("relay", 60.0) for _ in range(4)]

    assert waits[0] == 0.0
    assert all(number - 1 < wait <= number for number, wait in enumerate(waits[1:], 1))


def test_a_relay_has_places_for_so_many_connections_and_says_when_one_is_wanted(store: BatchStore) -> None:
    assert [store.take_place("relay", owner, 2) for owner in ("one", "two", "one")] == [True] * 3
    assert not store.is_place_wanted("relay")
    assert not store.take_place("relay", "three", 2)
    assert store.is_place_wanted("relay")
    assert store.take_place("another", "three", 2)
    store.leave_place("relay", "one")
    assert store.take_place("relay", "three", 2)


def test_a_text_is_kept_once_for_all_batches_and_missed_where_it_is_not_there(store: BatchStore) -> None:
    assert store.put("session.2", b"sealed", ["session/1"]) == ["session/1"]
    store.put_text("session/1", b"text")
    assert store.put("session.3", b"sealed", ["session/1", "session/2"]) == ["session/2"]
    assert store.text("session/1") == b"text"
    store.drop_texts(["session/1"])
    assert store.text("session/1") is None
    store.drop("session.2", "session.3")
    assert store.parcels("session.3") is None


def test_a_host_is_asked_by_one_at_a_time_and_again_after_its_pace_whoever_asks(store: BatchStore) -> None:
    store.keep_alive("one")

    turn, _ = store.take_host("host", "one", 60.0, 5.0)
    busy, soon = store.take_host("host", "other", 60.0, 5.0)
    store.leave_host("host", turn)
    waits = [store.take_host("host", owner, 60.0, 5.0)[1] for owner in ("other", "one")]
    elsewhere, _ = store.take_host("elsewhere", "other", 60.0, 5.0)

    assert (turn, busy, elsewhere) == (1, 0, 1)
    assert 0 < soon <= 0.1
    assert all(0 < wait <= 5 for wait in waits)


def test_who_has_read_robots_txt_sets_the_pace_of_all_until_it_is_read_again(store: BatchStore) -> None:
    store.leave_host("host", store.take_host("host", "one", 60.0, 5.0, delay=30.0)[0])
    unread = store.take_host("host", "other", 60.0, 5.0)
    read_anew = store.take_host("host", "other", 60.0, 5.0, delay=0.0)

    assert 5 < unread[1] <= 30
    assert 0 < read_anew[1] <= 5


def test_turn_of_a_worker_that_died_lapses_and_its_late_answer_ends_nobody_elses(store: BatchStore) -> None:
    dead, _ = store.take_host("host", "dead", 60.0, 5.0)  # of which the store does not hear
    store.keep_alive("other")

    lapsed = store.take_host("host", "other", 60.0, 5.0)  # as if it had been asked until now
    turn, _ = store.take_host("host", "other", 60.0, 0.0)
    store.leave_host("host", dead)
    busy, _ = store.take_host("host", "third", 60.0, 0.0)
    again, _ = store.take_host("host", "other", 60.0, 0.0)  # its own, of which it did not hear

    assert lapsed[0] == 0 and 0 < lapsed[1] <= 5
    assert (dead, turn, busy, again) == (1, 2, 0, 3)


def test_host_that_wants_to_be_left_alone_is_by_all(store: BatchStore) -> None:
    store.put_off_host("host", 90.0)
    store.put_off_host("host", 10.0)

    turn, wait = store.take_host("host", "one", 60.0, 5.0)

    assert turn == 0 and 60 < wait <= 90


def test_a_store_that_is_killed_knows_every_attempt_when_it_is_back(tmp_path: Path) -> None:
    with Broker(tmp_path) as broker, closing(BatchStore(ClusterSettings(broker=broker.address), "f")) as store:
        store.put(BATCH, b"sealed")
        store.renew(SESSION)
        store.begin(BATCH, "one", "worker")
        store.step(BATCH, "one", "try 1", 5, [])
        store.leave_host("host", store.take_host("host", "one", 60.0, 3_000.0)[0])
        broker.kill()
        with pytest.raises(BrokerAway):
            store.look(BATCH)
        broker.start()
        store.renew(SESSION)

        assert store.step(BATCH, "one", "try 1", 5, []) == "go"
        assert store.step(BATCH, "one", "try 2", 5, []) == "seen"
        assert store.take_host("host", "other", 60.0, 3_000.0)[0] == 0
        assert until(lambda: store.is_alive("one"))


def test_a_store_that_would_lose_what_it_is_told_is_refused(tmp_path: Path) -> None:
    with Broker(tmp_path, "--appendonly", "no") as broker:
        store = BatchStore(ClusterSettings(broker=broker.address), "f")
        with (
            closing(store),
            pytest.raises(HouseError, match=r"keeps nothing on its disk.* appendonly yes, appendfsync al"),
        ):
            store.check_durable()
