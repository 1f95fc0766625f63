"""Empty lists: a page that is still itself and lists nothing, told from one that is not."""

from datetime import UTC, datetime

import pytest

from core.records import Page
from scraper.sources.nspcc_listing import parse
from tests.support.saved_pages import ADDRESS, saved

INTRO = "<p>A list of the overview reports and executive summaries added to the National Case Review Collection.</p>"


def listing(body: str, day: str = "2027-01-04") -> Page:
    html = f"<html><body>{body}<footer>© The collection</footer></body></html>"
    return Page(ADDRESS, ADDRESS, 200, (), html.encode(), datetime.fromisoformat(f"{day}T06:30").replace(tzinfo=UTC))


@pytest.mark.parametrize("name", ["january", "month"])
def test_a_real_page_that_lists_none_is_a_reading_of_none(name: str) -> None:
    found = parse(saved(f"nspcc-listing/none/{name}.html"), "nspcc")

    assert (found.reviews, found.waiting, found.leftovers, found.lists_none) == ((), (), (), True)


@pytest.mark.parametrize(
    "words",
    [
        "There are no case reviews published in 2027 yet.",
        "No case reviews have been added this month.",
        "Case reviews will be added when published.",
        "Case reviews will be added as they are published, and the list is updated every month.",
        "There are currently no reviews to show.",
        "Nothing has been published so far this year. Please check back soon.",
        "No new reports were published in November 2026.",
        "No case reviews.",
        "We haven’t published any case reviews this month.",
        "There are no additions to the collection this month.",
        "We did not add any case reviews in November.",
        "This month there are none.",
        "Nil this month.",
        "December's case reviews will appear here.",
        "December's case reviews have not yet been published.",
    ],
)
def test_a_list_that_says_it_is_empty_is(words: str) -> None:
    assert parse(listing(f"<h1>Case reviews</h1>{INTRO}<p>{words}</p>", "2026-08-15"), "nspcc").lists_none


@pytest.mark.parametrize(
    ("heading", "day", "expected"),
    [
        ("Case reviews published in 2027", "2027-01-01", True),
        ("Case reviews published in 2027", "2027-03-31", True),
        ("Case reviews published in 2027", "2027-04-01", False),
        ("Case reviews published in 2026", "2027-01-04", False),
        ("Case reviews added in December 2026", "2027-01-04", True),
        ("Case reviews added in January 2027", "2027-01-04", True),
        ("Case reviews added in November 2026", "2027-01-04", False),
        ("Recently published case reviews", "2027-01-04", False),
    ],
)
def test_a_silent_list_is_empty_only_where_its_year_or_month_has_just_begun(
    heading: str, day: str, expected: bool
) -> None:
    assert parse(listing(f"<h1>{heading}</h1>{INTRO}", day), "nspcc").lists_none is expected


@pytest.mark.parametrize(
    "body",
    [
        f"<h1>Case reviews</h1>{INTRO}<p>Our list has moved to a new address. No reviews are published here.</p>",
        "<h1>Case reviews published in 2027</h1><div id='app'></div><p>Please enable JavaScript to see this page.</p>",
        "<h1>Case reviews published in 2027</h1><div id='app'></div>",
        f"<h1>Case reviews</h1>{INTRO}<p>Some reviews are not published by their board, or have not been listed.</p>",
        f"<h1>Case reviews</h1>{INTRO}<p>A report will be removed when it is five years old.</p>",
        "<h1>Just a moment...</h1><p>We are verifying that you are not a robot, then case reviews will be shown.</p>",
        "<h1>Sorry, something went wrong</h1><p>No case reviews could be shown at the moment. Try again later.</p>",
        f"<h1>Case reviews published in 2027</h1>{INTRO}<p>The list could not be loaded.</p>",
        f"<h1>Case reviews published in 2027</h1>{INTRO}<p>Loading…</p>",
        f"<h1>Case reviews published in 2027</h1>{INTRO}<p>Too many requests</p>",
        f"<h1>Case reviews published in 2027</h1>{INTRO}<p>This list is being updated.</p>",
        f"<h1>Case reviews published in 2027</h1>{INTRO}<p>Our catalogue is offline.</p>",
        f"<h1>Case reviews published in 2027</h1>{INTRO}<p>No case reviews match your filters.</p>",
        f"<h1>Case reviews published in 2027</h1>{INTRO}<p>{{{{ reviews }}}}</p>",
        "<h1>Page not found</h1><p>There are no case reviews published at this address, or none any more.</p>",
        "<h1>Case reviews published in 2027</h1><p>We use cookies to make our site work and to see how it is used.</p>",
        f"<h1>Training</h1>{INTRO}<p>There are no courses available at the moment.</p>",
        f"<h1>Case reviews</h1>{INTRO}<p>Nothing was published.</p><p>Keywords: neglect</p><p>Learning: drift</p>"
        "<p><a href='https://library.nspcc.org.uk/search2?searchTerm0=C7001'>Read the report</a></p>",
    ],
)
def test_a_page_that_is_not_itself_does_not_list_none(body: str) -> None:
    assert not parse(listing(body), "nspcc").lists_none


def test_a_list_with_an_entry_does_not_list_none() -> None:
    body = f"<h1>Case reviews published in 2027</h1>{INTRO}<p>There are no others published yet.</p>"
    entry = "<h3>2027 – Westmere – Child A</h3><p>Death of a child.</p>"

    assert not parse(listing(body + entry), "nspcc").lists_none


def test_a_broken_page_does_not_list_none() -> None:
    for name in ("blank", "captcha", "challenge", "empty", "error", "login"):
        assert not parse(saved(f"nspcc-listing/broken/{name}.html"), "nspcc").lists_none
