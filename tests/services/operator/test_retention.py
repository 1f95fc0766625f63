"""Retention: after 400 days old deliveries are counts, old reads and pages are gone; history and links stay."""

import os
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.runtime.side_effects import system_effects
from core.config.schema import Settings
from core.records import Page
from core.source_records import Run
from db.collection import crawled_pages, crawls, pages, runs
from db.collection.crawled_pages import CrawlStep
from db.collection.crawls import Crawl
from db.mail import deliveries, issues, provider_events, relay_tallies, subscribers
from db.operator import alerts_sent, audit_trail
from db.schema.connect import Database, connect, write_transaction
from services.delivery import provider_reports
from services.operator import retention
from services.operator.retention import RECORD_RETENTION, RetentionResult, delete_old_files, delete_old_records
from tests.bench.queries import Size, fill, period

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
OLD, YOUNG = NOW - RECORD_RETENTION - timedelta(days=1), NOW - RECORD_RETENTION + timedelta(days=1)


@pytest.fixture
def settings(db: Database) -> Settings:
    return Settings(data_dir=db.file.parent)


def page(body: bytes, at: datetime) -> Page:
    return Page("https://a.example/", "https://a.example/", 200, (), body, at)


def saved(db: Database, source: str, body: bytes, at: datetime) -> str:
    """A page that was read; its body's hash."""
    read = page(body, at)
    pages.save_body(db.file.parent / "pages", read)
    with write_transaction(db):
        pages.add(db, source, read)
    return read.sha256


def bodies(db: Database) -> set[str]:
    return {file.stem for file in Path(db.file.parent, "pages").rglob("*.gz")}


def sent(db: Database, at: datetime) -> None:
    """Two issues for ten readers each: the first sent to its end at that time, the second being sent."""
    with write_transaction(db):
        fill(db, Size(reviews=10, issues=2, readers=10, years=0))
        db.execute("UPDATE issues SET sent_at = ? WHERE status = 'sent'", [f"{at:%Y-%m-%dT%H:%M:%SZ}"])


@pytest.mark.parametrize(("at", "left"), [(OLD, 0), (YOUNG, 10)])
def test_of_old_deliveries_only_how_many_ended_how_is_kept(
    db: Database, settings: Settings, at: datetime, left: int
) -> None:
    sent(db, at)
    before = [deliveries.counts(db, period(number)) for number in (0, 1)]

    done = delete_old_records(system_effects(), settings, db, NOW)

    assert done.deliveries == 10 - left
    assert len(deliveries.listing(db, period(0))) == left
    assert len(deliveries.listing(db, period(1))) == 10
    assert [deliveries.counts(db, period(number)) for number in (0, 1)] == before
    assert before[0]["sent"] == 10


def test_what_is_still_being_sent_is_never_folded(db: Database, settings: Settings) -> None:
    sent(db, NOW)
    db.execute("UPDATE issues SET frozen_at = '2020-01-01T09:00:00Z' WHERE status = 'sending'")

    assert delete_old_records(system_effects(), settings, db, NOW).deliveries == 0


def test_folding_twice_counts_nobody_twice(db: Database, settings: Settings) -> None:
    sent(db, OLD)
    before = deliveries.counts(db, period(0))

    delete_old_records(system_effects(), settings, db, NOW)
    again = delete_old_records(system_effects(), settings, db, NOW)

    assert again == RetentionResult()
    assert deliveries.counts(db, period(0)) == before


def test_others_write_while_old_deliveries_are_folded(
    db: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent(db, OLD)
    before, seen = deliveries.counts(db, period(0)), []

    def write(seconds: float) -> None:
        with closing(connect(db.file, patience=0)) as other, write_transaction(other):
            seen.append((len(deliveries.listing(other, period(0))), deliveries.counts(other, period(0))))

    monkeypatch.setattr(retention, "BATCH", 4)

    assert delete_old_records(system_effects(sleep=write), settings, db, NOW).deliveries == 10
    assert seen == [(6, before), (2, before)]


def test_what_each_relay_did_of_an_old_issue_stays_counted(db: Database, settings: Settings) -> None:
    sent(db, OLD)
    with write_transaction(db):
        db.execute("UPDATE deliveries SET relay = iif(id % 2, 'north', 'south')")
    before = relay_tallies.count_by_relay(db, period(0))

    delete_old_records(system_effects(), settings, db, NOW)

    assert sorted(before) == ["north", "south"]
    assert deliveries.listing(db, period(0)) == []
    assert relay_tallies.count_by_relay(db, period(0)) == before


def test_who_reads_an_old_mail_can_still_leave_by_its_link(db: Database, settings: Settings) -> None:
    sent(db, OLD)
    token = next(subscribers.listing(db)).token

    delete_old_records(system_effects(), settings, db, NOW)

    assert subscribers.get_by_token(db, token)


def test_of_a_folded_issue_nothing_can_be_sent_again(db: Database, settings: Settings) -> None:
    sent(db, OLD)
    delete_old_records(system_effects(), settings, db, NOW)

    with write_transaction(db):
        issues.mark_sending(db, period(0))

    assert deliveries.count_requeueable(db, period(0), ["sent", "refused"]) == 0
    assert deliveries.count_waiting(db, period(0)) == (0, None)


def test_no_name_is_left_of_old_deliveries(db: Database, settings: Settings) -> None:
    sent(db, OLD)
    token = deliveries.listing(db, period(0))[0].token
    assert token.encode() in db.file.read_bytes() + Path(f"{db.file}-wal").read_bytes()

    delete_old_records(system_effects(), settings, db, NOW)

    assert token.encode() not in db.file.read_bytes() + Path(f"{db.file}-wal").read_bytes()


def test_old_reads_go_but_the_first_and_the_last_of_each_source(db: Database, settings: Settings) -> None:
    read = Run("nspcc", OLD, pages=1, seen=4)
    with write_transaction(db):
        for days, failed in ((40, False), (30, False), (20, True), (10, False), (5, True), (3, True)):
            runs.add(db, replace(read, started_at=OLD - timedelta(days=days), failed=failed))
        runs.add(db, Run("other", OLD, failed=True))
        runs.add(db, Run("young", YOUNG))

    done = delete_old_records(system_effects(), settings, db, NOW)

    days = [
        (OLD - datetime.fromisoformat(row[0])).days for row in db.execute("SELECT started_at FROM runs ORDER BY id")
    ]
    assert (done.runs, days) == (3, [40, 10, 3, 0, -2])
    assert runs.first_good_read(db) == OLD - timedelta(days=40)


def test_old_pages_go_with_their_files_but_the_last_of_each_source(db: Database, settings: Settings) -> None:
    old, again = saved(db, "nspcc", b"old", OLD), saved(db, "nspcc", b"unchanged", OLD)
    saved(db, "nspcc", b"unchanged", NOW)
    last = saved(db, "other", b"the only one", OLD)

    done = delete_old_records(system_effects(), settings, db, NOW)

    assert done.pages == 2
    assert bodies(db) == {again, last}
    assert old not in bodies(db)
    assert pages.read_last(db, settings.data_dir / "pages", "other").body == b"the only one"


def test_a_body_that_a_walk_finds_and_names_meanwhile_stays(db: Database, settings: Settings) -> None:
    old = saved(db, "nspcc", b"unchanged for a year", OLD)
    saved(db, "nspcc", b"last", NOW)
    with write_transaction(db):
        _, hashes = pages.delete_before(db, NOW)
    saved(db, "walk", b"unchanged for a year", NOW)

    pages.delete_bodies(db, settings.data_dir / "pages", hashes)

    assert old in bodies(db)


def test_a_page_that_a_crawl_needs_stays(db: Database, settings: Settings) -> None:
    read = page(b"step", OLD)
    pages.save_body(db.file.parent / "pages", read)
    with write_transaction(db):
        crawls.save(db, Crawl("nspcc", read.url, OLD, ("https://a.example/2",)))
        crawled_pages.add_step(db, "nspcc", CrawlStep(1, 1, read.url, ("C1",), True), read)
    saved(db, "nspcc", b"later", NOW)

    assert delete_old_records(system_effects(), settings, db, NOW).pages == 0
    assert read.sha256 in bodies(db)


@pytest.mark.parametrize(("at", "left"), [(OLD, 0), (YOUNG, 1)])
def test_old_lines_of_the_audit_trail_and_alerts_go(db: Database, settings: Settings, at: datetime, left: int) -> None:
    with write_transaction(db):
        audit_trail.add(db, "olive", "approved 2026-10", at)
        alerts_sent.save(db, "sent 2025-01", at)

    done = delete_old_records(system_effects(), settings, db, NOW)

    assert (done.audit_lines, done.alerts) == (1 - left, 1 - left)
    assert len(audit_trail.listing(db)) == left
    assert alerts_sent.exists(db, "sent 2025-01") is bool(left)


@pytest.mark.parametrize(("days", "left"), [(9, 1), (10, 0)])
def test_reports_of_providers_are_forgotten_after_none_of_them_would_be_taken(
    db: Database, settings: Settings, days: int, left: int
) -> None:
    assert provider_reports.EVENT_RETENTION > provider_reports.MAX_EVENT_AGE
    with write_transaction(db):
        provider_events.add(db, "brevo", "1", "delivered", NOW - timedelta(days=days))

    delete_old_records(system_effects(), settings, db, NOW)

    assert len(provider_events.counts(db)) == left


def test_sqlite_learns_how_large_the_tables_are(db: Database, settings: Settings) -> None:
    sent(db, NOW)
    with closing(db.conn.execute("SELECT * FROM deliveries WHERE period = 'x' AND state = 'sent'")) as asked:
        asked.fetchall()

    delete_old_records(system_effects(), settings, db, NOW)

    assert db.execute("SELECT COUNT(*) FROM sqlite_master WHERE name = 'sqlite_stat1'").fetchone()[0] <= 1


def made_at(path: Path, at: datetime) -> Path:
    """A file, changed last then."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    os.utime(path, (at.timestamp(), at.timestamp()))
    return path


def test_what_others_move_while_retention_looks_is_left_to_them(settings: Settings) -> None:
    for name in ("outbox/.a.part", "downloads/.b.part", "backups/.c.db.part"):
        path = settings.data_dir / name
        path.parent.mkdir()
        path.symlink_to("nowhere")  # named in its folder, and not there when it is looked at
    old = made_at(settings.data_dir / "outbox" / "2016-10" / "old.eml", NOW - timedelta(days=400))

    assert delete_old_files(settings, NOW) == (1, 0)
    assert not old.parent.exists()


def test_what_is_made_for_a_download_for_hours_is_not_deleted_meanwhile(settings: Settings) -> None:
    long_ago = NOW - timedelta(hours=3)
    at_work, left = (settings.data_dir / "downloads" / name for name in ("at-work", "left"))
    for folder, at in ((at_work, NOW), (left, long_ago)):
        made_at(folder / "issues" / "one.html", at)
        for place in (folder / "issues", folder):
            made_at(place, long_ago)  # which has its files from then on

    delete_old_files(settings, NOW)

    assert [one.name for one in (settings.data_dir / "downloads").iterdir()] == ["at-work"]
