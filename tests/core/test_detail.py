"""How much of a review is passed on."""

import pytest

from core.config.schema import NewsletterSettings, Settings, Source
from core.detail import first_sentence, limit_detail, source_detail
from core.records import Link, Review, Section
from core.states import Detail

LINKS = (Link("Read the report", "https://example.org/report.pdf"),)
REVIEW = Review(
    "nspcc",
    "Westmere",
    "Child A",
    2026,
    title="Westmere – Child A",
    summary="Death of a 3-week-old infant. The mother was known to services.\nShe was 19.",
    sections=(Section("learning", "Learning includes", "share what is known"),),
    keywords=("infants",),
    links=LINKS,
    raw="2026 – Westmere – Child A\nDeath of a 3-week-old infant.",
)


@pytest.mark.parametrize(
    ("detail", "summary"),
    [("first sentence", "Death of a 3-week-old infant."), ("heading", "")],
)
def test_less_detail_leaves_the_heading_and_the_link_and_no_other_words(detail: Detail, summary: str) -> None:
    limited = limit_detail(REVIEW, detail)

    assert (limited.title, limited.year, limited.links) == ("Westmere – Child A", 2026, LINKS)
    assert (limited.summary, limited.sections, limited.keywords, limited.raw) == (summary, (), (), "")


def test_full_detail_leaves_all() -> None:
    assert limit_detail(REVIEW, "full") is REVIEW


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("Death of a child. It was known.", "Death of a child."),
        ("Death of a child", "Death of a child"),
        ("Death of a child\nIn 2016 it was known. So.", "Death of a child"),
        ("Mr. A. Smith and St. Mary’s knew of it. Then more.", "Mr. A. Smith and St. Mary’s knew of it."),
        ("Ages 2.5 and 3 years. More.", "Ages 2.5 and 3 years."),
        ("Was it known? Yes.", "Was it known?"),
        ("They said “never again.” Nobody heard.", "They said “never again.”"),
        ("", ""),
    ],
)
def test_first_sentence_is_whole(text: str, first: str) -> None:
    assert first_sentence(text) == first


def test_a_source_has_its_own_detail_and_its_year_lists_have_it_too() -> None:
    url = "https://example.org/list"
    settings = Settings(
        newsletter=NewsletterSettings(detail="first sentence"),
        sources=(Source(name="nspcc", url=url, detail="heading"), Source(name="panel", url=url)),
    )

    assert [source_detail(settings, name) for name in ("nspcc", "nspcc-2016", "panel", "gone")] == [
        "heading",
        "heading",
        "first sentence",
        "first sentence",
    ]
