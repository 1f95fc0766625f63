"""Links looked at by workers: real Redis, real workers, one of them killed; each host asked by one at a time."""

import json
from contextlib import closing
from pathlib import Path
from urllib.request import urlopen

import pytest

from app.runtime.side_effects import system_effects
from core.config.load import load
from core.link_records import LinkCheck
from db.collection import links
from db.schema.connect import connect
from services.collect.check_links import check_addresses
from services.collect.link_codec import decode_link, encode_link
from tests.bench.links import prepare_links, served_hosts
from tests.support.cluster import Broker, Worker

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
HOSTS, LINKS, SPACING = 24, 3, 0.3


def test_many_hosts_are_asked_by_workers_each_by_one_at_a_time_whoever_dies(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    with served_hosts(HOSTS) as port, Broker(tmp_path) as broker:
        prepare_links(tmp_path, port, HOSTS * LINKS, HOSTS, SPACING)
        with Path("casereviews.toml").open("a") as file:  # its last table is [fetch]
            file.write(f'deadline = 3.0\n[cluster]\nbroker = "{broker.address}"\n')
        settings, seen = load(Path("casereviews.toml")), list[LinkCheck]()
        with Worker(tmp_path, 1, 2) as first, Worker(tmp_path, 2, 2), closing(connect(settings.database)) as db:

            def note(checked: LinkCheck) -> None:
                seen.append(checked)
                if len(seen) == HOSTS // 2:
                    first.kill()

            found = check_addresses(system_effects(), settings, db, every=True, limit=None, progress=note)
            with urlopen(f"http://127.0.0.1:{port}/report") as answer:
                report = json.load(answer)

            assert not first.alive
            assert {one.state for one in (*found, *links.list_all(db))} == {"live"}
            assert len(found) == len(links.list_all(db)) == HOSTS * LINKS
            assert (report["hosts"], report["at_once"] > 2) == (HOSTS, True)
            assert report["gap"] >= 0.99 * SPACING  # less, or less than none, were two at once to a host


@pytest.mark.parametrize("has_broker", [True, False])
def test_links_that_no_worker_takes_are_looked_at_from_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, has_broker: bool
) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    monkeypatch.setattr("services.collect.fetch_session.PATIENCE", 0.2)
    with served_hosts(3) as port, Broker(tmp_path) as broker:
        prepare_links(tmp_path, port, 6, 3, SPACING)
        with Path("casereviews.toml").open("a") as file:
            file.write(f'[cluster]\nbroker = "{broker.address}"\n')
        settings = load(Path("casereviews.toml"))
        if not has_broker:
            broker.kill()
        with closing(connect(settings.database)) as db:
            found = check_addresses(system_effects(), settings, db, every=True, limit=None)
        with urlopen(f"http://127.0.0.1:{port}/report") as answer:
            report = json.load(answer)

    assert [one.state for one in found] == ["live"] * 6
    assert (report["hosts"], report["gap"] >= 0.99 * SPACING) == (3, True)
    why = "no worker takes the queue fetch at" if has_broker else "the broker of the workers cannot be reached:"
    assert why in caplog.text and "; links are looked at from here" in caplog.text


def test_what_is_known_of_a_link_comes_back_as_it_was() -> None:
    now = system_effects().now().replace(microsecond=0)
    one = LinkCheck(
        "https://example.org/a.pdf", "dead", 404, "application/pdf", 7, 3, "why", now, 2, now.date(), now.date(),
        now.date(), True, True, (1, 2),
    )  # fmt: skip

    assert decode_link(encode_link(one)) == one
    assert decode_link(encode_link(LinkCheck("https://example.org/"))) == LinkCheck("https://example.org/")
