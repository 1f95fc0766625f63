"""Stored and read in, decisions out: every way a review can be new, changed, missing, withdrawn or back."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from core.records import Change, Link, Review, Section, Sighting
from scraper.identity import add_identity, sighting_digest
from scraper.match import StoredReview
from scraper.reconcile import Reconciliation, field_changes, reconcile_read

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


def test_where_another_source_has_the_report_is_told_once() -> None:
    link = Link("Read it", "https://board.example.org/a.pdf")
    there, here = review("Child A"), replace(review("Child A"), source="board", links=(link,))

    first = reconcile_read([held(there, 1, sighted=False)], [here], TODAY)
    known = StoredReview(there_with_id := replace(there, id=1), Sighting(1, "board", sighting_digest(here), SEEN))
    again = reconcile_read([known], [here], TODAY)
    own = reconcile_read([held(there, 1)], [replace(there, links=(link,))], TODAY)

    assert first.copies == ((there_with_id.id, (link,)),)
    assert (again.copies, own.copies) == ((), ())


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


def taken_down(review: Review, number: int) -> StoredReview:
    """A review our own operator took down, which this source lists."""
    stored = held(review, number)
    return replace(stored, review=replace(stored.review, taken_down=True, status="withdrawn"))


def test_what_our_operator_took_down_stays_down_and_others_are_read_on() -> None:
    one, two, other = review("Child A"), review("Child B"), review("Child C")
    stored = [taken_down(one, 1), taken_down(two, 2), held(other, 3, sighted=False)]

    decisions = reconcile_read(stored, [one, two, other], TODAY)

    assert decisions == Reconciliation(
        unchanged=3, sighted=((stored[2].review, sighting_digest(other)),), joined=(stored[2].review,)
    )


def test_an_entry_that_looks_like_one_taken_down_is_held_back_and_counted() -> None:
    down = taken_down(review("Child A", "Death of a boy of 4 months.", "C1234"), 1)
    reworded = review("Child A", "Wholly other words, and no number.")

    decisions = reconcile_read([down], [review("Child B"), reworded, review("Child C")], TODAY)

    assert names(decisions.new) == ["Child B", "Child C"]
    assert [(entry.review, entry.withdrawn_id) for entry in decisions.held_back] == [(reworded, 1)]


def test_one_taken_down_is_not_missing_and_those_after_it_are() -> None:
    stored = [taken_down(review("Child A"), 1), held(review("Child B"), 2), held(review("Child C"), 3)]

    decisions = reconcile_read(stored, [stored[2].review], TODAY)

    assert (names(decisions.missing), decisions.withdrawn, decisions.ended) == (["Child B"], (), ())


def test_a_list_of_the_latest_covers_no_longer_what_it_has_not() -> None:
    gone = [
        held(review("Child A"), 1),
        held(review("Child B"), 2, missing_since=SEEN.date()),
        held(review("Child C", year=2015), 3),
    ]
    read = [review("Child D", year=2016), review("Child E", year=2016)]

    decisions = reconcile_read(gone, read, TODAY, lists_all=False, overwritten=True)

    assert (decisions.missing, decisions.withdrawn, sorted(decisions.ended)) == ((), (), [1, 2, 3])


def test_one_withdrawn_already_is_not_withdrawn_again() -> None:
    gone = held(review("Child A"), 1, missing_since=SEEN.date())
    gone = replace(gone, review=replace(gone.review, status="withdrawn"))

    decisions = reconcile_read([gone, held(review("Child B"), 2)], [review("Child B")], TODAY)

    assert decisions == Reconciliation(unchanged=1)


@pytest.mark.parametrize("of_this_source", [True, False])
def test_another_address_is_no_edit_and_is_taken_from_the_review_s_own_source(of_this_source: bool) -> None:
    here = review("Child A", number="C1234")
    stored = held(here, 1)
    if not of_this_source:
        stored = replace(stored, review=replace(stored.review, source="elsewhere"))
    moved = replace(here, links=(Link("Read the report", f"{NUMBERED}C1234&more=1"),))

    decisions = reconcile_read([stored], [moved], TODAY)

    assert decisions == Reconciliation(
        unchanged=1, relinked=(replace(stored.review, links=moved.links),) * of_this_source
    )


@pytest.mark.parametrize(
    ("before", "after", "moved"),
    [
        ("https://old.example.org/{}.pdf", "https://new.example.org/{}.pdf", 3),
        ("https://old.example.org/{}.pdf", "https://old.example.org/{}-final.pdf", 3),
        ("https://old.example.org/{}.pdf", "https://new.example.org/{}.pdf", 2),
        ("", "https://new.example.org/{}.pdf", 3),
    ],
)
def test_several_reports_of_many_that_move_to_one_other_site_are_no_edits(before: str, after: str, moved: int) -> None:
    def linked(name: str, address: str) -> Review:
        links = (Link("Read", address.format(name[-1])),) if address else ()
        return add_identity(replace(review(name), links=links))

    stored = [linked(f"Child {n}", before) for n in "ABCDEFGHIJ"]
    read = [linked(one.name, after) if n < moved else one for n, one in enumerate(stored)]
    decisions = reconcile_read([held(one, n) for n, one in enumerate(stored, 1)], read, TODAY)

    one_move = moved >= 3 and before[:11] not in ("", after[:11])
    assert (len(decisions.restated), len(decisions.changed)) == ((moved, 0) if one_move else (0, moved))
    assert [one.links for one in decisions.restated] == [one.links for one in read[: len(decisions.restated)]]


def test_another_version_of_a_document_is_no_news_and_its_address_is_kept() -> None:
    here = replace(review("Child A"), links=(Link("Read", "https://board.example.org/a.pdf?v=1"),))
    stored = held(add_identity(here), 1)
    newer = add_identity(replace(here, links=(Link("Read", "https://board.example.org/a.pdf?v=2"),)))

    assert reconcile_read([stored], [newer], TODAY) == Reconciliation(
        unchanged=1, relinked=(replace(stored.review, links=newer.links),)
    )


def test_what_the_source_showed_before_is_no_edit_though_we_hold_other_words() -> None:
    ours, theirs = review("Child A", "Our words.", "C1234"), review("Child A", "Their words.", "C1234")
    stored = replace(held(ours, 1), sighting=held(theirs, 1).sighting)

    assert reconcile_read([stored], [theirs], TODAY) == Reconciliation(unchanged=1)


def test_another_source_s_edit_is_seen_and_is_no_edit_of_ours() -> None:
    stored = held(review("Child A", number="C1234"), 1)
    stored = replace(stored, review=replace(stored.review, source="elsewhere"))

    decisions = reconcile_read([stored], [review("Child A", "Other words.", "C1234")], TODAY)

    assert (decisions.changed, len(decisions.sighted), decisions.joined) == ((), 1, ())


def test_an_edit_keeps_what_we_know_of_the_review_and_what_the_source_left_out() -> None:
    before = held(review("Child A", "Death of a boy of 4 months.", "C1234", month=3), 7)
    before = replace(before, review=replace(before.review, baseline=True, issue="2016-09", version=4))

    ((now, changes),) = reconcile_read([before], [review("Child A", "Death of a boy of 5 months.")], TODAY).changed

    assert (now.catalogue, now.month, now.baseline, now.issue, now.version) == ("C1234", 3, True, "2016-09", 5)
    assert [change.field for change in changes] == ["summary", "links"]


def test_an_edit_s_own_number_and_month_go_before_ours() -> None:
    before = held(review("Child A", "Death of a boy of 4 months.", month=3), 7)

    after = review("Child A", "Death of a boy of 5 months.", "C1234", month=4)
    ((now, _),) = reconcile_read([before], [after], TODAY).changed

    assert (now.catalogue, now.month, now.baseline, now.issue) == ("C1234", 4, False, None)


def test_of_two_with_one_number_the_one_with_the_same_heading_is_meant() -> None:
    stored = [held(review("Child B", number="C1234"), 1), held(review("Child A", number="C1234"), 2)]

    ((now, _),) = reconcile_read(stored, [review("Child A", "Other words.", "C1234")], TODAY).changed

    assert now.id == 2


def test_of_two_under_one_heading_the_closer_text_is_meant() -> None:
    stored = [
        held(review("Child A", "one two three four five six seven eight"), 1),
        held(review("Child A", "one two three four nine ten eleven twelve"), 2),
    ]

    ((now, _),) = reconcile_read(stored, [review("Child A", "one two three four five six seven nine")], TODAY).changed

    assert now.id == 1


@pytest.mark.parametrize(("text", "same"), [("one two five six", True), ("one seven five six", False)])
def test_half_the_words_make_the_same_review(text: str, same: bool) -> None:
    decisions = reconcile_read([held(review("Child A", "one two three four"), 1)], [review("Child A", text)], TODAY)

    assert (len(decisions.changed), len(decisions.new)) == ((1, 0) if same else (0, 1))


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        ({}, {"year": None}, [("year", "2016", "")]),
        ({"year": None}, {}, [("year", "", "2016")]),
        ({"year": None}, {"year": None}, []),
        ({"month": 3}, {"month": 4}, [("month", "3", "4")]),
        ({"month": 3}, {}, []),  # a month that is not said is not taken away
        ({}, {"month": 3}, []),
        ({}, {"publisher": "Suffolk"}, [("publisher", "Anonymous", "Suffolk")]),
        ({}, {"name": "Child B"}, [("name", "Child A", "Child B")]),
        ({"keywords": ("a", "b")}, {"keywords": ("b",)}, [("keywords", "a, b", "b")]),
        (
            {"sections": (Section("learning", "Learning", "x"), Section("model", "Model", "y"))},
            {"sections": ()},
            [("sections", "Learning: x\nModel: y", "")],
        ),
        (
            {"links": (Link("", "https://a.example"), Link("", "https://b.example"))},
            {"links": (Link("", "https://c.example"),)},
            [("links", "https://a.example\nhttps://b.example", "https://c.example")],
        ),
        ({"links": (Link("", "a"), Link("", "b"))}, {"links": (Link("", "b"), Link("", "a"))}, []),
    ],
)
def test_each_field_that_differs_is_named_old_and_new(
    old: dict[str, object], new: dict[str, object], changes: list[tuple[str, str, str]]
) -> None:
    plain = review("Child A")

    found = field_changes(replace(plain, **old), replace(plain, **new))  # type: ignore[arg-type]

    assert found == tuple(Change(*change) for change in changes)
