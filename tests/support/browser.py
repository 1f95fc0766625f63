"""A published house served for real, and what every page of it must stand up to in Chromium."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import html5lib
from axe_playwright_python.base import AXE_SCRIPT  # type: ignore[import-untyped]  # it has no types
from playwright.sync_api import Browser, BrowserContext, Page, Response

from app.runtime.side_effects import system_effects
from app.web.runner import WebRunner
from core.config.load import load
from core.config.schema import Settings
from core.records import Subscriber
from core.states import LinkKind, ProofKind
from core.subscriber_rules import Preferences
from db.schema.connect import connect
from tests.support.chromium import patient
from tests.support.waiting import HANG
from tests.support.web_site import Site, link_path, proof_path, publish

LOOKS = ((1280, "light"), (390, "dark"))  # by night only colours are others, on a phone none: test_stylesheet.py
STRICT = {"rules": {"color-contrast-enhanced": {"enabled": True}}}
VIOLATIONS = (
    "how => axe.run(how).then(said => said.violations.map(v => [v.id, v.nodes.map(n => n.html.slice(0, 120))]))"
)
SMALLEST = 320  # CSS pixels: WCAG 2.2, 1.4.10


class Live:
    """A house that has sent an issue, on a real server."""

    def __init__(self, folder: Path, settings: Settings, url: str) -> None:
        self.folder, self.settings, self.url = folder, settings, url
        self.cookies = dict[str, Any]()  # of who has logged in

    def subscriber(self, name: str = "reader", status: str = "active", wishes: Preferences | None = None) -> Subscriber:
        """Somebody of a status."""
        with closing(connect(self.settings.database)) as db:
            site = Site(db, self.settings.base_url)
            site.house.effects = system_effects()  # whose tokens are new each time
            return site.subscriber(name, status, wishes)

    def proof_path(self, one: Subscriber, kind: ProofKind) -> str:
        """The address in an email that a reader asks for."""
        with closing(connect(self.settings.database)) as db:
            return proof_path(db, one, kind, system_effects().now())

    def link_path(self, email: str, kind: LinkKind) -> str:
        """The address in the newest email of a kind that was asked for on the pages."""
        with closing(connect(self.settings.database)) as db:
            return link_path(db, email, kind, system_effects().now())


Steps = Callable[[Page, Live], None]  # bring a page to a state


@contextmanager
def live(folder: Path, reviews: int = 3) -> Iterator[Live]:
    """Publish an issue in an empty folder and serve the house until the block ends."""
    publish(folder, reviews=reviews)
    configured = load(folder / "casereviews.toml").replace(base_url="http://127.0.0.1:8765")
    web = WebRunner(system_effects(), configured, "127.0.0.1", 0)
    web.start()
    try:
        yield Live(folder, configured, web.url)
    finally:
        assert web.end(HANG)


@contextmanager
def state(browser: Browser, site: Live, steps: Steps, script: bool = True) -> Iterator[tuple[Page, list[str]]]:
    """A page in a state, and the sources of the pages on the way there, the last of them its own."""
    context = _context(browser, site.url, script)
    page, sources = context.new_page(), list[str]()

    def keep(answer: Response) -> None:
        if answer.request.is_navigation_request() and answer.status not in range(300, 400):
            sources.append(answer.text())

    page.on("response", keep)
    try:
        steps(page, site)
        yield page, sources
    finally:
        page.close()
        context.clear_cookies()


@cache
def _context(browser: Browser, url: str, script: bool) -> BrowserContext:
    """What the pages of a site share, with a page that stays: to start one costs more than to look at a page."""
    context = patient(browser.new_context(base_url=url, java_script_enabled=script, locale="en-GB"))
    context.new_page()
    return context


def complaints(page: Page) -> list[tuple[str, str, list[str]]]:
    """What axe finds: at a desk by day, and on a phone by night."""
    found = []
    page.wait_for_load_state("load")  # a pressed button waits for the next page to begin only
    page.evaluate(AXE_SCRIPT)
    for width, scheme in LOOKS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of the two
        found += [(f"{width} {scheme}", name, where) for name, where in _violations(page, STRICT)]
    return found


def complaints_of_mail(page: Page, scheme: str) -> list[tuple[str, list[str]]]:
    """What axe finds in a mail; by night only the colours are others than by day."""
    page.evaluate(AXE_SCRIPT)
    return _violations(page, {"runOnly": ["color-contrast", "link-in-text-block"]} if scheme == "dark" else {})


def _violations(page: Page, how: Mapping[str, object]) -> list[tuple[str, list[str]]]:
    return [(name, where) for name, where in page.evaluate(VIOLATIONS, {"resultTypes": ["violations"], **how})]


def width_when_smallest(page: Page) -> int:
    """How wide a page is on the smallest phone, or at four times the size."""
    page.set_viewport_size({"width": SMALLEST, "height": 640})
    return int(page.evaluate("document.documentElement.scrollWidth"))


@cache  # many tests look at the same page, and it takes ten milliseconds
def invalid(source: str) -> list[str]:
    """What is wrong with a page as HTML: the parser's errors."""
    parser = html5lib.HTMLParser()
    parser.parse(source)
    return [f"{where}: {what} {more}" for where, what, more in parser.errors]


def unreached(page: Page) -> list[str]:
    """The controls of the page's forms that Tab does not come to, one after another, or that show no focus."""
    wanted = page.evaluate(
        """() => [...document.querySelectorAll('main form :is(input, select, textarea, button)')]
        .filter(one => one.type !== 'hidden' && !one.hasAttribute('tabindex'))
        .filter(one => !one.disabled && one.checkVisibility())
        .map((one, at) => (one.dataset.tabbed = one.type === 'radio' ? one.form.action + one.name : at))"""
    )
    if not wanted:
        return []
    page.locator("#main").focus()
    seen: set[str] = set()
    for _ in range(200):
        page.keyboard.press("Tab")
        inside, name, width = page.evaluate(
            """() => { const one = document.activeElement, width = parseFloat(getComputedStyle(one).outlineWidth)
            return [!!one.closest('main'), one.dataset.tabbed ?? '', width] }"""
        )
        if not inside:
            break
        if width >= 2:
            seen.add(name)
    return [str(name) for name in dict.fromkeys(wanted) if str(name) not in seen]
