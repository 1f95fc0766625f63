"""The operator's pages in Chromium: axe, reflow, valid HTML, the keyboard alone, with script and without."""

import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from app.runtime.side_effects import system_effects
from app.web.runner import WebRunner
from core.config.load import load
from core.config.schema import MailSettings, WebSettings
from db.collection import reviews, takedowns
from db.mail import issues
from db.operator import audit_trail
from db.schema.connect import connect
from newsletter.cluster.cluster_key import make_key
from newsletter.cluster.worker_board import WorkerBoard
from services.operator.error_reports import ErrorReport, pass_on_reports, take_error_report
from tests.app.web.log_in_states import LOG_IN_STATES
from tests.app.web.operator import HASH, PASSWORD, PERIOD
from tests.app.web.operator_states import STATES, Installation, at_work, enter, house, inside, reading_years
from tests.services.operator.test_sending_state import RELAYS
from tests.support.browser import SMALLEST, Live, Steps, complaints, invalid, state, unreached, width_when_smallest
from tests.support.chromium import chromium
from tests.support.cluster import Broker
from tests.support.waiting import HANG, until
from tests.support.web_site import publish

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
OCTOBER = "2016-10"
DOWN = ("Take it down", "Take it down now")  # buttons
LONG = HANG * 1000  # milliseconds


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with house(tmp_path_factory.mktemp("house")) as served:
        yield served


@pytest.fixture
def quiet(tmp_path: Path) -> Iterator[Installation]:
    """A house in which nothing is amiss."""
    with house(tmp_path, quarantined=False) as served:
        yield served


@pytest.mark.parametrize("name", STATES | LOG_IN_STATES)
def test_everybody_can_use_the_page(browser: Browser, site: Installation, name: str) -> None:
    with state(browser, site, (STATES | LOG_IN_STATES)[name]) as (page, sources):
        assert complaints(page) == []
        assert width_when_smallest(page) == SMALLEST
        assert page.locator("h1").count() == 1
        assert page.locator("[id=main]").count() == 1
        assert page.title().startswith("Error: ") == (page.locator(".mistakes").count() == 1)
        assert unreached(page) == []
    ours = [source for source in sources if 'id="main"' in source]  # and not what is in their frames
    assert ours
    assert [wrong for source in ours for wrong in invalid(source)] == []


@pytest.mark.parametrize("begin", [at_work, reading_years])
def test_everybody_can_use_the_page_of_some_work(browser: Browser, quiet: Installation, begin: Steps) -> None:
    with state(browser, quiet, begin) as (page, sources):
        assert complaints(page) == []
        assert width_when_smallest(page) == SMALLEST
        quiet.source.held.clear()
        ended(page, True)
        assert complaints(page) == []
    assert [wrong for source in sources for wrong in invalid(source)] == []


def test_no_operator_is_needed_to_see_how_the_password_is_set(browser: Browser, tmp_path: Path) -> None:
    publish(tmp_path)
    settings = load(tmp_path / "casereviews.toml").replace(base_url="http://127.0.0.1:8765")
    web = WebRunner(system_effects(), settings, "127.0.0.1", 0)
    web.start()
    try:
        with state(browser, Live(tmp_path, settings, web.url), lambda page, _: page.goto("/ops") and None) as (page, _):
            assert complaints(page) == []
            assert width_when_smallest(page) == SMALLEST
            assert page.get_by_text("docs/first-month.md").is_visible()
    finally:
        assert web.end(HANG)


def test_workers_and_relays_are_seen_as_they_come_without_loading_the_page_again(
    browser: Browser, tmp_path: Path
) -> None:
    publish(tmp_path)
    mail = MailSettings(transport="smtp", live=True, sender="News <news@example.org>", relays=RELAYS)
    with Broker(tmp_path) as broker:
        changes = {"base_url": "http://127.0.0.1:8765", "mail": mail, "cluster": {"broker": broker.address}}
        settings = load(tmp_path / "casereviews.toml").replace(web=WebSettings(password_hash=HASH), **changes)
        with closing(WorkerBoard(settings.cluster, make_key(settings).fingerprint)) as store:
            store.sign_in("worker1 on a", '{"connections": 4, "queues": ["deliver"], "rates": {"deliver": 118.0}}')
            store.put("session.1", b"sealed")
            web = WebRunner(system_effects(), settings, "127.0.0.1", 0)
            web.start()
            try:
                with state(browser, Live(tmp_path, settings, web.url), inside("/ops/sending")) as (page, sources):
                    assert complaints(page) == []
                    assert width_when_smallest(page) == SMALLEST
                    expect(page.get_by_role("heading", name="worker1 on a idle")).to_be_visible()
                    expect(page.get_by_role("link", name="Look again")).to_be_hidden()
                    store.sign_in("worker2 on b", "{}")
                    expect(page.get_by_role("heading", name="worker2 on b idle")).to_be_visible()
                    assert complaints(page) == []
            finally:
                assert web.end(HANG)
    assert [wrong for source in sources if 'id="main"' in source for wrong in invalid(source)] == []


def test_what_was_scraped_cannot_run_in_its_frame(browser: Browser, site: Installation) -> None:
    with state(browser, site, STATES["kept page"]) as (page, _):
        framed = page.frame_locator("iframe")

        expect(framed.get_by_role("heading", name="Odd")).to_be_visible()
        assert "ran" not in framed.locator("body").inner_text()
    assert "/picture.png" not in site.source.asked()


@pytest.mark.parametrize("view", ["light", "dark"])
@pytest.mark.parametrize("machine", ["light", "dark"])
def test_a_preview_is_light_or_dark_whatever_the_machine_is(
    browser: Browser, site: Installation, view: str, machine: str
) -> None:
    with state(browser, site, inside(f"/ops/issues/{PERIOD}/preview?view={view}")) as (page, _):
        page.emulate_media(color_scheme=machine)  # type: ignore[arg-type]  # one of the two
        sheet = page.frame_locator("iframe").locator(".sheet").first
        painted = sheet.evaluate("e => getComputedStyle(e).backgroundColor")

    assert painted == {"light": "rgb(255, 255, 255)", "dark": "rgb(26, 33, 41)"}[view]


def test_a_phone_is_as_narrow_as_a_phone(browser: Browser, site: Installation) -> None:
    with state(browser, site, inside(f"/ops/issues/{PERIOD}/preview?view=phone")) as (page, _):
        page.set_viewport_size({"width": 1280, "height": 900})
        width = page.frame_locator("iframe").locator("html").evaluate("e => e.ownerDocument.defaultView.innerWidth")

    assert width == 390


def status(site: Installation, period: str) -> str:
    with closing(connect(site.settings.database)) as db:
        return issues.get(db, period).issue.status


def ended(page: Page, script: bool) -> None:
    """Wait for the end of some work: with script it comes by itself, without it one looks again."""
    again = page.get_by_role("link", name="Look again", exact=True)
    if not script:
        until(lambda: page.locator("#work-state").inner_text() == "Done." or again.click())
    expect(page.locator("#work-state")).to_have_text("Done.", timeout=LONG)


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_the_operator_reads_looks_approves_and_sends(browser: Browser, quiet: Installation, script: bool) -> None:
    def steps(page: Page, _: object) -> None:
        enter(page)
        page.get_by_role("button", name="Scrape now").click()
        ended(page, script)
        expect(page.locator("#work-lines")).to_contain_text("nspcc: 5 reviews read, 1 new")
        page.goto(f"/ops/issues/{OCTOBER}")
        page.get_by_role("link", name="Edit").click()
        page.get_by_label("Your note").fill("Our website moves on Friday.")
        page.get_by_role("button", name="Store the changes").click()
        expect(page.get_by_role("status")).to_contain_text("built anew")
        page.get_by_role("link", name="Preview").click()
        framed = page.frame_locator("iframe")
        expect(framed.get_by_text("Our website moves on Friday.")).to_be_visible()
        page.get_by_role("link", name="Back to the issue").click()
        page.get_by_role("link", name="Approve").click()
        page.get_by_role("button", name="Approve this issue").click()
        ended(page, script)
        assert status(quiet, OCTOBER) == "approved"
        page.get_by_role("link", name="Back to the issue").click()
        page.get_by_role("link", name="Send it now").click()
        page.get_by_role("button", name="Send it now").click()
        ended(page, script)
        expect(page.locator("#work-lines")).to_contain_text("So far: 5 written to files")

    with state(browser, quiet, steps, script):
        assert status(quiet, OCTOBER) == "sent"
    with closing(connect(quiet.settings.database)) as db:
        told = [entry.what.split(",")[0].split(";")[0] for entry in audit_trail.listing(db)]
        assert told[: told.index("logged in") + 1] == [
            f"sent {OCTOBER}",
            f"approved {OCTOBER}",
            f"edited the issue of {OCTOBER}",
            "scraped now: nspcc",
            "logged in",
        ]
    assert len(list((quiet.settings.data_dir / "outbox" / OCTOBER).glob("*.eml"))) == 5


def test_progress_is_seen_while_it_goes_on_without_loading_the_page_again(
    browser: Browser, quiet: Installation
) -> None:
    with state(browser, quiet, at_work) as (page, sources):
        expect(page.locator("#work-state")).to_have_text("At work.")
        expect(page.locator("#work-doing")).to_have_text("Reading nspcc, 1 of 1")
        expect(page.locator("#work-again")).to_be_hidden()
        loaded = len(sources)
        quiet.source.held.clear()
        expect(page.locator("#work-state")).to_have_text("Done.", timeout=LONG)
        expect(page.locator("#work-lines li")).to_have_count(1)
        expect(page.locator("#work-doing")).to_be_hidden()

    assert len(sources) == loaded


def test_without_script_the_page_looks_again_by_itself_when_asked_to(browser: Browser, quiet: Installation) -> None:
    with state(browser, quiet, at_work, script=False) as (page, _):
        page.get_by_role("link", name="have this page look again by itself").click()
        expect(page.locator("#work-state")).to_have_text("At work.")
        quiet.source.held.clear()
        expect(page.locator("#work-state")).to_have_text("Done.", timeout=LONG)


def tab_to(page: Page, name: str, role: str = "") -> None:
    """Press Tab until something of this name has the focus."""
    for _ in range(60):
        page.keyboard.press("Tab")
        where = page.evaluate(
            "(e => [e.labels?.[0]?.innerText || e.innerText || '', e.tagName])(document.activeElement)"
        )
        if where[0].strip() == name and role in ("", where[1]):
            return
    raise AssertionError(f"nothing called {name} takes the focus")


def test_the_keyboard_alone_is_enough(browser: Browser, quiet: Installation) -> None:
    def steps(page: Page, _: object) -> None:
        page.goto("/ops")
        tab_to(page, "Password")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url("**/ops")
        tab_to(page, "Issues")
        page.keyboard.press("Enter")
        page.wait_for_url("**/issues")
        tab_to(page, "Issue of October 2016")
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/{OCTOBER}")
        tab_to(page, "Edit")
        page.keyboard.press("Enter")
        page.wait_for_url("**/edit")
        tab_to(page, "Your note")
        page.keyboard.type("By hand.")
        tab_to(page, "Order")
        page.keyboard.type("By name")
        tab_to(page, "Store the changes")
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/{OCTOBER}")
        tab_to(page, "Send a test")
        page.keyboard.press("Enter")
        page.wait_for_url("**/test")
        tab_to(page, "Send it to")
        page.keyboard.type("me@example.org")
        tab_to(page, "Full")
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        page.get_by_role("heading", name="Check before you send a test").wait_for()
        expect(page.locator(".rows")).to_contain_text("short")
        tab_to(page, "Send the test")
        page.keyboard.press("Enter")
        ended(page, True)
        tab_to(page, "Readers")
        page.keyboard.press("Enter")
        page.wait_for_url("**/people")
        tab_to(page, "Email address")
        page.keyboard.type("reader2@example.org")
        page.keyboard.press("Enter")
        page.wait_for_url("**/people/3")
        tab_to(page, "Erase them")
        page.keyboard.press("Enter")
        page.wait_for_url("**/erase")
        tab_to(page, "Erase them", "BUTTON")
        page.keyboard.press("Space")
        page.wait_for_url("**/people")
        tab_to(page, "Log out")
        page.keyboard.press("Enter")
        page.wait_for_url("**/login")

    with state(browser, quiet, steps):
        pass
    with closing(connect(quiet.settings.database)) as db:
        kept = issues.get(db, OCTOBER)
        assert (kept.issue.note, kept.edits.order) == ("By hand.", "name")
        assert [entry.what for entry in audit_trail.listing(db)][:3] == [
            "logged out",
            "erased r…@example.org",
            "looked up r…@example.org",
        ]


def test_nothing_is_asked_of_anybody_else(browser: Browser, site: Installation) -> None:
    asked: list[str] = []

    def steps(page: Page, _: object) -> None:
        page.on("request", lambda request: asked.append(request.url))
        enter(page)
        for path in ("/ops/sources/nspcc", f"/ops/issues/{PERIOD}/preview", f"/ops/outbox/{PERIOD}"):
            page.goto(path)

    with state(browser, site, steps):
        pass
    assert len(asked) > 6
    assert [url for url in asked if not url.startswith(site.url)] == []


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_from_the_mail_a_review_is_taken_down_in_four_taps_on_a_phone(
    browser: Browser, quiet: Installation, script: bool
) -> None:
    with closing(connect(quiet.settings.database)) as db:
        one = reviews.get(db, "2")
        take_error_report(system_effects(), db, one, ErrorReport("It names the child.", ""), "192.0.2.1")
        assert pass_on_reports(system_effects(), quiet.settings, db) == 1
    mails = [file.read_text() for file in (quiet.settings.data_dir / "outbox").glob("*.eml")]
    (mail,) = [one for one in mails if "an error in review 2" in one]
    address = re.search(r"https?://\S+/ops/reviews/2\b", mail)
    assert address
    taps: list[str] = []

    def steps(page: Page, _: object) -> None:
        enter(page)  # as on any day: the phone has been in before
        page.set_viewport_size({"width": 390, "height": 844})
        page.goto(urlsplit(address[0]).path)
        taps.append("the link in the mail")
        for name, role in (("Why it is taken down", "textbox"), *((one, "button") for one in DOWN)):
            there = page.get_by_role(role, name=name, exact=True)  # type: ignore[arg-type]  # one of the two
            box = there.bounding_box()
            assert box
            assert box["x"] >= 0
            assert box["x"] + box["width"] <= 390
            there.click()
            taps.append(name)
            if role == "textbox":
                page.keyboard.type("It names the child.")
        ended(page, script)
        expect(page.locator("#work-lines")).to_contain_text("Review 2 is taken down")

    with state(browser, quiet, steps, script):
        pass
    assert len(taps) <= 4
    with closing(connect(quiet.settings.database)) as db:
        assert [down.review_id for down in takedowns.listing(db)] == [2]
