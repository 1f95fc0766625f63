"""Workers that get their work from RabbitMQ: everybody once, and RabbitMQ killed amid it costs nobody anything."""

from pathlib import Path

import pytest
from kombu import pools

from app.checks.workers import check_workers
from core.config.load import load
from tests.support.cluster import Broker, Rabbit, Worker
from tests.support.issue_sending import Sender, Sink, everyone_once, listed, post, prepare
from tests.support.waiting import until

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
READERS = 300


def test_everybody_is_reached_once_by_rabbitmq_which_is_killed_on_the_way(tmp_path: Path) -> None:
    prepare(tmp_path, READERS)
    with (
        Rabbit(tmp_path) as rabbit,
        Broker(tmp_path) as store,
        Sink(tmp_path, "--fault", "dot:slow=1") as sink,
        Worker(tmp_path, 1, 4, rabbit.address, CASEREVIEWS_CLUSTER__STORE=store.address) as worker,
    ):
        post(sink.port, f'[cluster]\nbroker = "{rabbit.address}"\nstore = "{store.address}"\n')
        sender = Sender()
        assert sink.wait_for(60, sender), sender.said()
        rabbit.kill()
        rabbit.start()
        code = sender.wait()
        accepted = sink.accepted()
        settings = load(Path("casereviews.toml"))
        until(lambda: [one for one in check_workers(settings) if "1 worker answered" in one.words], worker.said)
        pools.reset()  # kombu keeps connections for whoever asks next

    assert code == 0, sender.said()
    assert {one.state for one in listed()} == {"sent"}
    everyone_once(listed(), accepted)
