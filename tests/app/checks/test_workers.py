"""check --live: the broker and the workers, asked for real."""

from contextlib import closing
from importlib.metadata import version
from pathlib import Path

import pytest

from app.checks.finding import run_check
from app.checks.workers import check_workers
from app.runtime.side_effects import system_effects
from core.config.schema import Settings
from db.schema.connect import Database
from newsletter.cluster.cluster_key import make_key
from newsletter.cluster.cluster_view import read_cluster
from newsletter.cluster.worker_board import WorkerBoard
from services.operator.health import assess_health
from tests.support.cluster import Broker, Worker, free_port
from tests.support.installation import configure
from tests.support.waiting import until

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]


def test_the_broker_and_each_worker_are_asked(tmp_path: Path) -> None:
    configure()
    with Broker(tmp_path) as broker:
        settings = Settings(data_dir=tmp_path, cluster={"broker": broker.address})
        alone = list(check_workers(settings))
        with Worker(tmp_path, 1, 1, broker.address, CASEREVIEWS_DATA_DIR=str(tmp_path)) as worker:
            until(lambda: read_cluster(settings).workers, worker.said)
            found = until(lambda: [one for one in check_workers(settings) if "answered: " in one.words], worker.said)
            (heard,) = read_cluster(settings).workers
            worker.ask_to_end()
            (ended,) = until(lambda: [one for one in read_cluster(settings).workers if one.is_ended], worker.said)

    assert [(one.about, one.verdict) for one in alone] == [("broker", "ok"), ("queues", "ok"), ("workers", "warning")]
    assert alone[1].words == "deliver: no batches waiting, 0 in hand; fetch: no batches waiting, 0 in hand"
    assert found[0].verdict == "ok"
    assert found[0].words.startswith("1 worker answered: worker1@")
    assert heard.name.startswith("worker1 on ")
    assert (heard.version, heard.connections, heard.queues) == (version("casereviews"), 1, ("deliver", "fetch"))
    assert ended.name == heard.name


def test_a_worker_that_was_killed_is_named(tmp_path: Path) -> None:
    with Broker(tmp_path) as broker:
        settings = Settings(data_dir=tmp_path, cluster={"broker": broker.address})
        with closing(WorkerBoard(settings.cluster, make_key(settings).fingerprint)) as store:
            store.sign_in("worker2 on host", "{}")
            store.put("session.1", b"sealed")

        found = {one.words: one.verdict for one in check_workers(settings)}
    assert found["heard of within a day, and silent now: worker2 on host"] == "warning"
    assert found["deliver: 1 batch waiting, 0 in hand; fetch: no batches waiting, 0 in hand"] == "ok"


def test_a_broker_that_is_not_there_is_a_failure_and_none_is_none(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path, cluster={"broker": f"redis://:secret@127.0.0.1:{free_port()}/0"})

    (found,) = run_check("workers", lambda: check_workers(settings))
    assert found.verdict == "failure"
    assert found.words.startswith("the broker of the workers cannot be reached: 127.0.0.1:")
    assert "secret" not in found.words
    assert list(check_workers(Settings())) == []


def test_rabbitmq_that_is_not_there_is_named_and_not_the_store(tmp_path: Path) -> None:
    port = free_port()
    with Broker(tmp_path) as store:
        cluster = {"broker": f"amqp://who:secret@127.0.0.1:{port}//", "store": store.address}
        (found,) = run_check("workers", lambda: check_workers(Settings(data_dir=tmp_path, cluster=cluster)))

    assert found.verdict == "failure"
    assert found.words.startswith(f"the broker of the workers cannot be reached: 127.0.0.1:{port} (")
    assert "secret" not in found.words


def test_status_says_what_workers_have_in_hand(db: Database, tmp_path: Path) -> None:
    def words(settings: Settings) -> list[str]:
        lines = assess_health(settings, db, system_effects().now()).lines
        return [line.words for line in lines if line.about == "workers"]

    with closing(db):
        assert words(Settings(data_dir=tmp_path)) == []
        settings = Settings(data_dir=tmp_path, cluster={"broker": "redis://127.0.0.1:1/0"})
        assert words(settings) == ["mail leaves through workers; they have no messages"]
