"""Workers of another version, with another key, that fail: each is refused by name, and the others go on."""

import sys
from pathlib import Path

import pytest

from newsletter.cluster.task_queue import PROTOCOL
from tests.services.delivery.test_delivery_concurrency import Server
from tests.support.cluster import Broker, Worker
from tests.support.gated_relay import Gate
from tests.support.issue_sending import Sender, listed, post, prepare
from tests.support.waiting import until

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
READERS = 60
KEY = {"CASEREVIEWS_CLUSTER__KEY": "ours"}
ENOUGH = 8  # refusals, after which a run with no other workers has ended


class ChangedWorker(Worker):
    """A worker with something else in it than ours."""

    change = ""  # Python

    def command(self) -> list[str]:
        program = f"import sys; {self.change}; from app.cli import main; main(sys.argv[1:])"
        return [sys.executable, "-c", program, *super().command()[1:]]


class LaterWorker(ChangedWorker):
    """A worker of the next version."""

    change = "import app.worker.worker_tasks as tasks; tasks.PROTOCOL += 1"


class FailingWorker(ChangedWorker):
    """A worker with a mistake in it."""

    change = "import newsletter.cluster.batch_sender as sender; sender.decode_batch = lambda *given: 1 / 0"


def refusals(worker: Worker) -> int:
    """How often a worker has refused a batch."""
    return worker.said().count(" refuses batch ")


def test_workers_of_another_version_or_key_are_named_and_hold_up_nobody(tmp_path: Path) -> None:
    prepare(tmp_path, READERS)
    gate = Gate()
    with Broker(tmp_path) as broker, Server(gate) as relay, Worker(tmp_path, 1, 1, broker.address, **KEY):
        post(relay.port, f'[cluster]\nbroker = "{broker.address}"\nkey = "ours"\n')
        sender = Sender()
        sender.wait_until(lambda: gate.waiting)
        with LaterWorker(tmp_path, 2, 2) as later, Worker(tmp_path, 3, 2, CASEREVIEWS_CLUSTER__KEY="other") as other:
            sender.wait_until(lambda: min(refusals(later), refusals(other)) >= ENOUGH / 2)
            gate.open()
            code = sender.wait()
        said = sender.said()

    assert code == 0, said
    assert said.count("a worker refuses what it is given") == 2, said
    assert "worker2 on " in said
    assert f"it speaks protocol {PROTOCOL + 1}, and the batch is of {PROTOCOL}: install the same version" in said
    assert "worker3 on " in said and "copy cluster.key" in said
    assert len(relay.taken) == len(set(relay.taken)) == len(listed("sent")) == READERS


def test_a_run_with_failing_workers_only_ends_and_says_why(tmp_path: Path) -> None:
    prepare(tmp_path, READERS)
    with Broker(tmp_path) as broker, Server() as relay, FailingWorker(tmp_path, 1, 2, broker.address, **KEY) as failing:
        post(relay.port, f'[cluster]\nbroker = "{broker.address}"\nkey = "ours"\n')
        sender = Sender()
        code = sender.wait()
        until(lambda: refusals(failing))

    assert code == 1
    assert "a worker refuses what it is given: worker1 on " in sender.said()
    assert "ZeroDivisionError in what it does with it: see its log" in sender.said()
    assert "ZeroDivisionError: division by zero" in failing.said()
    assert ({one.state for one in listed()}, relay.taken) == ({"queued"}, [])
