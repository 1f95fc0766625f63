"""Document links: which links are documents, which words name a part of a review only."""

import pytest

from core.records import Link
from scraper.document_links import clean_title, entry_links, is_document, is_generic, is_reading, split_part
from scraper.text_lines import extract_lines
from tests.support.saved_pages import page

PLACE = "https://source.example.org/reviews"


@pytest.mark.parametrize(
    ("url", "words", "expected"),
    [
        ("https://a.example.org/f/child%20a.PDF", "x", True),
        ("https://a.example.org/downloads/file/41/child-a", "x", True),
        ("https://a.example.org/media/abc123", "x", True),
        ("https://a.example.org/wp-content/x?download=1", "x", True),
        ("https://a.example.org/?wpdmdl=77", "x", True),
        ("https://a.example.org/p/abc", "Child A (PDF, 1.2MB)", True),
        ("https://a.example.org/p/abc", "Child A PDF 340 KB", True),
        ("https://a.example.org/p/abc", "Child A", False),
        ("https://a.example.org/media/child.jpg", "x", False),
        ("https://a.example.org/downloads", "x", False),
    ],
)
def test_a_document_is_told_by_its_address_or_a_note_of_the_file(url: str, words: str, expected: bool) -> None:
    assert is_document(Link(words, url)) is expected


@pytest.mark.parametrize(
    ("address", "declared", "expected"),
    [
        ("get?id=1", "application/pdf", True),
        ("get?id=1", 'Application/PDF; name="a, b.pdf"', True),
        ("get?id=1", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", True),
        ("get?id=1", "application/msword", True),
        ("get?id=1", "application/octet-stream", False),
        ("get?id=1", "text/html", False),
        ("download/1", "application/octet-stream", True),
        ("download/1", "pdf", True),  # no type at all
        ("download/1", "audio/mpeg", False),
        ("download/1", "text/html; charset=utf-8", False),
        ("media/abc", "IMAGE/JPEG", False),
        ("?attachment_id=5", "video/mp4", False),
        ("a.pdf", "image/jpeg", True),  # the end of a name is seldom wrong, a type is often
        ("a.jpg", "application/pdf", False),
    ],
)
def test_the_type_that_a_source_states_counts_for_more_than_the_look_of_an_address(
    address: str, declared: str, expected: bool
) -> None:
    assert is_document(Link("", f"https://a.example.org/{address}"), declared) is expected


@pytest.mark.parametrize(
    "words",
    [
        "link", "Download", "Read more", "Executive summary", "Full report (PDF, 1.2MB)", "(report)", "Overview Report",
        "7 minute briefing", "Briefing note", "Read the report", "Report and executive summary", "Action plan", "",
        "Learning summary (opens in a new window)", "Download the full report [PDF 300 KB]", "Adroddiad Llawn",
        "Adroddiad Adolygiad Ymarfer Plant (PDF, 1MB)", "Crynodeb", "Papur briffio 7 munud",
    ],
)  # fmt: skip
def test_words_of_a_part_name_no_review(words: str) -> None:
    assert is_generic(words)


@pytest.mark.parametrize(
    "words",
    ["Child A", "Serious case review: Baby B", "Report on Child C", "Child A report", "Annual report 2024", "N23"],
)
def test_words_of_a_review_name_it(words: str) -> None:
    assert not is_generic(words)


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("Child B – Executive summary", ("Child B", "Executive summary")),
        ("Child B Full Report (PDF, 2MB)", ("Child B", "Full Report")),
        ("Child B: 7 minute briefing", ("Child B", "7 minute briefing")),
        ("Child B (Overview Report)", ("Child B", "Overview Report")),
        ("7 Minute Briefing CYSUR 4 2019", ("CYSUR 4 2019", "7 Minute Briefing")),
        ("Executive summary: Child B", ("Child B", "Executive summary")),
        ("Full report for Child B", ("Child B", "Full report")),
        ("Review of Child B", ("Review of Child B", "")),
        ("Serious case review", ("Serious case review", "")),
        (
            "Child B – Local child safeguarding practice review",
            ("Child B – Local child safeguarding practice review", ""),
        ),
        ("Annual report", ("Annual report", "")),
        ("Child B", ("Child B", "")),
    ],
)
def test_a_title_is_parted_from_the_part_it_names(title: str, expected: tuple[str, str]) -> None:
    assert split_part(title) == expected


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("Child A (PDF, 120 KB)", "Child A"),
        ("Child A LCSPR PDF, 1.1MB", "Child A LCSPR"),
        ("Child A PDF · 1.2MB · 24 pages", "Child A"),
        ("Child A – overview report.pdf", "Child A – overview report"),
        ("> Child A", "Child A"),
        ("Child A (aged 4)", "Child A (aged 4)"),
    ],
)
def test_a_title_loses_the_note_of_its_file(words: str, expected: str) -> None:
    assert clean_title(words) == expected


def test_a_long_odd_title_takes_no_time() -> None:
    odd = f"Child A{',' * 5_000}x"

    assert clean_title(odd) == odd
    assert not is_document(Link(odd, f"{PLACE}/child-a"))
    assert is_generic("Read " + "(PDF, 1 MB), " * 500 + "pdf")
    assert not is_generic("Read " + "(PDF, 1 MB), " * 500 + "of Child A")
    assert split_part("Child A: report " + "(PDF, 1 MB), " * 500 + "x")[1] == ""


def test_an_entry_links_its_documents_or_else_all_that_can_be_read() -> None:
    body = """<p><a href="/r/wren"><img src="/w.jpg" alt=""></a> <a href="/r/wren">Child Wren</a>
        <a href="https://www.facebook.com/share">Share</a> <a href="/i/w.png">Picture</a> <a href="#top">Top</a></p>"""
    here = page(body, url=PLACE)
    with_file = page(body + '<p><a href="/f/w.pdf">Report</a></p>', url=PLACE)

    links, files = entry_links(extract_lines(here), here), entry_links(extract_lines(with_file), with_file)

    assert links == (Link("Child Wren", "https://source.example.org/r/wren"),)
    assert [link.url for link in files if is_document(link)] == ["https://source.example.org/f/w.pdf"]
    assert not is_reading(Link("Share", "https://x.com/share"))
