"""The coordinator's session, over a real Redis and without workers."""

from collections.abc import Callable, Iterable
from contextlib import closing
from pathlib import Path

import pytest

from core.config.schema import Settings
from core.errors import StoreError
from newsletter.cluster.batch_store import BrokerAway, unavailable
from newsletter.cluster.cluster_transport import ClusterTransport
from newsletter.cluster.task_queue import make_app, send_batch
from newsletter.mail.slotted_bytes import MergedMessage, SlottedBytes
from newsletter.mail.smtp import SmtpTransport
from newsletter.mail.transport import DeliveryAnswer, Parcel
from tests.support.cluster import Broker, free_port

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]


class BlindMarks:
    """The marks of a coordinator that cannot look who has left."""

    ending = False

    def __init__(self) -> None:
        self.given_back: list[Parcel] = []

    def __call__(self, answers: list[DeliveryAnswer], following: Parcel | None) -> bool:
        raise AssertionError(answers)

    def dispatch(self, batch: str, parcels: Iterable[Parcel]) -> list[int]:
        return []

    def give_back(self, parcels: Iterable[Parcel]) -> None:
        self.given_back += parcels

    def honour(self, batch: str, answers: list[DeliveryAnswer]) -> None:
        raise AssertionError(answers)

    def withdrawn(self, list_given: Callable[[], dict[int, str]]) -> dict[int, str]:
        if not list_given():
            return {}
        raise StoreError("the database cannot be read", "casereviews.db")


def test_a_run_that_cannot_look_who_has_left_takes_all_back_and_ends(tmp_path: Path) -> None:
    merged = MergedMessage(b"", SlottedBytes([b"To: reader@example.org\r\n\r\n"]), ())
    parcels = [Parcel(n, "news@example.org", "reader@example.org", b"", "2016-09/t", True, merged) for n in range(3)]
    marks = BlindMarks()
    with Broker(tmp_path) as broker:
        settings = Settings(data_dir=tmp_path, cluster={"broker": broker.address, "key": "one"})
        session = ClusterTransport(SmtpTransport(settings.mail), settings).open(lambda relay: True)
        with closing(session), pytest.raises(StoreError, match="the database cannot be read"):
            session.deliver(iter(parcels), marks)

    assert marks.given_back == parcels


def test_a_broker_that_is_away_is_named_and_not_the_store(tmp_path: Path) -> None:
    port = free_port()
    broker = f"amqp://who:secret@127.0.0.1:{port}//"
    cluster = Settings(cluster={"broker": broker, "store": "redis://127.0.0.1:1/0"}).cluster

    with closing(make_app(cluster)) as app, pytest.raises(BrokerAway) as caught:
        send_batch(app, "fingerprint", "session.1")

    said = str(unavailable(cluster.where, caught.value))
    assert said.startswith(f"the broker of the workers cannot be reached: 127.0.0.1:{port} (")
    assert "secret" not in said
