"""Titles, headings and link texts: tables of what is published and what a reader is told."""

import pytest

from core.clean_text import clean_text
from core.records import Link
from newsletter.issue.phrases import distinct_titles, download_links, safe_address, section_heading
from tests.newsletter.samples import THEMATIC, items, review


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Child\u202e dlihC\u2066", "Child dlihC"),
        ("\u200eBa\u00adby\u200b  D\x00", "Baby D"),
        ("Baby 👶🏽 D", "Baby 👶🏽 D"),
        ("A\u2028B\u00a0C", "A B C"),
    ],
    ids=ascii,
)
def test_what_has_no_look_is_not_shown(text: str, shown: str) -> None:
    assert clean_text(text) == shown


@pytest.mark.parametrize(
    ("url", "shown"),
    [("https://x.example/a\u200b", "https://x.example/a\u200b"), ("https://x.example/\u202efdp", "")],
    ids=ascii,
)
def test_an_address_that_turns_its_letters_is_none(url: str, shown: str) -> None:
    assert safe_address(Link("x", url)) == shown


def test_titles_that_occur_twice_are_told_apart() -> None:
    told = distinct_titles(
        [
            review(1, publisher="Anonymous", name="Child A", year=2015),
            review(2, publisher="Anonymous", name="Child A", year=2016),
            review(3, publisher="Anonymous", name="Child A", year=2016),
            review(4, publisher="", name="Child B", year=None),
            review(5, publisher="", name="child b", year=None),
            THEMATIC,
        ]
    )

    assert told == [
        "Anonymous – Child A, 2015",
        "Anonymous – Child A, 2016 (1 of 2)",
        "Anonymous – Child A, 2016 (2 of 2)",
        "Child B (1 of 2)",
        "child b (2 of 2)",
        "Fenbridge – Overview of the local response to online exploitation",
    ]


@pytest.mark.parametrize(
    ("kind", "label", "expected"),
    [
        ("learning", "Issues identified include", "Issues identified include"),
        ("learning", "key issues: include", "Key issues include"),
        ("learning", "includes", "Learning includes"),
        ("other", "includes", "Also includes"),
        ("recommendations", "Makes recommendations", "Recommendations"),
        ("model", "", "Model"),
        ("other", "", "More"),
    ],
)
def test_section_headings_read_as_published(kind: str, label: str, expected: str) -> None:
    assert section_heading(items(kind, label, "one")) == expected


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["Read the overview report"], ["Download the report: X"]),
        (
            ["> Read the overview report", "Read the Executive summary (PDF, 2 MB)"],
            ["overview report", "executive summary"],
        ),
        (["Download report here", "Download report here"], ["report: X (1 of 2)", "report: X (2 of 2)"]),
        (["", "Click here"], ["report: X (1 of 2)", "report: X (2 of 2)"]),
        (["NSPCC briefing", "Read more"], ["the NSPCC briefing: X", "the report: X"]),
    ],
)
def test_links_are_named_by_their_own_words_where_there_are_two(texts: list[str], expected: list[str]) -> None:
    made = download_links([Link(text, f"https://x.example/{n}") for n, text in enumerate(texts)], "X")

    assert all(want in anchor.text for want, anchor in zip(expected, made, strict=True))
    assert all(anchor.text.startswith("Download the ") for anchor in made)


@pytest.mark.parametrize(
    ("link", "sentence"),
    [
        (Link("", "https://x.example", state="dead"), "The link to this report no longer works."),
        (Link("", "https://x.example", state="none"), "The collection gives no download link for this report."),
        (Link("", "javascript:alert(1)"), "The collection gives no download link for this report."),
        (Link("", "http://[bad"), "The collection gives no download link for this report."),
        (Link("", "https://x.example/a\nb"), "The collection gives no download link for this report."),
        (
            Link("", "https://x.example/?t=READER-TOKEN-GOES-HERE"),
            "The collection gives no download link for this report.",
        ),
    ],
)
def test_a_report_that_cannot_be_reached_gets_a_plain_sentence(link: Link, sentence: str) -> None:
    assert download_links([link], "X") == [(sentence, "")]
