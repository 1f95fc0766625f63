"""One verdict: `status`, /healthz, /metrics and /ops say the same of every condition that is not well.

And whatever they say, the desk and the operator's mail name no command, but a page that is there.
"""

import json
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from html import unescape
from pathlib import Path
from threading import Event
from types import SimpleNamespace

import click
import pytest
from flask import url_for
from prometheus_client.parser import text_string_to_metric_families

from app.cli import cli
from app.runtime import side_effects
from app.scheduler import tick
from app.scheduler.job_context import JobContext
from app.scheduler.mail_jobs import REPORT_JOB
from app.web import create_app
from core.config.load import load
from core.errors import HouseError
from core.source_records import Run
from db.collection import runs
from db.mail import issue_marks
from db.operator import home, job_failures, job_log, waiting_notices
from db.schema.connect import Database, write_transaction
from newsletter.mail.operator_mail import build_operator_mail
from services.operator import notices
from services.operator.notices import Notice as OperatorMail
from services.operator.served_settings import read_file_times, save_served_settings
from tests.app.web.operator import HASH, PASSWORD, PERIOD, log_in, sent
from tests.conftest import Typed
from tests.support import issue_sending
from tests.support.signups import NOW
from tests.support.web_site import ADDRESS, Visitor, texts

LONG_AGO = "2026-10-20T06:30:00Z"
Condition = Callable[[Database, pytest.MonkeyPatch], object]


def delivered(state: str, number: int = 1) -> Condition:
    """So many readers' deliveries of the last issue have ended so."""
    return lambda db, _: db.execute(f"UPDATE deliveries SET state = '{state}' WHERE id <= {number}")


def configured(**mail: object) -> Condition:
    """Mail leaves otherwise."""
    return lambda db, _: write_settings(**mail)


def keep_untold(db: Database, _: pytest.MonkeyPatch) -> None:
    waiting_notices.add(db, "ben@example.org", "notice", b"words", NOW, NOW + timedelta(minutes=1))


def stand_still(db: Database, _: pytest.MonkeyPatch) -> None:
    db.execute("UPDATE issues SET status = 'sending', sent_at = NULL")
    db.execute(f"UPDATE deliveries SET state = 'queued', due_at = '{LONG_AGO}', changed_at = '{LONG_AGO}'")


def pass_an_issue_day(db: Database, _: pytest.MonkeyPatch) -> None:
    db.execute(f"UPDATE runs SET started_at = '{LONG_AGO}'")
    runs.add(db, Run("nspcc", NOW, pages=1, seen=4))
    job_log.delete(db, "tick")


def keep_waiting(db: Database, _: pytest.MonkeyPatch) -> None:
    db.execute(
        "INSERT INTO transactional_mail (kind, subscriber_id, state, requested_at, due_at) "
        f"SELECT 'known', MIN(id), 'queued', '{LONG_AGO}', '{LONG_AGO}' FROM subscribers"
    )


def keep_alerts(db: Database, _: pytest.MonkeyPatch) -> None:
    db.execute(
        "INSERT INTO saved_searches (subscriber_id, words, filters, cadence, saved_at) "
        f"VALUES (1, 'neglect', '[]', 'week', '{LONG_AGO}')"
    )
    db.execute(
        "INSERT INTO transactional_mail (kind, subscriber_id, state, requested_at, due_at) "
        f"VALUES ('alert', 1, 'queued', '{LONG_AGO}', '2026-12-01T00:00:00Z')"
    )


def get_stuck(db: Database, _: pytest.MonkeyPatch) -> None:
    job_log.save(db, "tick", NOW - timedelta(hours=13), "serve")
    job_log.save(db, "heartbeat", NOW)


def serve_older(db: Database, _: pytest.MonkeyPatch) -> None:
    save_served_settings(db, ["web", "timer"], {**read_file_times([Path("casereviews.toml")]), "/gone": 1}, NOW)


def fill_disk(db: Database, patch: pytest.MonkeyPatch) -> None:
    full = SimpleNamespace(f_frsize=1_000_000, f_blocks=9_000, f_bfree=1, f_bavail=1)
    patch.setattr("os.statvfs", lambda _: full)


def wake_elsewhere(db: Database, _: pytest.MonkeyPatch) -> None:
    home.save(db, "another", NOW)
    home.mark_away(db, NOW)


def forget_copies(db: Database, _: pytest.MonkeyPatch) -> None:
    db.execute(f"UPDATE runs SET started_at = '{LONG_AGO}'")
    runs.add(db, Run("nspcc", NOW, pages=1, seen=4))
    issue_marks.save(db, "2026-10", "skipped", NOW)
    for file in Path("data/backups").iterdir():
        file.unlink()


TROUBLES: dict[str, tuple[set[str], Condition]] = {  # what each view names, and how it comes about
    "a page that is not believed": ({"nspcc"}, lambda db, _: runs.add(db, Run("nspcc", NOW, 1, quarantined=1))),
    "a source not read for long": ({"nspcc"}, lambda db, _: runs_long_ago(db)),
    "a dead timer": ({"timer"}, lambda db, _: job_log.save(db, "tick", NOW - timedelta(minutes=9), "serve")),
    "a timer that is stuck": ({"timer"}, get_stuck),
    "alerts that wait": ({"saved searches"}, keep_alerts),
    "an issue day without a timer": ({"timer", "2026-10"}, pass_an_issue_day),
    "a job that fails": ({"links"}, lambda db, _: job_failures.save(db, "links", NOW, "no route")),
    "a delivery that stands still": ({"delivery"}, stand_still),
    "an issue that nobody got": ({"outcome"}, delivered("refused", 3)),
    "a delivery given up": ({"undelivered"}, delivered("failed")),
    "emails that wait": ({"emails"}, keep_waiting),
    "a disk nearly full": ({"disk"}, fill_disk),
    "no daily copy": ({"backup"}, forget_copies),
    "a clock that was put back": ({"clock"}, lambda db, _: job_log.save(db, "tick", NOW + timedelta(days=1), "serve")),
    "a restored backup": ({PERIOD}, lambda db, _: restored(db)),
    "a twin elsewhere": ({"machine"}, wake_elsewhere),
    "older settings than the file": ({"settings"}, serve_older),
}
CAUTIONS: dict[str, tuple[set[str], Condition]] = {  # nothing is wrong, and yet not all is well
    "mail goes to files": ({"mail"}, configured(transport="outbox", live=False)),
    "mail goes to a few": ({"mail"}, configured(live=False)),
    "the issue went to files": ({"outcome"}, lambda db, _: db.execute("UPDATE deliveries SET via = 'outbox'")),
    "a timer that never ran": ({"timer"}, lambda db, _: job_log.delete(db, "tick")),
    "an operator who cannot be reached": ({"notices"}, keep_untold),
    "a source not read yet": ({"nspcc"}, lambda db, _: db.execute("DELETE FROM runs")),
}


def runs_long_ago(db: Database) -> None:
    db.execute("UPDATE runs SET started_at = '2026-11-12T06:30:00Z'")


def restored(db: Database) -> None:
    db.execute("UPDATE issues SET status = 'draft'")
    issue_marks.save(db, PERIOD, "restored", NOW)


def write_settings(**mail: object) -> None:
    """The configuration of a house whose mail goes to everybody, with a desk."""
    issue_sending.post(1, **mail)
    with Path("casereviews.toml").open("a") as file:
        file.write(f'\n[web]\npassword_hash = "{HASH}"\n')


@pytest.fixture
def well(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    """A house that mailed its issue to three readers, and where all is well."""
    db = sent(tmp_path)
    write_settings()
    monkeypatch.setattr(side_effects, "SYSTEM", replace(side_effects.SYSTEM, now=lambda: NOW))
    with write_transaction(db):
        db.execute("DELETE FROM runs")
        db.execute("UPDATE deliveries SET via = 'smtp'")
        runs.add(db, Run("nspcc", NOW - timedelta(hours=2), pages=1, seen=4))
        job_log.save(db, "tick", NOW, "serve")
    Path("data/backups").mkdir(exist_ok=True)
    Path(f"data/backups/casereviews-{NOW:%Y-%m-%d}.db").touch()
    return db


class Views:
    """What the four say at one instant."""

    def __init__(self, typed: Callable[..., Typed]) -> None:
        app = create_app(side_effects.SYSTEM, load(Path("casereviews.toml")))
        screen, as_json = typed("status"), typed("status", "--json")
        self.first, self.code, self.status = screen.out.splitlines()[0], screen.code, json.loads(as_json.out)
        operator = Visitor(app.test_client(), "https://news.example.org", "192.0.2.1")
        log_in(operator, PASSWORD)
        self.desk = unescape(texts(operator.get("/ops").text))
        probe = app.test_client().get("/healthz")
        self.probe_code, self.probe = probe.status_code, probe.json
        page = app.test_client().get("/metrics", environ_overrides={"REMOTE_ADDR": "127.0.0.1"}).text
        self.metrics = {
            f"{sample.name.removeprefix('casereviews_')} {sample.labels.get('about', '')}".strip(): sample.value
            for family in text_string_to_metric_families(page)
            for sample in family.samples
        }

    def named(self, kind: str) -> list[set[str]]:
        """What status, /healthz and /metrics name, of troubles or of cautions."""
        if kind == "troubles":
            status = {one["about"] for one in self.status["health"] if not one["ok"]}
            metric = {name[7:] for name, value in self.metrics.items() if name.startswith("health ") and not value}
        else:
            status = {one["about"] for one in self.probe[kind] if one["words"] in self.status[kind]}
            metric = {name[8:] for name in self.metrics if name.startswith("caution ")}
        return [status, {one["about"] for one in self.probe[kind]}, metric]


def test_where_all_is_well_each_view_says_so(well: Database, typed: Callable[..., Typed]) -> None:
    views = Views(typed)

    assert (views.first, views.code, views.probe_code, views.metrics["healthy"]) == ("All is well.", 0, 200, 1)
    assert "All is well." in views.desk
    assert "What needs you" not in views.desk


@pytest.mark.parametrize("condition", TROUBLES)
def test_what_is_wrong_is_wrong_in_each_view(
    well: Database, typed: Callable[..., Typed], monkeypatch: pytest.MonkeyPatch, condition: str
) -> None:
    about, come_about = TROUBLES[condition]
    come_about(well, monkeypatch)
    views = Views(typed)

    assert views.named("troubles") == [about] * 3
    assert (views.code, views.probe_code, views.metrics["healthy"]) == (1, 503, 0)
    assert views.first.startswith("Not all is well: ")
    needs = "one thing needs" if len(about) == 1 else f"{len(about)} things need"
    assert f"Not all is well: {needs} you." in views.desk
    for line in views.status["health"]:
        if not line["ok"]:
            assert line["words"].partition(";")[0][1:40] in views.desk  # no command, no size that grows


@pytest.mark.parametrize("condition", CAUTIONS)
def test_what_only_keeps_all_from_being_well_is_said_in_each_view(
    well: Database, typed: Callable[..., Typed], monkeypatch: pytest.MonkeyPatch, condition: str
) -> None:
    about, come_about = CAUTIONS[condition]
    come_about(well, monkeypatch)
    views = Views(typed)

    assert views.named("cautions") == [about] * 3
    assert (views.code, views.probe_code, views.metrics["healthy"]) == (0, 200, 1)
    assert views.first.startswith("Nothing is wrong, but ")
    assert views.first in views.desk


# What a person reads of it


CONDITIONS = {name: come_about for name, (_, come_about) in (TROUBLES | CAUTIONS).items()}
NAMES_COMMAND = re.compile(rf"casereviews (?:{'|'.join(cli.list_commands(click.Context(cli)))})\b|(?<![\w-])--[a-z]")
LINK = re.compile(r'href="(/ops[^"#]*)"')


def visible(page: str) -> str:
    return unescape(texts(page))


@pytest.mark.parametrize("condition", CONDITIONS)
def test_the_desk_names_no_command_and_each_of_its_links_leads_to_a_page(
    well: Database, monkeypatch: pytest.MonkeyPatch, condition: str
) -> None:
    CONDITIONS[condition](well, monkeypatch)
    operator = Visitor(
        create_app(side_effects.SYSTEM, load(Path("casereviews.toml"))).test_client(), ADDRESS, "192.0.2.1"
    )
    log_in(operator, PASSWORD)
    first = operator.get("/ops").text
    pages = {path: operator.get(unescape(path)) for path in {*LINK.findall(first), "/ops/due", "/ops/support"}}

    assert {path: page.status_code for path, page in pages.items() if page.status_code not in (200, 308)} == {}
    for path in ("/ops/terminal", "/ops/audit"):  # that page alone may, and what somebody typed is told as it was
        pages.pop(path, None)
    told = {path: NAMES_COMMAND.findall(visible(page.text)) for path, page in pages.items()}
    assert {path: found for path, found in told.items() if found} == {}
    assert NAMES_COMMAND.findall(visible(first)) == []
    if condition in TROUBLES:
        needs = first.partition("What needs you</h2>")[2].partition("</ul>")[0]
        assert needs.count("<li>") == needs.count('<a href="/') > 0


def test_every_page_of_the_desk_names_no_command_when_all_is_amiss(
    well: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a dead timer", "emails that wait", "a disk nearly full", "a job that fails", "a twin elsewhere"):
        CONDITIONS[name](well, monkeypatch)
    runs.add(well, Run("nspcc", NOW, 1, quarantined=1, problems=("it shrank",)))
    app = create_app(side_effects.SYSTEM, load(Path("casereviews.toml")))
    operator = Visitor(app.test_client(), ADDRESS, "192.0.2.1")
    log_in(operator, PASSWORD)
    values = {"period": PERIOD, "name": "nspcc", "number": 1}
    seen, told = 0, {}
    for rule in app.url_map.iter_rules():
        if not rule.endpoint.startswith("ops.") or "GET" not in (rule.methods or ()):
            continue
        if (
            rule.endpoint in ("ops.terminal_only", "ops.audit_trail", "ops.script")
            or not rule.arguments <= values.keys()
        ):
            continue
        with app.test_request_context():
            path = url_for(rule.endpoint, **{name: values[name] for name in rule.arguments})
        page = operator.get(path)
        seen += page.status_code == 200
        if page.mimetype == "text/html" and (found := NAMES_COMMAND.findall(visible(page.text))):
            told[rule.endpoint] = found

    assert seen > 20
    assert told == {}


@pytest.mark.parametrize("condition", CONDITIONS)
def test_what_the_operator_is_mailed_names_no_command_and_the_page_that_puts_it_right(
    well: Database, monkeypatch: pytest.MonkeyPatch, condition: str
) -> None:
    CONDITIONS[condition](well, monkeypatch)
    settings = load(Path("casereviews.toml")).replace(operator="desk@example.org")
    told: list[OperatorMail] = []
    monkeypatch.setattr(notices, "deliver_notice", lambda *known: told.append(known[-1]))
    with suppress(HouseError):  # another machine's
        list(tick.run_scheduled(JobContext(side_effects.SYSTEM, settings, well, Event())))
    list(REPORT_JOB.do(JobContext(side_effects.SYSTEM, settings, well, Event())))

    operator = Visitor(create_app(side_effects.SYSTEM, settings).test_client(), ADDRESS, "192.0.2.1")
    log_in(operator, PASSWORD)
    assert told
    for notice in told:
        raw = build_operator_mail(
            notice.subject, notice.lines, "a@example.org", "b@example.org", "<1@a>", NOW, None, ADDRESS, notice.action
        )
        mail = message_from_bytes(raw, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        for part in (mail.get_body(("plain",)), mail.get_body(("html",))):
            assert part
            words = part.get_content()
            links = set(re.findall(rf"{ADDRESS}(/ops[^\s\"<>.]*)", words))
            assert NAMES_COMMAND.findall(words.partition("<body")[2] or words) == []
            assert links, notice.subject
            assert {path for path in links if operator.get(path).status_code != 200} == set()
