"""Reports that come together are written together, each with its own result, and one that breaks stops no other."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import datetime
from threading import Event, Thread

import pytest

from app.web.hooks import group_commit
from app.web.hooks.group_commit import GroupCommit
from app.web.write_slots import REPORTERS
from core.config.schema import Settings
from core.errors import StoreError
from core.provider_events import ProviderEvent
from db.mail import provider_events
from db.schema.connect import Database, connect
from services.delivery.provider_reports import ProviderReport, ReportResult, take_reports
from tests.support import provider_requests as requests
from tests.support.signups import NOW
from tests.support.waiting import HANG, until

SETTINGS = Settings()


def report(ident: str) -> ProviderReport:
    return ProviderReport("generic", [ProviderEvent("delivered", ident, NOW, "nobody@example.org")])


class Held:
    """What writes reports down: the first group waits until it is let go. Remembers the groups."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.begun, self.go, self.groups = Event(), Event(), list[list[str]]()
        monkeypatch.setattr(group_commit, "take_reports", self)

    def __call__(
        self, settings: Settings, db: Database, reports: Sequence[ProviderReport], now: datetime
    ) -> list[ReportResult]:
        self.groups.append(names := [one.events[0].ident for one in reports])
        if len(self.groups) == 1:
            self.begun.set()
            self.go.wait(HANG)
        if "broken" in names:
            raise RuntimeError("broken")
        return take_reports(settings, db, reports, now)


class Crowd:
    """Requests that each come in a thread of their own."""

    def __init__(self, db: Database) -> None:
        self.commits, self._file = GroupCommit(), db.file
        self.results: dict[str, ReportResult | Exception] = {}
        self._threads: list[Thread] = []

    def come(self, *idents: str) -> None:
        for ident in idents:
            self._threads.append(Thread(target=self._take, args=(ident,)))
            self._threads[-1].start()

    def _take(self, ident: str) -> None:
        with closing(connect(self._file)) as db:
            try:
                self.results[ident] = self.commits.take(SETTINGS, db, report(ident), NOW)
            except Exception as e:
                self.results[ident] = e

    def wait(self) -> None:
        for thread in self._threads:
            thread.join(HANG)

    def wait_for_pending(self, number: int) -> None:
        until(lambda: len(self.commits._pending) >= number)


@pytest.mark.parametrize("broken", [False, True])
def test_those_who_wait_are_written_together(db: Database, monkeypatch: pytest.MonkeyPatch, broken: bool) -> None:
    held, crowd = Held(monkeypatch), Crowd(db)
    crowd.come("first")
    assert held.begun.wait(HANG)
    others = ["broken" if broken else "b", "c", "d"]
    crowd.come(*others)
    crowd.wait_for_pending(3)
    held.go.set()
    crowd.wait()

    assert sorted(held.groups[1]) == sorted(others)
    assert [ident for ident, one in crowd.results.items() if isinstance(one, Exception)] == ["broken"] * broken
    assert sum(one.count for one in provider_events.counts(db)) == 4 - broken


def test_a_disk_that_is_full_is_said_to_all_who_wait(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise StoreError("the disk is full")

    monkeypatch.setattr(group_commit, "take_reports", full)
    crowd = Crowd(db)
    crowd.come("a", "b")
    crowd.wait()

    assert {type(one) for one in crowd.results.values()} == {StoreError}


def test_reports_that_wait_leave_threads_to_readers_and_come_back(
    db: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.web.write_slots.MAX_WAIT", 0.0)
    site = requests.site(db, REPORTERS + 1)
    posts = [requests.brevo(requests.told(site, "delivered", reader=number)) for number in range(REPORTERS + 1)]
    held = Held(monkeypatch)
    with ThreadPoolExecutor(REPORTERS) as pool:
        waiting = [pool.submit(requests.post, site, one) for one in posts[:REPORTERS]]
        until(lambda: len(site.app.extensions["casereviews.hooks"].commits._pending) == REPORTERS - 1)
        refused, shown = requests.post(site, posts[-1]), site.visitor().get("/")
        held.go.set()

        assert [one.result().status_code for one in waiting] == [200] * REPORTERS
    assert (refused.status_code, refused.headers["Retry-After"], shown.status_code) == (503, "5", 200)
    assert requests.post(site, posts[-1]).status_code == 200
    assert [one.count for one in provider_events.counts(db)] == [REPORTERS + 1]
