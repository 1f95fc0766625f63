"""A trainer's task in Chromium, without script: hidden men, 2016 to 2026, gathered, as Word, in at most four clicks."""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from docx import Document
from playwright.sync_api import Browser, Page

from app.runtime.side_effects import system_effects
from app.web.runner import WebRunner
from core.records import Section
from tests.support.browser import Live, state
from tests.support.chromium import chromium
from tests.support.sample_archive import Shelf, sample
from tests.support.waiting import HANG

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
YEARS = range(2012, 2027)
ASKED = range(2016, 2027)
LONG = (
    "who lived with a man of whom the people who visited the family knew little, and nobody asked him or others, " * 3
)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    folder = tmp_path_factory.mktemp("house")
    shelf = Shelf(folder)
    for year in YEARS:
        for number in (1, 2):
            opening = f"Death of a {number}-month-old baby boy in {year}, {LONG}. {LONG}"
            points = tuple(f"{year} {number} {part} {LONG}" for part in range(6))
            sections = (Section("learning", "Learning", "", points), Section("recommendations", "Also", "", points))
            review = sample(f"Baby {year} {number}", year=year, summary=opening, sections=sections)
            shelf.add(replace(review, keywords=("hidden men", "domestic abuse", "bruising in babies")))
        shelf.add(sample(f"Child {year}", year=year))
    settings = shelf.settings.replace(base_url="http://127.0.0.1:8765")
    web = WebRunner(system_effects(), settings, "127.0.0.1", 0)
    web.start()
    yield Live(folder, settings, web.url)
    assert web.end(HANG)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


class Clicks:
    """A hand that counts its clicks."""

    def __init__(self, page: Page) -> None:
        self.page, self.count = page, 0

    def button(self, name: str) -> None:
        """Click a button."""
        self.count += 1
        self.page.get_by_role("button", name=re.compile(name)).first.click()

    def download(self, name: str, to: Path) -> Path:
        """Click a link whose file is saved."""
        self.count += 1
        with self.page.expect_download() as waiting:
            self.page.get_by_role("link", name=name).click()
        waiting.value.save_as(to / waiting.value.suggested_filename)
        return to / waiting.value.suggested_filename


def gather_hidden_men(page: Page) -> Clicks:
    """From the front page to a list of eleven years of one theme."""
    hand = Clicks(page)
    page.goto("/")
    page.get_by_label("Search all reviews").fill("hidden men")
    hand.button("^Search$")
    hand.button("^Gather all 30 reviews$")
    page.get_by_label("From").fill("2016")
    page.get_by_label("To", exact=True).fill("2026")
    hand.button("^Make the reading list$")
    return hand


def test_eleven_years_of_one_theme_are_a_word_file_in_four_clicks(browser: Browser, site: Live, tmp_path: Path) -> None:
    with state(browser, site, lambda page, _: None, script=False) as (page, _):
        hand = gather_hidden_men(page)
        file = hand.download("Team briefing as Word", tmp_path)
        assert hand.count <= 4
        whole = hand.download("Every review in full as Word", tmp_path)

    said = [paragraph.text for paragraph in Document(str(file)).paragraphs]
    assert "22 case reviews, published from 2016 to 2026. Nation: England (22). Age: Under 1 (22)." in " ".join(said)
    named = {
        match[1] for one in Document(str(whole)).paragraphs if (match := re.search(r"– Baby (\d{4}) \d$", one.text))
    }
    assert named == {str(year) for year in ASKED}


def test_a_briefing_prints_on_two_pages_and_reads_in_order(browser: Browser, site: Live) -> None:
    with state(browser, site, lambda page, _: gather_hidden_men(page) and None, script=False) as (page, _):
        page.get_by_role("link", name="Team briefing as a page").click()
        raw = page.pdf(format="A4", prefer_css_page_size=True)
        headings = page.get_by_role("heading").all_inner_texts()
        columns = page.get_by_role("columnheader").all_inner_texts()
        page.emulate_media(media="print")
        hidden = [page.locator(where).first.is_visible() for where in (".top", ".foot", ".back")]

    assert 1 <= len(re.findall(rb"/Type\s*/Page\b", raw)) <= 2
    assert headings[:6] == [
        *("Team briefing: Hidden men", "What happened", "What was learned across them", "What was recommended"),
        *("Questions to ask of ourselves", "Sources"),
    ]
    assert columns == ["What will we do?", "Who?", "By when?"]
    assert hidden == [False] * 3


def test_the_keyboard_alone_ticks_and_gathers_where_colours_are_forced(browser: Browser, site: Live) -> None:
    with state(browser, site, lambda page, _: None, script=False) as (page, _):
        page.emulate_media(forced_colors="active")
        page.goto("/reviews?q=hidden+men")
        page.locator("[id^=tick-]").first.focus()
        page.keyboard.press("Space")
        page.get_by_role("button", name="Gather the ticked reviews").focus()
        assert page.locator(":focus").evaluate("e => getComputedStyle(e).outlineStyle") != "none"
        page.keyboard.press("Enter")
        page.wait_for_url("**/lists/new?**")
        ticked = page.get_by_role("checkbox").count()
        page.get_by_label("Title").press("Enter")
        page.wait_for_url(re.compile(r"/lists/[\w-]{22}$"))
        page.emulate_media(forced_colors="none")

    assert ticked == 1
