"""The demonstration's large month: a phone's first two screens tell which of its 14 reviews are about babies."""

import re
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser

from db.collection import reviews
from db.schema.connect import connect
from newsletter.issue.phrases import review_title
from tests.support.chromium import chromium, patient
from tests.support.processes import run
from tests.support.waiting import HANG

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
PHONE = (390, 844)  # CSS pixels: width, height
SCREENS = 2
BABIES = {  # as a person tells them who has read all 14, and the words that say it
    "Anonymous – Baby F": "Baby boy, 8 weeks",
    "Brackenshire – Child G": "Baby girl, 7 weeks",
    "Dunmarsh – Baby D and Baby E": "Twin boys, 4 months",
    "Glasgow – Child J": "Infant, 10 weeks",
    "Westmere – Babies who slept away from home": "infant",
}
CALLED_BABY = re.compile(r"\b(?:bab(?:y|ies)|infants?|newborns?|(?:days|weeks|months)\b)", re.IGNORECASE)


class Row(NamedTuple):
    """A row of what stands in the issue: whose, what it says, and where it ends."""

    title: str
    words: str
    bottom: float  # CSS pixels


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("large") / "house"
    command = [sys.executable, "-c", "from app.cli import main; main()", "--data-dir", str(folder)]
    answer = run(
        [*command, "demo", "--once", "--no-browser", "--month", "large"], capture_output=True, text=True, timeout=HANG
    )
    assert (answer.returncode, answer.stderr) == (0, "")
    assert "(14 new)" in answer.stdout
    return folder


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


def rows(browser: Browser, house: Path) -> list[Row]:
    """What the mail lists of its reviews, as a phone shows it."""
    (file,) = house.glob("*.html")
    page = patient(browser.new_page(viewport={"width": PHONE[0], "height": PHONE[1]}))
    page.goto(file.resolve().as_uri())
    listed = page.locator("main a[href*='#review-']").evaluate_all(
        "all => all.map(e => [e, e.closest('li, p')])"
        ".map(([e, row]) => [e.hash.slice(8), row.innerText, row.getBoundingClientRect().bottom])"
    )
    page.close()
    with closing(connect(house / "casereviews.db")) as db:
        return [Row(review_title(reviews.get(db, number)), words, bottom) for number, words, bottom in listed]


def test_two_screens_of_a_phone_tell_which_are_about_babies(browser: Browser, house: Path) -> None:
    listed = rows(browser, house)
    seen = {row.title: row.words for row in listed if row.bottom <= SCREENS * PHONE[1]}

    assert len(listed) == 14
    assert {
        name: words for name, words in BABIES.items() if words.casefold() not in seen.get(name, "").casefold()
    } == {}
    assert [row for row in listed if row.title not in BABIES and CALLED_BABY.search(row.words)] == []


def test_it_is_said_to_be_invented_and_fits_a_mail(house: Path) -> None:
    (file,) = house.glob("*.html")
    mail = file.read_text("utf-8")

    assert "fourteen case reviews" in mail or "14 case reviews" in mail
    assert "no child, family or case is real" in mail
    assert len(mail.encode()) < 95_000
    assert "more case reviews" not in mail
