"""The newsletter in Chromium: axe finds nothing, nothing is cut off, at a desk and on a phone, by day and night."""

import re
from collections.abc import Iterator
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, Page

from core.states import Nation, RestOfIssue
from newsletter.issue.render import render
from newsletter.mail.merge import message_parts
from tests.newsletter.mail.test_wish_merge import READER, merge_for
from tests.newsletter.samples import BABY, FOUR, TWO, WORDING, full_issue, grouped_issue, issue
from tests.support.browser import complaints_of_mail
from tests.support.chromium import chromium, patient

WIDE_NAME = replace(BABY, id=9, key="w", name="Overviewofeverything" * 8, summary="Unbrokenandunbreakable" * 12)
ISSUES = {
    "full": full_issue(),
    "empty": issue(),
    "wide": issue(*FOUR, WIDE_NAME),
    "long": issue(*(replace(FOUR[n % 4], id=n + 1, key=str(n)) for n in range(150))),
    "grouped": grouped_issue(),
    "one put first": issue(*FOUR, first=2, first_reason="Our supervision is about sleep this week."),
    "taken down": replace(grouped_issue(), reviews=(*FOUR[:2], *(replace(r, taken_down=True) for r in FOUR[2:]))),
}
WISHES: dict[str, tuple[tuple[str, ...], tuple[Nation, ...], RestOfIssue]] = {  # of readers of the full one
    "mine, a line of others": (("infant deaths", "<b>wide</b> " + "w" * 68), ("England",), "lines"),
    "mine, others in full": (("infant deaths",), (), "full"),
    "mine only": (("infant deaths",), (), "none"),
    "none of mine": (("no such thing",), (), "none"),
}
STATES = (*ISSUES, *WISHES)
pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


def opened(browser: Browser, which: str, width: int, scheme: str, edition: str = "email") -> Page:
    page = patient(browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme))  # type: ignore[arg-type]
    if which in WISHES:
        page.set_content(message_parts(merge_for(ISSUES["full"]).template(*WISHES[which])(*READER))[0])
        return page
    wording = TWO if which == "grouped" else WORDING
    page.set_content(render(ISSUES[which], wording, edition).html)  # type: ignore[arg-type]  # one of the two
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1000, 390])
@pytest.mark.parametrize("which", STATES)
def test_axe_finds_nothing(browser: Browser, which: str, width: int, scheme: str) -> None:
    page = opened(browser, which, width, scheme)
    found = complaints_of_mail(page, scheme)
    page.close()

    assert found == []


def test_axe_finds_nothing_in_the_web_edition(browser: Browser) -> None:
    page = opened(browser, "full", 1000, "light", "web")
    found = complaints_of_mail(page, "light")
    page.close()

    assert found == []


@pytest.mark.parametrize("which", STATES)
def test_nothing_scrolls_sideways_on_the_smallest_phone(browser: Browser, which: str) -> None:
    page = opened(browser, which, 320, "light")
    width = page.evaluate("document.documentElement.scrollWidth")
    page.close()

    assert width == 320


def test_dark_mode_paints_all_of_it_and_text_is_never_small(browser: Browser) -> None:
    page = opened(browser, "full", 390, "dark")
    painted = page.evaluate(
        "['.page', '.sheet', '.footer'].map(s => getComputedStyle(document.querySelector(s)).backgroundColor)"
    )
    smallest = page.evaluate(
        "Math.min(...[...document.querySelectorAll('main p, main li, main a, main h1, main h2, main h3')]"
        ".map(e => parseFloat(getComputedStyle(e).fontSize)))"
    )
    page.close()

    assert painted == ["rgb(15, 20, 25)", "rgb(26, 33, 41)", "rgb(21, 27, 34)"]
    assert smallest >= 18


def test_without_the_style_block_a_phone_shows_the_same(browser: Browser) -> None:
    page = opened(browser, "full", 390, "light")
    styled = page.evaluate("document.documentElement.scrollHeight")
    page.evaluate("document.querySelectorAll('style').forEach(one => one.remove())")
    bare = page.evaluate("[document.documentElement.scrollHeight, document.documentElement.scrollWidth]")
    page.close()

    assert bare == [styled, 390]


def test_it_prints_on_few_sheets_in_black_and_without_the_readers_links(browser: Browser) -> None:
    seven = issue(*(replace(FOUR[n % 4], id=n + 1, key=str(n)) for n in range(7)))
    page = patient(browser.new_page(color_scheme="dark"))
    page.set_content(render(seven, WORDING).html)
    raw = page.pdf(format="A4")
    page.emulate_media(media="print")
    cell, link = (page.locator(f"{where} >> nth=0") for where in (".cell", ".download a"))
    printed = cell.evaluate("e => [getComputedStyle(e).color, getComputedStyle(e).backgroundColor]")
    address = link.evaluate("e => getComputedStyle(e, '::after').content")
    own = page.locator(".footer a >> nth=0").evaluate("e => getComputedStyle(e, '::after').content")
    page.close()

    assert len(re.findall(rb"/Type\s*/Page\b", raw)) <= 3  # seven, before there were styles for print
    assert printed == ["rgb(0, 0, 0)", "rgba(0, 0, 0, 0)"]
    assert "https://library.example.org/" in address
    assert own == "none"
