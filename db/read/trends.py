"""Trends: reviews counted by year and by each value of a facet, from the bitmaps of the facet index."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from db.read.facet_index import FacetIndex, FacetPair, FacetValue, count_commonest

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
    index: FacetIndex, found: int, first: int | None, last: int | None, filters: Collection[FacetPair]
) -> Trends:
    """Count these reviews. Without `first` and `last`: the latest years. A filter that all have is no line."""
    dated = {int(v.value): index.bits_of(("year", v.value)) & found for v in index.values.get("year", ())}
    known = sorted(year for year, bits in dated.items() if bits)
    years = _shown_years(known, first, last)
    counter = _YearCounter(
        found, index.flags(found), {year: dated.get(year, 0) for year in years}, _union(dated.values())
    )
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

    found: int
    flags: bytes  # of those found
    by_year: Mapping[int, int]
    dated: int

    def line(self, value: str, label: str, bits: int) -> TrendLine:
        """The reviews of these that have a value, which `bits` have."""
        bits &= self.found
        counts = tuple((bits & year).bit_count() for year in self.by_year.values())
        undated = (bits & ~self.dated).bit_count()
        return TrendLine(value, label, counts, bits.bit_count() - sum(counts) - undated, undated)

    def all_have(self, bits: int) -> bool:
        """Whether these are all reviews found."""
        return self.found & ~bits == 0


def _facet_trend(index: FacetIndex, counter: _YearCounter, name: str, filters: Collection[FacetPair]) -> FacetTrend:
    shared = {value for facet, value in filters if facet == name and counter.all_have(index.bits_of((name, value)))}
    values = [value for value in index.values.get(name, ()) if value.value not in shared]
    most = MAX_TREND_VALUES.get(name, len(values))
    shown = count_commonest(values, counter.found, counter.flags, most) if most else []
    shown = sorted(shown, key=lambda pair: (-pair[1], pair[0].sort_key, pair[0].value))[:most]
    lines = tuple(counter.line(value.value, value.label, index.bits_of((name, value.value))) for value, _ in shown)
    unknown = counter.line("", "", counter.found & ~_known_bits(index, name))
    return FacetTrend(name, lines, unknown, len(values) if most < len(values) else len(lines))


def _known_bits(index: FacetIndex, name: str) -> int:
    """The reviews that have any value of a facet."""
    if name not in index.cached_known:
        index.cached_known[name] = _union_of_values(index, index.values.get(name, ()))
    return index.cached_known[name]


def _union_of_values(index: FacetIndex, values: Sequence[FacetValue]) -> int:
    """The reviews that have any of these values."""
    rare = index.bits([number for value in values for number in value.ids])
    return rare | _union(value.bits for value in values)


def _union(parts: Iterable[int]) -> int:
    bits = 0
    for part in parts:
        bits |= part
    return bits
