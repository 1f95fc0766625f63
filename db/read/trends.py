"""Trends: reviews counted by year and by each value of a facet, from the bitmaps of the facet index."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from pyroaring import BitMap

from db.read.facet_index import FacetIndex, FacetPair, count_commonest

TREND_FACETS = ("nation", "age", "harm", "topic")
SHOWN_YEARS = 11  # up to the latest, unless other years are asked for: ten years, both ends counted
MAX_TREND_VALUES = {"topic": 8}  # of the commonest values of a facet; of the others, all


@dataclass(frozen=True, slots=True)
class TrendLine:
    """How many reviews have one value, year by year."""

    value: str
    label: str
    counts: tuple[int, ...]  # one for each year shown
    other: int  # of years that are not shown
    undated: int  # of no known year

    @property
    def total(self) -> int:
        """How many there are of all years."""
        return sum(self.counts) + self.other + self.undated


@dataclass(frozen=True, slots=True)
class FacetTrend:
    """The values of one facet over the years. A review can have several harms and topics, and counts in each."""

    name: str
    lines: tuple[TrendLine, ...]  # the commonest first
    unknown: TrendLine  # the reviews of which it is not known
    values: int  # how many there are, shown or not


@dataclass(frozen=True, slots=True)
class Trends:
    """Reviews over the years, and what is certain of them."""

    years: tuple[int, ...]  # shown, without a gap
    all_years: tuple[int, ...]  # that any of these reviews has
    everything: TrendLine
    facets: Mapping[str, FacetTrend]
    labels: Mapping[FacetPair, str]  # of the filters that are known


def count_trends(
    index: FacetIndex, found: BitMap, first: int | None, last: int | None, filters: Collection[FacetPair]
) -> Trends:
    """Count these reviews. Without `first` and `last`: the latest years. A filter that all have is no line."""
    dated = {int(v.value): v.reviews & found for v in index.values.get("year", ())}
    known = sorted(year for year, reviews in dated.items() if reviews)
    years = _shown_years(known, first, last)
    by_year = {year: dated.get(year, BitMap()) for year in years}
    counter = _YearCounter(found, by_year, BitMap().union(*dated.values()))
    everything = counter.line("", "", found)
    facets = {name: _facet_trend(index, counter, name, filters) for name in TREND_FACETS}
    labels = {pair: label for pair in filters if (label := index.label_of(pair))}
    return Trends(years, tuple(known), everything, facets, labels)


def _shown_years(known: Sequence[int], first: int | None, last: int | None) -> tuple[int, ...]:
    if not known:
        return ()
    end = max(min(last or known[-1], known[-1]), known[0])
    begin = min(max(first or end - SHOWN_YEARS + 1, known[0]), end)
    return tuple(range(begin, end + 1))


@dataclass(frozen=True, slots=True)
class _YearCounter:
    """What is counted: the reviews found, those of each year shown, and those of any year."""

    found: BitMap
    by_year: Mapping[int, BitMap]
    dated: BitMap

    def line(self, value: str, label: str, having: BitMap) -> TrendLine:
        """The reviews of these that have a value, as those `having` it do."""
        reviews = having & self.found
        counts = tuple(reviews.intersection_cardinality(year) for year in self.by_year.values())
        undated = reviews.difference_cardinality(self.dated)
        return TrendLine(value, label, counts, len(reviews) - sum(counts) - undated, undated)


def _facet_trend(index: FacetIndex, counter: _YearCounter, name: str, filters: Collection[FacetPair]) -> FacetTrend:
    shared = {value for facet, value in filters if facet == name and counter.found <= index.reviews_of((name, value))}
    values = [value for value in index.values.get(name, ()) if value.value not in shared]
    most = MAX_TREND_VALUES.get(name, len(values))
    shown = count_commonest(values, counter.found, most) if most else []
    shown = sorted(shown, key=lambda pair: (-pair[1], pair[0].sort_key, pair[0].value))[:most]
    lines = tuple(counter.line(value.value, value.label, value.reviews) for value, _ in shown)
    unknown = counter.line("", "", counter.found - _known_reviews(index, name))
    return FacetTrend(name, lines, unknown, len(values) if most < len(values) else len(lines))


def _known_reviews(index: FacetIndex, name: str) -> BitMap:
    """The reviews that have any value of a facet."""
    if name not in index.cached_known:
        index.cached_known[name] = BitMap().union(*(value.reviews for value in index.values.get(name, ())))
    return index.cached_known[name]
