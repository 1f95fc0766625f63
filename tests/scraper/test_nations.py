"""Nation and kind of review: given where they are certain, left out where they are not."""

import pytest

from scraper.nations import find_nation, review_kind


@pytest.mark.parametrize(
    ("publisher", "where"),
    [
        ("Suffolk", "England"),
        ("Suffolk LSCB", "England"),
        ("Suffolk Safeguarding Partnership", "England"),
        ("Gwent Safeguarding Board", "Wales"),
        ("Stoke-on-Trent", "England"),
        ("Cambridgeshire & Peterborough", "England"),
        ("Ceredigion", "Wales"),
        ("Cwm Taf Morgannwg", "Wales"),
        ("Glasgow City", "Scotland"),
        ("Northern Ireland", "Northern Ireland"),
        ("Anonymous", None),
        ("Northshire", None),
        ("An unnamed board", None),
        ("", None),
    ],
)
def test_the_nation_is_known_only_of_known_areas(publisher: str, where: str | None) -> None:
    assert find_nation(publisher) == where


@pytest.mark.parametrize(
    ("where", "year", "words"),
    [
        ("England", 2016, "Serious case review"),
        ("England", 2020, None),
        ("England", 2025, "Local child safeguarding practice review"),
        ("Wales", 2018, "Child practice review"),
        ("Wales", 2024, None),
        ("Scotland", 2016, "Significant case review"),
        ("Scotland", 2021, None),
        ("Scotland", 2024, "Learning review"),
        ("Northern Ireland", 2016, "Case management review"),
        (None, 2016, None),
        ("England", None, None),
    ],
)
def test_the_kind_is_known_only_in_years_with_one_name(where: str | None, year: int | None, words: str | None) -> None:
    assert review_kind(where, year) == words
