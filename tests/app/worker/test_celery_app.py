"""Workers by Celery's own commands: celery -A app.worker, its pings and events; no database, nothing in clear."""

import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, chdir, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from core.config.load import load
from newsletter.cluster.cluster_key import make_key
from newsletter.cluster.task_queue import make_app
from tests.conftest import Typed
from tests.services.delivery.test_delivery_concurrency import Server
from tests.support.cluster import Broker, Worker
from tests.support.issue_sending import Sender, listed, post, prepare
from tests.support.processes import run
from tests.support.waiting import HANG, until

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
READERS = 20
CELERY = [sys.executable, "-m", "celery", "-A", "app.worker"]
OFFERS_LOGIN = {"EHLO": "250-here\r\n250-AUTH PLAIN\r\n250 PIPELINING", "AUTH": "235 ok"}
LOGIN = {"username": "news@example.org", "password": "a password of the relay"}
Event = dict[str, Any]


class CeleryWorker(Worker):
    """As docs/scaling.md shows it, in a folder with the configuration and the key alone."""

    def command(self) -> list[str]:
        return [*CELERY, "worker", "--concurrency", str(self.connections), "--hostname", f"{self.name}@%h"]

    def open_files(self) -> set[str]:
        """What its processes have open."""
        assert self._process
        files = set[str]()
        for process in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if os.getpgid(int(process.name)) == self._process.pid:
                    files |= {str(file.readlink()) for file in (process / "fd").iterdir()}
        return files


@dataclass
class Delivered:
    """An issue that was sent by such a worker, and what was seen of it."""

    said: str  # by the worker
    ping: str
    events: list[Event]
    replies: list[str]
    taken: list[str]
    files: list[str]  # in the worker's folder
    open_files: set[str]
    kept: bytes  # by the broker


@pytest.fixture(scope="module")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Delivered]:
    """One delivery for all tests here."""
    house, there = tmp_path_factory.mktemp("house"), tmp_path_factory.mktemp("there")
    (there / "data").mkdir()
    relay = Server(lambda verb, who: OFFERS_LOGIN.get(verb, ""))
    with ExitStack() as stack:
        stack.enter_context(chdir(house))
        prepare(house, READERS)
        broker, relay = stack.enter_context(Broker(house)), stack.enter_context(relay)
        cluster = f'[cluster]\nbroker = "{broker.address}"\n'
        post(relay.port, cluster, rate_per_minute=60_000, **LOGIN)
        make_key(load(Path("casereviews.toml")))
        shutil.copy("data/cluster.key", there / "data")
        (there / "casereviews.toml").write_text(cluster)
        worker = stack.enter_context(CeleryWorker(there, 1, 1))
        worker.wait_until_ready()
        ping = until(lambda: ping_workers(there), worker.said)
        events = send_and_capture()
        files = sorted(str(file.relative_to(there)) for file in there.rglob("*") if file.is_file())
        yield Delivered(
            worker.said(), ping, events, [one.reply for one in listed("sent")], relay.taken, files,
            worker.open_files(), broker.kept(),
        )  # fmt: skip


def ping_workers(folder: Path) -> str:
    """What workers answer to celery inspect ping, in JSON; nothing while none does."""
    done = run([*CELERY, "inspect", "ping", "--json"], capture_output=True, text=True, cwd=folder)
    return str(done.stdout) if done.returncode == 0 else ""


def send_and_capture() -> list[Event]:
    """Send the issue, and have Celery's receiver of events note what it hears meanwhile."""
    app, events, senders = make_app(load(Path("casereviews.toml")).cluster), list[Event](), list[Sender]()
    with app.connection_for_read() as connection:
        receiver = app.events.Receiver(connection, handlers={"*": events.append})
        app.control.enable_events(reply=True)
        for _ in receiver.itercapture(timeout=HANG):  # which wakes the workers up: first they say that they are there
            if not senders:
                senders.append(Sender())
            if senders[0].code is not None and any(event["type"] == "task-succeeded" for event in events):
                break  # looked at with each beat of a worker's heart at the latest
    app.close()
    assert senders[0].wait() == 0, senders[0].said()
    return events


def test_celerys_own_command_starts_a_worker_that_takes_what_there_is(delivered: Delivered) -> None:
    assert all(queue in delivered.said for queue in (".> deliver ", ".> fetch "))
    ((name, answer),) = json.loads(delivered.ping).items()
    assert (name.partition("@")[0], answer) == ("worker1", {"ok": "pong"})
    assert len(delivered.taken) == len(set(delivered.taken)) == len(delivered.replies) == READERS
    assert all("[worker1 on " in reply for reply in delivered.replies)


def test_events_tell_of_workers_and_batches_and_of_nobody_who_reads(delivered: Delivered) -> None:
    kinds = {event["type"] for event in delivered.events}
    assert {"worker-heartbeat", "task-received", "task-started", "task-succeeded"} <= kinds
    (received, *_) = [event for event in delivered.events if event["type"] == "task-received"]
    assert (received["name"], received["hostname"].partition("@")[0]) == ("casereviews.deliver", "worker1")
    assert "example.org" not in json.dumps(delivered.events)


def test_a_worker_has_no_database_and_leaves_nothing_behind(delivered: Delivered) -> None:
    assert delivered.files == ["casereviews.toml", "data/cluster.key", "worker1.log"]
    assert delivered.open_files
    assert not [file for file in delivered.open_files if "casereviews.db" in file or file.endswith(".db")]
    assert "example.org" not in delivered.said


def test_after_a_delivery_nothing_of_a_reader_or_the_log_in_is_in_the_broker_in_clear(delivered: Delivered) -> None:
    words = ["example.org", "reader1", "Subject:", "250 taken", *LOGIN.values()]
    assert b"HSET" in delivered.kept  # it keeps what became of the batches
    assert [word for word in words if word.encode() in delivered.kept] == []


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ("", "configuration: cluster.broker is empty. Name the broker, as redis://192.0.2.7:6379/0.\n"),
        ('broker = "redis://127.0.0.1:1/0"', "there is no key for workers: data/cluster.key."),
        ('broker = "amqp://127.0.0.1:1//"', "configuration: cluster.store"),
    ],
)
def test_what_a_worker_lacks_is_one_line(tmp_path: Path, settings: str, words: str) -> None:
    (tmp_path / "casereviews.toml").write_text(f"[cluster]\n{settings}\n")

    done = run([*CELERY, "worker"], capture_output=True, text=True)

    assert done.returncode == 1
    assert done.stderr.startswith(f"casereviews: {words}")
    assert done.stderr.count("\n") == 1


def test_a_worker_beside_the_coordinator_that_may_not_write_there_waits_for_its_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, typed: Callable[..., Typed]
) -> None:
    typed("init")
    Path("casereviews.toml").write_text('[cluster]\nbroker = "redis://127.0.0.1:9/0"\n')
    monkeypatch.setattr(os, "access", lambda *asked: False)

    said = typed("worker")

    assert (said.code, said.err.startswith("casereviews: there is no key for workers: data/cluster.key")) == (1, True)
