"""A mistake in a sent issue, in Chromium: corrected, looked at, mailed, amended, seen in the next issue."""

from collections.abc import Iterator
from contextlib import chdir, closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from app.cli import run_command
from core.dates import correction_run
from db.mail import deliveries, mailings
from db.schema.connect import connect
from tests.app.web.operator import PERIOD
from tests.app.web.operator_states import Installation, enter, house
from tests.support.browser import SMALLEST, complaints, state, width_when_smallest
from tests.support.chromium import chromium
from tests.support.waiting import HANG

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
LONG = HANG * 1000  # milliseconds
ISSUE, ONE = f"/ops/issues/{PERIOD}", f"/ops/issues/{PERIOD}/corrections/1"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Installation]:
    with house(tmp_path, quarantined=False) as served:
        yield served


def write(page: Page) -> None:
    """Write it about the first review, and look at it by day and by night before it is added."""
    page.goto(ISSUE)
    page.get_by_role("link", name="Correct it").click()
    page.get_by_label("What it is about").select_option(index=1)
    page.get_by_label("Correction", exact=True).fill("The year was **2015**.")
    page.get_by_role("button", name="Continue").click()
    framed = page.frame_locator("iframe")
    for tab, word in (("Web page, dark", "strong"), ("Mail, dark", "strong"), ("Mail, light", "strong")):
        page.get_by_role("link", name=tab).click()
        expect(framed.locator(word)).to_have_text("2015")
    page.get_by_role("button", name="Add the correction").click()
    expect(page.get_by_text("the next issue tells of it").first).to_be_visible()


def mail(page: Page) -> None:
    """Ask for it, be asked once, and wait for its end."""
    page.get_by_role("link", name="Mail it to those who got the issue").click()
    expect(page.get_by_text("5 readers who got the issue")).to_be_visible()
    page.get_by_role("button", name="Mail it now").click()
    expect(page.get_by_text("Frozen, for 5 readers")).to_be_visible(timeout=LONG)
    page.goto(ONE)


def amend(page: Page) -> None:
    page.get_by_role("link", name="Amend it").click()
    page.get_by_label("Correction", exact=True).fill("The year was 2014.")
    page.get_by_label("Why it is amended").fill("a slip")
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Amend it").click()
    expect(page.get_by_text("These words were mailed to nobody yet.")).to_be_visible()


@pytest.mark.parametrize("script", [True, False])
def test_a_mistake_reaches_everybody_who_read_it(browser: Browser, site: Installation, script: bool) -> None:
    def steps(page: Page, _: object) -> None:
        enter(page)
        write(page)
        mail(page)
        amend(page)
        page.goto("/ops/issues/2016-10/preview")
        framed = page.frame_locator("iframe")
        expect(framed.get_by_role("heading", name="Corrections to earlier issues")).to_be_visible()
        expect(framed.get_by_text("The year was 2014.")).to_be_visible()

    with state(browser, site, steps, script) as (page, _):
        with closing(connect(site.settings.database)) as db:
            assert deliveries.counts(db, correction_run(PERIOD, 1, 1))["sent"] == 5
            assert [one.version for one in mailings.list_corrections(db, PERIOD, 1)] == [1]
        with chdir(site.folder):
            assert run_command(["issue", "send", "2016-10"]) == 0
        for path, heading in (
            ("/issues/2016-10", "Corrections to earlier issues"),
            (f"/issues/{PERIOD}", "Corrections since it was sent"),
        ):
            page.goto(path)
            expect(page.get_by_role("heading", name=heading)).to_be_visible()
            expect(page.get_by_text("The year was 2014.")).to_be_visible()
            if script:
                assert complaints(page) == []
                assert width_when_smallest(page) == SMALLEST
