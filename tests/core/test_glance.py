"""Glance: one line of a review's own words and certain facts; what is not certain is left out."""

import pytest

from core.glance import glance_line
from newsletter.issue.render import render
from tests.newsletter.samples import WORDING, issue, review


@pytest.mark.parametrize(
    ("summary", "nation", "keywords", "line"),
    [
        (
            "Head injury to a 7-week-old baby. Father unknown.",
            "England",
            ("infants", "hidden fathers", "bruising", "gangs"),
            "Baby, 7 weeks · head injury · England – hidden fathers, bruising",
        ),
        ("Death of a seven-week-old baby boy.", None, (), "Baby boy, 7 weeks · death"),
        ("Death of a 1-year-old girl.", "Wales", ("child deaths",), "Girl, 1 year · death · Wales"),
        ("Death and neglect of twin boys aged 3.", None, (), "Twin boys, 3 years · death, neglect"),
        ("Serious injuries to babies.", None, ("injury", "baby"), "Babies · serious injuries"),
        ("Death of a 3-week-old boy.", None, ("infants", "infant deaths"), "Boy, 3 weeks · death"),
        ("Death of a 3-year-old boy.", None, ("infants",), "Boy, 3 years · death – infants"),
        ("Suicide of a 15-year-old, in care.", None, ("adolescents", "CAMHS"), "15 years · suicide – CAMHS"),
        ("Concerns about a baby of 3 weeks.", "Scotland", (), "Scotland"),
        ("Not of the known form.", None, ("neglect", "x" * 100, "CAMHS"), "Neglect, CAMHS"),
        ("Not of the known form.", "Atlantis", (), ""),
    ],
)
def test_line_is_of_own_words(summary: str, nation: str | None, keywords: tuple[str, ...], line: str) -> None:
    assert glance_line(review(summary=summary, nation=nation, keywords=keywords)) == line


def test_one_taken_down_says_nothing() -> None:
    assert glance_line(review(summary="Death of a baby.", nation="England", taken_down=True)) == ""


def test_line_stands_under_its_heading_in_both_parts() -> None:
    rendered = render(issue(review(summary="Death of a 2-week-old baby.", nation="England")), WORDING)
    line = "Baby, 2 weeks · death · England"
    assert f"Sampleshire – Child 1\n{line}\n" in rendered.text
    assert rendered.html.count(line) == 1


def test_short_edition_keeps_the_line() -> None:
    long = review(summary="Death of a 2-week-old baby. " + "More was said. " * 100)
    assert "Baby, 2 weeks · death" in render(issue(long), WORDING, short=True).text
