"""Workers with several relays, and with relays that want tokens: real Redis, a real Celery worker."""

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
import redis
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope

from core.config.cluster_table import ClusterSettings
from core.config.schema import MailSettings
from core.errors import MailRefused
from newsletter.cluster.batch_store import BatchStore
from newsletter.cluster.parcel_codec import ParcelBatch
from newsletter.cluster.relay_connections import RelayConnections, server_of
from newsletter.oauth.mail_token import TokenSource
from services.delivery import relay_pool
from tests.newsletter.mail.test_dkim import key, pem
from tests.newsletter.oauth.test_token_login import BOX, TokenController, TokenMailServer, oauth
from tests.services.delivery.test_delivery_faults import Days, send, states
from tests.services.delivery.test_relays import LISTED, Fair, by_relay, failing
from tests.support.cluster import Broker, Worker
from tests.support.issue_sending import everyone_once, listed, post, post_by, prepare
from tests.support.mail_relay import unused_port
from tests.support.token_server import CLIENT, SECRET, TokenServer
from tests.support.waiting import HANG

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
READERS = 120
KEY = "of these tests"


class Relay(Fair):
    """A relay that answers once the other was asked so often; who signed what it took, and its connections at once."""

    after = 1

    def __init__(self) -> None:
        super().__init__()
        self.signers = set[str]()
        self.open = self.most = 0

    async def handle_RCPT(self, server: Any, session: Any, envelope: Envelope, address: str, options: Any) -> str:
        answer = await super().handle_RCPT(server, session, envelope, address, options)
        async with asyncio.timeout(HANG):
            while len(self.other.asked) < self.after:
                await asyncio.sleep(0.005)
        return answer

    async def handle_DATA(self, server: Any, session: Any, envelope: Envelope) -> str:
        assert isinstance(envelope.content, bytes)
        head = envelope.content.partition(b"\r\n\r\n")[0].decode()
        self.signers.add(head.partition("DKIM-Signature:")[2].partition("d=")[2].partition(";")[0])
        return await super().handle_DATA(server, session, envelope)


class Counted(SMTP):
    """A connection to such a relay."""

    def connection_made(self, transport: Any) -> None:
        self.event_handler.open += 1
        self.event_handler.most = max(self.event_handler.most, self.event_handler.open)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        self.event_handler.open -= 1
        super().connection_lost(error)


class CountedController(Controller):
    def factory(self) -> SMTP:
        return Counted(self.handler)


@contextmanager
def served(controller: type[Controller], handler: object) -> Iterator[int]:
    """A mail server's port."""
    running = controller(handler, hostname="127.0.0.1", port=unused_port())
    running.start()
    yield running.port
    running.stop()


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """One Redis for all tests here."""
    with Broker(tmp_path_factory.mktemp("broker")) as one:
        yield one


@pytest.fixture(scope="module")
def worker(broker: Broker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    """One worker of four connections, which has nothing but the broker's address and the key."""
    folder = tmp_path_factory.mktemp("worker")
    own = {"CASEREVIEWS_CLUSTER__KEY": KEY, "CASEREVIEWS_DATA_DIR": str(folder / "none")}
    with Worker(folder, 1, 4, broker.address, **own) as one:
        one.wait_until_ready()
        yield one


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A house with an approved issue."""
    folder = tmp_path_factory.mktemp("ready")
    prepare(folder, READERS)
    return folder


@pytest.fixture(autouse=True)
def house(ready: Path, tmp_path: Path) -> None:
    """A copy of it in the working folder."""
    shutil.copytree(ready, tmp_path, dirs_exist_ok=True)


@pytest.fixture
def cluster(broker: Broker, worker: Worker) -> str:
    """The [cluster] table."""
    return f'[cluster]\nbroker = "{broker.address}"\nkey = "{KEY}"\n'


@pytest.fixture
def pair() -> Iterator[tuple[tuple[Relay, int], tuple[Relay, int]]]:
    """Two relays with their ports."""
    north, south = Relay(), Relay()
    north.other, south.other = south, north
    with served(CountedController, north) as first, served(CountedController, south) as second:
        yield (north, first), (south, second)


@pytest.mark.parametrize("long", [READERS, READERS + 1], ids=["signed by a process", "signed here"])
def test_relays_share_an_issue_each_with_its_own_key_and_no_more_connections_than_it_may_have(
    pair: tuple[tuple[Relay, int], tuple[Relay, int]], cluster: str, long: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    (north, first), (south, second) = pair
    monkeypatch.setattr(relay_pool, "LONG_LIST", long)
    Path("key.pem").write_text(pem(key()))
    own = {"dkim_domain": "north.example.org", "dkim_key_file": "key.pem"}
    post_by({"port": first, "connections": 1, **own}, {"port": second, "connections": 2}, more=cluster)

    assert send(Days()).left == 0

    by = {one.email: one.relay for one in listed()}
    assert by == {one.recipient: "north" for one in north.taken} | {one.recipient: "south" for one in south.taken}
    everyone_once(listed(), [*north.taken, *south.taken])
    assert by_relay() == {"north": {"sent": len(north.taken)}, "south": {"sent": len(south.taken)}}
    assert (north.signers, south.signers) == ({"north.example.org"}, {""})
    assert (north.most, 1 <= south.most <= 2) == (1, True)


@pytest.mark.parametrize("is_there", [True, False])
def test_what_one_relay_does_not_take_leaves_by_the_other(
    pair: tuple[tuple[Relay, int], tuple[Relay, int]], cluster: str, is_there: bool
) -> None:
    (north, first), (south, second) = pair
    north.after, south.after = 0, 26 if is_there else 0
    north.asked.append("nobody")
    south.asked.append("nobody")
    if is_there:
        north.refuse = lambda address: LISTED if len(north.taken) >= 5 else ""
    one = {"port": first if is_there else unused_port(), "connections": 1}  # so that none is taken after a refusal
    post_by(one, {"port": second, "connections": 2}, more=cluster)

    assert send(Days()).left == 0

    assert states() == {"sent": READERS}
    everyone_once(listed(), [*north.taken, *south.taken])
    assert len(north.taken) == (5 if is_there else 0)
    assert {one.attempts for one in listed()} == {1}
    assert list(failing()) == ["relay north"]
    assert (LISTED[:9] if is_there else "cannot be reached") in failing()["relay north"]


def test_who_sends_by_another_relay_leaves_its_place_at_the_first(
    pair: tuple[tuple[Relay, int], tuple[Relay, int]], broker: Broker
) -> None:
    (_, north), (_, south) = pair
    with closing(BatchStore(ClusterSettings(broker=broker.address), "places")) as store:
        relays = RelayConnections(store, "one", lambda question: question())
        by_north, by_south = (
            ParcelBatch(MailSettings(host="127.0.0.1", port=port, security="none"), "", 0, 1, True, ())
            for port in (north, south)
        )

        relays.connect(by_north, lambda relay: True, lambda: True)
        before = store.take_place(server_of(by_north.mail), "other", 1)
        relays.connect(by_south, lambda relay: True, lambda: True)
        after = store.take_place(server_of(by_north.mail), "other", 1)
        relays.close_all()

    assert (before, after) == (False, True)


# Relays that want a token


@pytest.fixture
def tokens() -> Iterator[TokenServer]:
    with TokenServer() as running:
        yield running


def post_with_tokens(port: int, tokens: TokenServer, cluster: str, username: str = BOX) -> None:
    """Write a configuration with a relay that wants tokens."""
    table = f'[oauth]\nclient_id = "{CLIENT}"\nclient_secret = "{SECRET}"\nscope = "mail"\n'
    post(port, f'{cluster}{table}token_url = "{tokens.url("/token")}"\n', auth="oauth", username=username)


def test_workers_log_in_with_the_coordinators_token_and_with_another_once_it_is_refused(
    tokens: TokenServer, broker: Broker, worker: Worker, cluster: str
) -> None:
    relay = TokenMailServer(tokens)
    with served(TokenController, relay) as port:
        post_with_tokens(port, tokens, cluster)
        TokenSource(oauth(tokens), Path("data"), BOX).token()
        tokens.withdraw()

        assert send(Days()).left == 0

    assert len(relay.taken) == len(listed("sent")) == READERS
    assert {one.attempts for one in listed()} == {1}
    assert (relay.given[0], set(relay.given[1:]), len(tokens.asked)) == ("access-1-", {"access-2-"}, 2)
    with redis.Redis(port=broker.port) as client:
        kept = b"".join(file.read_bytes() for file in Path(client.config_get("dir")["dir"]).rglob("*.aof"))
    assert b"access-" not in kept
    assert "access-" not in worker.said()


def test_who_is_let_in_with_no_token_stops_and_nobody_is_tried(tokens: TokenServer, cluster: str) -> None:
    relay = TokenMailServer(tokens)
    with served(TokenController, relay) as port:
        post_with_tokens(port, tokens, cluster, username="other@example.org")

        with pytest.raises(MailRefused, match=r"refused the log-in: .*535.*, from worker1 on .*not taken for mail\."):
            send(Days())

    assert relay.given == ["access-1-", "access-2-"]
    assert states() == {"queued": READERS}
    assert {one.attempts for one in listed()} == {0}
