"""Batches between a coordinator and a worker, played by this process, over a real Redis that is killed."""

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from app.runtime.side_effects import system_effects
from core.config.cluster_table import ClusterSettings
from core.config.schema import Settings
from core.config.value_forms import SecretStr
from newsletter.cluster.batch_store import WORKER_LEASE, BatchStore
from newsletter.cluster.cluster_key import make_key
from newsletter.cluster.task_queue import CHECK_TASK
from scraper.fetch import FetchRules
from services.collect import fetch_batch
from services.collect.fetch_batch import begin_batch
from services.collect.fetch_session import FetchSession
from services.collect.worker_fetcher import WorkerFetcher
from tests.support.cluster import Broker
from tests.support.loopback_site import Answer, Site
from tests.support.waiting import HANG, until

LIST = Answer(200, b"<p>reviews</p>", {"Content-Type": "text/html"})
pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """One Redis for all tests here."""
    with Broker(tmp_path_factory.mktemp("broker")) as one:
        yield one


@pytest.fixture
def settings(broker: Broker, tmp_path: Path) -> Settings:
    """The settings of coordinator and worker."""
    cluster = ClusterSettings(broker=SecretStr(broker.address), key=SecretStr("only for this test"))
    return Settings(data_dir=tmp_path, cluster=cluster)


@pytest.fixture
def store(settings: Settings) -> Iterator[BatchStore]:
    """The store as a worker has it, without a key in it."""
    with closing(BatchStore(settings.cluster, make_key(settings).fingerprint)) as one:
        one._client.flushall()
        yield one


@pytest.fixture
def session(store: BatchStore, settings: Settings) -> Iterator[FetchSession]:
    """The coordinator's."""
    with FetchSession(settings, CHECK_TASK) as one:
        yield one


def opened(settings: Settings) -> WorkerFetcher:
    """A coordinator's fetcher, without a pace."""
    effects, rules = system_effects(), FetchRules("us", spacing=0.0, walk_spacing=0.0)
    return WorkerFetcher(settings, rules, now=effects.now, clock=effects.clock, sleep=effects.sleep, robots={})


def told(session: FetchSession) -> list[tuple[str, bytes | None]]:
    """What comes next."""
    return until(lambda: list(session.listen()))


def test_what_a_worker_finds_comes_and_what_it_leaves_comes_back(session: FetchSession, settings: Settings) -> None:
    name = session.give(b"do it")
    list(session.listen())

    with (
        begin_batch(settings, make_key(settings), "worker", name) as batch,
        begin_batch(settings, make_key(settings), "another", name) as second,
    ):
        assert batch and batch.data == b"do it" and second is None
        batch.tell(1, b"found")
        batch.tell(1, b"found anew")

    assert told(session) == [(name, b"found"), (name, None)]


def test_batch_of_a_worker_that_died_comes_back(
    session: FetchSession, store: BatchStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.collect.fetch_session.LOOK_SECONDS", 0.0)
    name = session.give(b"do it")
    list(session.listen())
    store.begin(name, "dead", "worker")
    until(lambda: not list(session.listen()) and session._batches[name].owner)
    store._client.delete(store._key("l", "dead"))

    assert told(session) == [(name, None)]
    assert store.begin(name, "late", "worker") == "gone"


def test_batch_that_one_worker_refuses_is_offered_again_and_the_reason_told_once(
    session: FetchSession, store: BatchStore, caplog: pytest.LogCaptureFixture
) -> None:
    name = session.give(b"do it")
    list(session.listen())
    for count in (2, 3):
        store.tell(name, "refused", worker="worker1 on here", why="its key is another")
        until(lambda count=count: list(session.listen()) or offers(store) == count)  # type: ignore[misc]

    assert store.begin(name, "good", "worker") == "go"
    assert caplog.text.count("a worker refuses what it is given: worker1 on here: its key is another") == 1


def offers(store: BatchStore) -> int:
    """How many tasks wait for workers."""
    return int(store._client.llen("casereviews:fetch"))


def cut_off(broker: Broker, session: FetchSession) -> None:
    """The store cannot be asked any more."""
    broker.kill()


def take_back(broker: Broker, session: FetchSession) -> None:
    """The coordinator wants it no more."""
    session.drop(next(iter(session._batches)))


def die(broker: Broker, session: FetchSession) -> None:
    """The coordinator is not heard of any more."""
    session._closed.set()
    session._lease.join()
    session._store.suspend(session._name)


@pytest.mark.parametrize("end", [cut_off, take_back, die])
def test_worker_hangs_up_where_its_batch_is_over_before_its_lease_lapses(
    broker: Broker,
    session: FetchSession,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    end: Callable[[Broker, FetchSession], None],
) -> None:
    assert fetch_batch.ALONE_SECONDS + 2 * fetch_batch.SAY_SECONDS < WORKER_LEASE / 1_000
    monkeypatch.setattr(fetch_batch, "ALONE_SECONDS", 0.6)
    monkeypatch.setattr(fetch_batch, "SAY_SECONDS", 0.05)
    name, hung_up = session.give(b"do it"), Event()
    list(session.listen())
    try:
        with begin_batch(settings, make_key(settings), "worker", name) as batch:
            assert batch
            with batch.kept(hung_up.set):
                assert batch.goes_on() and not hung_up.is_set()
                end(broker, session)
                assert hung_up.wait(HANG)
                assert not batch.goes_on()
                batch.nap(HANG)
                batch.tell(1, b"too late")
    finally:
        if not broker.alive:
            broker.start()


def test_worker_that_has_done_its_batch_hangs_up_on_nothing(session: FetchSession, settings: Settings) -> None:
    name, hung_up = session.give(b"do it"), Event()
    list(session.listen())

    with begin_batch(settings, make_key(settings), "worker", name) as batch:
        assert batch
        with batch.kept(hung_up.set):
            pass

    assert not hung_up.is_set()


def test_coordinator_that_reads_a_page_itself_waits_for_the_turn_of_a_worker(
    store: BatchStore, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, take_host = list[str](), BatchStore.take_host

    def spy(self: BatchStore, host: str, owner: str, *how: Any) -> tuple[int, float]:
        asked.append(owner)
        return take_host(self, host, owner, *how)

    store._client.set(store._key("l", "worker"), "1")
    turn, _ = store.take_host("127.0.0.1", "worker", HANG, 0.0)
    monkeypatch.setattr(BatchStore, "take_host", spy)
    monkeypatch.setenv("NO_PROXY", "*")
    with Site({"/list": lambda _: LIST}) as site, opened(settings) as fetcher:
        reading = Thread(target=fetcher.get, args=[site.url("/list")])
        reading.start()
        until(lambda: len(asked) > 1)
        before = site.paths()
        store.leave_host("127.0.0.1", turn)
        reading.join()

        assert (before, site.paths()) == ([], ["/robots.txt", "/list"])


def test_pages_of_a_walk_that_no_worker_takes_are_read_from_here(
    store: BatchStore, settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("services.collect.fetch_session.PATIENCE", 0.2)
    monkeypatch.setenv("NO_PROXY", "*")
    with Site({"/list": lambda _: LIST}) as site, opened(settings) as fetcher, fetcher.walk():
        pages = [fetcher.get(site.url("/list")) for _ in range(2)]

        assert [page.body for page in pages] == [LIST.body] * 2
        assert site.paths() == ["/robots.txt", "/list", "/list"]
    assert offers(store) == 1
    assert caplog.text.count("; pages are read from here") == 1
