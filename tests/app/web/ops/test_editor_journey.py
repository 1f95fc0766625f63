"""An editor makes an issue and an approver approves it, in Chromium, with script and without."""

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect
from werkzeug.security import generate_password_hash

from app.runtime.side_effects import system_effects
from core.dates import local_date, period_of
from core.states import Role
from db.mail import issues
from db.operator import accounts
from db.schema.connect import connect, write_transaction
from tests.app.web.operator import PASSWORD
from tests.app.web.operator_states import Installation, enter, house
from tests.support.browser import SMALLEST, complaints, width_when_smallest
from tests.support.chromium import chromium, patient
from tests.support.waiting import HANG, until

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
LONG = HANG * 1000  # milliseconds
PEOPLE: tuple[tuple[str, Role], ...] = (("edna@example.org", "editor"), ("april@example.org", "approver"))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Installation]:
    """A house in which nothing is amiss, with an editor and an approver."""
    with house(tmp_path, quarantined=False) as served:
        now = system_effects().now()
        with closing(connect(served.settings.database)) as db, write_transaction(db):
            for email, role in PEOPLE:
                account = accounts.add(db, email, email.partition("@")[0].title(), role, now)
                accounts.set_password_hash(db, account.id, generate_password_hash(PASSWORD, "scrypt:1024:8:1"), now)
        yield served


def come_in(page: Page, email: str) -> None:
    page.goto("/ops/login")
    page.locator("#name").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()


def go_out(page: Page) -> None:
    page.get_by_role("button", name="Log out").click()


def ended(page: Page, script: bool) -> None:
    """Wait for the end of some work: with script it comes by itself, without it one looks again."""
    again = page.get_by_role("link", name="Look again", exact=True)
    if not script:
        until(lambda: page.locator("#work-state").inner_text() == "Done." or again.click())
    expect(page.locator("#work-state")).to_have_text("Done.", timeout=LONG)


def names(page: Page) -> list[str]:
    """The reviews of the form, in their order."""
    return page.locator("legend a").all_inner_texts()


def called(words: str, title: str) -> re.Pattern[str]:
    """The name of a button or link whose last words are for who hears it alone."""
    return re.compile(rf"^{words}\W+{re.escape(title)}")


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_an_editor_makes_an_issue_and_an_approver_approves_it(
    browser: Browser, site: Installation, script: bool
) -> None:
    month = period_of(local_date(system_effects().now(), site.settings.zone))  # what is read now is news of
    context = patient(browser.new_context(base_url=site.url, java_script_enabled=script))
    with context:
        page = context.new_page()
        enter(page)  # whoever runs it has the sources read
        page.get_by_role("button", name="Scrape now").click()
        ended(page, script)
        go_out(page)

        come_in(page, "edna@example.org")
        page.goto(f"/ops/issues/{month}/edit")
        page.get_by_role("button", name="Choose reviews").click()
        page.get_by_role("checkbox").first.check()
        page.get_by_role("button", name="Take them in").click()
        expect(page.get_by_role("status")).to_contain_text("It is in the issue now.")
        page.get_by_label("Your note").fill("Come to [our training day](https://example.org/training).")
        before = names(page)
        page.get_by_role("button", name=called("Up", before[1])).click()
        expect(page.get_by_role("status")).to_contain_text(f"{before[1]} is now 1 of 2.")
        assert names(page) == before[::-1]
        expect(page.get_by_role("button", name=called("Down", before[1]))).to_be_focused()
        if script:
            assert complaints(page) == []
            assert width_when_smallest(page) == SMALLEST

        page.get_by_role("link", name=called("Put right how it is written", before[1])).click()
        page.get_by_role("link", name=called("Put it right", "the name")).click()
        page.get_by_label("As it should be").fill("Child ZZ")
        page.get_by_label("Why").fill("A letter was missing.")
        page.get_by_role("button", name="See what changes").click()
        expect(page.locator("ins")).to_contain_text("ZZ")
        page.get_by_role("button", name="Publish it so").click()
        expect(page.get_by_role("status")).to_contain_text("The name is published as you have written it.")
        page.goto(f"/ops/issues/{month}")
        expect(page.get_by_role("link", name="Approve")).to_have_count(0)
        page.get_by_role("link", name="Preview").click()
        mail = page.frame_locator("iframe")
        expect(mail.get_by_role("heading", name="Child ZZ")).to_be_visible()
        expect(mail.get_by_text("Corrected by Case reviews in the name")).to_be_visible()
        expect(mail.get_by_role("link", name="our training day")).to_have_attribute(
            "href", "https://example.org/training"
        )
        go_out(page)

        come_in(page, "april@example.org")
        page.goto(f"/ops/issues/{month}")
        page.get_by_role("link", name="Approve").click()
        page.get_by_role("button", name="Approve this issue").click()
        ended(page, script)

    with closing(connect(site.settings.database)) as db:
        stored = issues.get(db, month)
    assert stored.issue.status == "approved"
    assert len(stored.issue.reviews) == 2
    assert stored.issue.reviews[0].name == "Child ZZ"
