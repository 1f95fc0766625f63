"""From a red notice in the operator's mailbox to the trouble solved: on a phone, by the address in it, no terminal."""

import re
import socket
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from app.web.runner import WebRunner
from db.mail import issues
from db.operator import job_failures, support_checks
from services.issues.support_lines import support_checked
from tests.app.web.operator import HASH, PASSWORD
from tests.support.browser import SMALLEST, width_when_smallest
from tests.support.chromium import chromium, patient
from tests.support.issue_sending import Sink
from tests.support.timed_installation import ADA, Installation, mails, news, readers, utc
from tests.support.waiting import HANG

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
LONG = HANG * 1000  # milliseconds
PHONE = {"width": 390, "height": 844}
NAMES_COMMAND = re.compile(r"casereviews [a-z]+ |(?<![\w-])--[a-z]")


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def house() -> Iterator[Installation]:
    with news() as made:
        yield made


class Walk:
    """Somebody who goes from their mailbox, with nothing but a browser. `script`: whether it runs any."""

    def __init__(self, browser: Browser, script: bool = True) -> None:
        self.tab = patient(browser.new_page(viewport=PHONE, java_script_enabled=script, locale="en-GB"))  # type: ignore[arg-type]
        self.taps = 0

    def open_mail(self, subject: str) -> None:
        """Look at the newest notice with this subject, as a mail program shows it."""
        mail = [one for one in mails() if one["Subject"] == f"casereviews: {subject}"][-1]
        page, text = mail.get_body(("html",)), mail.get_body(("plain",))
        assert page and text
        self.tab.set_content(page.get_content())
        assert str(self.tab.locator("a").first.get_attribute("href")) in text.get_content()
        self.look(self.tab)

    def come_in(self) -> None:
        """Follow the address in the mail through the log-in to the page that it names."""
        address = str(self.tab.locator("a").first.get_attribute("href"))
        self.tab.locator("a").first.click()
        self.taps += 1
        self.look(self.tab)
        self.tab.get_by_label("Password", exact=True).fill(PASSWORD)
        self.press("Log in")
        assert self.tab.url == address

    def press(self, button: str) -> None:
        """Press a button."""
        self._tap("button", button)

    def follow(self, link: str) -> None:
        """Follow a link."""
        self._tap("link", link)

    def _tap(self, role: str, name: str) -> None:
        self.tab.get_by_role(role, name=name, exact=True).first.click()  # type: ignore[arg-type]  # one of two
        self.tab.wait_for_load_state("load")
        self.taps += 1
        self.look(self.tab)

    def wait_for_work(self) -> None:
        """Stay on the page of some work until it is done, all of it."""
        expect(self.tab.get_by_text("Done.", exact=True)).to_be_visible(timeout=LONG)
        self.look(self.tab)

    @staticmethod
    def look(tab: Page) -> None:
        """No step tells anybody to type a command, or is wider than a phone."""
        assert NAMES_COMMAND.findall(tab.locator("body").inner_text()) == []
        assert width_when_smallest(tab) == SMALLEST
        tab.set_viewport_size(PHONE)  # type: ignore[arg-type]


@contextmanager
def served(house: Installation, more: str = "") -> Iterator[None]:
    """The pages of the house, at the address that its mail names."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = int(server.getsockname()[1])
    house.configure(f'{more}\n[web]\npassword_hash = "{HASH}"\n')
    file = Path("casereviews.toml")
    file.write_text(file.read_text("utf-8").replace("https://news.example.org", f"http://127.0.0.1:{port}"), "utf-8")
    web = WebRunner(house.effects, house.settings, "127.0.0.1", port)
    web.start()
    try:
        yield
    finally:
        assert web.end(HANG)


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_a_page_that_is_quarantined_is_looked_at_and_accepted(
    browser: Browser, house: Installation, script: bool
) -> None:
    house.listing.names = [(2026, "Child A")]  # most of what was listed is gone
    with served(house):
        house.tick("2026-01-13 09:00")
        walk = Walk(browser, script)
        walk.open_mail("nspcc is broken")
        walk.come_in()
        expect(walk.tab.get_by_text("It is broken:")).to_be_visible()
        walk.follow("Accept the quarantined page")
        walk.press("Accept it: the cases have changed")
        if script:
            walk.wait_for_work()
        walk.follow("Back to nspcc")

        expect(walk.tab.get_by_text("It is well:")).to_be_visible()
    assert walk.taps <= 5
    assert "! nspcc" not in " ".join(house.standing())


@pytest.mark.parametrize(
    ("login", "refusing", "mended_by", "said"),
    [
        ("", ["--fault", "mail:550 5.7.1 Not you=1"], [], "Not you"),
        (
            'username = "news"\npassword = "secret"\n',
            ["--password", "another"],
            ["--password", "secret"],
            "refused the log-in",
        ),
    ],
    ids=["the sender", "the log-in"],
)
def test_a_relay_that_refused_us_is_tried_again_once_it_is_put_right(
    browser: Browser,
    house: Installation,
    tmp_path: Path,
    login: str,
    refusing: list[str],
    mended_by: list[str],
    said: str,
) -> None:
    with Sink(tmp_path, *refusing) as sink:
        mail = f'[mail]\ntransport = "smtp"\nsecurity = "none"\nport = {sink.port}\nallow_list = ["{ADA}"]\n'
        more = f'[newsletter]\npublish = "auto"\n{mail}host = "127.0.0.1"\n{login}'
        with served(house, more):
            house.tick("2026-02-01 09:00")
            walk = Walk(browser)
            walk.open_mail("delivery failed")
            walk.come_in()
            expect(walk.tab.get_by_text(said)).to_be_visible()
            expect(walk.tab.get_by_text("stand in the configuration")).to_be_visible()
            walk.press("Try again now")
            expect(walk.tab.get_by_text("Not all of it could be done")).to_be_visible(timeout=LONG)
            assert sink.accepted() == []

            sink.__exit__()
            with Sink(tmp_path, *mended_by, port=sink.port) as mended:
                walk.follow("Back to what is due")
                walk.press("Try again now")
                walk.wait_for_work()

                assert [one.recipient for one in mended.accepted()] == [ADA]
            walk.follow("Back to what is due")
            expect(walk.tab.get_by_text("What fails")).not_to_be_visible()
    with closing(house.db()) as db:
        assert job_failures.listing(db) == []
        assert issues.get(db, "2026-01").issue.status == "sent"


def test_support_lines_that_nobody_checked_for_long_are_confirmed(browser: Browser, house: Installation) -> None:
    day = house.at.date() - timedelta(days=400)
    with served(house, f"[support]\nchecked = {day}\n"):
        house.tick()
        walk = Walk(browser)
        walk.open_mail("the support lines want to be checked")
        walk.come_in()
        walk.press("All of them are right today")

        expect(walk.tab.get_by_text("They were last checked on 12 January 2026")).to_be_visible()
    assert walk.taps == 3
    with closing(house.db()) as db:
        said = support_checks.latest(db)
        assert said and said.who
        assert support_checked(house.settings, db) == said.day == house.at.date()
    assert "tell the operator: the support lines want to be checked" not in house.tick("2026-06-01 09:00", dry=True)


def test_an_issue_that_is_overdue_is_built_approved_and_sent(browser: Browser, house: Installation) -> None:
    with served(house, '[newsletter]\npublish = "approve"\n'):
        house.tick("2026-02-13 09:00")
        walk = Walk(browser)
        walk.open_mail("the issue of January 2026 was not sent")
        walk.come_in()
        walk.press("Build it")
        walk.follow("Approve")
        walk.press("Approve this issue")
        walk.wait_for_work()
        walk.follow("Back to the issue")
        walk.follow("Send it now")
        walk.press("Send it now")
        walk.wait_for_work()

    assert readers("2026-01") == [ADA]
    assert walk.taps <= 8
    assert utc("2026-02-13 09:00") == house.at
