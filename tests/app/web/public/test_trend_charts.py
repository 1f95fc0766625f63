"""Trend charts: bars as high as their counts, said in words too."""

import pytest

from app.web.public.trend_charts import SMALL, TOP, WIDE, BarLook, bar_chart, describe_counts


def test_bars_are_as_high_as_their_counts_and_a_year_without_any_has_none() -> None:
    chart = bar_chart("England", (2016, 2017, 2018), (5, 0, 10), 20, SMALL, "plain", 2018)

    assert [(bar.label, bar.look) for bar in chart.bars] == [("5", "plain"), ("10", "unfinished")]
    assert chart.bars[1].height == pytest.approx(2 * chart.bars[0].height, abs=0.11)
    assert {round(bar.y + bar.height) for bar in chart.bars} == {SMALL.height - 22}
    assert chart.bars[1].y > TOP  # the scale is that of the charts beside it
    assert all(bar.x > 0 and bar.x + bar.width <= SMALL.width for bar in chart.bars)


def test_many_years_have_no_count_each_but_the_first_and_last_year() -> None:
    chart = bar_chart("All", range(1990, 2027), [1] * 37, 1, WIDE, "plain", 2030)

    assert {bar.label for bar in chart.bars} == {""}
    assert [label.text for label in chart.labels] == ["1990", "2026"]
    assert len({bar.x for bar in chart.bars}) == 37


@pytest.mark.parametrize("look", ["plain", "unknown"])
def test_what_is_not_known_looks_so_in_every_year(look: BarLook) -> None:
    chart = bar_chart("x", (2025, 2026), (1, 1), 1, SMALL, look, 2026)

    assert [bar.look for bar in chart.bars] == [look, "unknown" if look == "unknown" else "unfinished"]


@pytest.mark.parametrize(
    ("years", "counts", "words"),
    [
        ((2016,), (1,), "1 review in 2016."),
        ((2016, 2017), (0, 0), "No reviews from 2016 to 2017."),
        (
            (2016, 2017, 2018),
            (3, 9, 1),
            "13 reviews from 2016 to 2018: 3 in 2016, 1 in 2018. The most are 9, in 2017; the fewest 1, in 2018.",
        ),
        ((2016, 2017), (4, 4), "8 reviews from 2016 to 2017: 4 in 2016, 4 in 2017. The most are 4, in 2016 and 2017."),
        (
            (2015, 2016, 2017, 2018),
            (0, 0, 0, 2),
            "2 reviews from 2015 to 2018: 0 in 2015, 2 in 2018. "
            "The most are 2, in 2018; the fewest 0, in 3 of the years.",
        ),
    ],
)
def test_a_chart_says_what_it_shows(years: tuple[int, ...], counts: tuple[int, ...], words: str) -> None:
    assert describe_counts(years, counts) == words
