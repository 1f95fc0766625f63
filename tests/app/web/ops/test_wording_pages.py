"""An editor puts right how a review is written: seen first, published, told to readers, asked about, taken back."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.records import Review
from db.collection import reviews, takedowns, wording_fixes
from db.mail import issues
from db.schema.connect import write_transaction
from services.issues import fix_wording
from services.operator.health import assess_health
from tests.app.web.operator import PERIOD, Desk, approved, sent
from tests.support.web_site import Visitor, texts

WHY = "A letter was missing."


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """September is approved, with three reviews."""
    db = approved(tmp_path)
    yield Desk(db)
    db.close()


def first(desk: Desk) -> Review:
    """The issue's first review, as it is published."""
    return reviews.get(desk.db, str(issues.get(desk.db, PERIOD).issue.reviews[0].id))


def put_right(who: Visitor, number: int, part: str, words: str, **more: str) -> int:
    """Fill in the form of a part and say yes to what it changes; the answer's status."""
    page = f"/ops/reviews/{number}/wording/{part}"
    return who.press(page, {"words": words, "why": WHY, "sure": "yes", **more}).status_code


def edited_at_source(desk: Desk, number: int, **changes: str) -> None:
    """The collection edits a review."""
    with write_transaction(desk.db):
        whole = reviews.get(desk.db, str(number), whole=True)
        edited = replace(whole, version=whole.version + 1, **changes)  # type: ignore[arg-type]  # all are words
        reviews.save_edit(desk.db, edited, [], "key", desk.house.clock.now)


def test_a_fix_is_shown_word_by_word_before_it_is_made_and_says_which_approval_it_voids(desk: Desk) -> None:
    who, review = desk.operator(), first(desk)
    page = f"/ops/reviews/{review.id}/wording/name"
    form = who.get(page).text

    check = who.press(page, {"words": f"{review.name}x", "why": WHY})

    assert f'value="{review.name}"' in form
    assert "The issue of September 2016 is approved and has this review" in texts(form)
    assert "A wrong fact is put right at the source" in texts(form)
    assert check.status_code == 200
    assert "<del>" in check.text and "<ins>" in check.text
    assert "makes the approval void" in texts(check.text)
    assert first(desk).fixes == ()
    assert issues.get(desk.db, PERIOD).issue.status == "approved"


def test_a_fix_is_published_everywhere_and_the_collections_words_are_kept_beside_it(desk: Desk) -> None:
    who, review = desk.operator(), first(desk)

    assert put_right(who, review.id, "name", "Zebedee Q") == 303

    shown, whole = first(desk), reviews.get(desk.db, str(review.id), whole=True)
    assert (shown.name, whole.name, shown.fixes[0].old, whole.fixes) == ("Zebedee Q", review.name, review.name, ())
    draft = issues.get(desk.db, PERIOD)
    assert draft.issue.status == "draft"
    for part in (draft.html, draft.text):
        assert "Zebedee Q" in part
        assert "Corrected by Case reviews in the name" in part
    assert draft.issue.reviews[0].fixes[0].why == WHY
    public = desk.visitor()
    page = texts(public.get(f"/reviews/{review.id}").text)
    assert "Corrected by Case reviews" in page
    assert f"in the name: {WHY}" in page
    assert f"The collection says: {review.name}" in page
    data = json.loads(public.get(f"/reviews/{review.id}.json").data)
    assert (data["name"], data["title"].endswith("Zebedee Q")) == ("Zebedee Q", True)
    (told,) = data["wording_fixes"]
    told.pop("at")
    assert told == {"part": "name", "collection_words": review.name, "words": "Zebedee Q", "why": WHY}
    assert [one.name for one, _ in reviews.search(desk.db, "Zebedee")] == ["Zebedee Q"]
    assert "Zebedee Q" in public.get("/reviews?q=zebedee").text
    assert "Zebedee Q" in public.get("/feeds/reviews.atom").text
    (stored,) = wording_fixes.list_of_review(desk.db, review.id)
    assert (stored.fix.why, stored.ended_at) == (WHY, None)
    assert desk.trail()[0] == f"fixed the wording of review {review.id}, the name: {WHY}"


def test_a_fix_is_taken_back_and_both_stay_in_the_history(desk: Desk) -> None:
    who, review = desk.operator(), first(desk)
    put_right(who, review.id, "name", "Zebedee Q")
    put_right(who, review.id, "name", "Zebedee R")
    newest, oldest = wording_fixes.list_of_review(desk.db, review.id)
    page = f"/ops/reviews/{review.id}/wording"

    answer = who.press(page, action=f"/ops/wording/{newest.id}/end")

    assert answer.status_code == 303
    assert first(desk).name == review.name
    assert [bool(one.ended_at) for one in wording_fixes.list_of_review(desk.db, review.id)] == [True, True]
    said = texts(who.get(page).text)
    assert "The collection’s own words are published again." in said
    assert said.count("Ended") == 2
    assert oldest.ended_at
    assert reviews.search(desk.db, "Zebedee") == []
    assert who.press(page, action=f"/ops/wording/{newest.id}/end").status_code == 409
    assert who.press(page, action="/ops/wording/999/end").status_code == 404


@pytest.mark.parametrize(
    ("fields", "field", "said"),
    [
        ({"words": " "}, "words", "Write the words as they should be"),
        ({"words": "same"}, "words", "Change what is wrong"),
        ({"why": ""}, "why", "Say why"),
        ({"why": "x" * 501}, "why", "Keep it under 500 characters"),
        ({"words": "One\r\ntwo"}, "words", "Write it in one line"),
        ({"old": "What it was before"}, "words", "changed these words meanwhile"),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_stays_typed(
    desk: Desk, fields: dict[str, str], field: str, said: str
) -> None:
    who, review = desk.operator(), first(desk)
    typed = {"words": "Zebedee Q", "why": WHY, "sure": "yes", **fields}
    typed["words"] = review.name if typed["words"] == "same" else typed["words"]

    answer = who.press(f"/ops/reviews/{review.id}/wording/name", typed)

    assert answer.status_code == 422
    assert f'<a href="#{field}">{said}' in answer.text or said in texts(answer.text)
    assert f'id="{field}-error"' in answer.text
    assert first(desk).fixes == ()


def test_a_part_or_a_review_that_is_not_there_has_no_form(desk: Desk) -> None:
    who, review = desk.operator(), first(desk)

    assert who.get(f"/ops/reviews/{review.id}/wording/section-99").status_code == 404
    assert who.get("/ops/reviews/999/wording").status_code == 404
    with write_transaction(desk.db):
        takedowns.add(desk.db, review.id, "They asked.", desk.house.clock.now)
    assert who.get(f"/ops/reviews/{review.id}/wording").status_code == 404


def test_of_a_review_that_is_taken_down_no_fix_is_shown(desk: Desk) -> None:
    who, review = desk.operator(), first(desk)
    put_right(who, review.id, "name", "Zebedee Q")
    shown = who.get("/ops/wording").text

    with write_transaction(desk.db):
        takedowns.add(desk.db, review.id, "They asked.", desk.house.clock.now)

    assert "Zebedee" in shown
    assert "Zebedee" not in who.get("/ops/wording").text
    assert fix_wording.list_questions(desk.db) == []


def test_the_next_edit_at_the_source_asks_and_the_fix_is_kept_in_its_new_words(desk: Desk) -> None:
    who, review = desk.operator(), first(desk)
    summary = reviews.get(desk.db, str(review.id), whole=True).summary
    word = summary.split()[3]
    put_right(who, review.id, "summary", summary.replace(word, "Zebedee", 1))

    edited_at_source(desk, review.id, summary=f"{summary} It was said anew.")

    assert first(desk).summary == f"{summary} It was said anew."  # as the collection has it, until somebody says
    said = [line.words for line in assess_health(desk.settings, desk.db, desk.house.clock.now).lines]
    assert any("1 wording fix was made against words that the collection has changed" in words for words in said)
    assert "1 wording fix was made" in texts(who.get("/ops").text)
    page = who.get("/ops/wording").text
    assert "It was said anew." in page
    assert "Keep the fix" in page
    (stored,) = wording_fixes.list_in_force(desk.db)
    assert who.press("/ops/wording", action=f"/ops/wording/{stored.id}/keep").status_code == 303
    assert first(desk).summary == f"{summary.replace(word, 'Zebedee', 1)} It was said anew."
    assert fix_wording.list_questions(desk.db) == []


def test_a_fix_is_dropped_or_made_anew_where_its_words_are_gone(desk: Desk) -> None:
    who, review = desk.operator(), first(desk)
    put_right(who, review.id, "name", "Zebedee Q")

    edited_at_source(desk, review.id, name="Quite Another")

    (stored,) = wording_fixes.list_in_force(desk.db)
    page = who.get("/ops/wording").text
    assert "Keep the fix" not in page
    assert "Put its new words right" in page
    assert who.press("/ops/wording", action=f"/ops/wording/{stored.id}/keep").status_code == 409
    assert who.press("/ops/wording", action=f"/ops/wording/{stored.id}/end").status_code == 303
    assert (first(desk).name, fix_wording.list_questions(desk.db)) == ("Quite Another", [])


def test_nothing_is_asked_where_the_collection_has_put_it_right_itself(desk: Desk) -> None:
    who, review = desk.operator(), first(desk)
    put_right(who, review.id, "name", "Zebedee Q")

    edited_at_source(desk, review.id, name="Zebedee Q")

    assert fix_wording.list_questions(desk.db) == []
    assert (first(desk).name, first(desk).fixes) == ("Zebedee Q", ())


def test_what_was_sent_stays_as_it_was_sent(tmp_path: Path) -> None:
    db = sent(tmp_path)
    desk = Desk(db)
    before, review = issues.get(db, PERIOD), first(desk)

    put_right(desk.operator(), review.id, "name", "Zebedee Q")

    assert issues.get(db, PERIOD) == before
    assert "Zebedee Q" not in desk.visitor().get(f"/issues/{PERIOD}").text
    assert "Zebedee Q" in desk.visitor().get("/").text  # the list of the newest names it as it is published
    db.close()


def test_a_fix_by_the_one_of_two_people_counts_as_a_change_of_the_issue(desk: Desk) -> None:
    review = first(desk)

    put_right(desk.operator(), review.id, "name", "Zebedee Q")

    assert issues.get_editor(desk.db, PERIOD) == issues.UNKNOWN_EDITOR  # by the shared password


def test_what_was_known_already_is_searched_and_taken_in(desk: Desk) -> None:
    who = desk.operator()
    (known,) = [review for review in reviews.listing(desk.db) if review.baseline]
    page = f"/ops/issues/{PERIOD}/add"
    word = max(known.summary.split(), key=len).strip(".,;:–")

    everything, found, none = (who.get(f"{page}{q}").text for q in ("", f"?q={word}", "?q=zebedee"))

    assert f'value="{known.id}"' in everything
    assert f'value="{known.id}"' in found
    assert "Nothing that no issue carries has these words." in none
    assert f'action="/ops/issues/{PERIOD}/add"' in who.get(f"/ops/issues/{PERIOD}/edit").text
    assert who.press(page, {}).status_code == 422
    carried = str(first(desk).id)
    wrong = who.press(page, {"review": "999"})
    assert (wrong.status_code, '<a href="#reviews">no such review: 999' in wrong.text) == (422, True)
    assert who.press(page, {"review": [str(known.id), carried]}).status_code == 303
    assert known.id in {review.id for review in issues.get(desk.db, PERIOD).issue.reviews}
    assert f'value="{known.id}"' not in who.get(page).text
