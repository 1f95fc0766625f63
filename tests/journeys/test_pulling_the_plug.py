"""Pulling the plug: the writing process is killed; the replica still answers and searches."""

from contextlib import closing
from pathlib import Path

import pytest
import requests

from db.mail import subscribers
from db.schema.connect import connect
from tests.support.issue_sending import PERIOD
from tests.support.served_copy import CopiedHouse, answering
from tests.support.waiting import HANG

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


def test_the_replica_answers_and_searches_and_loses_nobody_who_leaves(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = CopiedHouse(tmp_path)
    with closing(connect(house.settings.database)) as db:
        first, second = list(subscribers.listing(db, "active"))[:2]
    with answering(house.home, "--no-scheduler") as (primary, home):
        house.follow()
        before = sorted(house.away.iterdir())
        with house.replica(monkeypatch, home) as away:
            seen = requests.get(f"{away}/issues/{PERIOD}", timeout=HANG)
            left = requests.post(f"{away}/unsubscribe/{first.token}", ONE_CLICK, timeout=HANG)
            house.follow()
            primary.kill()
            primary.wait()
            pages = [requests.get(f"{away}{path}", timeout=HANG) for path in (f"/issues/{PERIOD}", "/reviews/1")]
            found = requests.get(f"{away}/reviews.json", {"q": "neglect"}, timeout=HANG).json()
            lost = requests.post(f"{away}/unsubscribe/{second.token}", ONE_CLICK, timeout=HANG)
            told = requests.get(f"{away}/healthz", timeout=HANG).json()
            after = sorted(house.away.iterdir())

    assert (left.status_code, left.text) == (200, "You are unsubscribed.\n")
    with closing(connect(house.settings.database)) as db:
        assert [subscribers.get(db, one.email).status for one in (first, second)] == ["unsubscribed", "active"]
    assert [page.status_code for page in (seen, *pages)] == [200] * 3
    assert all("A copy, as of " in page.text for page in pages)
    assert found["count"] > 0
    assert (lost.status_code, lost.headers["Retry-After"]) == (503, "120")
    assert "You are not unsubscribed yet" in lost.text
    assert told["ok"] and told["copy"]["known_from"] == "database"
    assert after == sorted([*before, house.away / "casereviews.toml"])
