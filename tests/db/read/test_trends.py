"""Trends: what the bitmaps count is what the reviews say, one by one; nothing is guessed and nothing hidden."""

from pathlib import Path

import pytest

from core.records import Review
from db.read.facets import derive_facets
from db.read.search import ReviewSearch, SearchQuery
from db.read.trends import MAX_TREND_VALUES, TREND_FACETS, Trends
from tests.support.sample_archive import Shelf, sample

GIVEN = [  # year, first words, keywords, publisher
    (2014, "Death of a 5-week-old girl.", ("neglect",), "Suffolk"),
    (2016, "Death of a 5-week-old girl.", ("neglect", "bruises"), "Suffolk"),
    (2016, "Neglect and physical abuse of a 9-year-old boy.", ("neglect",), "Cardiff"),
    (2018, "Considers how agencies worked together.", (), "Anonymous"),
    (2018, "Suicide of a 16-year-old.", ("suicide",), "Glasgow"),
    (None, "Death of an infant.", ("bruises",), "Suffolk"),
]


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    shelf = Shelf(tmp_path)
    for number, (year, summary, keywords, place) in enumerate(GIVEN):
        shelf.add(sample(f"Child {number}", year=year, summary=summary, keywords=keywords, publisher=place))
    return shelf


def counted(
    shelf: Shelf, query: SearchQuery | None = None, first: int | None = None, last: int | None = None
) -> Trends:
    return ReviewSearch().trends(shelf.db, query or SearchQuery(), first, last)


def stored(shelf: Shelf) -> list[Review]:
    from db.collection.reviews import listing

    return list(listing(shelf.db))


def test_every_count_is_what_the_reviews_say_one_by_one(shelf: Shelf) -> None:
    found, reviews = counted(shelf), stored(shelf)

    assert {line.value for line in found.facets["nation"].lines} == {"england", "wales", "scotland"}
    assert found.years == (2014, 2015, 2016, 2017, 2018)
    assert found.everything.counts == (1, 0, 2, 0, 2)
    assert (found.everything.other, found.everything.undated, found.everything.total) == (0, 1, 6)
    for name in TREND_FACETS:
        facet = found.facets[name]
        held = [{f.value for f in derive_facets(review) if f.name == name} for review in reviews]
        for line in facet.lines:
            years = [review.year for review, values in zip(reviews, held, strict=True) if line.value in values]
            assert line.counts == tuple(years.count(year) for year in found.years), (name, line)
            assert (line.undated, line.total) == (years.count(None), len(years))
        assert {line.value for line in facet.lines} == set().union(*held)
        assert facet.unknown.total == held.count(set()), name


def test_years_that_are_not_shown_are_counted_beside_them(shelf: Shelf) -> None:
    found = counted(shelf, first=2016, last=2016)

    assert found.years == (2016,)
    assert (found.everything.counts, found.everything.other, found.everything.undated) == ((2,), 3, 1)
    assert found.all_years == (2014, 2016, 2018)


@pytest.mark.parametrize(
    ("first", "last", "years"),
    [
        (None, 2016, (2014, 2016)),
        (2018, None, (2018, 2018)),
        (1900, 2999, (2014, 2018)),
        (2999, 2999, (2018, 2018)),
        (1, 2, (2014, 2014)),
    ],
)
def test_years_beyond_the_reviews_are_not_drawn(
    shelf: Shelf, first: int | None, last: int | None, years: tuple[int, int]
) -> None:
    found = counted(shelf, first=first, last=last).years

    assert (found[0], found[-1]) == years


def test_no_more_than_eleven_years_unless_asked(shelf: Shelf) -> None:
    shelf.add(sample("Old", year=1990))

    assert counted(shelf).years == tuple(range(2008, 2019))
    assert len(counted(shelf, first=1990).years) == 29


def test_what_a_search_narrows_to_is_no_line_of_its_own(shelf: Shelf) -> None:
    found = counted(shelf, SearchQuery("death", (("topic", "neglect"),)))

    assert found.everything.total == 2
    assert [line.value for line in found.facets["topic"].lines] == ["bruises"]
    assert found.facets["topic"].unknown.total == 0  # it is known: they have the topic
    assert found.labels == {("topic", "neglect"): "Neglect"}
    both = counted(shelf, SearchQuery(filters=(("nation", "wales"), ("nation", "scotland"))))
    assert {line.value for line in both.facets["nation"].lines} == {"wales", "scotland"}


def test_only_the_commonest_topics_are_lines_and_all_are_counted(shelf: Shelf) -> None:
    for number in range(12):
        shelf.add(sample(f"More {number}", keywords=("neglect", f"topic {number}")))
    topics = counted(shelf).facets["topic"]

    assert len(topics.lines) == MAX_TREND_VALUES["topic"]
    assert topics.lines[0].value == "neglect"
    assert topics.values == 15


def test_withdrawn_reviews_are_not_counted(shelf: Shelf) -> None:
    shelf.gone(2)
    shelf.take_down(3)

    assert counted(shelf).everything.total == 4


def test_nothing_is_counted_where_there_is_nothing(tmp_path: Path) -> None:
    found = counted(Shelf(tmp_path))

    assert (found.years, found.everything.total) == ((), 0)
    assert all(facet.lines == () for facet in found.facets.values())
