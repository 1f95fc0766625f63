"""What makes a read unbelievable, in words."""

from datetime import date

import pytest

from core.records import Link, Review
from scraper.identity import add_identity
from scraper.plausibility import check_page, check_reviews
from scraper.sources.nspcc_listing import parse
from tests.support.saved_pages import page, saved

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("error.html", "no review headings were found; it looks like an error page"),
        ("login.html", "no review headings were found; it looks like a log-in page"),
        ("captcha.html", "no review headings were found; it looks like a bot check"),
        ("blank.html", "no review headings were found"),
        ("empty.html", "the page is empty"),
        ("truncated.html", "the page is cut off before its end"),
        ("report.pdf", "the page is a PDF, not HTML"),
        ("future.html", "a review is dated in the future (2091)"),
    ],
)
def test_a_bad_page_gets_one_clear_complaint(name: str, words: str) -> None:
    bad = saved(f"nspcc-listing/broken/{name}")

    found = check_page(bad) or check_reviews(bad, parse(bad, "nspcc"), TODAY)

    assert found == [words]


@pytest.mark.parametrize("name", ["2012/flat.html", "2016/onep.html", "2024/accordion.html", "abstracts/list.html"])
def test_a_good_page_gets_none(name: str) -> None:
    good = saved(f"nspcc-listing/{name}")

    assert check_page(good) + check_reviews(good, parse(good, "nspcc"), TODAY) == []


def test_another_media_type_is_refused() -> None:
    assert check_page(page("{}", "application/json")) == ["the page is application/json, not HTML"]


def entry(name: str, number: str = "", text: str = "Death of a child.", year: int = 2016) -> Review:
    links = (Link("Read", f"https://library.example.org/search2?searchTerm0={number}"),) if number else ()
    return add_identity(Review("nspcc", "Anonymous", name, year, summary=text, links=links))


def test_two_different_reviews_with_one_catalogue_number_are_not_believed() -> None:
    found = check_reviews(page(""), [entry("Child A", "C1234"), entry("Child B", "C1234")], TODAY)

    assert found == ["different reviews have the same catalogue number (C1234)"]


def test_headings_without_text_are_not_believed() -> None:
    assert check_reviews(page(""), [entry("Child A", text=""), entry("Child B", text="")], TODAY) == [
        "most entries have a heading and no text"
    ]


def test_half_the_entries_gone_at_once_is_not_believed_but_a_new_year_is() -> None:
    before = [entry(f"Child {n}") for n in range(9)]

    fewer = check_reviews(page(""), before[:4], TODAY, before)
    anew = check_reviews(page(""), [entry("Child 1", year=2017)], TODAY, before)

    assert (fewer, anew) == (["only 4 reviews are listed where 9 were before"], [])
