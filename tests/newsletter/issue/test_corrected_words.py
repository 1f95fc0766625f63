"""What is said beside words that an editor has put right: in both parts of the mail, in few words."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from core.editor_records import WordingFix
from core.published_wording import apply_fixes
from core.records import Review, Section
from newsletter.issue.compose import compose, content_hash
from newsletter.issue.corrected_words import fix_sentence, name_part
from newsletter.issue.render import render
from newsletter.issue.wording import Wording

NOW = datetime(2016, 9, 20, tzinfo=UTC)
WORDING = Wording(
    title="Case reviews",
    collection="NSPCC Repository",
    base_url="https://news.example.org",
    sender="Case reviews <news@example.org>",
)
REVIEW = Review(
    "nspcc",
    "Suffolk",
    "Babby D",
    year=2016,
    summary="A cheild of two years.",
    sections=(Section("learning", "Key issues:", "Drift; deley.", ("Drift", "deley")),),
    id=7,
    first_seen=NOW,
)


def fix(part: str, old: str, new: str) -> WordingFix:
    return WordingFix(part, old, new, "A letter was wrong.", NOW)


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (fix("name", "Babby D", "Baby D"), "in the name: “Babby” is now “Baby”."),
        (fix("section-1-item-2", "deley", "delay"), "in “Key issues”, point 2: “deley” is now “delay”."),
        (fix("summary", "a b c d e f g", "1 b 2 d 3 f 4"), "in the summary: the collection’s own words are with"),
        (fix("summary", "x" * 90, "y" * 90), "in the summary: the collection’s own words are with"),
    ],
)
def test_a_fix_is_told_in_a_sentence(made: WordingFix, said: str) -> None:
    assert fix_sentence(REVIEW, made, "Case reviews").startswith(f"Corrected by Case reviews {said}")


def test_a_part_that_is_there_no_more_has_a_name_all_the_same() -> None:
    assert name_part(REVIEW, "section-9-item-1") == "section 9"
    assert name_part(REVIEW, "summary") == "the summary"


def test_the_issue_has_the_new_words_and_says_so_in_both_parts_and_is_another() -> None:
    fixed = apply_fixes(REVIEW, [fix("name", "Babby D", "Baby D"), fix("summary", REVIEW.summary, "A child of two.")])
    until = datetime(2016, 10, 1, tzinfo=UTC)
    before, after = (compose([one], "2016-09", WORDING, until=until) for one in (REVIEW, fixed))

    rendered = render(after, WORDING)

    for part in (rendered.html, " ".join(rendered.text.split())):
        assert "Suffolk – Baby D" in part
        assert "Corrected by Case reviews in the name: “Babby” is now “Baby”." in part
        assert "A cheild" not in part
    assert "Corrected by" not in render(before, WORDING).html
    assert content_hash(after) != content_hash(before)
    quiet = replace(after, reviews=tuple(replace(one, fixes=()) for one in after.reviews))
    assert content_hash(quiet) != content_hash(after)
