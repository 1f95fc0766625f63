"""HTML helpers: an address is absolute and escaped once, a cell is read with its head."""

import pytest

from scraper.markup import column_heads, element_text, link_address, parse_html, row_cells
from tests.support.saved_pages import ADDRESSES, page


@pytest.mark.parametrize(
    ("href", "url"),
    [
        ("./2026/A & B.pdf", "https://nationalnetwork.org.uk/2026/A%20&%20B.pdf"),
        ("2026/A%20B.pdf", "https://nationalnetwork.org.uk/2026/A%20B.pdf"),
        (" 2026/50% – café.pdf\n", "https://nationalnetwork.org.uk/2026/50%25%20%E2%80%93%20caf%C3%A9.pdf"),
        ("HTTP://example.org/a b?c d#e f", "http://example.org/a%20b?c%20d#e%20f"),
        ("//example.org/a", "https://example.org/a"),
        ("javascript:alert(1)", ""),
        ("mailto:info@example.org", ""),
        ("file:///etc/passwd", ""),
        ("http://[", ""),
        ("http:///a", ""),
        ("http://a b/c", ""),
    ],
)
def test_an_address_is_absolute_and_escaped_once(href: str, url: str) -> None:
    here = page("", url=ADDRESSES["adult-reviews"])

    assert link_address(href, here) == url
    assert link_address(url or href, here) == url


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("<p>One<p>two", "One two"),
        ("one<br>two", "one two"),
        ("a<b>b</b>c", "abc"),
        ("a<!-- no -->b<script>no()</script><style>no</style>", "ab"),
        ("<div>" * 3000 + "deep", "deep"),
        ("", ""),
        ("<q>I was <b>not</b> told</q>, she said", "“I was not told”, she said"),
    ],
)
def test_the_text_of_an_element_is_what_a_browser_shows(body: str, text: str) -> None:
    assert element_text(parse_html(page(f"<html><body>{body}")).body) == text


def test_there_is_no_text_without_an_element() -> None:
    assert element_text(None) == ""


def test_a_cell_is_found_under_its_head() -> None:
    table = "<table><tr><th>Name<th>Board</tr><tr><td>Adult A<td>Westmere</tr></table>"
    heads, row = parse_html(page(table)).select("tr")

    assert (row_cells(heads), column_heads(row)) == ([], ["Name", "Board"])
    assert [element_text(cell) for cell in row_cells(row)] == ["Adult A", "Westmere"]


def test_a_table_whose_first_row_is_not_of_heads_has_none() -> None:
    (row,) = parse_html(page("<table><tr><th>Name<td>Adult A</tr></table>")).select("tr")

    assert column_heads(row) == []
