"""A corrected review is one change; two reviews are two, whatever they share."""

from dataclasses import replace

import pytest

from core.records import Link, Review, Sighting
from scraper.identity import add_identity, shingles, sighting_digest
from scraper.match import StoredReview, match_reviews
from tests.scraper.test_reconcile import NUMBERED, SEEN

TEXT = (
    "Death of a 4-month-old boy in May 2015 from a head injury inflicted by his father. The family had moved three "
    "times within a year, and no agency knew of all the addresses."
)
OTHER_TEXT = "Neglect of four siblings over many years, while their mother was ill and her sister helped at weekends."
SHORT = "Death of a boy of 4 months at home."
PHRASE = "The report has been published. A summary will follow."
REPORT, PAGE = "https://boards.example.org/d.pdf", "https://boards.example.org/case-reviews/baby-d"
LANDING = "https://boards.example.org/case-reviews/"


def review(
    name: str = "Baby D", publisher: str = "Suffolk", year: int = 2016, text: str = TEXT, link: str = ""
) -> Review:
    links = (Link("Read the report", link),) if link else ()
    return add_identity(Review("nspcc", publisher, name, year, summary=text, links=links))


def held(*reviews: Review) -> list[StoredReview]:
    return [
        StoredReview(replace(one, id=number), Sighting(number, "nspcc", sighting_digest(one), SEEN))
        for number, one in enumerate(reviews, 1)
    ]


def matches(stored: list[StoredReview], *read: Review) -> list[int]:
    """For each entry the number of the stored review that it is; 0: it is new."""
    pairs, new = match_reviews(stored, read)
    numbers = {id(one): kept.review.id for kept, one in pairs}
    assert len(pairs) + len(new) == len(read)
    return [numbers.get(id(one), 0) for one in read]


CORRECTIONS = {
    "name": {"name": "Baby Daniel"},
    "year": {"year": 2015},
    "publisher": {"publisher": "Norfolk"},
    "name and publisher": {"name": "Child A", "publisher": "Anonymous"},
}


@pytest.mark.parametrize("link", ["", REPORT, PAGE, NUMBERED + "C1234"], ids=["no link", "report", "page", "record"])
@pytest.mark.parametrize("correction", CORRECTIONS.values(), ids=CORRECTIONS)
def test_a_corrected_heading_over_the_same_text_is_one_review(link: str, correction: dict[str, object]) -> None:
    stored = held(review("Child Q", "Leeds", text=OTHER_TEXT), review(link=link))

    assert matches(stored, review("Child Q", "Leeds", text=OTHER_TEXT), review(link=link, **correction)) == [1, 2]  # type: ignore[arg-type]


@pytest.mark.parametrize("correction", CORRECTIONS.values(), ids=CORRECTIONS)
@pytest.mark.parametrize("text", [PHRASE, "", OTHER_TEXT], ids=["a phrase", "none", "reworded"])
def test_a_corrected_heading_over_the_same_report_is_one_review(text: str, correction: dict[str, object]) -> None:
    before = review(link=REPORT, text=TEXT if text == OTHER_TEXT else text)

    assert matches(held(before), review(link=REPORT, text=text, **correction)) == [1]  # type: ignore[arg-type]


@pytest.mark.parametrize("correction", list(CORRECTIONS.values())[:3], ids=list(CORRECTIONS)[:3])
@pytest.mark.parametrize("link", ["", PAGE])
def test_a_correction_may_come_with_an_edit(link: str, correction: dict[str, object]) -> None:
    edited = TEXT.replace("4-month-old", "5-month-old")

    assert matches(held(review(link=link)), review(link=link, text=edited, **correction)) == [1]  # type: ignore[arg-type]


@pytest.mark.parametrize(("link", "text"), [("", SHORT), (PAGE, SHORT), (PAGE, SHORT.replace("home", "school"))])
def test_a_short_text_is_known_under_a_corrected_name_by_itself_or_by_its_page(link: str, text: str) -> None:
    assert matches(held(review(text=SHORT, link=link)), review("Baby Daniel", text=text, link=link)) == [1]


def test_a_review_made_anonymous_and_edited_a_little_is_one_review() -> None:
    longer = f"{TEXT} Learning includes: share every address at once, ask after fathers, and see the child alone."
    after = review("Child A", "Anonymous", text=longer.replace("in May 2015", "in 2015"))

    assert matches(held(review(text=longer)), after) == [1]


def test_a_shortened_text_under_the_same_heading_is_one_review() -> None:
    before = review("Child A", "Anonymous", text=f"{TEXT} {OTHER_TEXT} {OTHER_TEXT.upper()}")

    assert matches(held(before), review("Child A", "Anonymous", text=TEXT.partition(" The family")[0])) == [1]


def test_the_same_words_under_a_corrected_number_are_one_review() -> None:
    one, other = review(link=NUMBERED + "C1234"), review("Child Q", text=OTHER_TEXT, link=NUMBERED + "C7777")

    assert matches(held(one, other), review(link=NUMBERED + "C9999"), other) == [1, 2]


def test_a_number_and_a_word_corrected_in_one_go_are_one_review_and_other_words_are_another() -> None:
    stored = held(review(link=NUMBERED + "C1234"))
    edited, reworded = TEXT.replace("4-month-old", "5-month-old"), " ".join(TEXT.split()[:12]) + f" {OTHER_TEXT}"

    assert matches(stored, review(link=NUMBERED + "C9999", text=edited)) == [1]
    assert matches(stored, review(link=NUMBERED + "C9999", text=reworded)) == [0]


def test_two_numbers_that_were_confused_are_put_right_without_confusing_the_reviews() -> None:
    first, second = NUMBERED + "C1234", NUMBERED + "C7777"
    stored = held(review(link=first), review("Child Q", text=OTHER_TEXT, link=second))

    assert matches(stored, review(link=second), review("Child Q", text=OTHER_TEXT, link=first)) == [1, 2]


def test_a_read_of_a_part_takes_two_numbers_for_two_reviews() -> None:
    stored = held(review(link=NUMBERED + "C1234"))

    assert match_reviews(stored, [review(link=NUMBERED + "C9999")], lists_all=False)[0] == []


@pytest.mark.parametrize(
    ("stored", "read", "numbers"),
    [
        pytest.param([review()], [review(), review("Baby E")], [1, 0], id="one text, two names"),
        pytest.param([review("Baby E"), review()], [review("Baby F")], [0], id="a text that two had"),
        pytest.param([review("Baby E"), review()], [review("Baby E"), review("Baby F")], [1, 0], id="one of two"),
        pytest.param([review(text=PHRASE)], [review("Baby E", "Leeds", 2015, PHRASE)], [0], id="a phrase"),
        pytest.param([review(text="")], [review("Baby E", text="")], [0], id="no text"),
        pytest.param(
            [review(link=LANDING)],
            [review(link=LANDING), review("Baby E", text=OTHER_TEXT, link=LANDING)],
            [1, 0],
            id="one landing page, both there",
        ),
        pytest.param(
            [review(link=LANDING)], [review("Baby E", text=OTHER_TEXT, link=LANDING)], [0], id="one landing, in turn"
        ),
        pytest.param(
            [review(link=REPORT), review("Baby E", text=OTHER_TEXT, link=REPORT)],
            [review("Baby F", text="Suicide of a girl of 15.", link=REPORT)],
            [0],
            id="a report of two siblings",
        ),
        pytest.param(
            [review(link=NUMBERED + "C1234")],
            [review(link=NUMBERED + "C1234"), review(link=NUMBERED + "C9999")],
            [1, 0],
            id="two numbers, both there",
        ),
        pytest.param(
            [review(link=NUMBERED + "C1234")], [review("Baby E", link=NUMBERED + "C9999")], [0], id="name and number"
        ),
        pytest.param(
            [review("Child A", "Anonymous")], [review("Child A", "Anonymous", text=OTHER_TEXT)], [0], id="one heading"
        ),
        pytest.param(
            [review("Child A", "Anonymous")], [review("Child B", "Anonymous", text=OTHER_TEXT)], [0], id="nothing alike"
        ),
    ],
)  # fmt: skip
def test_two_reviews_are_not_taken_for_one(stored: list[Review], read: list[Review], numbers: list[int]) -> None:
    assert matches(held(*stored), *read) == numbers


@pytest.mark.parametrize("text", ["", OTHER_TEXT])
def test_a_key_that_lasts_holds_through_any_rewording(text: str) -> None:
    before, after = review(link=PAGE), review("Overview report", "Leeds", 2014, text, PAGE)

    assert matches(held(replace(before, key="a-1")), replace(after, key="a-1")) == [1]
    assert matches(held(before), after) == [0]


def test_who_reads_the_two_apart_is_not_confused_by_their_order() -> None:
    one, other = review("Child A", "Anonymous"), review("Child A", "Anonymous", text=OTHER_TEXT)
    edits = [replace(each, summary=each.summary.replace("a ", "one ")) for each in (other, one)]

    assert matches(held(one, other), *map(add_identity, edits)) == [2, 1]


def test_where_all_that_is_held_is_paired_nothing_more_is_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = list[Review]()

    def note(one: Review) -> frozenset[tuple[str, ...]]:
        compared.append(one)
        return shingles(one)

    monkeypatch.setattr("scraper.match.shingles", note)
    known, fresh = review(), [review(f"Child {letter}", text=OTHER_TEXT + letter) for letter in "ABC"]

    assert matches([], *fresh) == [0, 0, 0]
    assert matches(held(known), known, *fresh) == [1, 0, 0, 0]
    assert compared == []
