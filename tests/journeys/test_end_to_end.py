"""The whole way in Chromium, with script and without: a reader and an operator, at a real `casereviews serve`."""

import re
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import date
from email.message import EmailMessage
from pathlib import Path
from threading import Event

import pytest
import requests
from bs4 import BeautifulSoup
from playwright.sync_api import Browser, ConsoleMessage, Page, Response, expect
from playwright.sync_api import Request as Asked

from app.demo.listing_pages import render_listing, reviews_in_month
from app.demo.sample_reviews import sample_collection
from core.records import Subscriber
from db.mail import subscribers
from db.operator import audit_trail
from db.schema.connect import connect
from tests.app.web.operator import HASH, PASSWORD
from tests.conftest import Typed
from tests.support.chromium import chromium, patient
from tests.support.loopback_site import Answer, Request, Site
from tests.support.processes import COMMAND, Popen
from tests.support.timed_installation import PDF, ROBOTS, mails
from tests.support.waiting import HANG, until

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
ADA = "ada@example.org"
GIVEN_UP = "net::ERR_ABORTED"  # by going on before all of a page was there
CONFIGURED = """\
base_url = "{url}"
[[sources]]
name = "sample"
collection = "Sample Library"
url = "{source}"
[schedule]
issue_at = "00:00"
[fetch]
spacing = 0
retries = 0
[mail]
sender = "Case reviews <news@example.org>"
[web]
password_hash = "{password}"
"""


class Library:
    """The site of an invented collection: its list in a month, and its reports. While `held`, no list comes."""

    def __init__(self) -> None:
        self.month, self.held = 1, Event()
        reports = "/HeritageScripts/Hapi.dll/search2"
        self.site = Site({"/robots.txt": lambda _: ROBOTS, "/list": self.answer, reports: lambda _: PDF})

    def answer(self, request: Request) -> Answer:
        """The list as it is now."""
        while self.held.is_set() and not request.closing.is_set():
            time.sleep(0.01)
        year = date.today().year
        page = render_listing(reviews_in_month(sample_collection().current, self.month, year), "2025", year)
        return Answer(200, page.encode(), {"Content-Type": "text/html; charset=utf-8"})


class Newsroom:
    """A house in the working folder, served at `url`, that reads a library."""

    def __init__(self, url: str, library: Library) -> None:
        self.url, self.library = url, library

    def reader(self) -> Subscriber:
        """Ada, as the database has her."""
        with closing(connect(Path("data/casereviews.db"))) as db:
            found = subscribers.get(db, ADA)
        assert found
        return found


class Visitor:
    """Somebody with a browser of their own, and whatever went wrong in it."""

    def __init__(self, browser: Browser, url: str, script: bool) -> None:
        self.context = patient(browser.new_context(base_url=url, java_script_enabled=script, locale="en-GB"))
        self.context.set_default_timeout(HANG * 1000)
        self.faults: list[str] = []
        self._own = f"{url}/"
        self.context.on("console", self._said)
        self.context.on("weberror", lambda error: self.faults.append(str(error.error)))
        self.context.on("request", self._asked)
        self.context.on("requestfailed", self._failed)
        self.context.on("response", self._answered)
        self.tab = self.context.new_page()

    def _said(self, one: ConsoleMessage) -> None:
        if one.type in ("error", "warning"):
            self.faults.append(one.text)

    def _asked(self, one: Asked) -> None:
        if not one.url.startswith(self._own):
            self.faults.append(f"asked for {one.url}")

    def _failed(self, one: Asked) -> None:
        if one.failure != GIVEN_UP:
            self.faults.append(f"{one.url}: {one.failure}")

    def _answered(self, one: Response) -> None:
        if one.status >= 400:
            self.faults.append(f"{one.url}: {one.status}")

    def press(self, name: str) -> None:
        """Press a button."""
        self.tab.get_by_role("button", name=name, exact=True).click()

    def follow(self, name: str | re.Pattern[str]) -> None:
        """Follow a link."""
        self.tab.get_by_role("link", name=name, exact=True).click()

    def sees(self, heading: str) -> None:
        """The page is the one of this heading."""
        expect(self.tab.get_by_role("heading", level=1)).to_have_text(heading)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture
def newsroom(typed: Callable[..., Typed]) -> Iterator[Newsroom]:
    """The process is told to stop at the end, and has to have nothing to complain of."""
    assert typed("init").code == 0
    library = Library()
    with library.site as site, served(site.url("/list")) as url:
        yield Newsroom(url, library)
        library.held.clear()
    said = Path("serve.log").read_text("utf-8")
    assert said.endswith("Stopped.\n")
    assert "Traceback" not in said
    assert ADA not in said


@contextmanager
def served(source: str) -> Iterator[str]:
    """`casereviews serve` on a free port, which the links in its mail name; where it answers."""
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    Path("casereviews.toml").write_text(CONFIGURED.format(url=url, source=source, password=HASH))
    command = [str(COMMAND), "serve", "--no-scheduler", "--port", str(port)]
    with Path("serve.log").open("wb") as log:
        process = Popen(command, stdout=log, stderr=log)
        try:
            until(lambda: process.poll() is not None or b"The pages answer at" in Path("serve.log").read_bytes())
            assert process.poll() is None, Path("serve.log").read_text()
            yield url
            process.send_signal(signal.SIGTERM)
            assert process.wait(HANG) == 0
        finally:
            process.kill()
            process.wait()


def letter(folder: str, subject: str) -> EmailMessage:
    """The one message in a folder whose subject begins so; waits for it."""
    (one,) = until(
        lambda: [mail for mail in mails(folder) if str(mail["Subject"]).startswith(subject)],
        lambda: [str(mail["Subject"]) for mail in mails(folder)],
    )
    return one


def link(mail: EmailMessage, words: str) -> str:
    """Where a link of a mail leads; its text part names the same address."""
    html, text = mail.get_body(("html",)), mail.get_body(("plain",))
    assert html
    assert text
    (found,) = [a for a in BeautifulSoup(html.get_content(), "html.parser").find_all("a") if a.get_text() == words]
    assert str(found["href"]) in text.get_content()
    return str(found["href"])


def sign_up(ada: Visitor, newsroom: Newsroom) -> None:
    """From the front page to the letter, and from its link to a subscription."""
    ada.tab.goto("/")
    ada.tab.get_by_label("Your email address").fill(ADA)
    ada.press("Subscribe")
    ada.sees("Check your email")
    mail = letter("data/outbox", "Confirm")
    assert mail["To"] == ADA
    ada.tab.goto(link(mail, "Confirm your subscription"))
    assert newsroom.reader().status == "pending"  # opening it changes nothing
    ada.press("Confirm my subscription")
    ada.sees("You are subscribed")
    assert newsroom.reader().status == "active"


def log_in(sam: Visitor) -> None:
    """By the door."""
    sam.tab.goto("/ops")
    sam.sees("Log in")
    sam.tab.get_by_label("Your name").fill("Sam")
    sam.tab.get_by_label("Password").fill(PASSWORD)
    sam.press("Log in")
    expect(sam.tab).to_have_url(re.compile(r"/ops$"))


def done(tab: Page, line: str) -> None:
    """Some work ends, and says this. Without script a page that came too early does not know until it looks again."""
    expect(tab.locator("#work-state")).to_be_visible()
    look_again = tab.get_by_role("link", name="have this page look again by itself")
    if look_again.is_visible():
        look_again.click()
    expect(tab.locator("#work-state")).not_to_have_text("At work.", timeout=HANG * 1000)
    assert tab.locator("#work").inner_text().startswith("Done."), tab.locator("#work").inner_text()
    expect(tab.locator("#work-lines")).to_contain_text(line)
    expect(tab.locator("#work-error")).to_be_hidden()


def scrape(sam: Visitor, library: Library, script: bool) -> None:
    """Read the library when all is known and no news, and when there is news: slowly, so that one sees it go on."""
    sam.press("Scrape now")
    done(sam.tab, "sample: 18 reviews read, 18 new, 0 changed, 0 missing, 0 unchanged; known from now on, no news")
    sam.follow("Back to the first page")
    library.month = 2
    library.held.set()
    sam.press("Scrape now")
    expect(sam.tab.locator("#work-state")).to_have_text("At work.")
    expect(sam.tab.locator("#work-doing")).to_have_text("Reading sample, 1 of 1")
    if not script:
        sam.follow("have this page look again by itself")
    library.held.clear()
    done(sam.tab, "sample: 24 reviews read, 6 new, 1 changed, 0 missing, 17 unchanged")
    sam.follow("Back to the first page")
    expect(sam.tab.get_by_text("6 new reviews wait for an issue.")).to_be_visible()


def prepare(sam: Visitor) -> str:
    """Look at the issue of this month, build it, send a test of it; the period."""
    sam.follow(re.compile("^Issue of "))
    period = sam.tab.url.rpartition("/")[2]
    sam.press("Build it")
    expect(sam.tab.get_by_role("status")).to_contain_text("It is built")
    sam.follow("Preview")
    for view in ("Light", "Dark", "Phone"):
        sam.follow(view)
        framed = sam.tab.frame_locator("iframe")
        expect(framed.get_by_role("heading", name="Harrowdale – Noor")).to_be_visible()
    sam.follow("Text")
    expect(sam.tab.get_by_role("region", name="Text")).to_contain_text("Honour-based abuse of a 16-year-old girl")
    sam.follow("Back to the issue")
    sam.follow("Send a test")
    sam.tab.get_by_label("Send it to").fill("sam@example.org")
    sam.press("Continue")
    expect(sam.tab.locator("dl")).to_contain_text("to a file in the outbox")
    sam.press("Send the test")
    done(sam.tab, "sam@example.org: written to outbox/")
    assert letter("data/outbox", "Test: ")["To"] == "sam@example.org"
    sam.follow("Back to the issue")
    return period


def send(sam: Visitor, period: str) -> None:
    """Approve the issue and send it, each after a look at what that means."""
    sam.follow("Approve")
    expect(sam.tab.locator("dl")).to_contain_text("Harrowdale – Noor")
    expect(sam.tab.locator("dl")).to_contain_text("1 reader")
    sam.press("Approve this issue")
    done(sam.tab, "Approved: ")
    sam.follow("Back to the issue")
    expect(sam.tab.get_by_text("It is approved.")).to_be_visible()
    assert not Path("data/outbox", period).exists()
    sam.follow("Send it now")
    expect(sam.tab.locator("dl")).to_contain_text("No mail leaves this machine")
    sam.press("Send it now")
    done(sam.tab, "So far: 1 written to files")
    sam.follow("Back to the issue")
    expect(sam.tab.get_by_text("It is sent.")).to_be_visible()
    sam.follow("See the queue")
    sam.follow("Sent (1)")
    expect(sam.tab.get_by_role("main")).to_contain_text(ADA)


def log_out(sam: Visitor, period: str) -> None:
    """After a look at the audit trail, which has everything, newest first; then nothing opens any more."""
    sam.follow("People and audit")
    sam.follow("Audit trail")
    first = sam.tab.get_by_role("main").get_by_role("listitem")
    expect(first.first).to_contain_text(f"sent {period}, hash ")
    expect(first.first).to_contain_text("Sam (127.0.0.0/24)")
    with closing(connect(Path("data/casereviews.db"))) as db:
        told = [re.split(r"[,;]", entry.what)[0] for entry in audit_trail.listing(db)]
    assert told == [
        f"sent {period}",
        f"approved {period}",
        f"sent a test of {period} to s…@example.org",
        f"looked at a test of {period} before sending it",
        f"built the issue of {period}",
        *["scraped now: sample"] * 2,
        "logged in",
        "init",
    ]
    sam.press("Log out")
    sam.sees("Log in")
    sam.tab.goto(f"/ops/issues/{period}")
    sam.sees("Log in")


def read(who: Visitor, address: str) -> None:
    """From the mail to the web: the issue, a search, a review."""
    who.tab.goto(address)
    expect(who.tab.get_by_role("heading", level=1)).to_contain_text("Case reviews")
    expect(who.tab.get_by_role("link", name="Harrowdale – Noor").first).to_be_visible()
    who.follow("Search reviews")
    who.tab.get_by_role("searchbox").fill("honour")
    who.press("Search")
    expect(who.tab.get_by_role("status")).to_have_text("1 review with “honour”")
    expect(who.tab.locator("mark").first).to_have_text("Honour")
    who.follow(re.compile("Harrowdale – Noor"))
    who.sees("Harrowdale – Noor")
    expect(who.tab.get_by_role("main")).to_contain_text("Honour-based abuse of a 16-year-old girl")
    expect(who.tab.get_by_role("main")).to_contain_text("taken abroad in the summer of 2023")


def choose(ada: Visitor, address: str, newsroom: Newsroom) -> None:
    """The short edition, and a topic."""
    ada.tab.goto(address)
    ada.sees("What you get")
    ada.tab.get_by_label("Short", exact=True).check()
    ada.tab.get_by_label("Only when something matches").check()
    ada.tab.get_by_label("Topics").fill("autism")
    ada.press("Save")
    expect(ada.tab.get_by_role("status")).to_have_text("Your choices are saved.")
    now = newsroom.reader()
    assert (now.edition, now.topics, now.matching, now.status) == ("short", ("autism",), True, "active")


def leave_and_return(ada: Visitor, mail: EmailMessage, newsroom: Newsroom) -> None:
    """A mail provider's one click ends it; the page says so, and it is undone there."""
    address = mail["List-Unsubscribe"].strip("<>")
    name, _, value = mail["List-Unsubscribe-Post"].partition("=")
    answer = requests.post(address, {name: value}, allow_redirects=False, timeout=HANG)
    assert (answer.status_code, answer.text, list(answer.cookies)) == (200, "You are unsubscribed.\n", [])
    assert newsroom.reader().status == "unsubscribed"
    assert link(mail, "Unsubscribe") == address
    ada.tab.goto(address)
    ada.sees("You are unsubscribed")
    ada.press("Undo: keep my subscription")
    ada.sees("You are subscribed")
    back = newsroom.reader()
    assert (back.status, back.edition, back.topics) == ("active", "short", ("autism",))


@pytest.mark.parametrize("script", [True, False], ids=["with script", "without script"])
def test_from_signing_up_to_an_issue_and_from_leaving_to_coming_back(
    browser: Browser, newsroom: Newsroom, script: bool
) -> None:
    ada, sam, passer_by = (Visitor(browser, newsroom.url, script) for _ in range(3))
    sign_up(ada, newsroom)
    log_in(sam)
    scrape(sam, newsroom.library, script)
    period = prepare(sam)
    send(sam, period)
    log_out(sam, period)
    mail = letter(f"data/outbox/{period}", "")
    assert mail["To"] == ADA
    read(ada, link(mail, "Read this on the web"))
    choose(ada, link(mail, "Change what you get"), newsroom)
    leave_and_return(ada, mail, newsroom)
    read(passer_by, link(mail, "Read this on the web"))
    for page in ("/issues", f"/issues/{period}/as-sent", "/topics", "/reviews?topic=autism"):
        passer_by.tab.goto(page)

    assert passer_by.context.cookies() == []
    assert [one.faults for one in (ada, sam, passer_by)] == [[], [], []]
    assert {request.path for request in newsroom.library.site.requests} >= {"/robots.txt", "/list"}
    for one in (ada, sam, passer_by):
        one.context.close()
