"""The archive's pages in Chromium: axe finds nothing, nothing scrolls sideways, valid HTML, by keyboard, on paper."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from app.runtime.side_effects import system_effects
from app.web.runner import WebRunner
from app.web.site_export import write_site
from tests.app.web.archive_states import STATES, at, house
from tests.support.browser import SMALLEST, Live, complaints, invalid, state, width_when_smallest
from tests.support.chromium import chromium, patient
from tests.support.waiting import HANG

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    folder = tmp_path_factory.mktemp("house")
    settings = house(folder).settings.replace(base_url="http://127.0.0.1:8765")
    web = WebRunner(system_effects(), settings, "127.0.0.1", 0)
    web.start()
    yield Live(folder, settings, web.url)
    assert web.end(HANG)


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
        assert page.title().startswith("Error: ") == (page.locator(".mistakes").count() == 1)
    assert sources
    assert [wrong for source in sources for wrong in invalid(source)] == []


def test_the_mail_as_sent_is_shown_without_script_or_help_from_elsewhere(browser: Browser, site: Live) -> None:
    with state(browser, site, at("/issues/2026-10/as-sent")) as (page, _):
        assert page.locator("h1").inner_text() == "Case reviews: October 2026"
        assert page.locator("body").evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(233, 236, 239)"


def test_the_keyboard_alone_searches_narrows_and_opens_a_review(browser: Browser, site: Live) -> None:
    with state(browser, site, at("/reviews"), script=False) as (page, _):
        page.locator("#q").press("Shift+Tab")
        page.keyboard.press("Tab")
        page.keyboard.type("neglect")
        page.keyboard.press("Enter")
        page.wait_for_url("**/reviews?q=neglect")
        for wanted in (".narrow a", ".results h2 a"):
            page.locator("#q").focus()
            for _ in range(80):
                page.keyboard.press("Tab")
                if page.locator(f"{wanted}:focus").count():
                    break
            assert page.locator(":focus").evaluate("e => getComputedStyle(e).outlineWidth") == "3px"
            with page.expect_navigation():
                page.keyboard.press("Enter")
        assert re.search(r"/reviews/\d+$", page.url)


@pytest.mark.parametrize(("path", "most"), [("/issues/2026-10", 2), ("/reviews/1", 1), ("/reviews/2", 2)])
def test_it_prints_as_a_short_briefing_with_its_source(
    browser: Browser, site: Live, path: str, most: int, tmp_path: Path
) -> None:
    with state(browser, site, at(path)) as (page, _):
        raw = page.pdf(format="A4", prefer_css_page_size=True)
        page.emulate_media(media="print")
        shown = page.locator(".printed").inner_text()
        hidden = [page.locator(where).is_visible() for where in (".top", ".foot", ".also", ".back")]

    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", raw)) <= most
    assert shown.startswith("Source: NSPCC Repository. http://127.0.0.1:8765" + path)
    assert hidden == [False] * 4


def test_a_printed_review_shows_what_changed_though_it_was_closed(browser: Browser, site: Live) -> None:
    with state(browser, site, at("/reviews/2")) as (page, _):
        was, now = page.locator(".history .was").first, page.locator(".history .now").first
        closed = [was.is_visible(), now.is_visible()]
        page.emulate_media(media="print")
        shown = [was.is_visible(), now.is_visible()]
        heights = [one.bounding_box()["height"] for one in (was, now)]  # type: ignore[index]  # they are visible

    assert closed == [False] * 2
    assert shown == [True] * 2
    assert min(heights) > 8


def test_the_copy_opens_from_a_disk(browser: Browser, site: Live, tmp_path: Path) -> None:
    from db.schema.connect import connect

    db = connect(site.settings.database)
    write_site(system_effects(), site.settings, db, tmp_path / "copy")
    db.close()
    page = patient(browser.new_page())
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto((tmp_path / "copy/index.html").as_uri())
    for words in ("Reviews", "2019", "Next"):
        page.get_by_role("main").get_by_role("link", name=words, exact=words != "2019").first.click()
    page.locator(".results h2 a").first.click()
    heading = page.locator("h1").inner_text()
    background = page.locator(".top").evaluate("e => getComputedStyle(e).borderTopWidth")
    page.goto((tmp_path / "copy/search.html").as_uri())
    page.get_by_label("Words in the title").fill("child")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Show more results").click()
    link = page.locator("#found > li:nth-child(21) a")
    expect(link).to_be_focused()
    found = page.get_by_role("status").inner_text()
    page.close()

    assert " – " in heading and background == "6px"
    assert all(url.startswith("file://") for url in asked)
    assert re.fullmatch(r"\d+ reviews with “child”", found)


def test_pictures_are_told_apart_by_pattern_in_forced_colours_and_read_in_order(browser: Browser, site: Live) -> None:
    with state(browser, site, at("/trends"), script=False) as (page, _):
        told = page.locator("section[aria-labelledby=by-nation]").aria_snapshot()
        assert re.findall(r"- '?(heading|img|table|rowheader|link)", told)[:3] == ["heading", "img", "img"]
        assert not re.search(r"img .*': *\d", told)  # what it says is its name, not each number beside its bars
        assert told.index("img") < told.index("table") < told.index("CSV")
        assert re.search(r'img "By nation, England: reviews by year. \d+ reviews? from 2016 to 2026', told)
    with state(browser, site, at("/trends")) as (page, _):
        page.emulate_media(forced_colors="active")
        colours = page.locator(".patterns :is(.bar-line, .bar-back)").evaluate_all(
            "all => all.map(e => getComputedStyle(e).fill)"
        )
        assert len(set(colours)) == 2
        page.emulate_media(forced_colors="none")
        page.locator(".scroll").first.focus()
        assert page.evaluate("document.activeElement.getAttribute('role')") == "region"
