"""Footnote marks: no part of a name or a word; what is raised and belongs to the text stays."""

import pytest

from scraper.markup import element_text, parse_html
from scraper.soup_lines import soup_lines
from scraper.sources.nspcc_listing import parse
from scraper.text_lines import extract_lines, tree_lines
from tests.support.saved_pages import ADDRESS, page


@pytest.mark.parametrize(
    "name",
    [
        "Child Q<sup>1</sup>",
        "Child Q<SUP>1</SUP>",
        "Child Q <sup>12</sup>",
        "Child Q<sup>[1]</sup>",
        "Child Q<sup>1, 2</sup>",
        "Child Q<sup>*</sup>",
        "Child Q<sup>ii</sup>",
        "Child Q<sup><a href='#note1' id='mark1'>1</a></sup>",
        "<span>Child Q</span><a href='#_ftn1' name='_ftnref1'><span>[1]</span></a>",
        "Child Q¹",
        "Child Q*",
        "Child Q [1]",
        "Child Q†",
    ],
)
@pytest.mark.parametrize("heading", ["<h3>{}</h3>", "<p><strong>{}</strong></p>", "<p>{}</p>"])
def test_a_mark_behind_a_name_is_no_part_of_it(name: str, heading: str) -> None:
    head = heading.format(f"2026 – Leeds<sup>3</sup> – {name}")

    (review,) = parse(page(f"{head}<p>Death of a child of two months.</p><p>Keywords: neglect</p>"), "nspcc").reviews

    assert (review.publisher, review.name) == ("Leeds", "Child Q")


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("in the home.<sup>2</sup> Police came", "in the home. Police came"),
        ("drift;<sup>1</sup> and delay", "drift; and delay"),
        ("a girl aged 14<sup>3</sup> died", "a girl aged 14 died"),
        ("in 2016<sup>4</sup>", "in 2016"),
        ("the 10<sup>th</sup> of May, the 2<sup>nd</sup> child", "the 10th of May, the 2nd child"),
        ("a room of 9 m<sup>2</sup> and 30m<sup>2</sup>", "a room of 9 m2 and 30m2"),
        ("12 km<sup>2</sup>", "12 km2"),
        ("aged 3<sup>1</sup>/<sub>2</sub>", "aged 3 1/2"),
        ("aged 3<span><sup>1</sup>\u2044<sub>2</sub></span>", "aged 3 1\u20442"),
        ("aged <b>3</b> <sup>1</sup>/2, <sup>1</sup>/<sub>2</sub> a day", "aged 3 1/2, 1/2 a day"),
        ("H<sub>2</sub>O", "H2O"),
        ("Mr M<sup>c</sup>Adam, Care<sup>TM</sup>", "Mr McAdam, CareTM"),
        ("<p><sup>1</sup> Not his real name.</p>", "1 Not his real name."),
        ("<p><a name='n1'></a><sup>1</sup> Not his real name.</p>", "1 Not his real name."),
        ("Keywords<sup>1</sup>: neglect", "Keywords: neglect"),
    ],
)
def test_marks_in_the_text(html: str, text: str) -> None:
    assert [line.text for line in extract_lines(page(html))] == [text]
    assert element_text(parse_html(page(html))) == text


def test_a_mark_that_leads_elsewhere_stays_a_link() -> None:
    (line,) = extract_lines(page("<p>It is said<sup><a href='https://board.example.org/r.pdf'>1</a></sup> so</p>"))

    assert (line.text, [link.url for link in line.links]) == ("It is said1 so", ["https://board.example.org/r.pdf"])


def test_a_mark_is_no_part_of_what_other_sources_read() -> None:
    cell = parse_html(page("<table><td>Adult <b>Q</b><sup>1</sup></td><td><sup>2</sup> A note, 9 m<sup>2</sup></td>"))

    assert [element_text(tag) for tag in cell("td")] == ["Adult Q", "2 A note, 9 m2"]


def test_a_page_that_nests_deep_has_the_same_lines() -> None:
    html = "<p>Child Q<sup>1</sup>, Child R<a href='#_ftn2'>[2]</a>, 9 m<sup>2</sup>, 3<sup>1</sup>/<sub>2</sub></p>"

    assert soup_lines(html, ADDRESS) == tree_lines(html, ADDRESS)
