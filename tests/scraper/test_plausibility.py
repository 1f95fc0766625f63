"""What makes a read unbelievable, in words."""

from datetime import date

import pytest

from core.records import Link, PageReading, Review, Section
from scraper.identity import add_identity
from scraper.plausibility import (
    TRUNCATED_PAGE,
    PlausibilityLimits,
    check_changes,
    check_page,
    check_reviews,
    check_waiting,
    hold_future,
)
from scraper.reconcile import Reconciliation
from scraper.sources.nspcc_listing import parse
from tests.support.saved_pages import page, saved

TODAY = date(2026, 11, 23)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("error.html", "no review headings were found; it looks like an error page"),
        ("login.html", "no review headings were found; it looks like a log-in page"),
        ("captcha.html", "no review headings were found; it looks like a bot check"),
        ("blank.html", "no review headings were found"),
        ("empty.html", "the page is empty"),
        ("truncated.html", "the page is cut off before its end"),
        ("report.pdf", "the page is a PDF, not HTML"),
        ("future.html", "a review is dated in the future (2091)"),
    ],
)
def test_a_bad_page_gets_one_clear_complaint(name: str, words: str) -> None:
    bad = saved(f"nspcc-listing/broken/{name}")

    found = check_page(bad) or check_reviews(bad, parse(bad, "nspcc").reviews, TODAY)

    assert found == [words]


@pytest.mark.parametrize("name", ["2012/flat.html", "2016/onep.html", "2024/accordion.html", "abstracts/list.html"])
def test_a_good_page_gets_none(name: str) -> None:
    good = saved(f"nspcc-listing/{name}")

    assert check_page(good) + check_reviews(good, parse(good, "nspcc").reviews, TODAY) == []


def test_another_media_type_is_refused() -> None:
    assert check_page(page("{}", "application/json")) == ["the page is application/json, not HTML"]


@pytest.mark.parametrize("content_type", ["", "text/html", " Text/HTML ; charset=x; y", "text/plain"])
def test_what_calls_itself_html_or_nothing_at_all_is_read(content_type: str) -> None:
    assert check_page(page("<p>Reviews</p>", content_type)) == []


def test_what_stands_before_a_source_of_another_kind_is_named() -> None:
    wall = page("<title>Just a moment...</title><script>window._cf_chl_opt={}</script>")

    (found,) = check_page(wall, PlausibilityLimits(media=frozenset({"application/json"})))

    assert found == "the page is text/html, not application/json; it looks like a bot check (Cloudflare)"


def test_a_source_of_another_kind_is_held_to_its_own_media() -> None:
    limits = PlausibilityLimits(media=frozenset({"text/xml", "application/json"}))

    assert check_page(page("{}", "application/json"), limits) == []
    assert check_page(page("<html>no end", "text/xml"), limits) == []
    assert check_page(page("<p>x</p>"), limits) == ["the page is text/html, not application/json or text/xml"]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"GIF89a\0\1", ["the page is not text"]),
        (b"x" * 999 + b"\0", ["the page is not text"]),
        (b"x" * 1000 + b"\0", []),
        ("\ufeff<p>x</p>".encode("utf-16-le"), []),
        ("\ufeff<p>x</p>".encode("utf-16-be"), []),
    ],
)
def test_a_zero_byte_is_no_text_but_in_utf_16(body: bytes, words: list[str]) -> None:
    assert check_page(page(body)) == words


@pytest.mark.parametrize(
    ("body", "whole"),
    [
        ("<html><p>x</p></html>", True),
        ("<HTML lang='en'><p>x</p></BODY >", True),
        ("<body>" + "x" * 5_000 + "</body>" + "y" * 4_089, True),
        ("<body>" + "x" * 5_000 + "</body>" + "y" * 4_090, False),
        ("<html><p>x</p>", False),
        ("<HTML><p>x</p>", False),
        ("<body\nclass='x'><p>x</p>", False),
        ("</html><body><p>x", True),  # an end anywhere near the end is one
        ("<p>x</p> and a sentence", True),
        ("a sentence", True),
        ("<p>x</p><p cla", False),
        ("<", False),
    ],
)
def test_a_document_that_begins_has_to_end_and_a_fragment_needs_a_whole_tag(body: str, whole: bool) -> None:
    assert check_page(page(body)) == ([] if whole else [TRUNCATED_PAGE])


def test_the_end_is_looked_for_in_the_charset_that_the_header_names() -> None:
    cut_off = page("<html>caf\xe9".encode("cp037"), "text/html; charset=cp037")

    assert check_page(cut_off) == [TRUNCATED_PAGE]


def test_what_an_error_page_says_is_read_in_the_charset_that_the_header_names() -> None:
    found = check_reviews(page("Captcha \xe9".encode("cp037"), "text/html; charset=cp037"), [], TODAY)

    assert found == ["no review headings were found; it looks like a bot check"]


def entry(name: str, number: str = "", text: str = "Death of a child.", year: int = 2016) -> Review:
    links = (Link("Read", f"https://library.example.org/search2?searchTerm0={number}"),) if number else ()
    return add_identity(Review("nspcc", "Anonymous", name, year, summary=text, links=links))


def entries(count: int, labelled: int = 0, text: str = "Death of a child.") -> list[Review]:
    """So many entries, the first of them with a labelled section."""
    section = Section("learning", "Learning", "drift")
    return [
        Review("nspcc", "Anonymous", f"Child {n}", 2016, summary=text, sections=(section,) * (n < labelled))
        for n in range(count)
    ]


@pytest.mark.parametrize(("late", "waiting"), [(1, 1), (2, 2), (3, 0)])
def test_a_few_of_the_future_wait_by_name_and_many_are_for_the_gate_to_doubt(late: int, waiting: int) -> None:
    years = [2099] * late + [2026] * 7
    reading = PageReading(tuple(Review("s", "Northshire", f"Child {n}", year) for n, year in enumerate(years)))

    held = hold_future(reading, TODAY)

    assert [review.year for review in held.waiting] == [2099] * waiting
    assert [left.why for left in held.leftovers] == ["dated in the future (2099)"] * waiting
    assert len(held.reviews) + len(held.waiting) == len(years)


def test_this_year_is_no_future() -> None:
    assert check_reviews(page(""), [entry("Child A", year=2026), entry("Child B", year=2026)], TODAY) == []
    assert check_reviews(page(""), [entry("Child A", year=2027), entry("Child B", year=2028)], TODAY) == [
        "a review is dated in the future (2028)"
    ]


@pytest.mark.parametrize(("blank", "doubted"), [(0, False), (5, False), (6, True), (10, True)])
def test_half_the_entries_may_lack_what_the_kind_needs(blank: int, doubted: bool) -> None:
    some = [entry(f"Child {n}", text="" if n < blank else "Death of a child.") for n in range(10)]

    assert check_reviews(page(""), some, TODAY) == ["most entries have a heading and no text"] * doubted


def test_all_that_is_lacking_is_named_with_what_is_wrong_beside_the_last_read() -> None:
    bare, before = [Review("nspcc", "", "Child A"), Review("nspcc", "", "Child B")], entries(4)
    limits = PlausibilityLimits(needs=frozenset({"publisher", "text", "year", "link"}))

    found = check_reviews(page(""), bare, TODAY, before, limits)

    assert found == [
        "most entries have a heading and no link",
        "most entries have a heading and no publisher",
        "most entries have a heading and no text",
        "most entries have a heading and no year",
        "only 2 reviews are listed where 4 were before",
        "the entries have less than half the text that they had",
    ]


@pytest.mark.parametrize(
    ("count", "before", "words"),
    [
        (1, 3, []),  # no history to speak of
        (2, 4, ["only 2 reviews are listed where 4 were before"]),
        (1, 4, ["only 1 review is listed where 4 were before"]),
        (3, 4, []),
        (5, 10, ["only 5 reviews are listed where 10 were before"]),
        (6, 10, []),
        (40, 10, []),
    ],
)
def test_a_list_may_shrink_to_more_than_half(count: int, before: int, words: list[str]) -> None:
    assert check_reviews(page(""), entries(count), TODAY, entries(before)) == words


@pytest.mark.parametrize(
    ("now", "then", "doubted"),
    [
        ((8, 4), (8, 8), False),  # of so many entries, so many with a label
        ((8, 3), (8, 8), True),
        ((16, 7), (8, 8), True),
        ((8, 1), (8, 4), True),
        ((8, 2), (8, 4), False),
        ((8, 0), (8, 3), False),  # there were few before
        ((8, 0), (8, 4), True),
    ],
)
def test_labels_do_not_leave_half_the_entries_at_once(
    now: tuple[int, int], then: tuple[int, int], doubted: bool
) -> None:
    found = check_reviews(page(""), entries(*now, "x" * 99), TODAY, entries(*then, "x" * 99))

    words = f"only {now[1]} of {now[0]} entries have a known label where {then[1]} of {then[0]} had"
    assert found == [words] * doubted


def test_keywords_are_a_label_too() -> None:
    labelled = [Review("nspcc", "Anonymous", f"Child {n}", 2016, summary="x", keywords=("neglect",)) for n in range(4)]

    found = check_reviews(page(""), entries(4, text="x"), TODAY, labelled)

    assert found == ["only 0 of 4 entries have a known label where 4 of 4 had"]


@pytest.mark.parametrize(
    ("count", "chars", "doubted"), [(8, 50, False), (8, 49, True), (16, 49, True), (16, 50, False), (8, 500, False)]
)
def test_entries_do_not_lose_half_their_text_at_once(count: int, chars: int, doubted: bool) -> None:
    found = check_reviews(page(""), entries(count, text="x" * chars), TODAY, entries(8, text="x" * 100))

    assert found == ["the entries have less than half the text that they had"] * doubted


def test_text_that_moves_from_the_summary_to_a_section_is_not_lost() -> None:
    before, moved = entries(4, text="x" * 100), [Section("learning", "Learning", "x" * 90)]
    now = [Review("nspcc", "Anonymous", r.name, 2016, summary="x" * 10, sections=tuple(moved)) for r in before]

    assert check_reviews(page(""), now, TODAY, before) == []


def changed(count: int) -> tuple[tuple[Review, tuple[()]], ...]:
    return tuple((review, ()) for review in entries(count))


BLANK, WORDED = entries(9, text=""), entries(9)


@pytest.mark.parametrize(
    ("decisions", "shown", "words"),
    [
        (Reconciliation(), 9, []),
        (Reconciliation(new=(*WORDED,)), 0, []),
        (Reconciliation(new=(*WORDED,)), 3, []),
        (Reconciliation(new=(*WORDED,)), 4, ["none of the 4 reviews listed before is on the page"]),
        (Reconciliation(new=(*WORDED,), unchanged=1), 9, []),
        (Reconciliation(new=(*WORDED,), changed=changed(1)), 9, []),
        (Reconciliation(changed=changed(3)), 3, []),
        (Reconciliation(changed=changed(4)), 4, ["4 of 4 reviews changed at once"]),
        (Reconciliation(changed=changed(4), unchanged=1), 5, ["4 of 5 reviews changed at once"]),
        (Reconciliation(changed=changed(4), unchanged=2), 6, []),
        (Reconciliation(new=(*BLANK[:1],)), 0, []),
        (Reconciliation(new=(*BLANK[:2],)), 0, ["2 of 2 new reviews have a heading and no text"]),
        (Reconciliation(new=(*BLANK[:2], *WORDED[:2])), 0, ["2 of 4 new reviews have a heading and no text"]),
        (Reconciliation(new=(*BLANK[:2], *WORDED[:3])), 0, []),
    ],
)
def test_a_read_that_would_change_all_at_once_is_not_believed(
    decisions: Reconciliation, shown: int, words: list[str]
) -> None:
    assert check_changes(decisions, shown) == words


def test_new_reviews_need_text_only_where_the_kind_does() -> None:
    limits = PlausibilityLimits(needs=frozenset({"publisher"}))

    assert check_changes(Reconciliation(new=(*BLANK,)), 0, limits) == []


def test_headings_without_text_are_not_believed() -> None:
    assert check_reviews(page(""), [entry("Child A", text=""), entry("Child B", text="")], TODAY) == [
        "most entries have a heading and no text"
    ]


def test_half_the_entries_gone_at_once_is_not_believed_but_a_new_year_is() -> None:
    before = [entry(f"Child {n}") for n in range(9)]

    fewer = check_reviews(page(""), before[:4], TODAY, before)
    anew = check_reviews(page(""), [entry("Child 1", year=2017)], TODAY, before)

    assert (fewer, anew) == (["only 4 reviews are listed where 9 were before"], [])


@pytest.mark.parametrize(("waiting", "read", "doubted"), [(0, 0, False), (1, 0, True), (1, 1, False), (3, 2, True)])
def test_a_page_of_which_more_waits_than_is_read_is_not_believed(waiting: int, read: int, doubted: bool) -> None:
    words = [f"{waiting} of {waiting + read} entries are not understood"]

    assert check_waiting(waiting, read) == words * doubted


def test_a_page_of_more_than_3_megabytes_is_no_list() -> None:
    assert check_page(page("x" * 3_000_000)) == []
    assert check_page(page("x" * 3_000_001)) == ["the page has more than 3,000,000 bytes"]
