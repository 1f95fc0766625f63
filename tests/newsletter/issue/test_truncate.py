"""How one review is shortened, level by level."""

from itertools import pairwise

import pytest

from newsletter.issue.issue_view import ReviewView, SectionView
from newsletter.issue.phrases import Anchor
from newsletter.issue.truncate import (
    PARAGRAPH_COST,
    SHORT_EDITION_LEVELS,
    TRUNCATION_LEVELS,
    TruncationLevel,
    truncate_review,
)

REST = Anchor("Read the rest on the web", "https://news.example.org/reviews/1")
LINKS = tuple(Anchor(f"Report {n}", f"https://example.org/{n}.pdf") for n in range(4))
WORDS = "One sentence. Another sentence. A third sentence."
WHOLE = ReviewView(
    title="Northshire – Child A",
    meta="2016",
    summary=(WORDS, WORDS),
    parts=(SectionView("Learning", ("a", "b", "c", "d"), ()), SectionView("Model", (), (WORDS,))),
    keywords="neglect",
    downloads=LINKS,
    number=1,
)


def test_what_fits_its_level_is_the_very_entry_without_a_link_to_the_rest() -> None:
    roomy = TruncationLevel(items=4, prose=1_000, summary=1_000)

    assert truncate_review(WHOLE, TruncationLevel(), REST) == WHOLE
    assert truncate_review(WHOLE, roomy, REST) == WHOLE


def test_an_entry_without_the_parts_that_a_level_leaves_out_is_whole() -> None:
    bare = WHOLE._replace(parts=(), keywords="", downloads=LINKS[:2])

    assert truncate_review(bare, TruncationLevel(items=0), REST) == bare


@pytest.mark.parametrize(
    ("most", "items"),
    [
        (1, ("a", "and 3 more")),
        (3, ("a", "b", "c", "and 1 more")),
        (4, ("a", "b", "c", "d")),
        (None, ("a", "b", "c", "d")),
    ],
)
def test_a_list_keeps_its_first_items_and_says_how_many_follow(most: int | None, items: tuple[str, ...]) -> None:
    shown = truncate_review(WHOLE, TruncationLevel(items=most), REST)

    assert shown.parts == (SectionView("Learning", items, ()), WHOLE.parts[1])
    assert shown.rest == (None if len(items) == 4 and items[-1] == "d" else REST)


def test_thousands_that_follow_are_counted_with_a_comma() -> None:
    long = WHOLE._replace(parts=(SectionView("Learning", ("x",) * 1_235, ()),))

    assert truncate_review(long, TruncationLevel(items=1), REST).parts[0].items == ("x", "and 1,234 more")


def test_long_items_and_long_paragraphs_of_a_section_are_cut_alike() -> None:
    long = WHOLE._replace(parts=(SectionView("Learning", (WORDS, "short"), (WORDS,)),))

    shown = truncate_review(long, TruncationLevel(prose=20), REST)

    assert shown.parts == (SectionView("Learning", ("One sentence.", "short"), ("One sentence.",)),)
    assert (shown.summary, shown.rest) == (WHOLE.summary, REST)


def test_the_level_of_no_items_leaves_out_sections_and_keywords_and_all_but_two_downloads() -> None:
    shown = truncate_review(WHOLE, TruncationLevel(items=0), REST)

    assert shown == WHOLE._replace(parts=(), keywords="", downloads=LINKS[:2], rest=REST)


@pytest.mark.parametrize(("most", "items"), [(1, ("a", "and 3 more")), (9, ("a", "b", "c", "d"))])
def test_the_learning_stays_where_other_sections_do_not(most: int, items: tuple[str, ...]) -> None:
    whole = WHOLE._replace(parts=(WHOLE.parts[1], WHOLE.parts[0]._replace(learning=True)))

    shown = truncate_review(whole, TruncationLevel(items=0, learning=most), REST)

    assert shown.parts == (SectionView("Learning", items, (), learning=True),)
    assert (shown.keywords, shown.rest) == ("", REST)


def test_a_level_with_items_keeps_keywords_and_every_download() -> None:
    shown = truncate_review(WHOLE, TruncationLevel(items=1), REST)

    assert (shown.keywords, shown.downloads) == ("neglect", LINKS)


@pytest.mark.parametrize(
    ("paragraphs", "limit", "shown"),
    [
        ((), 20, ()),
        ((WORDS,), len(WORDS), (WORDS,)),
        ((WORDS,), len(WORDS) - 1, ("One sentence. Another sentence.",)),
        ((WORDS, "More."), 20, ("One sentence.",)),
        (("x" * 60, "y" * 60), 60 + PARAGRAPH_COST, ("x" * 60,)),  # nothing is left
        (("x" * 60, "y" * 5), 61 + PARAGRAPH_COST, ("x" * 60,)),  # too little is left
        (("x" * 60, "y" * 5), 65 + PARAGRAPH_COST, ("x" * 60, "y" * 5)),
        (("x" * 60, "y"), 61 + PARAGRAPH_COST, ("x" * 60, "y")),
        (("x" * 60, "y" * 99), 158 + PARAGRAPH_COST, ("x" * 60,)),
        (("x" * 60, "y" * 99), 159 + PARAGRAPH_COST, ("x" * 60, "y" * 99)),
        (("x" * 60, "y" * 900), 159 + PARAGRAPH_COST, ("x" * 60,)),
        (("x" * 60, "y" * 900), 160 + PARAGRAPH_COST, ("x" * 60, "y" * 99 + "…")),  # what begins may be cut
        (("x" * 60, "y" * 60, "z"), 120 + 2 * PARAGRAPH_COST, ("x" * 60, "y" * 60)),
        (("x" * 60, "y" * 60, "z"), 121 + 2 * PARAGRAPH_COST, ("x" * 60, "y" * 60, "z")),
    ],
)
def test_paragraphs_that_begin_within_the_limit_are_shown(
    paragraphs: tuple[str, ...], limit: int, shown: tuple[str, ...]
) -> None:
    view = truncate_review(WHOLE._replace(summary=paragraphs), TruncationLevel(summary=limit), REST)

    assert view.summary == shown
    assert view.rest == (None if shown == paragraphs else REST)
    assert view.parts == WHOLE.parts


@pytest.mark.parametrize("levels", [TRUNCATION_LEVELS, SHORT_EDITION_LEVELS])
def test_each_level_shows_no_more_than_the_one_before(levels: tuple[TruncationLevel, ...]) -> None:
    limits = [tuple(10**9 if limit is None else limit for limit in level) for level in levels]

    assert TRUNCATION_LEVELS[0] == TruncationLevel(None, None, None)  # all of it
    for roomier, tighter in pairwise(limits):
        assert roomier != tighter
        assert roomier[0] >= tighter[0] and roomier[2] >= tighter[2]
        assert roomier[0] or roomier[3] >= tighter[3]
