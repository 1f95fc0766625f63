"""The states of the operator's pages that are looked at in a browser; and the house in which they are found."""

import time
from collections.abc import Iterator
from contextlib import chdir, closing, contextmanager
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from threading import Event

from playwright.sync_api import Page as Tab

from app.cli import run_command
from app.runtime.side_effects import system_effects
from app.web.runner import WebRunner
from core.config.load import load
from core.config.schema import FetchSettings, Settings, Source, WebSettings
from core.editor_records import CorrectionVersion, WordingFix
from core.records import Page
from core.refusal_labels import RefusalLabel
from core.source_records import Run
from core.states import ROLES, Role
from db.collection import pages, reviews, runs, takedowns, wording_fixes
from db.mail import corrections, issue_marks, leave_requests, refusal_labels
from db.operator import accounts, audit_trail
from db.schema.connect import Database, connect, write_transaction
from services.delivery.refusal_labelling import keep_unknown
from tests.app.web.operator import HASH, PASSWORD, PERIOD, add_link
from tests.bench import listing
from tests.support.browser import Live, Steps
from tests.support.loopback_site import Answer, Request, Site
from tests.support.waiting import HANG
from tests.support.web_site import publish

ROBOTS = Answer(200, b"User-agent: *\nAllow: /\n", {"Content-Type": "text/plain"})
ODD = '<html><h1>Odd</h1><script>document.body.innerHTML = "ran"</script><img src="{picture}"></html>'
TROUBLES = (
    (1, "refused", "550 5.1.1 <reader0@example.org> user unknown"),
    (2, "refused", "554 5.7.1 " + "looks-like-spam" * 12),
    (3, "unknown", "interrupted: it may have been sent"),
)


class Listed:
    """The list of the one source of a house, on this machine. While `held` it does not answer."""

    def __init__(self) -> None:
        self.held = Event()
        self.site = Site({"/robots.txt": lambda _: ROBOTS, "/list": self.answer, "/2014": self.answer})
        self.asked = self.site.paths

    def answer(self, request: Request) -> Answer:
        """The list, with a review more than the house has."""
        while self.held.is_set() and not request.closing.is_set():
            time.sleep(0.01)
        said = [replace(entry, links=()) for entry in listing.entries(5)]
        return Answer(200, listing.page(said), {"Content-Type": "text/html"})


class Installation(Live):
    """A served house whose operator has much to see."""

    def __init__(self, folder: Path, settings: Settings, url: str, source: Listed) -> None:
        super().__init__(folder, settings, url)
        self.source = source


@contextmanager
def house(folder: Path, quarantined: bool = True) -> Iterator[Installation]:
    """September was sent to five readers, not all of whom got it; October waits, unless the source is quarantined."""
    publish(folder, readers=5, reviews=3)
    source = Listed()
    with source.site as site:
        changes = {
            "base_url": "http://127.0.0.1:8765",
            "web": WebSettings(password_hash=HASH),
            "sources": (Source(name="nspcc", url=site.url("/list"), year_url=site.url("/{year}")),),
            "fetch": FetchSettings(spacing=0, retries=0, backoff=0),
        }
        settings = load(folder / "casereviews.toml").replace(**changes)
        with chdir(folder):
            assert run_command(["issue", "test-send", PERIOD, "me@example.org"]) == 0
            assert run_command(["issue", "build", "2016-10"]) == 0
        if quarantined:
            _much(settings, ODD.format(picture=site.url("/picture.png")).encode())
        web = WebRunner(system_effects(), settings, "127.0.0.1", 0)
        web.start()
        try:
            yield Installation(folder, settings, web.url, source)
        finally:
            source.held.clear()
            assert web.end(HANG)


def _much(settings: Settings, odd: bytes) -> None:
    """Trouble of every kind."""
    now = system_effects().now()
    with closing(connect(settings.database)) as db:
        add_link(db, 1, f"https://example.org/{'a-long-name' * 12}.pdf", state="dead", dead_since="2016-10-03")
        page = Page("https://a.example/", "https://a.example/", 200, (("content-type", "text/html"),), odd, now)
        pages.save_body(settings.data_dir / "pages", page)
        with write_transaction(db):
            pages.add(db, "nspcc", page, ["2 reviews, where 4 were shown before"])
            runs.add(db, Run("nspcc", now, 1, 2, quarantined=1, problems=("2 reviews, where 4 were shown",)))
            review = db.execute("SELECT review_id FROM issue_reviews WHERE period = ?", [PERIOD]).fetchone()[0]
            corrections.add(db, PERIOD, "The year was **2015**, see [it](https://example.org).", now, "Sam", review)
            corrections.add_version(db, PERIOD, 1, CorrectionVersion(2, now, "The year was 2014.", "Kim", "a slip"))
            corrections.add(db, PERIOD, "Of the issue.", now, "Sam")
            corrections.add_version(db, PERIOD, 2, CorrectionVersion(2, now, "It was right.", "Kim", withdrawn=True))
            audit_trail.add(db, "Sam (192.0.2.0/24)", "did much " + "andmore" * 30, now)
            for role in ROLES:
                one = accounts.add(db, f"{role}@example.org", f"Some {role}", role, now)
                accounts.set_password_hash(db, one.id, HASH, now)
            takedowns.add(db, 4, "A court order.", now)
            issue_marks.save(db, PERIOD, "restored", now)
            leave_requests.add(db, 2, "of a message", now)
            keep_unknown(db, "one", "550 mailbox nailed shut, see " + "andmore" * 30, now)
            keep_unknown(db, "two", "550 5.0.0", now)
            _fix_wording(db, now)
            refusal_labels.save(db, RefusalLabel("has left the building", "gone", now))
            for number, state, reply in TROUBLES:
                values = [state, reply, number]
                db.execute("UPDATE deliveries SET state = ?, reply = ?, via = 'smtp' WHERE id = ?", values)


def _fix_wording(db: Database, now: datetime) -> None:
    """One fix in force, one whose collection has edited the words since, one that was taken back."""
    for part, old, new in (
        ("summary", reviews.get(db, "2").summary, "It is told in other words."),
        ("name", reviews.get(db, "2").name, "Baby Q"),
        ("name", "It was called otherwise", "It was called so"),
    ):
        wording_fixes.add(db, 2, WordingFix(part, old, new, "A letter was missing.", now), "Sam")


def enter(tab: Tab) -> None:
    """Log in."""
    tab.goto("/ops/login")
    _log_in(tab, "Sam")


def _log_in(tab: Tab, who: str) -> None:
    tab.locator("#name").fill(who)
    tab.get_by_label("Password").fill(PASSWORD)
    tab.get_by_role("button", name="Log in").click()


def _come_in(tab: Tab, site: Live, who: str = "Sam") -> None:
    """Be logged in: by the form at first, then by the cookies that were had by it."""
    if who in site.cookies:
        tab.context.add_cookies(site.cookies[who])
    else:
        tab.goto("/ops/login")
        _log_in(tab, who)
        site.cookies[who] = tab.context.cookies()


def inside(path: str, *, fill: dict[str, str] | None = None, press: str = "", follow: str = "") -> Steps:
    """Log in and open an address; there fill in a form and press its button, or follow a link."""

    def steps(tab: Tab, site: Live) -> None:
        _come_in(tab, site)
        tab.goto(path)
        for label, text in (fill or {}).items():
            tab.get_by_label(label, exact=True).first.fill(text)
        if press:
            tab.get_by_role("button", name=press, exact=True).click()
        if follow:
            tab.get_by_role("link", name=follow).first.click()

    return steps


def as_person(path: str, role: Role = "owner", fill: dict[str, str] | None = None, press: str = "") -> Steps:
    """Log in to the account of a role and open an address; there fill in a form and press its button."""

    def steps(tab: Tab, site: Live) -> None:
        _come_in(tab, site, f"{role}@example.org")
        tab.goto(path)
        for label, text in (fill or {}).items():
            tab.get_by_label(label, exact=True).first.fill(text)
        if press:
            tab.get_by_role("button", name=press, exact=True).click()

    return steps


def outside(tab: Tab, _: Live) -> None:
    """Come to the door."""
    tab.goto("/ops")


def refused(tab: Tab, _: Live) -> None:
    """Try a wrong password."""
    tab.goto("/ops/login")
    tab.get_by_label("Password").fill("wrong")
    tab.get_by_role("button", name="Log in").click()


def at_work(tab: Tab, site: Live) -> None:
    """Look at work that goes on."""
    assert isinstance(site, Installation)
    site.source.held.set()
    enter(tab)
    tab.get_by_role("button", name="Scrape now").click()


LIST = (
    "Email Address,First Name,MEMBER_RATING,OPTIN_TIME,Newsletter?\n"
    "cy@example.org,Cy,2,2024-01-01 10:00:00,yes\n"
    "reader1@example.org,R,2,2024-01-01 10:00:00,yes\n"
    "nobody,N,2,2024-01-01 10:00:00,yes\n"
    "out@example.org,O,2,2024-01-01 10:00:00,no\n"
    '"dee@example.org,D,2,2024-01-01 10:00:00,yes\n'
)


def uploaded(press: str = "", said: bool = True) -> Steps:
    """Upload a list of readers, say what it holds, and press a button."""

    def steps(tab: Tab, _: Live) -> None:
        enter(tab)
        tab.goto("/ops/people/import")
        tab.get_by_label("CSV file").set_input_files(
            {"name": "members.csv", "mimeType": "text/csv", "buffer": LIST.encode()}
        )
        tab.get_by_role("button", name="Upload it").click()
        if said:
            tab.get_by_label("Newsletter?").select_option(label="Who may get mail")
            tab.get_by_label("How and when they agreed").fill("Members’ form, 2026.")
            tab.get_by_label("Everybody on this list agreed").check()
        if press:
            tab.get_by_role("button", name=press, exact=True).click()

    return steps


def reading_years(tab: Tab, site: Live) -> None:
    """Look at work that goes on and can be stopped."""
    assert isinstance(site, Installation)
    site.source.held.set()
    enter(tab)
    tab.goto("/ops/years")
    tab.get_by_label("Years").fill("2014")
    tab.get_by_role("button", name="Continue").click()
    tab.get_by_role("button", name="Read them now").click()


ISSUE, OPEN = f"/ops/issues/{PERIOD}", "/ops/issues/2016-10"
STATES: dict[str, Steps] = {
    "the door": outside,
    "the door, wrong password": refused,
    "state": inside("/ops"),
    "sources": inside("/ops/sources"),
    "source": inside("/ops/sources/nspcc"),
    "entries": inside("/ops/sources/nspcc/entries"),
    "kept page": inside("/ops/sources/nspcc", follow="Page of"),
    "accept": inside("/ops/sources/nspcc/accept"),
    "issues": inside("/ops/issues"),
    "an issue that is open": inside(OPEN),
    "an issue that was sent": inside(ISSUE),
    "preview, light": inside(f"{ISSUE}/preview"),
    "preview, dark": inside(f"{ISSUE}/preview?view=dark"),
    "preview, phone": inside(f"{ISSUE}/preview?view=phone"),
    "preview, text": inside(f"{ISSUE}/preview?view=text&edition=short"),
    "preview, source": inside(f"{ISSUE}/preview?view=source"),
    "edit": inside(f"{OPEN}/edit"),
    "edit, wrong": inside(
        f"{OPEN}/edit", fill={"Your note": "x" * 9_000, "Why it is first": "Of none."}, press="Store the changes"
    ),
    "edit, moved": inside(f"{OPEN}/edit?moved=2&by=up"),
    "take in": inside(f"{OPEN}/add"),
    "take in, wrong": inside(f"{OPEN}/add", press="Take them in"),
    "take in, nothing": inside(f"{OPEN}/add?q=zebedee"),
    "wording fixes": inside("/ops/wording"),
    "wording of a review": inside("/ops/reviews/2/wording"),
    "put right": inside("/ops/reviews/2/wording/summary"),
    "put right, wrong": inside("/ops/reviews/2/wording/name", press="See what changes"),
    "put right, check": inside(
        "/ops/reviews/2/wording/summary",
        fill={"As it should be": "It is told otherwise.", "Why": "A word was missing."},
        press="See what changes",
    ),
    "approve, waiting": inside(f"{OPEN}/approve"),
    "send, waiting": inside(f"{OPEN}/send"),
    "send what was sent": inside(f"{ISSUE}/send"),
    "test": inside(f"{OPEN}/test"),
    "test, wrong": inside(f"{OPEN}/test", fill={"Send it to": "nobody"}, press="Continue"),
    "test, check": inside(f"{OPEN}/test", fill={"Send it to": "me@example.org"}, press="Continue"),
    "correct": inside(f"{ISSUE}/correct"),
    "correct, wrong": inside(f"{ISSUE}/correct", press="Continue"),
    "correct, check": inside(f"{ISSUE}/correct", fill={"Correction": "The year was 2015."}, press="Continue"),
    "correct, check by night": inside(
        f"{ISSUE}/correct", fill={"Correction": "The year was 2015."}, press="Continue", follow="Web page, dark"
    ),
    "correction": inside(f"{ISSUE}/corrections/1"),
    "correction, text": inside(f"{ISSUE}/corrections/1?view=text"),
    "correction, withdrawn": inside(f"{ISSUE}/corrections/2"),
    "correction, amend, wrong": inside(f"{ISSUE}/corrections/1/amend", press="Continue"),
    "correction, amend, check": inside(
        f"{ISSUE}/corrections/1/amend",
        fill={"Why it is amended": "Another slip.", "Correction": "2013."},
        press="Continue",
    ),
    "correction, withdraw": inside(f"{ISSUE}/corrections/1/withdraw"),
    "correction, withdraw, wrong": inside(f"{ISSUE}/corrections/1/withdraw", press="Continue"),
    "correction, mail": inside(f"{ISSUE}/corrections/1/mail"),
    "queues": inside("/ops/queue"),
    "workers and relays": inside("/ops/sending"),
    "queue": inside(f"/ops/queue/{PERIOD}"),
    "queue, sent": inside(f"/ops/queue/{PERIOD}?state=sent"),
    "queue, empty": inside(f"/ops/queue/{PERIOD}?state=failed"),
    "send again": inside(f"/ops/queue/{PERIOD}/again"),
    "outbox": inside("/ops/outbox"),
    "outbox of an issue": inside(f"/ops/outbox/{PERIOD}"),
    "message": inside(f"/ops/outbox/{PERIOD}", follow=".eml"),
    "people": inside("/ops/people"),
    "people, nobody": inside("/ops/people", fill={"Email address": "x@example.org"}, press="Look them up"),
    "person": inside("/ops/people", fill={"Email address": "reader1@example.org"}, press="Look them up"),
    "everybody": inside("/ops/people/all"),
    "everybody, some": inside("/ops/people/all?status=active&domain=example.org"),
    "add a reader": inside("/ops/people/add"),
    "add a reader, wrong": inside("/ops/people/add", press="Add them"),
    "wishes": inside("/ops/people/4/wishes"),
    "import": inside("/ops/people/import"),
    "import, wrong": inside("/ops/people/import", press="Upload it"),
    "import, columns": uploaded(said=False),
    "import, columns, wrong": uploaded("See what it would do", said=False),
    "import, check": uploaded("See what it would do"),
    "bounces, nobody": inside("/ops/bounces", press="See how many"),
    "unsubscribe": inside("/ops/people/4/unsubscribe"),
    "erase": inside("/ops/people/4/erase"),
    "refusals": inside("/ops/refusals"),
    "refusals, wrong": inside("/ops/refusals", fill={"Words that tell": "shut"}, press="Store what they mean"),
    "reports": inside("/ops/hooks"),
    "bounces": inside("/ops/bounces"),
    "audit trail": inside("/ops/audit"),
    "your account": as_person("/ops/account"),
    "your account, by the shared password": inside("/ops/account"),
    "your password, wrong": as_person("/ops/account/password", fill={"Another password": "short"}, press="Change it"),
    "accounts": as_person("/ops/accounts"),
    "an issue, for an operator": as_person(OPEN, "operator"),
    "not for this role": as_person("/ops/accounts", "editor"),
    "queue, without addresses": as_person(f"/ops/queue/{PERIOD}", "editor"),
    "terminal": inside("/ops/terminal"),
    "due": inside("/ops/due"),
    "support lines": inside("/ops/support"),
    "figures": inside("/ops/figures"),
    "manual": inside("/ops/manual"),
    "page of the manual": inside("/ops/manual/running"),
    "reviews": inside("/ops/reviews"),
    "reviews, found": inside("/ops/reviews", fill={"Words, a number or an address": "child"}, press="Find it"),
    "review": inside("/ops/reviews/1"),
    "review, wrong": inside("/ops/reviews/1", press="Take it down"),
    "review, check": inside("/ops/reviews/1", fill={"Why it is taken down": "A court order."}, press="Take it down"),
    "review, taken down": inside("/ops/reviews/4"),
    "review, show it again": inside("/ops/reviews/4/restore"),
    "links": inside("/ops/links"),
    "older years": inside("/ops/years"),
    "older years, wrong": inside("/ops/years", press="Continue"),
    "older years, check": inside("/ops/years", fill={"Years": "2014-2016"}, press="Continue"),
    "copies": inside("/ops/copies"),
    "a copy to download": inside("/ops/copies", press="Make a copy to download"),
    "try a page": inside("/ops/try"),
    "try a page, wrong": inside("/ops/try", press="Try it"),
    "kept pages read again": inside("/ops/sources/nspcc", press="Read them again, to compare"),
    "did it go out?": inside(f"{ISSUE}/settle"),
    "no such page": inside("/ops/what"),
    "something that could not be done": inside("/ops/sources/nspcc/pages/999"),
}
