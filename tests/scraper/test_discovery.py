"""Discovery: pages in the shapes of real sites are read rightly by what is found out of them alone."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.config.schema import Source
from scraper.discovery import discover, keep_to_reviews, read_candidate
from scraper.site_addresses import rest_root, site_publisher, source_name
from tests.support.page_shapes import SHAPES, SITE, entry, try_shape
from tests.support.random_pages import make_page, read_page, wrong_pages
from tests.support.saved_pages import page

SOURCE = Source(name="northshire", url=f"{SITE}/reviews")


@pytest.mark.parametrize("name", SHAPES)
def test_a_page_of_any_shape_is_read_rightly(name: str) -> None:
    shape = SHAPES[name]

    trial, requests = try_shape(name)

    best = trial.candidates[0]
    assert [entry(review) for review in best.reading.reviews] == shape["entries"]
    assert (best.source.kind, best.reading.lists_none) == (shape["kind"], shape.get("lists_none", False))
    assert requests <= 5
    assert best.reading.leftovers == ()


def test_pages_in_random_layouts_are_read_rightly() -> None:
    assert list(wrong_pages(40)) == []


@pytest.mark.parametrize("seed", [615, 808, 1101, 1363, 3826])
def test_a_review_whose_name_says_nothing_is_no_part_of_the_one_above_it(seed: int) -> None:
    page = make_page(seed)  # with one called Sam

    assert read_page(page) == page.entries


@pytest.mark.parametrize(
    "body",
    [
        "<main><h1>Contact us</h1><p>Write to us. <a href='/about'>About us</a></p></main>",
        "<main><p>Our <a href='/privacy'>privacy notice</a></p></main>",
        "<html></html>",
        "",
    ],
)
def test_a_page_without_reviews_has_no_way_to_be_read(body: str) -> None:
    assert discover(page(body), SOURCE) == []


@settings(max_examples=40)
@given(
    st.lists(
        st.sampled_from(
            ["<ul><li>", "</ul>", "<h3>", "</h3>", "<table><tr><td>", "</table>", "<div class='a'>", "</div>", "<main>",
             "Child A SPR", "2024", '<a href="/a.pdf">', '<a href="/b">', "</a>", '<a href="http://[">', "<article>"]
        ),
        max_size=30,
    )
)  # fmt: skip
def test_any_markup_is_tried(parts: list[str]) -> None:
    for candidate in discover(page(f"<html><body>{''.join(parts)}</body></html>"), SOURCE):
        assert 0 <= candidate.score <= 1
        assert all(review.heading for review in candidate.reading.reviews)


def test_nine_years_of_one_list_are_no_entries() -> None:
    years = "".join(
        f"<section><h2>{year}</h2><ul><li><a href='/{year}a.pdf'>Child A{year % 9} SPR</a></li>"
        f"<li><a href='/{year}b.pdf'>Baby B{year % 9} SPR</a></li></ul></section>"
        for year in range(2017, 2026)
    )

    best = discover(page(f"<main>{years}</main>"), SOURCE)[0]

    assert len(best.reading.reviews) == 18
    assert {review.year for review in best.reading.reviews} == set(range(2017, 2026))


def test_what_a_person_says_of_the_entries_is_taken() -> None:
    known = Source(name=SOURCE.name, url=SOURCE.url, item="p.case")

    (only,) = discover(page("<p class=case><a href='/a.pdf'>A</a></p><p><a href='/b.pdf'>B</a></p>"), known)

    assert [review.name for review in only.reading.reviews] == ["A"]


@pytest.mark.parametrize(
    ("titles", "kept"),
    [
        (["Child A", "Annual report 2024"], ["Child A"]),
        (["Child A SPR", "Safer sleep"], ["Child A SPR", "Safer sleep"]),
        (["Amara’s story", "Business plan"], ["Amara’s story"]),
        (["Annual report 2024"], ["Annual report 2024"]),
    ],
)
def test_a_list_is_kept_to_what_may_be_a_review(titles: list[str], kept: list[str]) -> None:
    body = "".join(f"<li><a href='/{n}.pdf'>{title}</a></li>" for n, title in enumerate(titles))
    source = SOURCE.replace(kind="links", item="li")

    candidate = keep_to_reviews(read_candidate(source, page(body)))

    assert [review.name for review in candidate.reading.reviews] == kept


@pytest.mark.parametrize(
    ("head", "publisher"),
    [
        ("<title>Reviews | Northshire Safeguarding Board</title>", "Northshire Safeguarding Board"),
        ("<title>Southshire SCP - Reviews</title>", "Southshire SCP"),
        ("<title>Reviews</title>", ""),
        ('<meta property="og:site_name" content="Eastshire LSCP"><title>X - Board</title>', "Eastshire LSCP"),
        ("", ""),
    ],
)
def test_the_publisher_is_whose_site_it_says_it_is(head: str, publisher: str) -> None:
    assert site_publisher(page(f"<html><head>{head}</head></html>")) == publisher


def test_a_wordpress_site_tells_where_its_interface_is() -> None:
    named = page('<link rel="https://api.w.org/" href="/wp-json/">', url=f"{SITE}/a")
    shown = page('<img src="/wp-content/uploads/a.png">', url=f"{SITE}/a")

    assert (rest_root(named), rest_root(shown), rest_root(page("<p>"))) == (f"{SITE}/wp-json", f"{SITE}/wp-json", "")


def test_a_source_is_called_after_its_host() -> None:
    assert source_name("https://www.northshire-scp.org.uk/a") == "northshire-scp"
    assert source_name("https://northshire.org.uk", frozenset({"northshire", "northshire-2"})) == "northshire-3"
