"""Two readers' own wishes, in Chromium without script: from the form, by the confirmation, to two different mails."""

from collections.abc import Iterator
from contextlib import chdir, closing
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from app.cli import run_command
from app.runtime.side_effects import system_effects
from app.web.runner import WebRunner
from core.config.load import load
from db.mail import issues, subscribers
from db.schema.connect import connect
from newsletter.issue.phrases import review_title
from tests.support import issue_sending
from tests.support.browser import Live, state
from tests.support.chromium import chromium
from tests.support.timed_installation import mails
from tests.support.waiting import HANG

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
PERIOD, MINE = issue_sending.PERIOD, "Matches what you asked for"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Live]:
    """A house whose issue of four reviews is approved; one reader has no wishes."""
    issue_sending.prepare(tmp_path, readers=1, reviews=4)
    with chdir(tmp_path):
        issue_sending.post(1, transport="outbox", live=False)
        settings = load(Path("casereviews.toml")).replace(base_url="http://127.0.0.1:8765")
        web = WebRunner(system_effects(), settings, "127.0.0.1", 0)
        web.start()
        yield Live(tmp_path, settings, web.url)
        assert web.end(HANG)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


def subscribe(page: Page, house: Live, name: str, topic: str, rest: str) -> None:
    """Sign up with a topic and what comes of the other reviews, and confirm."""
    page.goto("/subscribe")
    page.get_by_label("Your email address").fill(f"{name}@example.org")
    page.get_by_text("Choose what you get").click()
    page.get_by_label("Topics").fill(topic)
    page.get_by_label(rest, exact=True).check()
    page.get_by_role("button", name="Subscribe").click()
    with closing(connect(house.settings.database)) as db:
        reader = subscribers.get(db, f"{name}@example.org")
    assert reader
    page.goto(f"/confirm/{reader.token}")
    page.get_by_role("button", name="Confirm my subscription").click()
    expect(page.get_by_role("main")).to_contain_text(topic)
    expect(page.get_by_role("main")).to_contain_text(rest)


def texts_by_reader() -> dict[str, str]:
    """What the text part of each reader's mail says, on one line."""
    bodies = {str(mail["To"]): mail.get_body(("plain",)) for mail in mails(f"data/outbox/{PERIOD}")}
    return {to: " ".join(body.get_content().split()) for to, body in bodies.items() if body}


def test_two_readers_get_what_each_chose_on_the_form(browser: Browser, house: Live) -> None:
    with closing(connect(house.settings.database)) as db:
        titles = [review_title(review) for review in issues.get(db, PERIOD).issue.reviews]
    last, first = titles[3].rpartition(" – ")[2], titles[0].rpartition(" – ")[2]

    with state(browser, house, lambda page, site: None, script=False) as (page, _):
        subscribe(page, house, "ada", last, "Mine in full, the others as one line each")
        subscribe(page, house, "ben", first, "Only mine")
    assert run_command(["issue", "send", PERIOD]) == 0

    said = texts_by_reader()
    ada, ben, other = (said[f"{name}@example.org"].partition(MINE)[2] for name in ("ada", "ben", "reader0"))
    assert other == ""
    assert f"You asked for: {last}" in ada and f"You asked for: {first}" in ben
    assert "1 of the 4 case reviews in this issue matches; the other 3 follow." in ada
    assert "1 of the 4 case reviews in this issue matches; the other 3 are on the web." in ben
    assert sorted(titles, key=ada.index) == [titles[3], *titles[:3]]
    assert [title for title in titles if title in ben] == titles[:1]
