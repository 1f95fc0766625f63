"""/healthz, /readyz and /metrics: what machines are told, what they are not, and that nothing breaks them."""

import builtins
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from prometheus_client import Metric
from prometheus_client.parser import text_string_to_metric_families
from werkzeug.test import TestResponse

from app.web import create_app
from core.config.schema import WebSettings
from core.errors import SettingsError
from core.source_records import Run
from db.collection import runs
from db.operator import job_failures, job_log
from db.schema.connect import Database, write_transaction
from tests.support.signups import NOW
from tests.support.web_site import Site

ALERTS = Path(__file__).parents[4] / "docs" / "deploy" / "prometheus-alerts.yml"
CAUTIONS = [{"about": "mail", "words": "nobody is mailed: messages go to files"}]
WELL = {"/healthz": {"ok": True, "troubles": [], "cautions": CAUTIONS}, "/readyz": {"ok": True, "troubles": []}}
SECRET = "no route to ada@example.org at /secret/path"


class Ticks:
    """A clock for measuring that a test moves."""

    now = 1000.0

    def __call__(self) -> float:
        return self.now


class Watched(Site):
    """A house that is well, watched by machines."""

    def __init__(self, db: Database, web: WebSettings | None = None) -> None:
        super().__init__(db, web=web)
        self.ticks = Ticks()
        self.house.effects = replace(self.house.effects, clock=self.ticks)
        self.app = create_app(self.house.effects, self.settings)
        with write_transaction(db):
            runs.add(db, Run("nspcc", NOW - timedelta(hours=2), pages=1, seen=4))
            job_log.save(db, "tick", NOW, "serve")

    def ask(self, path: str, host: str = "203.0.113.9", address: str = "127.0.0.1", method: str = "GET") -> Any:
        """What a machine at this address is told under this host's name, later than any answer is kept."""
        self.ticks.now += 60
        return self.again(path, host, address, method)

    def again(self, path: str, host: str = "203.0.113.9", address: str = "127.0.0.1", method: str = "GET") -> Any:
        """At once."""
        how = {"base_url": f"http://{host}", "environ_overrides": {"REMOTE_ADDR": address}}
        return self.app.test_client().open(path, method=method, **how)


@pytest.fixture
def site(db: Database) -> Watched:
    return Watched(db)


# /healthz


def test_a_house_that_is_well_answers_200_to_any_host_and_leaves_nothing(site: Watched) -> None:
    for path in ("/healthz", "/readyz"):
        for host in ("203.0.113.9:8765", "casereviews", "news.example.org"):
            for method in ("GET", "HEAD"):
                answer = site.ask(path, host, "198.51.100.1", method)
                assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
                assert answer.headers["X-Robots-Tag"] == "noindex"
                assert "Set-Cookie" not in answer.headers
                assert (answer.json == WELL[path]) if method == "GET" else (answer.text == "")
    assert site.ask("/", "evil.example").status_code == 421  # as all others


def test_what_is_not_well_is_503_in_words_that_give_nothing_away(site: Watched) -> None:
    with write_transaction(site.db):
        job_failures.save(site.db, "emails", NOW, SECRET)
        job_log.save(site.db, "tick", NOW - timedelta(minutes=6), "serve")
        site.db.execute("UPDATE runs SET started_at = '2026-11-10T06:30:00Z'")
        runs.add(site.db, Run("nspcc", NOW, failed=True, problems=(SECRET,)))

    answer = site.ask("/healthz")

    assert answer.status_code == 503
    assert json.loads(answer.text) == {
        "ok": False,
        "troubles": [
            {"about": "nspcc", "words": "stale"},
            {"about": "timer", "words": "does not run"},
            {"about": "emails", "words": "fails"},
            {"about": "backup", "words": "is missing"},
        ],
        "cautions": CAUTIONS,
    }
    assert site.ask("/readyz").status_code == 200  # it answers pages all the same


def test_no_reader_can_make_the_house_unwell_by_asking_for_letters(site: Watched) -> None:
    site.house.sign_up("ada@dead.example.org")

    assert site.ask("/healthz").status_code == 200


def test_an_answer_is_given_again_for_five_seconds(site: Watched) -> None:
    first = site.ask("/healthz").status_code
    job_failures.save(site.db, "emails", NOW, "x")
    soon = site.again("/healthz").status_code
    site.ticks.now += 5.1

    assert (first, soon, site.again("/healthz").status_code) == (200, 200, 503)


@pytest.mark.parametrize("what", ["gone", "damaged", "empty"])
def test_a_database_that_cannot_be_opened_is_503_and_never_an_error(site: Watched, what: str) -> None:
    file = site.settings.database
    for beside in (file, file.with_name(f"{file.name}-wal"), file.with_name(f"{file.name}-shm")):
        beside.rename(beside.with_suffix(".aside"))
    if what != "gone":
        file.write_bytes(b"" if what == "empty" else b"not a database at all" * 500)

    for path in ("/healthz", "/readyz"):
        answer = site.ask(path)
        assert (answer.status_code, answer.json["ok"]) == (503, False)
        assert answer.json["troubles"] == [{"about": "database", "words": "cannot be used"}]
    metrics = {one.name: one for one in families(site.ask("/metrics"))}
    assert metrics["casereviews_up"].samples[0].value == 0


def test_templates_that_cannot_be_shown_are_not_ready(site: Watched) -> None:
    del site.app.jinja_env.globals["site_name"]
    site.app.jinja_env.filters.clear()
    site.app.jinja_loader = None
    site.app.jinja_env.loader = None

    answer = site.ask("/readyz")

    assert (answer.status_code, answer.json["troubles"]) == (503, [{"about": "templates", "words": "cannot be shown"}])


# /metrics


def families(answer: TestResponse) -> list[Metric]:
    """The figures, as Prometheus reads them."""
    assert answer.status_code == 200
    return list(text_string_to_metric_families(answer.text))


def values(answer: TestResponse, name: str) -> dict[tuple[str, ...], float]:
    """The values of a figure by their labels."""
    return {
        tuple(one.labels.values()): one.value
        for family in families(answer)
        for one in family.samples
        if one.name == name
    }


def test_figures_are_what_the_house_holds(site: Watched) -> None:
    site.subscriber("one")
    site.subscriber("two", "paused")
    site.house.sign_up("ada@example.org")
    job_failures.save(site.db, "link checks", NOW, SECRET)
    answer = site.ask("/metrics")

    assert values(answer, "casereviews_up") == {(): 1}
    assert values(answer, "casereviews_healthy") == {(): 0}
    assert values(answer, "casereviews_health")[("link checks",)] == 0
    assert values(answer, "casereviews_subscribers") == {("active",): 1, ("paused",): 1, ("pending",): 1}
    assert values(answer, "casereviews_transactional_emails") == {("queued",): 1}
    assert values(answer, "casereviews_source_state") == {
        ("nspcc", "well"): 1,
        ("nspcc", "broken"): 0,
        ("nspcc", "stale"): 0,
        ("nspcc", "frozen"): 0,
    }
    read = (NOW - timedelta(hours=2)).timestamp()
    assert values(answer, "casereviews_source_last_good_read_timestamp_seconds") == {("nspcc",): read}
    assert values(answer, "casereviews_timer_last_tick_timestamp_seconds") == {(): NOW.timestamp()}
    assert values(answer, "casereviews_jobs_failing") == {(): 1}
    assert values(answer, "casereviews_database_bytes")[()] > 100_000
    assert values(answer, "casereviews_disk_free_bytes")[()] > 0
    assert [*values(answer, "casereviews_build_info")] == [("0.1.0",)]
    for secret in ("ada@", "example.org", "secret", site.house.one("ada@example.org").token):
        assert secret not in answer.text


def test_answers_are_counted_by_page_and_how_they_ended_and_by_nothing_else(site: Watched) -> None:
    site.visitor().get("/subscribe?email=ada@example.org")
    site.visitor().get("/confirm/AAAAAAAAAAAAAAAAAAAAAA")
    site.visitor().get("/no-such-page")
    site.ask("/", "evil.example")

    answer = site.ask("/metrics")

    assert values(answer, "casereviews_requests_total") == {
        ("front.front", "4xx"): 1,
        ("subscribe.form", "2xx"): 1,
        ("subscribe.confirm", "4xx"): 1,
        ("none", "4xx"): 1,
        ("cached", "2xx"): 0,
    }
    assert values(answer, "casereviews_request_seconds_count") == {(): 4}


def test_pages_given_as_they_were_kept_are_counted_too(site: Watched) -> None:
    for _ in range(3):
        assert site.visitor().get("/issues").status_code == 200

    assert values(site.ask("/metrics"), "casereviews_requests_total")[("cached", "2xx")] == 2


def test_applications_in_one_process_do_not_mix_their_figures(site: Watched) -> None:
    site.visitor().get("/subscribe")
    other = create_app(site.house.effects, site.settings).test_client()

    first = values(site.ask("/metrics"), "casereviews_requests_total")
    how: dict[str, Any] = {"base_url": site.address, "environ_overrides": {"REMOTE_ADDR": "127.0.0.1"}}
    second = values(other.get("/metrics", **how), "casereviews_requests_total")

    assert (len(first), second) == (2, {("cached", "2xx"): 0})


@pytest.mark.parametrize(
    ("networks", "address", "code"),
    [
        (None, "127.0.0.1", 200),
        (None, "::1", 200),
        (None, "::ffff:127.0.0.1", 200),
        (None, "192.0.2.7", 404),
        (None, "", 404),
        (("192.0.2.0/24",), "192.0.2.7", 200),
        (("192.0.2.0/24",), "127.0.0.1", 404),
        ((), "127.0.0.1", 404),
    ],
)
def test_figures_are_for_the_networks_that_are_named(
    db: Database, networks: tuple[str, ...] | None, address: str, code: int
) -> None:
    site = Watched(db, WebSettings() if networks is None else WebSettings(metrics_from=networks))

    assert site.ask("/metrics", address=address).status_code == code


def test_behind_a_proxy_the_network_is_the_one_the_proxy_saw(db: Database) -> None:
    client = Watched(db, WebSettings(proxies=1)).app.test_client()
    found = [
        client.get("/metrics", base_url="http://127.0.0.1", headers={"X-Forwarded-For": who}).status_code
        for who in ("198.51.100.1", "127.0.0.1, 198.51.100.1", "127.0.0.1")
    ]

    assert found == [404, 404, 200]


def test_a_network_that_is_none_is_told_at_the_start(db: Database) -> None:
    with pytest.raises((SettingsError, ValueError), match=r"metrics_from|network"):
        Watched(db, WebSettings(metrics_from=("everywhere",)))


def test_without_the_library_there_is_a_line_that_names_it(site: Watched, monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def missing(name: str, *args: Any, **more: Any) -> Any:
        if name.startswith("prometheus_client"):
            raise ImportError(name)
        return real(name, *args, **more)

    monkeypatch.setattr(builtins, "__import__", missing)
    answer = site.ask("/metrics")

    assert (answer.status_code, answer.content_type) == (404, "text/plain; charset=utf-8")
    assert answer.text == (
        "Metrics need a library that is not installed. Run, in the folder of its sources: make install\n"
    )


# Alerts


def rules() -> Iterator[dict[str, Any]]:
    for group in yaml.safe_load(ALERTS.read_text("utf-8"))["groups"]:
        yield from group["rules"]


def test_every_figure_of_the_alert_rules_is_one_of_ours(site: Watched) -> None:
    backups = site.settings.backups
    backups.mkdir()
    (backups / "casereviews-2026-11-23.db").touch()
    job_log.save(site.db, "heartbeat", NOW)
    ours = {sample.name for family in families(site.ask("/metrics")) for sample in family.samples}
    ours |= {family.name for family in families(site.ask("/metrics"))}

    for rule in rules():
        named = set(re.findall(r"casereviews_\w+", rule["expr"]))
        assert named <= ours, rule["alert"]
        assert named or rule["expr"].startswith("up{")
        assert {"summary", "description"} <= set(rule["annotations"])
