"""Pages to lines: decoding, links, furniture, and odd markup."""

import pytest

from scraper.page_text import decode_body, normalise_text
from scraper.sources.nspcc_listing import parse
from scraper.text_lines import extract_lines
from tests.support.saved_pages import page

TEXT = "2017 – Anonymous – “Zoë”"


@pytest.mark.parametrize(
    ("body", "claimed"),
    [
        (TEXT.encode(), "text/html; charset=utf-8"),
        (TEXT.encode(), "text/html; charset=iso-8859-1"),
        (TEXT.encode(), "text/html; charset=no-such"),
        (TEXT.encode(), ""),
        (TEXT.encode("cp1252"), "text/html; charset=utf-8"),
        (TEXT.encode("cp1252"), "text/html; charset=iso-8859-1"),
        (TEXT.encode("cp1252"), ""),
        (TEXT.encode("utf-16"), "text/html"),
        (b"\xef\xbb\xbf" + TEXT.encode(), "text/html; charset=windows-1252"),
        (b'<meta charset="windows-1250">' + TEXT.encode("cp1250"), "text/html"),
    ],
)
def test_a_page_is_decoded_rightly_whatever_its_header_claims(body: bytes, claimed: str) -> None:
    assert decode_body(body, claimed).endswith(TEXT)


def test_one_stray_byte_does_not_spoil_a_utf8_page() -> None:
    assert decode_body(TEXT.encode() + b" caf\xe9 au lait", "text/html; charset=utf-8") == TEXT + " café au lait"


def test_normal_form_folds_white_space_and_keeps_dashes_and_quotes() -> None:
    assert normalise_text("\u00a0Child\u2009A \u00ad–\u200b “B”\n") == "Child A – “B”"


def test_links_are_resolved_and_only_web_addresses_count() -> None:
    html = """<html><body><h3>2017 – Westmere – Child A</h3><p>Death of a child.</p>
    <p><a href="/r.pdf">Read the overview report</a></p><p><a href="../s.pdf">Summary report</a></p>
    <p><a href="javascript:alert(1)">Report</a><a href="mailto:a@example.org">Report</a><a href="#top">Report</a>
    <a href="http://[">Report</a></p></body></html>"""

    (review,) = parse(page(html, url="https://boards.example.org/a/b/"), "nspcc").reviews

    assert [link.url for link in review.links] == [
        "https://boards.example.org/r.pdf",
        "https://boards.example.org/a/s.pdf",
    ]


def test_a_base_element_is_heeded() -> None:
    html = (
        '<html><head><base href="https://other.example.org/x/"></head><body><p><a href="r.pdf">R</a></p></body></html>'
    )

    assert extract_lines(page(html))[0].links[0].url == "https://other.example.org/x/r.pdf"


def test_a_link_around_a_whole_entry_does_not_swallow_its_words() -> None:
    html = """<html><body><a href="https://boards.example.org/r.pdf"><h3>2017 – Westmere – Child A</h3>
    <p>Death of a child.</p></a><h3>2017 – Westmere – Child B</h3><p>Neglect of a child.</p></body></html>"""

    assert [review.summary for review in parse(page(html), "nspcc").reviews] == [
        "Death of a child.",
        "Neglect of a child.",
    ]


def test_a_link_at_the_end_of_a_paragraph_is_not_part_of_its_prose() -> None:
    html = """<html><body><p><b>2017 – Westmere – Child A</b><br>Death of a child. Keywords: a, b.
    <a href="/r.pdf">&gt; Read the report</a></p></body></html>"""

    (review,) = parse(page(html), "nspcc").reviews

    assert (review.summary, review.keywords) == ("Death of a child.", ("a", "b"))
    assert review.links[0].text == "Read the report"


def test_deeply_nested_markup_is_read() -> None:
    deep = "<div>" * 5000 + "2017 – Westmere – Child A<br>Death of a child." + "</div>" * 5000

    (review,) = parse(page(f"<html><body>{deep}</body></html>"), "nspcc").reviews

    assert review.name == "Child A"


def test_the_pages_furniture_after_the_last_entry_is_not_part_of_it() -> None:
    entry = (
        "<h3>2017 – Westmere – Child {0}</h3><p>Death of child {0}.</p><p><a href='/{0}.pdf'>Read the report</a></p>"
    )
    html = "".join(map(entry.format, "AB")) + "<p>We want to hear from you.</p><p><a href='/x'>Press office</a></p>"

    last = parse(page(f"<html><body><div>{html}</div></body></html>"), "nspcc").reviews[-1]

    assert (last.summary, len(last.links)) == ("Death of child B.", 1)


def test_links_that_lead_nowhere_are_not_part_of_the_text() -> None:
    entry = """<h3><a href="#c{0}">2017 – Westmere – Child {0}</a></h3><p>Death of child {0}.</p><p>Learning: drift.</p>
    <p><a href="#top">Back to top</a></p><p><a href="javascript:print()">Print</a></p>"""

    for review in parse(page(f"<html><body>{entry.format('A')}{entry.format('B')}</body></html>"), "nspcc").reviews:
        assert [section.text for section in review.sections] == ["drift."]
        assert review.links == ()


def test_a_list_in_the_markup_is_a_list() -> None:
    html = """<html><body><h3>2024 – Westmere – Child A</h3><p>Death of a child.</p><p>Recommendations include</p>
    <ul><li>train the nurses.</li><li>ask the fathers</li></ul><h4>Keywords</h4><ul><li>fathers</li><li>nurses</li></ul>
    </body></html>"""

    (review,) = parse(page(html), "nspcc").reviews

    assert [(s.label, s.items) for s in review.sections] == [
        ("Recommendations include", ("train the nurses", "ask the fathers"))
    ]
    assert review.keywords == ("fathers", "nurses")
