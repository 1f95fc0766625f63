"""Trend charts: bars of reviews by year as inline SVG, laid out here; the template only draws them."""

from collections.abc import Sequence
from typing import Literal, NamedTuple

from core.plurals import plural

BarLook = Literal["plain", "unknown", "unfinished"]  # each has a pattern of its own
LEFT, TOP, BOTTOM = 30, 20, 22  # SVG units around the bars: the scale, counts above them, the years
MAX_COUNTED_BARS = 16  # more are too narrow for a count above each
MAX_BAR_WIDTH = 44  # SVG units


class ChartSize(NamedTuple):
    """A chart's own coordinates: its text is 13 of them high."""

    width: int
    height: int


WIDE, SMALL = ChartSize(400, 160), ChartSize(280, 130)


class ChartBar(NamedTuple):
    """A bar for a year that has reviews."""

    x: float
    y: float
    width: float
    height: float
    look: BarLook
    label: str  # its count, where there is room


class AxisLabel(NamedTuple):
    """A year below the bars."""

    x: float
    anchor: Literal["start", "middle", "end"]
    text: str


class BarChart(NamedTuple):
    """One chart, with what it says in words for whoever does not see it."""

    size: ChartSize
    bars: tuple[ChartBar, ...]
    labels: tuple[AxisLabel, ...]
    scale: int  # the count at the upper line
    title: str
    description: str


def bar_chart(
    name: str, years: Sequence[int], counts: Sequence[int], scale: int, size: ChartSize, look: BarLook, this_year: int
) -> BarChart:
    """Bars for the years; `scale`: the highest count of all charts beside it. A year that is not over looks so."""
    looks: list[BarLook] = ["unfinished" if year >= this_year and look == "plain" else look for year in years]
    bars, labels = draw_bars([str(year) for year in years], counts, looks, scale, size)
    return BarChart(size, bars, labels, scale, name, describe_counts(years, counts))


def draw_bars(
    names: Sequence[str], counts: Sequence[int], looks: Sequence[BarLook], scale: int, size: ChartSize
) -> tuple[tuple[ChartBar, ...], tuple[AxisLabel, ...]]:
    """A bar for each count that is not 0, and what stands below them; `scale`: the count at the upper line."""
    step, room = (size.width - LEFT) / len(names), size.height - TOP - BOTTOM
    width = round(min(step * 0.76, MAX_BAR_WIDTH), 1)
    numbered = len(names) <= MAX_COUNTED_BARS
    bars = tuple(
        ChartBar(
            round(LEFT + (at + 0.5) * step - width / 2, 1),
            round(TOP + room - room * count / scale, 1),
            width,
            round(room * count / scale, 1),
            look,
            f"{count:,}" if numbered else "",
        )
        for at, (look, count) in enumerate(zip(looks, counts, strict=True))
        if count
    )
    return bars, _axis_labels(names, step, size)


def _axis_labels(names: Sequence[str], step: float, size: ChartSize) -> tuple[AxisLabel, ...]:
    if step >= 40:  # wide enough for each
        return tuple(AxisLabel(round(LEFT + (n + 0.5) * step, 1), "middle", name) for n, name in enumerate(names))
    return AxisLabel(LEFT, "start", names[0]), AxisLabel(size.width, "end", names[-1])


def describe_counts(years: Sequence[int], counts: Sequence[int]) -> str:
    """The counts in words: the first, the last, the highest and the lowest year."""
    first, last, total = years[0], years[-1], plural(sum(counts), "review", none="No", thousands=",")
    if first == last or not any(counts):
        return f"{total} in {first}." if first == last else f"{total} from {first} to {last}."
    most, least = max(counts), min(counts)
    return (
        f"{total} from {first} to {last}: {counts[0]:,} in {first}, {counts[-1]:,} in {last}. "
        f"The most are {most:,}, in {_join_years(years, counts, most)}"
        + (f"; the fewest {least:,}, in {_join_years(years, counts, least)}." if least < most else ".")
    )


def _join_years(years: Sequence[int], counts: Sequence[int], count: int) -> str:
    """The years of a count; of many only how many there are."""
    own = [str(year) for year, held in zip(years, counts, strict=True) if held == count]
    return " and ".join(own) if len(own) < 3 else f"{len(own)} of the years"
