"""A published house served for real, and what every page of it must stand up to in Chromium."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import html5lib
from axe_playwright_python.sync_playwright import Axe  # type: ignore[import-untyped]  # it has no types
from playwright.sync_api import Browser, Page, Response

from app.runtime.side_effects import system_effects
from app.web.runner import WebRunner
from core.config.load import load
from core.config.schema import Settings
from core.records import Subscriber
from core.subscriber_rules import Preferences
from db.schema.connect import connect
from tests.support.web_site import Site, publish

LOOKS = [(width, scheme) for width in (1280, 390) for scheme in ("light", "dark")]
SMALLEST = 320  # CSS pixels: WCAG 2.2, 1.4.10


class Live:
    """A house that has sent an issue, on a real server."""

    def __init__(self, folder: Path, settings: Settings, url: str) -> None:
        self.folder, self.settings, self.url = folder, settings, url

    def subscriber(self, name: str = "reader", status: str = "active", wishes: Preferences | None = None) -> Subscriber:
        """Somebody of a status."""
        with closing(connect(self.settings.database)) as db:
            site = Site(db, self.settings.base_url)
            site.house.effects = system_effects()  # whose tokens are new each time
            return site.subscriber(name, status, wishes)


Steps = Callable[[Page, Live], None]  # bring a page to a state


@contextmanager
def live(folder: Path, reviews: int = 3) -> Iterator[Live]:
    """Publish an issue in an empty folder and serve the house until the block ends."""
    publish(folder, reviews=reviews)
    configured = load(folder / "casereviews.toml").model_copy(update={"base_url": "http://127.0.0.1:8765"})
    web = WebRunner(system_effects(), configured, "127.0.0.1", 0)
    web.start()
    try:
        yield Live(folder, configured, web.url)
    finally:
        assert web.end(8)


@contextmanager
def state(browser: Browser, site: Live, steps: Steps, script: bool = True) -> Iterator[tuple[Page, list[str]]]:
    """A page in a state, and the sources of the pages on the way there, the last of them its own."""
    context = browser.new_context(base_url=site.url, java_script_enabled=script, locale="en-GB")
    page, sources = context.new_page(), list[str]()

    def keep(answer: Response) -> None:
        if answer.request.is_navigation_request() and answer.status not in range(300, 400):
            sources.append(answer.text())

    page.on("response", keep)
    steps(page, site)
    yield page, sources
    context.close()


def complaints(page: Page) -> list[tuple[str, str, list[str]]]:
    """What axe finds: by day and night, at a desk and on a phone."""
    found = []
    page.wait_for_load_state("load")  # a pressed button waits for the next page to begin only
    for width, scheme in LOOKS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]  # one of the two
        for one in Axe().run(page).response["violations"]:
            found.append((f"{width} {scheme}", one["id"], [node["html"][:120] for node in one["nodes"]]))
    return found


def width_when_smallest(page: Page) -> int:
    """How wide a page is on the smallest phone, or at four times the size."""
    page.set_viewport_size({"width": SMALLEST, "height": 640})
    return int(page.evaluate("document.documentElement.scrollWidth"))


def invalid(source: str) -> list[str]:
    """What is wrong with a page as HTML: the parser's errors."""
    parser = html5lib.HTMLParser()
    parser.parse(source)
    return [f"{where}: {what} {more}" for where, what, more in parser.errors]
