"""Script lists: a list that only a script fills is told from one that is empty, where the page lets it be seen."""

from datetime import UTC, datetime

import pytest

from core.records import Page
from scraper.plausibility import check_reviews
from scraper.sources.nspcc_listing import parse
from tests.support.saved_pages import ADDRESS, FOLDER, saved
from tests.support.saved_pages import page as build_page

TODAY = datetime(2027, 1, 4, 6, 30, tzinfo=UTC)
HEAD = "<h1>Case reviews published in 2027</h1>"
INTRO = "<p>A list of the overview reports and executive summaries added to the National Case Review Collection.</p>"
NONE = "There are no case reviews published in 2027 yet."


def january(below: str, before: str = "", after: str = "") -> Page:
    html = (
        f"<html><body>{before}<main>{HEAD}{INTRO}{below}</main>{after}<footer>© The collection</footer></body></html>"
    )
    return Page(ADDRESS, ADDRESS, 200, (), html.encode(), TODAY)


@pytest.mark.parametrize(
    ("below", "sign"),
    [
        ('<div id="app"></div>', '<div id="app"> is empty'),
        ('<div id="case-reviews-root"> </div>', '<div id="case-reviews-root"> is empty'),
        ('<div id="__next"><div></div></div>', '<div id="__next"> is empty'),
        ("<case-review-list></case-review-list>", "<case-review-list> is empty"),
        ('<div data-endpoint="/api/reviews"></div>', "<div> is empty"),
        ('<ul class="list" data-results-url="/reviews.json"></ul>', "<ul> is empty"),
        ('<div class="list" data-react-component="ReviewList"></div>', "<div> is empty"),
        ('<ul id="list"><li v-for="review in reviews"></li></ul>', "<li> is empty"),
        ('<div hx-get="/reviews" hx-trigger="load"></div>', "<div> is empty"),
        (
            '<ul id="reviews"></ul><script>fill(document.getElementById("reviews"))</script>',
            '<ul id="reviews"> is empty',
        ),
        ('<ul class="a reviews"></ul><script>$(".reviews").load("/list")</script>', "<ul> is empty"),
        ('<div aria-busy="true"><i></i></div>', "<div> is busy"),
        ("<noscript><p>Turn on JavaScript to see the list.</p></noscript>", "it asks for JavaScript"),
        (
            '<ul></ul><script>list = [{"url": "https://library.example.org/search2?searchTerm0=C7001"}]</script>',
            "the reviews stand in a script",
        ),
        (f'<p v-if="!reviews.length">{NONE}</p>', "it may be a script that shows “none”"),
        (f'<div style="display: none"><p>{NONE}</p></div>', "it may be a script that shows “none”"),
        (f"<p hidden>{NONE}</p>", "it may be a script that shows “none”"),
    ],
)
def test_a_list_that_a_script_fills_is_not_known_to_be_empty(below: str, sign: str) -> None:
    page = january(below)

    assert not parse(page, "nspcc").lists_none
    assert check_reviews(page, (), TODAY.date()) == [
        f"no review headings were found; it looks like a list that only a script fills in: {sign}"
    ]


@pytest.mark.parametrize(
    "below",
    [
        "",
        "<ul></ul>",
        '<ul class="case-review-list"></ul>',
        '<div id="list" class="listing results"></div><script src="/site.js"></script>',
        '<table class="reviews"><tbody></tbody></table>',
        '<div class="clearfix" data-module="x"></div>',
        '<div id="content" data-page="1234"></div>',
        '<div class="share" data-url="/share"></div>',
        '<div id="app"><p>Reviews are listed by the name of their publisher, from A to Z.</p></div>',
        '<div data-src="/picture.png"><img src="/picture.png" alt=""></div>',
        '<section><h2>More resources</h2><div id="related-app" data-endpoint="/related"></div></section>',
        '<div class="newsletter-signup"><div data-component="SignUp"></div></div>',
        f'<p>{NONE}</p><div id="app"></div>',
    ],
)
def test_what_a_list_has_that_is_empty_is_no_script(below: str) -> None:
    before = (
        '<div id="header-app"><ul><li v-for="one in suggestions"></li></ul></div><noscript>No JavaScript.</noscript>'
    )

    assert parse(january(below, before, '<div id="chat-root"></div>'), "nspcc").lists_none


@pytest.mark.parametrize("name", sorted(file.name for file in (FOLDER / "nspcc-listing" / "none").glob("*.html")))
def test_a_saved_page_that_lists_none_is_believed(name: str) -> None:
    assert parse(saved(f"nspcc-listing/none/{name}"), "nspcc").lists_none


@pytest.mark.parametrize("piece", ["<div hidden>", "<div>", "<ul data-url=x>", "<p v-if=x>none added"])
def test_a_page_without_end_costs_little(piece: str) -> None:
    assert check_reviews(build_page(HEAD + INTRO + piece * 5_000), (), TODAY.date())
