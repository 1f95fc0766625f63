"""Stored and read in, decisions out: every way a review can be new, changed, missing, withdrawn or back."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from core.records import Link, Review, Section, Sighting
from scraper.identity import add_identity, sighting_digest
from scraper.reconcile import Reconciliation, StoredReview, reconcile_read

SEEN = datetime(2016, 8, 31, 11, tzinfo=UTC)
TODAY = date(2016, 9, 20)
NUMBERED = "https://library.nspcc.org.uk/HeritageScripts/Hapi.dll/search2?searchTerm0="


def review(name: str, text: str = "", number: str = "", **more: object) -> Review:
    links = (Link("Read the report", NUMBERED + number),) if number else ()
    plain = Review("nspcc", "Anonymous", name, 2016, summary=text or f"Death of {name} in the sea.", links=links)
    return add_identity(replace(plain, **more))  # type: ignore[arg-type]  # any field a test wants


def held(review: Review, number: int, sighted: bool = True, **more: object) -> StoredReview:
    """A review we hold, with what the source last showed of it."""
    sighting = replace(Sighting(number, "nspcc", sighting_digest(review), SEEN), **more) if sighted else None  # type: ignore[arg-type]
    return StoredReview(replace(review, id=number, first_seen=SEEN), sighting)


def names(reviews: tuple[Review, ...]) -> list[str]:
    return [review.name for review in reviews]


def test_a_review_nobody_knows_is_new() -> None:
    decisions = reconcile_read([held(review("Child A"), 1)], [review("Child A"), review("Child B")], TODAY)

    assert (names(decisions.new), decisions.unchanged) == (["Child B"], 1)


def test_nothing_is_written_when_nothing_changed() -> None:
    stored = [held(review("Child A"), 1), held(review("Child B", number="C1234"), 2)]

    assert reconcile_read(stored, [s.review for s in stored], TODAY) == Reconciliation(unchanged=2)


@pytest.mark.parametrize(
    "text",
    ["Death of  Child A\u00a0in the sea.", "death of Child A in the sea.", "Death of\nChild A in the sea."],
)
def test_white_space_and_case_are_no_change(text: str) -> None:
    decisions = reconcile_read([held(review("Child A"), 1)], [review("Child A", text)], TODAY)

    assert (decisions.unchanged, decisions.changed, decisions.new) == (1, (), ())


def test_other_dashes_and_quotes_are_no_change() -> None:
    before = review("“Lucy”", "Death of a 12-week-old girl - at home.")
    after = review("'Lucy'", "Death of a 12–week–old girl – at home.")

    assert reconcile_read([held(before, 1)], [after], TODAY).unchanged == 1


def test_an_edited_summary_is_the_same_review_with_its_difference() -> None:
    before, after = review("Child A", "Death of a boy of 4 months."), review("Child A", "Death of a boy of 5 months.")

    decisions = reconcile_read([held(before, 7)], [after], TODAY)

    ((now, changes),) = decisions.changed
    assert (now.id, now.version, now.first_seen, decisions.new) == (7, 2, SEEN, ())
    assert [(c.field, c.old, c.new) for c in changes] == [("summary", before.summary, after.summary)]


def test_a_review_keeps_its_key_through_edits() -> None:
    stored = held(review("Child A", "Death of a boy of 4 months."), 7)

    ((now, _),) = reconcile_read([stored], [review("Child A", "Death of a boy of 5 months.")], TODAY).changed

    assert now.key == stored.review.key


def test_the_catalogue_number_holds_through_any_rewording() -> None:
    before, after = review("Child A", number="C1234"), review("Family Z", "Wholly other words here.", "C1234")

    ((now, changes),) = reconcile_read([held(before, 7)], [after], TODAY).changed

    assert (now.id, [c.field for c in changes]) == (7, ["name", "summary"])


def test_two_catalogue_numbers_are_two_reviews_whatever_the_text() -> None:
    decisions = reconcile_read([held(review("Child A", number="C1234"), 1)], [review("Child A", number="C9999")], TODAY)

    assert names(decisions.new) == ["Child A"]


def test_a_second_anonymous_child_a_is_another_review() -> None:
    one = review("Child A", "Death of a 4-month-old boy from a head injury at home.")
    other = review("Child A", "Neglect of four siblings over several years by both parents.")

    decisions = reconcile_read([held(one, 1)], [one, other], TODAY)

    assert (decisions.unchanged, [r.summary for r in decisions.new]) == (1, [other.summary])


def test_a_link_that_came_later_is_an_edit() -> None:
    ((_, changes),) = reconcile_read([held(review("Child A"), 1)], [review("Child A", number="C1234")], TODAY).changed

    assert [(c.field, c.old) for c in changes] == [("links", "")]


def test_a_changed_section_and_keyword_are_told_apart() -> None:
    before = review("Child A", sections=(Section("learning", "Learning", "drift"),), keywords=("neglect",))
    after = review("Child A", sections=(Section("learning", "Learning", "delay"),), keywords=("neglect", "loss"))

    ((_, changes),) = reconcile_read([held(before, 1)], [after], TODAY).changed

    assert [(c.field, c.old, c.new) for c in changes] == [
        ("sections", "Learning: drift", "Learning: delay"),
        ("keywords", "neglect", "neglect, loss"),
    ]


def test_the_same_review_on_another_page_is_one_and_no_edit() -> None:
    there = review("Child A", "Death of a boy of 4 months.", "C1234")
    here = review("Child A", "Death of a boy of four months, in other words.", "C1234")

    decisions = reconcile_read([held(there, 1, sighted=False)], [here], TODAY)

    assert (decisions.new, decisions.changed) == ((), ())
    assert [(r.id, p) for r, p in decisions.sighted] == [(1, sighting_digest(here))]


def test_a_review_is_missing_then_withdrawn_on_another_day() -> None:
    gone, kept = review("Child A"), review("Child B")

    first = reconcile_read([held(gone, 1), held(kept, 2)], [kept], TODAY)
    same_day = reconcile_read([held(gone, 1, missing_since=TODAY), held(kept, 2)], [kept], TODAY)
    later = reconcile_read([held(gone, 1, missing_since=SEEN.date()), held(kept, 2)], [kept], TODAY)

    assert (names(first.missing), names(first.withdrawn)) == (["Child A"], [])
    assert (names(same_day.missing), names(same_day.withdrawn)) == ([], [])
    assert (names(later.missing), names(later.withdrawn)) == ([], ["Child A"])


def test_absence_from_a_page_that_does_not_list_all_means_nothing() -> None:
    decisions = reconcile_read([held(review("Child A"), 1)], [review("Child B")], TODAY, lists_all=False)

    assert (decisions.missing, decisions.ended) == ((), ())


def test_last_years_reviews_are_not_missing_from_a_list_that_began_anew() -> None:
    stored = [held(review("Child A"), 1)]

    decisions = reconcile_read(stored, [review("Child B", year=2017)], date(2017, 1, 9))

    assert (decisions.missing, decisions.ended) == ((), (1,))


def test_a_review_that_comes_back_is_current_again() -> None:
    before = replace(held(review("Child A"), 1, missing_since=SEEN.date()))
    before = StoredReview(replace(before.review, status="withdrawn"), before.sighting)

    decisions = reconcile_read([before], [review("Child A")], TODAY)

    assert [(r.id, r.status) for r in decisions.returned] == [(1, "current")]
    assert (decisions.new, len(decisions.sighted)) == ((), 1)


def test_two_reviews_of_the_same_words_keep_their_own_links() -> None:
    def twin(file: str) -> Review:
        return review("Child A", links=(Link("Report", f"https://boards.example.org/{file}.pdf"),))

    decisions = reconcile_read([held(twin("one"), 1), held(twin("two"), 2)], [twin("two"), twin("one")], TODAY)

    assert decisions == Reconciliation(unchanged=2)


def test_a_catalogue_that_names_no_board_does_not_unname_it() -> None:
    here, there = review("Child A", number="C1234"), replace(review("", number="C1234"), publisher="", title="")

    decisions = reconcile_read([held(here, 1, sighted=False)], [add_identity(there)], TODAY)

    assert (decisions.changed, decisions.new) == ((), ())
    assert decisions.sighted[0][0].publisher == "Anonymous"
