"""Facet index in memory: a Roaring bitmap of reviews for each facet value, so that a count is an AND.

Every review has a number, and every value of a facet (the topic neglect, the year 2016) is a compressed bitmap that
says which reviews have it. The matches of a search are such a bitmap too. Choosing values is an OR within one facet
and an AND across facets, and a count is how many an AND has. So small a result as a rare word's is counted review by
review instead. The index is one record that nobody changes: threads share it, and none sees half of a change. It is
read whole once. The database notes the number of each review whose facets or order change, and after a write
`facet_index_loader.py` makes a newer index of the older one and of those reviews as they are now: some milliseconds at
200,000 reviews, where the whole takes seconds, and exact at once. 200,000 reviews take about 35 MB, 2,000 less than
1 MB.
"""

import json
from array import array
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from heapq import heappush, heappushpop
from itertools import islice

from pyroaring import BitMap

from core.year_range import range_label, year_range
from db.read.facets import FACET_NAMES, facet_word
from db.schema.connect import Database

NEWEST, PUBLISHER = "newest", "publisher"
ORDERS = {NEWEST: "newest_key DESC, publisher_key, review_id", PUBLISHER: "publisher_key, review_id"}
SMALL_SHARE = 500  # of the reviews: so small a share is counted review by review
MAX_VALUES, DEFAULT_MAX_VALUES = {"topic": 40, "publisher": 40}, 100  # values that are counted at most
FacetPair = tuple[str, str]  # a facet's name, and a value


@dataclass(frozen=True, slots=True)
class FacetValue:
    """One value of a facet, and the reviews that have it, listed or not."""

    id: int
    name: str
    value: str
    label: str
    sort_key: str  # of the label
    reviews: BitMap

    @property
    def word(self) -> str:
        """What stands for it in the text index, and in `review_sort_keys.facets`."""
        return facet_word(self.id)


@dataclass(slots=True)  # not frozen: it takes a third of the time to make, and a page has more than a hundred
class FacetCount:
    """How many of what was found have one value of a facet."""

    value: str
    label: str
    count: int
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class FacetIndex:
    """The facets of all reviews at one count of changes."""

    counter: int = -1  # the last change that it knows of
    listed: BitMap = field(default_factory=BitMap)
    unlisted: BitMap = field(default_factory=BitMap)  # withdrawn by their sources
    values: Mapping[str, tuple[FacetValue, ...]] = field(default_factory=dict)  # by facet, the commonest first
    values_by_pair: Mapping[FacetPair, FacetValue] = field(default_factory=dict)
    values_by_id: Sequence[FacetValue] = ()  # at the place of each one's id
    ids_by_label: Mapping[str, "array[int]"] = field(default_factory=dict)  # by facet, in the order of their labels
    ids_by_review: Sequence[bytes] = ()  # by a review's number: the ids of its values, as array("I") holds them
    cached_orders: dict[str, "array[int]"] = field(default_factory=dict)  # the numbers of the reviews, sorted
    cached_matches: dict[str, BitMap] = field(default_factory=dict)  # matches of the latest searches
    cached_known: dict[str, BitMap] = field(default_factory=dict)  # by facet: the reviews that have any value of it
    cached_stems: dict[str, list[tuple[str, int]]] = field(default_factory=dict)  # by first letter, for the spelling
    cached_values: dict[str, tuple[FacetCount, ...]] = field(default_factory=dict)  # by facet, for `list_values`

    def is_small(self, count: int) -> bool:
        """Whether so few reviews are rather asked for one by one."""
        return count * SMALL_SHARE <= len(self.ids_by_review)

    def values_of(self, pair: FacetPair) -> list[FacetValue]:
        """The value that is meant, each year of a range of years; none where it is not known."""
        name, value = pair
        years = year_range(value) if name == "year" else None
        pairs = [(name, str(year)) for year in years] if years else [pair]
        return [self.values_by_pair[one] for one in pairs if one in self.values_by_pair]

    def label_of(self, pair: FacetPair) -> str:
        """A value as people read it; empty where it is not known."""
        if pair[0] == "year" and year_range(pair[1]):
            return range_label(pair[1])
        return self.values_by_pair[pair].label if pair in self.values_by_pair else ""

    def reviews_of(self, pair: FacetPair) -> BitMap:
        """The reviews that have a value; none where it is not known."""
        return BitMap().union(*(value.reviews for value in self.values_of(pair)))


def load_ids(db: Database, select: str, values: Iterable[str] = ()) -> "array[int]":
    """The review numbers that a statement selects, in its order."""
    return parse_ids(db.execute(f"SELECT group_concat(review_id) FROM ({select})", [*values]).fetchone()[0])


def parse_ids(text: str | None) -> "array[int]":
    """Numbers as SQLite's group_concat writes them; none where it has none."""
    return array("I", json.loads(f"[{text or ''}]"))


def union_by_facet(index: FacetIndex, filters: Iterable[FacetPair]) -> dict[str, BitMap]:
    """For each facet that is chosen, the reviews that have any of the values chosen."""
    chosen: dict[str, BitMap] = {}
    for name, value in filters:
        chosen[name] = chosen.get(name, BitMap()) | index.reviews_of((name, value))
    return chosen


def count_facets(
    index: FacetIndex, matched: BitMap, filters: Collection[FacetPair]
) -> dict[str, tuple[FacetCount, ...]]:
    """The commonest values of each facet among what matched and was narrowed, the commonest first, and those chosen.

    Of a facet that is itself chosen, each value's count is what there would be with it alone.
    """
    narrowed = union_by_facet(index, filters)
    alike = [name for name in FACET_NAMES if name not in narrowed]
    found = _count_values(index, alike, matched.intersection(*narrowed.values()))
    for name in narrowed:
        without = matched.intersection(*(reviews for other, reviews in narrowed.items() if other != name))
        found |= _count_values(index, [name], without)
        have = {value.value for value, _ in found[name]}
        asked = [
            index.values_by_pair[pair]
            for pair in dict.fromkeys(filters)
            if pair[0] == name and pair in index.values_by_pair
        ]
        asked = [value for value in asked if value.value not in have]
        found[name] += [(value, value.reviews.intersection_cardinality(without)) for value in asked]
    chosen = {name: {value for own, value in filters if own == name} for name in narrowed}
    return {
        name: tuple([FacetCount(v.value, v.label, count, v.value in own) for v, count in found[name]])
        for name in FACET_NAMES
        if found[name]
        for own in [chosen.get(name, ())]
    }


ValueCounts = list[tuple[FacetValue, int]]


def _count_values(index: FacetIndex, names: Iterable[str], reviews: BitMap) -> dict[str, ValueCounts]:
    """How many of these reviews have each value, the commonest first."""
    if index.is_small(len(reviews)):
        return _count_few(index, names, reviews)
    found = {}
    for name in names:
        most = MAX_VALUES.get(name, DEFAULT_MAX_VALUES)
        counted = count_commonest(index.values.get(name, ()), reviews, most)
        found[name] = sorted(counted, key=lambda pair: (-pair[1], pair[0].sort_key, pair[0].value))[:most]
    return found


def _count_few(index: FacetIndex, names: Iterable[str], reviews: BitMap) -> dict[str, ValueCounts]:
    """The same for so few reviews that the values of each are counted."""
    counts, found = [0] * len(index.values_by_id), {}
    for number in array("I", b"".join(map(index.ids_by_review.__getitem__, reviews))):
        counts[number] += 1
    for name in names:
        by_label = [number for number in index.ids_by_label.get(name, ()) if counts[number]]
        commonest = sorted(by_label, key=counts.__getitem__, reverse=True)[: MAX_VALUES.get(name, DEFAULT_MAX_VALUES)]
        found[name] = [(index.values_by_id[number], counts[number]) for number in commonest]
    return found


def count_commonest(values: Iterable[FacetValue], reviews: BitMap, most: int) -> ValueCounts:
    """Counted in the order of how many reviews have them at all, until no later one can be among the first."""
    counted: ValueCounts = []
    tops: list[int] = []  # the largest counts so far, as a heap
    for value in values:
        if len(tops) == most and len(value.reviews) < tops[0]:
            break
        if count := value.reviews.intersection_cardinality(reviews):
            counted.append((value, count))
            (heappush if len(tops) < most else heappushpop)(tops, count)
    return counted


def sort_ids(db: Database, index: FacetIndex, reviews: BitMap, order: str, skip: int, limit: int) -> list[int]:
    """The numbers of these reviews in an order, from the one after `skip` on."""
    if index.is_small(len(reviews)):
        rows = db.execute(
            f"""
            SELECT review_id FROM json_each(?) AS wanted CROSS JOIN review_sort_keys ON review_id = wanted.value
            ORDER BY {ORDERS[order]} LIMIT ? OFFSET ?
            """,
            [json.dumps(list(reviews)), limit, skip],
        )
        return [row[0] for row in rows]
    if order not in index.cached_orders:
        index.cached_orders[order] = load_ids(db, f"SELECT review_id FROM review_sort_keys ORDER BY {ORDERS[order]}")
    return list(islice(filter(reviews.__contains__, index.cached_orders[order]), skip, skip + limit))


def list_values(index: FacetIndex, name: str) -> tuple[FacetCount, ...]:
    """Every value of a facet that a listed review has, with how many have it, by its label."""
    if name not in index.cached_values:
        values = sorted(index.values.get(name, ()), key=lambda value: (value.sort_key, value.value))
        counted = (FacetCount(v.value, v.label, v.reviews.intersection_cardinality(index.listed)) for v in values)
        index.cached_values[name] = tuple(one for one in counted if one.count)
    return index.cached_values[name]
