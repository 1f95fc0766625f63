"""Embedded reports: what a page shows in a frame or opens by a button is linked; nothing else is."""

from urllib.parse import quote

import pytest

from scraper.embedded_reports import link_reports
from scraper.text_lines import extract_lines
from tests.support.saved_pages import page

REPORT = "https://boards.example.org/reviews/a.pdf"


def links(html: str) -> list[tuple[str, str]]:
    lines = extract_lines(page(f"<html><body>{html}</body></html>", url="https://boards.example.org/reviews/"))
    return [(link.text, link.url) for line in lines for link in line.links]


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("<form action='a.pdf' method=get><button type='submit'>Download</button></form>", "Download"),
        ('<FORM ACTION="a.pdf"><INPUT TYPE="submit" VALUE="Download the report"></FORM>', "Download the report"),
        ("<button formaction='a.pdf'><span>Download</span> (PDF)</button>", "Download (PDF)"),
        ("<button onclick=\"window.open('a.pdf', '_blank')\">Open</button>", "Open"),
        ('<input type="button" value="Open" onclick="location.href=&#39;a.pdf&#39;">', "Open"),
        ("<iframe src='a.pdf#toolbar=0' title='Child A &amp; B'></iframe>", "Child A & B"),
        ("<iframe src=about:blank data-src=/reviews/a.pdf></iframe>", ""),
        (f"<iframe src='https://docs.example.org/view?a=b&amp;url={quote(REPORT)}'></iframe>", ""),
        ("<iframe src='/pdfjs/viewer.html?file=../reviews/a.pdf'></iframe>", ""),
        ("<object data='a.pdf'><p>No preview: <a href='a.pdf'>read the report</a></p></object>", "read the report"),
        ("<embed src=a.pdf>", ""),
    ],
)
def test_a_report_in_a_frame_or_behind_a_button_is_linked(html: str, words: str) -> None:
    assert links(f"<h3>Child A</h3>{html}<p>After</p>") == [(words, REPORT)]


def test_a_frame_whose_type_says_that_it_is_a_report_is_linked() -> None:
    assert links("<object type='application/pdf' data='/media/12'></object>") == [
        ("", "https://boards.example.org/media/12")
    ]


@pytest.mark.parametrize(
    "html",
    [
        "<form action='/search' method=get><input name=q><input type=submit value=Search></form>",
        "<form action='a.pdf' method=post><button>Download</button></form>",
        "<button onclick=\"toggle('panel-1')\">Child A</button>",
        "<iframe src='https://video.example.org/embed/1'></iframe>",
        "<iframe src='javascript:show(1.pdf)'></iframe>",
        "<iframe src='http://[?url=a'></iframe>",
        "<object data='/map.svg'></object>",
    ],
)
def test_what_is_no_report_is_left_as_it_is(html: str) -> None:
    assert link_reports(html) == html


def test_a_report_that_is_linked_anyway_is_linked_once() -> None:
    block = f"<object data='{REPORT}' type='application/pdf'></object><a href='/reviews/a.pdf'>Child A</a>"

    assert links(block) == [("Child A", REPORT)]


def test_many_frames_that_never_end_take_no_time() -> None:
    assert link_reports("<form action=a.pdf>" * 20_000).count("<a") == 0
    assert link_reports(f"<iframe {'src=a.pdf ' * 20_000}").count("<a") == 0
