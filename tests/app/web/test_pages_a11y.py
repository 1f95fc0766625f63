"""Every page in every state: axe finds nothing, nothing scrolls sideways, the HTML is valid, with script and without.

A room adds its pages by a module of states: a name, and the steps that bring a browser there.
"""

from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Browser

from db.mail import subscribers
from db.schema.connect import connect
from tests.app.web import subscriber_states
from tests.support.browser import SMALLEST, Live, complaints, invalid, live, state, width_when_smallest
from tests.support.chromium import chromium

STATES = {**subscriber_states.STATES}
pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    with live(tmp_path_factory.mktemp("house")) as served:
        yield served


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.mark.parametrize("name", STATES)
def test_everybody_can_use_the_page(browser: Browser, site: Live, name: str) -> None:
    with state(browser, site, STATES[name]) as (page, sources):
        assert complaints(page) == []
        assert width_when_smallest(page) == SMALLEST
        assert page.locator("h1").count() == 1
        assert page.locator("[id=main]").count() == 1
        assert page.title().startswith("Error: ") == (page.locator(".mistakes").count() == 1)
    assert sources
    assert [wrong for source in sources for wrong in invalid(source)] == []


def test_the_keyboard_alone_subscribes_and_chooses(browser: Browser, site: Live) -> None:
    with state(browser, site, subscriber_states.at("/subscribe"), script=False) as (page, _):
        steps = [("email", "keys@example.org"), ("summary", "Enter"), ("topics", "sleep")]
        steps += [
            ("topic", ""),
            ("summary", ""),
            ("nation-1", ""),
            ("nation-2", ""),
            ("nation-3", "Space"),
            ("nation-4", ""),
            ("rest-2", "ArrowDown"),
            ("when-1", "ArrowDown"),
            ("edition-1", "ArrowDown"),
        ]
        page.locator("#email").press("Shift+Tab")
        for where, what in steps:
            page.keyboard.press("Tab")
            here = page.locator(":focus")
            assert where in (here.get_attribute("id"), here.evaluate("e => e.localName"))
            assert here.evaluate("e => getComputedStyle(e).outlineWidth") == "3px"
            if what in ("Enter", "ArrowDown", "Space"):
                page.keyboard.press(what)
            else:
                page.keyboard.type(what)
        page.keyboard.press("Tab")  # to how the address is used, and on
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_url("**/check-your-email")

    with closing(connect(site.settings.database)) as db:
        one = subscribers.get(db, "keys@example.org")
    assert one is not None
    assert (one.topics, one.nations, one.edition) == (("sleep",), ("Wales",), "short")
    assert (one.matching, one.rest) == (True, "none")


def test_a_link_in_the_error_summary_leads_to_its_field(browser: Browser, site: Live) -> None:
    with state(browser, site, subscriber_states.with_mistakes, script=False) as (page, _):
        page.get_by_role("link", name="Change your topics").click()

        assert page.evaluate("document.activeElement.id") == "topics"
        described = page.locator("#topics").get_attribute("aria-describedby")
        assert described == "topics-hint topics-mistake"
        assert page.locator("#topics-mistake").is_visible()
