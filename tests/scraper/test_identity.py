"""The same review, and what is no change."""

import pytest

from core.folding import fold
from core.records import Link, Review
from scraper.identity import (
    add_identity,
    address_key,
    catalogue_number,
    durable_key,
    key_reviews,
    sighting_digest,
    strip_version,
    text_similarity,
)

BASE = "https://library.nspcc.org.uk/HeritageScripts/Hapi.dll/"


@pytest.mark.parametrize(
    ("address", "number"),
    [
        ("search2?searchTerm0=C6021", "C6021"),
        ("search2?x=1&searchTerm0=c6021&y=2", "C6021"),
        ("search2?searchterm0=%20C6021", "C6021"),
        ("search2?searchTerm0=Child+A", ""),
        ("search2?searchTerm0=C6021S", ""),
        ("search2?x=1&amp;searchTerm0=C6021", "C6021"),
        ("search2?searchTerm0=none&searchTerm0=C6021", "C6021"),
        ("search2?searchTerm1=C6021", ""),
        ("retrieve2?SetID=8A7B", ""),
    ],
)
def test_the_catalogue_number_is_read_from_the_link(address: str, number: str) -> None:
    assert catalogue_number([Link("Read", "https://x.example.org/"), Link("Read", BASE + address)]) == number


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Child A – “Lucy”", "child a - 'lucy'"),
        ("a;  b\u00a0c", "a;b c"),
        ("co‑sleeping", "co-sleeping"),
        ("the child’s", "the child's"),
    ],
)
def test_white_space_dashes_quotes_and_case_are_no_difference(one: str, other: str) -> None:
    assert fold(one) == fold(other)


def test_another_word_is_a_difference() -> None:
    assert fold("Child A") != fold("Child B")


def test_a_month_alone_does_not_make_another_review() -> None:
    review = Review("nspcc", "Westmere", "Child A", 2013, summary="Death of a child.")

    assert (
        add_identity(review).key
        == add_identity(Review("x", "Westmere", "Child A", 2013, 12, summary=review.summary)).key
    )


def test_what_is_shown_includes_the_links_but_not_how_a_record_is_asked_for() -> None:
    def review(url: str) -> Review:
        return add_identity(Review("nspcc", "Westmere", "Child A", 2013, links=(Link("Read", url),)))

    assert sighting_digest(review(BASE + "search2?searchTerm0=C1234")) == sighting_digest(
        review(BASE + "search2?z=1&searchTerm0=C1234")
    )
    assert sighting_digest(review(BASE + "search2?searchTerm0=C1234")) != sighting_digest(
        review("https://boards.example.org/r.pdf")
    )


def test_an_edit_is_close_and_another_case_is_not() -> None:
    one = Review(
        "nspcc", "Anonymous", "Child A", 2017, summary="Death of a 4-month-old boy in 2015 from a head injury."
    )
    edit = Review(
        "nspcc", "Anonymous", "Child A", 2017, summary="Death of a 5-month-old boy in 2015 from head injuries."
    )
    other = Review(
        "nspcc", "Anonymous", "Child A", 2017, summary="Neglect of four siblings over several years at home."
    )

    assert text_similarity(one, edit) > 0.5 > text_similarity(one, other)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://a.example.org/2026/Mr B (1).pdf", "http://A.example.org/2026/Mr%20B%20(1).pdf#page=2", True),
        ("https://www.example.org/reports/one/", "https://example.org/reports/one", True),
        ("https://a.example.org/get?id=1", "https://a.example.org/get?id=2", False),
        ("https://a.example.org/one.pdf", "https://b.example.org/one.pdf", False),
        ("https://a.example.org/one.pdf?v=1", "https://a.example.org/one.pdf?v=2", True),
    ],
)
def test_an_address_has_one_key_however_it_is_written(one: str, other: str, same: bool) -> None:
    assert (address_key(one) == address_key(other)) is same
    assert "Mr" not in address_key(one)


@pytest.mark.parametrize(
    ("url", "bare"),
    [
        ("https://a.example.org/one.pdf?v=20241103", "https://a.example.org/one.pdf"),
        ("https://a.example.org/one.PDF?V=2#page=3", "https://a.example.org/one.PDF#page=3"),
        ("https://a.example.org/one.docx?sfvrsn=8c2_4&id=7&t=1", "https://a.example.org/one.docx?id=7"),
        ("https://a.example.org/one.pdf?lang=cy&ver=1.2&page=3", "https://a.example.org/one.pdf?lang=cy&page=3"),
        ("https://a.example.org/one.pdf?nav=2&type=v", "https://a.example.org/one.pdf?nav=2&type=v"),
        ("https://a.example.org/one.pdf", "https://a.example.org/one.pdf"),
        ("https://video.example.org/watch?v=dQw4", "https://video.example.org/watch?v=dQw4"),
        ("https://a.example.org/view?v=12", "https://a.example.org/view?v=12"),
    ],
)
def test_the_version_of_a_document_is_no_part_of_its_address(url: str, bare: str) -> None:
    assert strip_version(url) == bare


def test_a_key_that_two_entries_share_is_trusted_for_neither() -> None:
    one, two, three = (add_identity(Review("sister", "Suffolk", name)) for name in "ABC")

    keyed = key_reviews([(one, "a-1"), (two, "a-1"), (three, "a-2"), (three, "a-2")])

    assert [review.key for review in keyed] == [one.key, two.key, "a-2"]
    assert [durable_key(review) for review in keyed] == ["", "", "a-2"]
    assert (
        durable_key(add_identity(Review("nspcc", "", "A", links=(Link("x", BASE + "search2?searchTerm0=C1"),)))) == ""
    )


def test_very_long_texts_are_compared_by_their_beginning() -> None:
    one, edit = (Review("nspcc", "Westmere", "Child A", 2026, summary="moved house " * n) for n in (100_000, 120_000))

    assert text_similarity(one, edit) == 1.0  # all of it against all would take an hour
