"""Workers hear who must not get mail any more, and are believed when they say late what they sent: real processes."""

import signal
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
import redis

from app.runtime.side_effects import system_effects
from core.config.load import load
from core.records import Delivery
from db.mail import deliveries, dispatches, issues, subscribers
from db.schema.connect import Database, connect
from newsletter.cluster.cluster_session import WATCH_SECONDS
from services.issues.withdraw_review import withdraw_review
from services.readers import preferences
from services.readers.subscriptions import end_known, erase_subscriber
from tests.services.delivery.test_delivery_concurrency import Server
from tests.support.cluster import Broker, Worker
from tests.support.gated_relay import Gate
from tests.support.issue_sending import PERIOD, Sender, listed, post, prepare
from tests.support.waiting import until

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
READERS = 60
CONNECTIONS = 2
MOST_LOOKS = 2  # of the coordinator's at who has left: the one under way, and the next
KEY = "of this test"


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """One Redis for all tests here."""
    with Broker(tmp_path_factory.mktemp("broker")) as one:
        yield one


@pytest.fixture(scope="module")
def worker(broker: Broker) -> Iterator[Worker]:
    """One worker for all tests here, which has no relay of its own."""
    with Worker(broker.folder, 1, CONNECTIONS, broker.address, CASEREVIEWS_CLUSTER__KEY=KEY) as one:
        yield one


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    """The database of an installation with an issue to be sent."""
    prepare(tmp_path, READERS)
    with closing(connect(Path("data/casereviews.db"))) as db:
        yield db


def start(broker: Broker, relay: Server) -> Sender:
    """Begin to send."""
    post(relay.port, f'[cluster]\nbroker = "{broker.address}"\nkey = "{KEY}"\n')
    return Sender()


def in_hand(db: Database, gate: Gate) -> list[Delivery]:
    """What workers have and have not attempted."""
    given = (one for batch in dispatches.list_batches(db).values() for one in batch)
    found = (deliveries.get_by_id(db, one.id) for one in given if one.state == "sending")
    return [one for one in found if one and one.email not in gate.waiting]


def count_looks(broker: Broker, mark: str, is_known: Callable[[list[bytes]], bool]) -> int:
    """How often a coordinator said that messages may leave, between a mark in the broker and the last of such a change.

    All by the order in which the broker wrote it down.
    """
    changes = broker.changes()
    begin = changes.index([b"SET", mark.encode(), b"1"])
    end = max(number for number, change in enumerate(changes) if is_known(change))
    return sum(change[0] == b"SET" and b":c:" in change[1] for change in changes[begin:end])


def test_who_leaves_pauses_or_is_erased_gets_nothing_of_what_a_worker_has(
    broker: Broker, worker: Worker, db: Database
) -> None:
    gate, now = Gate(), system_effects().now()
    with Server(gate) as relay, redis.Redis(port=broker.port) as client:
        sender = start(broker, relay)
        sender.wait_until(lambda: len(gate.waiting) == CONNECTIONS and len(in_hand(db, gate)) >= 3)
        leaver, pauser, erased = in_hand(db, gate)[-3:]

        known = subscribers.get(db, leaver.email)
        assert known
        end_known(db, known, now)
        other = subscribers.get(db, pauser.email)
        assert other
        preferences.pause(db, other.token, now)
        assert erase_subscriber(db, erased.email, now)
        client.set("left", 1)
        held = {f"x{one.id}".encode() for one in (leaver, pauser, erased)}
        names = [key for batch in dispatches.list_batches(db) for key in client.keys(f"casereviews:*:b:{batch}")]
        sender.wait_until(lambda: held <= {field for name in names for field in client.hkeys(name)})
        looks = count_looks(broker, "left", lambda change: change[0] == b"HSET" and change[2] in held)
        gate.open()
        code = sender.wait()

    assert code == 0, sender.said()
    assert looks <= MOST_LOOKS <= 1 / WATCH_SECONDS  # a second
    assert not {leaver.email, pauser.email, erased.email} & set(relay.taken)
    assert len(relay.taken) == len(set(relay.taken)) == len(listed("sent")) == READERS - 3


def test_a_review_that_is_taken_down_is_in_no_message_but_those_on_their_way(
    broker: Broker, worker: Worker, db: Database
) -> None:
    gate, effects = Gate(), system_effects()
    with Server(gate) as relay, redis.Redis(port=broker.port) as client:
        sender = start(broker, relay)
        sender.wait_until(lambda: len(gate.waiting) == CONNECTIONS and in_hand(db, gate))
        review = issues.get(db, PERIOD).issue.reviews[0]
        names = [key for batch in dispatches.list_batches(db) for key in client.keys(f"casereviews:*:b:{batch}")]

        withdraw_review(effects, load(Path("casereviews.toml")), db, str(review.id), "asked by the family")
        client.set("down", 1)
        sender.wait_until(lambda: {client.hget(name, "state") for name in names} == {b"back"})
        looks = count_looks(broker, "down", lambda change: change[2:] == [b"state", b"back"])
        gate.open()
        code = sender.wait()

    assert code == 0, sender.said()
    assert looks <= MOST_LOOKS
    assert [review.title.split(" ")[0].encode() in text for text in relay.texts].count(True) == 1 + CONNECTIONS
    assert len(relay.taken) == len(set(relay.taken)) == len(listed("sent")) == READERS


def test_a_receipt_that_comes_when_its_batch_was_given_up_is_honoured_at_once_and_by_the_next_run(
    broker: Broker, worker: Worker, db: Database
) -> None:
    gate = Gate()

    def unknown() -> int:
        return deliveries.counts(db, PERIOD)["unknown"]

    with Server(gate) as relay, redis.Redis(port=broker.port) as client:

        def is_given_up() -> bool:
            for lease in client.keys("casereviews:*:l:*"):
                client.delete(lease)  # as after some seconds without a word
            return unknown() == CONNECTIONS

        sender = start(broker, relay)
        sender.wait_until(lambda: len(gate.waiting) == CONNECTIONS)
        worker.signal(signal.SIGSTOP)
        sender.wait_until(is_given_up)
        with Worker(broker.folder, 2, 1, broker.address, CASEREVIEWS_CLUSTER__KEY=KEY):
            sender.wait_until(lambda: len(gate.waiting) == CONNECTIONS + 1)  # the run goes on
            worker.signal(signal.SIGCONT)
            gate.release(gate.waiting[0])
            sender.wait_until(lambda: unknown() == CONNECTIONS - 1)

            sender.kill_after(0)
            ((batch, last),) = [
                (batch, one.id) for batch, given in dispatches.list_batches(db).items() for one in given
                if one.state == "unknown"
            ]  # fmt: skip
            gate.release(gate.waiting[1])
            (name,) = client.keys(f"casereviews:*:b:{batch}")
            until(lambda: client.hexists(name, f"r{last}"), worker.said)
            gate.open()
            again = Sender()
            code = again.wait()

    assert code == 0, again.said()
    assert {one.state for one in listed()} == {"sent"}
    assert len(relay.taken) == len(set(relay.taken)) == READERS
