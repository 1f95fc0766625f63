"""Workers: everyone once, whatever dies; who leaves gets nothing; real Redis, real Celery workers, SIGKILL."""

import json
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
import redis

from db.mail import subscribers
from db.schema.connect import connect
from services.readers.subscriptions import end_known
from tests.support.cluster import Broker, Worker
from tests.support.cluster_drill import ClusterDrill
from tests.support.issue_sending import Sender, Sink, everyone_once, listed, post, prepare
from tests.support.waiting import until

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
READERS = 300
FEW = 60
SLOWLY = ("--fault", "dot:slow=1")


def cluster(broker: Broker, **more: str) -> str:
    """The [cluster] table."""
    return "[cluster]\n" + "".join(
        f'{name} = "{value}"\n' for name, value in ({"broker": broker.address} | more).items()
    )


def test_whatever_is_killed_everyone_is_reached_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    prepare(tmp_path, READERS)
    drill = ClusterDrill(tmp_path, 2, 2, ("worker", "coordinator", "broker", "worker"), pause=40, sink_words=SLOWLY)
    drill.run()

    said = drill.check(READERS)
    with capsys.disabled():
        print(f"\nkilled {said}")
    assert sum(drill.struck.values()) == 4


def test_who_leaves_while_a_worker_has_the_message_gets_nothing(tmp_path: Path) -> None:
    prepare(tmp_path, FEW)
    broker = Broker(tmp_path)
    with broker, Sink(tmp_path, *SLOWLY) as sink, Worker(tmp_path, 1, 1, broker.address):
        post(sink.port, cluster(broker))
        sender = Sender()
        assert sink.wait_for(1, sender), sender.said()
        until(lambda: not listed("queued") or sender.code is not None, sender.said)  # all are with the worker
        with closing(connect(Path("data/casereviews.db"))) as db:
            last = subscribers.get(db, f"reader{FEW - 1}@example.org")
            assert last
            end_known(db, last, datetime.now(UTC))
        code = sender.wait()

        assert code == 0, sender.said()
        assert last.email not in {taken.recipient for taken in sink.accepted()}
        assert len(sink.accepted()) == len(listed("sent")) == FEW - 1


def test_a_worker_with_another_key_leaves_all_untried_and_is_named(tmp_path: Path) -> None:
    prepare(tmp_path, FEW)
    with Broker(tmp_path) as broker, Sink(tmp_path) as sink:
        post(sink.port, cluster(broker, key="ours"))
        with Worker(tmp_path, 1, 2, CASEREVIEWS_CLUSTER__KEY="another's") as worker:
            refused = Sender()
            code = refused.wait()
        assert (code, sink.accepted(), {one.state for one in listed()}) == (1, [], {"queued"})
        assert "a worker refuses what it is given: worker1 on " in refused.said()
        assert "copy cluster.key" in refused.said()
        assert "refuses batch" in worker.said()

        with Worker(tmp_path, 2, 2):
            assert Sender().wait() == 0
        everyone_once(listed(), sink.accepted())


def test_nothing_personal_lies_in_the_broker_in_clear_and_what_it_loses_is_unknown(tmp_path: Path) -> None:
    prepare(tmp_path, FEW)
    with Broker(tmp_path) as broker, Sink(tmp_path) as sink:
        post(sink.port, cluster(broker), password="a password of the relay", username="relay")
        with redis.Redis(port=broker.port) as client:
            sender = Sender()
            until(lambda: client.llen("casereviews:deliver") or sender.code is not None, sender.said)
            sender.kill_after(0)
            tasks = client.lrange("casereviews:deliver", 0, -1)
            kept = b"".join(file.read_bytes() for file in (tmp_path / "redis").rglob("*.aof"))
            client.flushall()
        handed_out = len(listed("sending"))
        post(sink.port)
        without = Sender()
        assert without.wait() == 1
        assert "none are configured" in without.said()
        post(sink.port, cluster(broker))
        with Worker(tmp_path, 1, 2):
            assert Sender().wait() == 3

        assert tasks and set(json.loads(tasks[0])) >= {"body", "headers"}
        assert not any(word in kept for word in (b"example.org", b"a password", b"Subject:", b"reader1"))
        assert 0 < len(listed("unknown")) <= handed_out
        everyone_once(listed(), sink.accepted())
