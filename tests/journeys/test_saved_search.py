"""A search saved from its results without script, confirmed by email: its review is told of once, on its day."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from app.web.runner import WebRunner
from db.mail import saved_searches, subscribers
from services.readers.subscriptions import end_subscription
from tests.support.browser import Live, state
from tests.support.chromium import chromium
from tests.support.loopback_site import Answer, Request
from tests.support.timed_installation import Installation, Listing, mails
from tests.support.waiting import HANG
from tests.support.web_site import link_path

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
READER = "reader@example.org"
FILTERS = (("age", "1-to-5"), ("topic", "neglect"), ("topic", "sleep"), ("year", "2025-2026"))


class Children(Listing):
    """A listing whose reviews say an age and topics: a name is "3; neglect; Child A"."""

    def __call__(self, _: Request) -> Answer:
        entries = ""
        for year, described in self.names:
            age, topic, name = described.split("; ")
            entries += (
                f"<h3>{year} – Westmere – {name}</h3><p>Death of a {age}-year-old boy by the river, called {name}.</p>"
                f"<p>Keywords: {topic}, school</p><p><a href='/reports/1.pdf'>Read the report</a></p>"
            )
        return Answer(200, f"<html><body><h2>Published</h2>{entries}</body></html>".encode())


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def house() -> Iterator[Installation]:
    """A house that has read its source for the first time."""
    made = Installation("2026-01-10 12:00")
    made.listing = Children()
    with made:
        made.listing.publish(2024, "14; sleep; Child A", "3; gangs; Child B")
        made.read("3; neglect; Child C", "2; sleep; Child D")
        yield made


def narrow(page: Page) -> None:
    """Search, and narrow the results by an age, years and two topics."""
    page.goto("/reviews?q=river")
    page.locator("section[aria-labelledby=by-age]").get_by_role("link", name="1 to 5").click()
    page.get_by_label("From").fill("2025")
    page.get_by_label("to", exact=True).fill("2026")
    page.get_by_role("button", name="Show these years").click()
    for topic in ("Neglect", "Sleep"):
        page.locator("section[aria-labelledby=by-topic]").get_by_role("link", name=topic).click()


def save_search(page: Page, house: Installation) -> None:
    """From a page of results to the search that is saved."""
    narrow(page)
    page.get_by_role("link", name="Email me results like this").click()
    page.get_by_label("On the day", exact=True).check()
    page.get_by_label("Your email address").fill(READER)
    page.get_by_role("button", name="Email me results like this").click()
    page.wait_for_url("**/saved-searches/check-your-email")
    with closing(house.db()) as db:
        page.goto(link_path(db, READER, "search", house.at))
    page.get_by_role("button", name="Save this search").click()
    page.get_by_text("Your search is saved.").wait_for()


def alerts() -> list[str]:
    return [str(mail["Subject"]) for mail in mails() if mail["To"] == READER and "new review" in mail["Subject"]]


def test_a_saved_search_brings_its_review_once_and_none_to_who_has_left(browser: Browser, house: Installation) -> None:
    settings = house.settings.replace(base_url="http://127.0.0.1:8765")
    web = WebRunner(house.effects, settings, "127.0.0.1", 0)
    web.start()
    with state(browser, Live(Path(), settings, web.url), lambda page, _: save_search(page, house), script=False):
        pass
    assert web.end(HANG)
    with closing(house.db()) as db:
        one = subscribers.get(db, READER)
        assert one and one.status == "active"
        (search,) = saved_searches.list_of_reader(db, one.id)
    assert (search.words, search.filters, search.cadence) == ("river", FILTERS, "day")

    house.listing.publish(2026, "15; neglect; Child E", "4; neglect; Child F", "4; gangs; Child G")
    house.tick("2026-01-12 06:30")
    house.until("2026-01-15 23:00")

    (subject,) = alerts()
    assert subject.startswith("1 new review for your saved search")
    (mail,) = [mail for mail in mails() if mail["Subject"] == subject]
    text = str(mail.get_body(["plain"]).get_content())  # type: ignore[union-attr]
    assert "Child F" in text
    assert not [name for name in ("Child C", "Child D", "Child E", "Child G") if name in text]

    with closing(house.db()) as db:
        end_subscription(db, one.token, house.at)
    house.listing.publish(2026, "4; neglect; Child H")
    house.until("2026-01-17 23:00")
    assert alerts() == [subject]
