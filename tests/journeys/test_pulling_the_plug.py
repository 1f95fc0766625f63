"""Pulling the plug: the writing process is killed; the replica and the exported site still answer and search."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import requests
from playwright.sync_api import Page, expect

from db.mail import subscribers
from db.schema.connect import connect
from tests.support.browser import complaints, invalid
from tests.support.chromium import chromium, patient
from tests.support.issue_sending import PERIOD
from tests.support.processes import COMMAND, run
from tests.support.served_copy import CopiedHouse, answering
from tests.support.waiting import HANG

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@contextmanager
def any_web_server(folder: Path) -> Iterator[str]:
    """Where a web server that knows nothing of us shows a folder, until the block ends."""
    words = [sys.executable, "-u", "-m", "http.server", "0", "--bind", "127.0.0.1", "--directory", str(folder)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdout
        try:
            yield process.stdout.readline().partition("(")[2].partition("/)")[0]
        finally:
            process.kill()


def search(page: Page, words: str) -> str:
    """What the exported search says of words."""
    page.get_by_label("Words in the title").fill(words)
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text(f"“{words}”")
    return page.get_by_role("status").inner_text()


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


def test_the_exported_site_is_read_and_searched_in_a_browser(tmp_path: Path) -> None:
    house = CopiedHouse(tmp_path)
    with answering(house.home, "--no-scheduler") as (primary, _):
        run([COMMAND, "export-site", "site"], cwd=house.home, check=True, capture_output=True)
        primary.kill()
        primary.wait()
        with any_web_server(house.home / "site") as url, chromium() as browser:
            page = patient(browser.new_page())
            errors: list[object] = []
            page.on("pageerror", lambda error: errors.append(error))
            page.goto(f"{url}/index.html")
            page.get_by_role("link", name="Search the reviews").click()
            told = search(page, "family")
            assert told == f"{page.locator('#found h2 a').count()} reviews with “family”".replace(
                "1 reviews", "1 review"
            )
            assert complaints(page) == []
            assert invalid((house.home / "site/search.html").read_text("utf-8")) == []
            assert search(page, "nosuchword family") == (
                "No reviews with “nosuchword family”. No review has “nosuchword”: check the spelling"
            )
            page.goto(f"{url}/search.html?q=family")
            expect(page.get_by_role("status")).to_contain_text("“family”")
            assert page.get_by_role("status").inner_text() == told
            assert "with “fam* -nosuchword”" in search(page, "fam* -nosuchword")
            title = page.locator("#found h2 a").first.inner_text()
            page.locator("#found h2 a").first.click()
            assert page.locator("h1").inner_text() == title
            plain = patient(browser.new_page(java_script_enabled=False))
            plain.goto(f"{url}/search.html")
            assert "The search needs JavaScript" in plain.locator("main").inner_text()
            assert not plain.locator("#seek").is_visible()
            assert not errors
            for one in (page, plain):
                one.close()
