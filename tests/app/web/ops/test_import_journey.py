"""Readers imported in a browser from a file shaped as Mailchimp exports it, with script and without."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from db.mail import subscribers
from db.operator import audit_trail
from db.schema.connect import connect
from tests.app.web.operator_states import enter, house, uploaded
from tests.support.browser import Live, complaints, state
from tests.support.chromium import chromium
from tests.support.waiting import HANG, until

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
BAD_ROWS = [
    "Line 4: has no @",
    "Line 5: its \"newsletter?\" is 'no'; only active subscribers are taken",
    "Line 6: a quote is not closed, or something follows the closing one",
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


def try_list(page: Page, site: Live) -> None:
    """Upload the list and see what would become of it."""
    uploaded("See what it would do")(page, site)
    expect(page.get_by_role("heading", name="Check before you import")).to_be_visible()
    expect(page.locator(".rows")).to_contain_text("Would be added1 reader")
    expect(page.locator(".rows")).to_contain_text("There already, left as they are1 reader")
    expect(page.locator("main li").filter(has_text="Line ")).to_have_text(BAD_ROWS)
    address = page.get_by_role("link", name="Download them as CSV").get_attribute("href")
    lines = page.request.get(f"{site.url}{address}").text().removeprefix("\ufeff").splitlines()
    assert [line.partition(",")[0] for line in lines] == ["line", "4", "5", "6"]


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_readers_come_from_a_mailchimp_file_with_three_bad_rows(browser: Browser, tmp_path: Path, script: bool) -> None:
    def steps(page: Page, site: Live) -> None:
        try_list(page, site)
        page.get_by_role("button", name="Import 1 reader").click()
        again = page.get_by_role("link", name="Look again", exact=True)
        if not script:
            until(lambda: page.locator("#work-state").inner_text() == "Done." or again.click())
        expect(page.locator("#work-state")).to_have_text("Done.", timeout=HANG * 1000)
        expect(page.locator("#work-lines")).to_contain_text("1 reader added")
        assert not script or complaints(page) == []  # axe is a script
        page.reload()
        page.get_by_role("link", name="What was imported").click()
        expect(page.get_by_role("heading", name="What was imported")).to_be_visible()
        expect(page.get_by_text("the file was deleted then")).to_be_visible()
        assert not script or complaints(page) == []  # axe is a script

    with house(tmp_path, quarantined=False) as site:
        with state(browser, site, steps, script):
            pass
        with closing(connect(site.settings.database)) as db:
            one = subscribers.get(db, "cy@example.org")
            assert one
            assert (one.status, one.consent.wording) == ("active", "Members’ form, 2026.")
            assert subscribers.counts(db) == {"active": 6}
            assert [entry.what.split(",")[0] for entry in audit_trail.listing(db)][:3] == [
                "imported a list",
                "tried a list of readers",
                "uploaded a list of readers",
            ]
        assert [file.suffix for file in (site.settings.data_dir / "imports").iterdir()] == [".json"]


def test_the_keyboard_alone_adds_a_reader(browser: Browser, tmp_path: Path) -> None:
    def press_tab_to(page: Page, name: str) -> None:
        focused = "document.activeElement.labels?.[0]?.innerText || document.activeElement.innerText || ''"
        for _ in range(60):
            page.keyboard.press("Tab")
            if page.evaluate(focused).strip() == name:
                return
        raise AssertionError(f"nothing called {name} takes the focus")

    def steps(page: Page, _: Live) -> None:
        enter(page)
        page.goto("/ops/people/add")
        press_tab_to(page, "Email address")
        page.keyboard.type("cy@example.org")
        press_tab_to(page, "How and when they agreed, in your own words")
        page.keyboard.type("Asked by phone.")
        press_tab_to(page, "Ask them by email to confirm")
        page.keyboard.press("ArrowDown")
        press_tab_to(page, "Add them")
        page.keyboard.press("Enter")
        expect(page.get_by_role("status")).to_contain_text("c…@example.org is added: active.")

    with house(tmp_path, quarantined=False) as site, state(browser, site, steps):
        pass
