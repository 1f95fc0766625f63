"""Corrections: words on a sent issue, with their history, that the next issue tells of once in the words that stand."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core.editor_records import Correction
from core.errors import HouseError, NotFound
from core.states import IssueStatus
from db.mail import corrections, issues
from db.schema.connect import write_transaction
from newsletter.issue.compose import content_hash
from newsletter.issue.issue_view import MAX_MAIL_CORRECTIONS
from newsletter.issue.render import render
from services.issues import build_issue, frozen_issue
from services.issues.correct_issue import (
    MAX_CORRECTION_CHARS,
    amend_correction,
    correct_issue,
    list_voided_approvals,
    withdraw_correction,
)
from tests.support.sample_archive import NOW, Shelf, full

PERIOD, NEXT, WORDS = "2026-10", "2026-11", "The year was 2015."


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """October 2026 was sent, November is a draft."""
    return full(tmp_path)


def correct(shelf: Shelf, words: str = WORDS, period: str = PERIOD, review_id: int | None = None) -> Correction:
    return correct_issue(shelf.effects, shelf.settings, shelf.db, period, words, actor="Sam", review_id=review_id)


def amend(shelf: Shelf, words: str, reason: str = "a slip", number: int = 1) -> Correction:
    house = shelf.effects, shelf.settings, shelf.db, PERIOD
    return amend_correction(*house, number, words, reason=reason, actor="Kim").correction


def withdraw(shelf: Shelf, reason: str = "It was right at first.", number: int = 1) -> Correction:
    house = shelf.effects, shelf.settings, shelf.db, PERIOD
    return withdraw_correction(*house, number, reason=reason, actor="Kim").correction


def told(shelf: Shelf, period: str = NEXT) -> list[tuple[int, int]]:
    """What the draft of a period tells of: numbers with versions."""
    issue = build_issue.compose_draft(shelf.settings, shelf.db, period).issue
    return [(one.number, one.current.version) for one in issue.corrections]


def let_go(shelf: Shelf, period: str = NEXT) -> None:
    with write_transaction(shelf.db):
        frozen_issue.freeze_issue(shelf.settings, shelf.db, issues.get(shelf.db, period), NOW)
        issues.mark_sent(shelf.db, period, NOW)


def reviews_of(shelf: Shelf) -> list[int]:
    return [one.id for one in build_issue.load_issue(shelf.db, PERIOD).issue.reviews]


@pytest.mark.parametrize("words", [WORDS, "x" * MAX_CORRECTION_CHARS])
def test_a_sent_issue_is_corrected_with_who_and_when(shelf: Shelf, words: str) -> None:
    one = correct(shelf, words)

    assert corrections.listing(shelf.db, PERIOD) == [one]
    assert (one.number, one.at, one.amended_at) == (1, NOW, None)
    assert [(v.version, v.words, v.actor) for v in one.versions] == [(1, words, "Sam")]


def test_numbers_count_up_in_each_issue(shelf: Shelf) -> None:
    made = [correct(shelf), correct(shelf, "And 2016."), correct(shelf, period="2026-09")]

    assert [(one.period, one.number) for one in made] == [(PERIOD, 1), (PERIOD, 2), ("2026-09", 1)]


@pytest.mark.parametrize(
    ("words", "fix"), [(" \n", "Write what was wrong"), ("x" * (MAX_CORRECTION_CHARS + 1), "Keep it under 2,000")]
)
def test_words_that_cannot_stand_are_refused(shelf: Shelf, words: str, fix: str) -> None:
    with pytest.raises(HouseError, match=fix):
        correct(shelf, words)

    assert corrections.listing(shelf.db, PERIOD) == []


def test_only_what_was_sent_is_corrected_and_only_a_review_in_it(shelf: Shelf) -> None:
    with pytest.raises(HouseError, match="only an issue that was sent"):
        correct(shelf, period=NEXT)
    with pytest.raises(NotFound):
        correct(shelf, period="2016-10")
    with pytest.raises(HouseError, match="does not name that review"):
        correct(shelf, review_id=999)


def test_a_form_that_is_sent_twice_makes_one(shelf: Shelf) -> None:
    correct(shelf)

    with pytest.raises(HouseError, match="stands already: 1 of 2026-10"):
        correct(shelf)
    correct(shelf, review_id=reviews_of(shelf)[0])
    withdraw(shelf)
    correct(shelf)


def test_a_dry_run_writes_nothing(shelf: Shelf) -> None:
    before = issues.get(shelf.db, NEXT).issue.hash

    house = shelf.effects, shelf.settings, shelf.db, PERIOD
    one = correct_issue(*house, WORDS, actor="Sam", dry=True)

    assert one.current.words == WORDS
    assert corrections.listing(shelf.db, PERIOD) == []
    assert issues.get(shelf.db, NEXT).issue.hash == before


def test_the_next_issue_tells_of_it_before_the_reviews_in_both_parts(shelf: Shelf) -> None:
    correct(
        shelf, "The year was **2015**, see [the report](https://example.org/report).", review_id=reviews_of(shelf)[0]
    )

    stored = issues.get(shelf.db, NEXT)

    assert stored.issue.subject.endswith("1 correction)") and stored.issue.reviews == ()
    assert "Content note: It may speak of abuse, neglect and death." in stored.text
    assert stored.issue.hash != content_hash(replace(stored.issue, corrections=()))
    for part in (stored.html, stored.text):
        assert part.index("Corrections to earlier issues") < part.index("Past issues")
        assert f"Issue of October 2026: {stored.issue.corrections[0].about}" in " ".join(part.split())
        assert f"https://news.example.org/issues/{PERIOD}#correction-1" in part
    assert "<strong>2015</strong>" in stored.html and 'href="https://example.org/report"' in stored.html
    assert "The year was 2015, see the report (https://example.org/report)." in " ".join(stored.text.split())


def test_it_is_told_once_in_the_words_that_stand(shelf: Shelf) -> None:
    correct(shelf)
    amend(shelf, "The year was 2014.")
    assert told(shelf) == [(1, 2)]
    let_go(shelf)

    assert told(shelf, "2026-12") == []
    amend(shelf, "The year was 2013.")
    assert told(shelf, "2026-12") == [(1, 3)]
    assert (
        "amended on 23 November 2026"
        in render(
            build_issue.compose_draft(shelf.settings, shelf.db, "2026-12").issue,
            build_issue.current_wording(shelf.settings),
        ).text
    )


def test_of_two_drafts_the_earlier_tells_of_it(shelf: Shelf) -> None:
    correct(shelf)

    assert (told(shelf), told(shelf, "2026-12")) == ([(1, 1)], [])


def test_one_that_nobody_was_told_of_is_withdrawn_in_silence(shelf: Shelf) -> None:
    correct(shelf)

    one = withdraw(shelf)

    assert (one.withdrawn, one.current.words) == (True, "It was right at first.")
    assert told(shelf) == []


def test_one_that_readers_were_told_of_is_withdrawn_before_them(shelf: Shelf) -> None:
    correct(shelf)
    let_go(shelf)

    withdraw(shelf)

    text = build_issue.compose_draft(shelf.settings, shelf.db, "2026-12").text
    assert told(shelf, "2026-12") == [(1, 2)]
    assert "this correction was withdrawn on 23 November 2026." in " ".join(text.split())
    assert "It was right at first." in text and WORDS not in text


def test_the_history_is_kept_with_who_and_why(shelf: Shelf) -> None:
    correct(shelf)
    amend(shelf, "The year was 2014.", "the report says so")

    one = withdraw(shelf)

    assert [(v.version, v.actor, v.words, v.reason, v.withdrawn) for v in one.versions] == [
        (1, "Sam", WORDS, "", False),
        (2, "Kim", "The year was 2014.", "the report says so", False),
        (3, "Kim", "It was right at first.", "", True),
    ]
    for change in (lambda: amend(shelf, "Again."), lambda: withdraw(shelf)):
        with pytest.raises(HouseError, match="the correction was withdrawn"):
            change()


@pytest.mark.parametrize(
    ("words", "reason", "fix"),
    [(WORDS, "a slip", "Change them"), ("", "a slip", "Write what"), ("New.", " ", "Say why")],
)
def test_an_amendment_that_is_none_is_refused(shelf: Shelf, words: str, reason: str, fix: str) -> None:
    correct(shelf)

    with pytest.raises(HouseError, match=fix):
        amend(shelf, words, reason)

    assert len(corrections.get(shelf.db, PERIOD, 1).versions) == 1


def test_one_that_names_a_review_taken_down_says_nothing_any_more(shelf: Shelf) -> None:
    review = reviews_of(shelf)[0]
    title = correct(shelf, "Baby Xerxes was two.", review_id=review).about
    let_go(shelf)
    correct(shelf, "Baby Xerxes was three.", review_id=review)

    shelf.take_down(review)

    sent, one = build_issue.load_issue(shelf.db, NEXT), corrections.get(shelf.db, PERIOD, 1)
    assert (one.taken_down, one.about, [v.words for v in one.versions]) == (True, "", [""])
    assert [c.taken_down for c in sent.issue.corrections] == [True]
    for part in (sent.html, sent.text):
        assert "Xerxes" not in part and title not in part
        assert "It was about a review that has been withdrawn since" in " ".join(part.split())
    assert told(shelf, "2026-12") == []
    with pytest.raises(HouseError, match="its review has been withdrawn"):
        amend(shelf, "Another.")


def test_a_mail_holds_so_many_and_says_where_the_others_are(shelf: Shelf) -> None:
    for number in range(MAX_MAIL_CORRECTIONS + 2):
        correct(shelf, f"The year was {2000 + number}.")

    text = issues.get(shelf.db, NEXT).text

    assert "The year was 2007." in text and "The year was 2008." not in text
    assert "2 more corrections: see past issues" in text


@pytest.mark.parametrize(("status", "voided"), [("draft", []), ("approved", [NEXT])])
def test_an_approval_is_void_when_its_issue_is_to_tell_of_one(
    shelf: Shelf, status: IssueStatus, voided: list[str]
) -> None:
    if status == "approved":
        with write_transaction(shelf.db):
            issues.approve(shelf.db, NEXT)
    assert list_voided_approvals(shelf.settings, shelf.db) == voided

    correct(shelf)

    assert issues.get(shelf.db, NEXT).issue.status == "draft"


def test_the_newest_come_first_whatever_their_issue(shelf: Shelf) -> None:
    later = replace(shelf.effects, now=lambda: NOW + timedelta(days=1))
    correct(shelf)
    correct(shelf, period="2026-09")
    amend_correction(later, shelf.settings, shelf.db, PERIOD, 1, "New.", reason="a slip", actor="Kim")

    found = corrections.list_newest(shelf.db, 5)

    assert [(one.period, len(one.versions)) for one in found] == [(PERIOD, 2), ("2026-09", 1)]
    assert len(corrections.list_newest(shelf.db, 1)) == 1
