"""The line of what a review is about, wherever reviews are listed: front page, archive, results, lists, feeds."""

import html
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import feedparser  # type: ignore[import-untyped]  # it has no types
import pytest

from core.config.schema import NewsletterSettings
from core.records import Change
from db.collection import reviews
from db.schema.connect import write_transaction
from scraper.identity import heading_key
from tests.support.browser import invalid
from tests.support.sample_archive import NOW, Shelf, full, sample

LINE = "Girl, 4 years · neglect · England – Travellers"
LISTS = ("/", "/issues", "/reviews", "/reviews?q=caravan", "/topics/travellers", "/lists/new?q=caravan&all=yes")
FEEDS = ("/feeds/reviews", "/feeds/issues")


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """A house with one review, in the issue of October."""
    return filled(Shelf(tmp_path))


def filled(shelf: Shelf) -> Shelf:
    shelf.add(sample(), datetime(2026, 10, 2, tzinfo=UTC))
    shelf.issue("2026-10")
    return shelf


def text(shelf: Shelf, path: str) -> str:
    answer = shelf.client().get(path)
    assert answer.status_code == 200, path
    return html.unescape(answer.get_data(as_text=True))


@pytest.mark.parametrize("path", LISTS)
def test_every_list_says_it(shelf: Shelf, path: str) -> None:
    assert text(shelf, path).count(LINE) == 1
    assert invalid(shelf.client().get(path).get_data(as_text=True)) == []


@pytest.mark.parametrize("path", FEEDS)
def test_feeds_have_it_as_summary_and_in_their_text(shelf: Shelf, path: str) -> None:
    (item,) = json.loads(text(shelf, f"{path}.json"))["items"]
    (entry,) = feedparser.parse(shelf.client().get(f"{path}.atom").data).entries

    assert item["summary"] == entry.summary == LINE
    assert LINE in item["content_html"]
    assert LINE in entry.content[0].value


@pytest.mark.parametrize("path", [*LISTS, *(f"{feed}.json" for feed in FEEDS)])
def test_it_says_no_more_than_the_source_lets_be_passed_on(tmp_path: Path, path: str) -> None:
    shelf = filled(Shelf(tmp_path, newsletter=NewsletterSettings(detail="heading")))
    said = text(shelf, path)

    assert "Girl, 4 years" not in said
    assert "– Travellers" not in said


def test_the_archive_says_three_of_each_issue_and_how_many_more(tmp_path: Path) -> None:
    page = text(full(tmp_path), "/issues")

    october = page.partition("October 2026</a>")[2].partition("</ul>")[0]
    assert october.count("<li>") == 4
    assert "<li>and 2 more</li>" in october
    assert "<li>Twin boys, 4 months · injury – premature babies, physical abuse</li>" in october
    assert "<li>Online abuse, grooming</li>" in october  # nothing of whom, at what age, is certain there


def test_the_archive_follows_an_edit_and_a_takedown(shelf: Shelf) -> None:
    client = shelf.client()
    tag = client.get("/issues").headers["ETag"]
    review = reviews.get(shelf.db, "1")
    edited = replace(review, summary="Neglect of a 5-year-old girl.", version=2)
    with write_transaction(shelf.db):
        change = Change("summary", review.summary, edited.summary)
        reviews.save_edit(shelf.db, edited, (change,), heading_key(edited), NOW + timedelta(days=1))

    answer = client.get("/issues", headers={"If-None-Match": tag})
    assert (answer.status_code, answer.last_modified) == (200, NOW + timedelta(days=1))
    assert "Girl, 5 years" in answer.get_data(as_text=True)
    shelf.take_down(1)
    for path in ("/", "/issues", "/feeds/issues.json"):
        assert "Girl, 5 years" not in text(shelf, path)


def test_of_one_that_its_source_withdrew_nothing_is_said(shelf: Shelf) -> None:
    shelf.gone(1)

    for path in ("/", "/issues", "/feeds/issues.json"):
        assert "Girl, 4 years" not in text(shelf, path), path
