"""Wording fixes: parts of a review put right for publication, while the collection's words are what they were."""

from datetime import UTC, datetime

import pytest

from core.detail import limit_detail
from core.editor_records import WordingFix
from core.published_wording import apply_fixes, carry_over, list_parts, list_word_changes
from core.records import Review, Section

NOW = datetime(2026, 11, 23, tzinfo=UTC)
ITEMS = ("see it", "hear ti", "act")
LIST = Section("learning", "Learning includes", "Points: see it; hear ti; and act. Also more.", ITEMS)
PROSE = Section("background", "Background", "A plain txet.\nOf two lines.")
REVIEW = Review("s", "Sufolk", "Baby D", title="Sufolk – Baby D", summary="A elder cheild.", sections=(LIST, PROSE))


def fix(part: str, old: str, new: str) -> WordingFix:
    return WordingFix(part, old, new, "A letter was wrong.", NOW)


def test_the_parts_are_named_in_the_order_that_they_are_read() -> None:
    assert list_parts(REVIEW) == {
        "publisher": "Sufolk",
        "name": "Baby D",
        "summary": "A elder cheild.",
        "section-1-before": "Points:",
        "section-1-item-1": "see it",
        "section-1-item-2": "hear ti",
        "section-1-item-3": "act",
        "section-1-after": "Also more.",
        "section-2": "A plain txet.\nOf two lines.",
    }
    assert list_parts(Review("s", "", "", title="Untold")) == {"title": "Untold"}


def test_a_fix_stands_where_its_words_stood_and_is_named_beside_them() -> None:
    fixes = (
        fix("publisher", "Sufolk", "Suffolk"),
        fix("summary", "A elder cheild.", "An elder child."),
        fix("section-1-after", "Also more.", "Also much more."),
        fix("section-1-before", "Points:", "The points:"),
        fix("section-1-item-2", "hear ti", "hear it"),
        fix("section-2", PROSE.text, "A plain text.\nOf two lines."),
    )

    shown = apply_fixes(REVIEW, fixes)

    assert (shown.publisher, shown.title, shown.summary) == ("Suffolk", "Suffolk – Baby D", "An elder child.")
    assert shown.sections[0].items == ("see it", "hear it", "act")
    assert shown.sections[0].text == "The points: see it; hear it; and act. Also much more."
    assert shown.sections[1].text == "A plain text.\nOf two lines."
    assert shown.fixes == fixes
    assert apply_fixes(REVIEW, ()).fixes == ()


@pytest.mark.parametrize("part", ["summary", "section-1-item-9", "section-7", "section-2-before", "raw", "evil"])
def test_a_fix_of_other_words_than_there_are_changes_nothing(part: str) -> None:
    assert apply_fixes(REVIEW, [fix(part, "What it said before.", "Ours.")]) == REVIEW


def test_a_title_that_is_not_made_of_publisher_and_name_stays() -> None:
    told = Review("s", "Suffolk", "Baby D", title="Report of the year")

    assert apply_fixes(told, [fix("name", "Baby D", "Baby E")]).title == "Report of the year"


def test_an_item_whose_words_the_text_does_not_have_is_put_right_in_the_list_alone() -> None:
    odd = Review("s", "", "A", sections=(Section("other", "X", "quite other words", ("tpyo",)),))

    (shown,) = apply_fixes(odd, [fix("section-1-item-1", "tpyo", "typo")]).sections

    assert (shown.text, shown.items) == ("quite other words", ("typo",))


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        ("A elder cheild died.", "An elder child died.", [("A", "An"), ("cheild", "child")]),
        ("one of two", "one of the two", [("of", "of the")]),
        ("of two", "the of two", [("of", "the of")]),
        ("the the two", "the two", [("the the", "the")]),
        ("same", "same", []),
    ],
)
def test_the_words_that_differ_are_told_and_never_from_nothing(
    old: str, new: str, changes: list[tuple[str, str]]
) -> None:
    assert list_word_changes(old, new) == changes


@pytest.mark.parametrize(
    ("now", "carried"),
    [
        ("In May, A elder cheild died. More.", "In May, An elder child died. More."),
        ("A elder cheild died of it.", "An elder child died of it."),
        ("It is said anew.", ""),
        ("A elder cheild died. That elder cheild died.", ""),  # twice: which?
    ],
)
def test_a_fix_is_carried_over_where_what_it_puts_right_is_there_once(now: str, carried: str) -> None:
    made = fix("summary", "A elder cheild died.", "An elder child died.")

    assert carry_over(made, now) == carried


def test_a_source_that_passes_on_its_headings_tells_of_the_fixes_of_those_alone() -> None:
    fixed = apply_fixes(REVIEW, [fix("name", "Baby D", "Baby E"), fix("summary", REVIEW.summary, "Ours.")])

    assert [one.part for one in limit_detail(fixed, "heading").fixes] == ["name"]
    assert len(limit_detail(fixed, "full").fixes) == 2
