"""Facet index in memory: a bitmap of reviews for each facet value, so that a count is an AND.

Every review has a number, and every value of a facet (the topic neglect, the year 2016) is one long integer whose bit
N says whether review N has it. The matches of a search are such an integer too. Choosing values is an OR within one
facet and an AND across facets, and a count is the number of bits set in an AND. A value that few reviews have is kept
as their numbers instead, and so small a result is counted by the database. The index is one immutable record, loaded
whole at one mark, which every write of a facet raises, and loaded anew once the mark differs: threads share it, and
none sees half of a change. 200,000 reviews take about 40 MB, 2,000 less than 1 MB.
"""

import json
from array import array
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from core.folding import dictionary_key
from core.year_range import range_label, year_range
from db.read.facets import FACET_NAMES
from db.schema.connect import Database

NEWEST, PUBLISHER = "newest", "publisher"
DENSE_SHARE = 256  # a value that this share of the reviews has is held as bits, a rarer one as their numbers
SMALL_SHARE = 500  # of the reviews: so small a share is counted by the database, review by review
MAX_VALUES, DEFAULT_MAX_VALUES = {"topic": 40, "publisher": 40}, 100  # values that are counted at most
FacetPair = tuple[str, str]  # a facet's name, and a value


@dataclass(frozen=True, slots=True)
class FacetValue:
    """One value of a facet, and the reviews that have it."""

    id: int
    name: str
    value: str
    label: str
    sort_key: str  # of the label
    ids: "array[int]"
    bits: int = 0  # 0: a rare one


@dataclass(frozen=True, slots=True)
class FacetCount:
    """How many of what was found have one value of a facet."""

    value: str
    label: str
    count: int
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class FacetIndex:
    """The facets of all reviews at one count of changes. The topmost bit is review 0, the next review 1 …"""

    counter: int = -1  # of changes, when it was loaded
    size: int = 1  # bits
    listed: int = 0
    has_unlisted: bool = False  # whether the index holds any that is not listed
    orders: Mapping[str, "array[int]"] = field(default_factory=dict)  # the numbers of the reviews, sorted
    positions: Mapping[str, "array[int]"] = field(default_factory=dict)  # by a review's number: where it stands
    values: Mapping[str, tuple[FacetValue, ...]] = field(default_factory=dict)  # by facet, the commonest first
    values_by_pair: Mapping[FacetPair, FacetValue] = field(default_factory=dict)
    cached_matches: dict[str, int] = field(default_factory=dict)  # matches of the latest searches
    cached_known: dict[str, int] = field(default_factory=dict)  # by facet: the reviews that have any value of it
    cached_stems: dict[str, list[tuple[str, int]]] = field(default_factory=dict)  # by first letter, for the spelling
    cached_values: dict[str, tuple[FacetCount, ...]] = field(default_factory=dict)  # by facet, for `list_values`

    def bits(self, ids: Iterable[int]) -> int:
        """The reviews of these numbers as bits."""
        return _bits_of_ids(ids, self.size)

    def flags(self, bits: int) -> bytes:
        """A byte for each review: "1" where its bit is set."""
        return format(bits, f"0{self.size}b").encode()

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

    def bits_of(self, pair: FacetPair) -> int:
        """The reviews that have a value; none where it is not known."""
        bits = 0
        for value in self.values_of(pair):
            bits |= value.bits or self.bits(value.ids)
        return bits


def _bits_of_ids(ids: Iterable[int], size: int) -> int:
    flags = bytearray(b"0" * size)
    for number in ids:
        flags[number] = 49  # "1"
    return int(flags, 2)


def ids_of_flags(flags: bytes) -> Iterator[int]:
    """The numbers of the reviews whose flag is set."""
    at = flags.find(b"1")
    while at >= 0:
        yield at
        at = flags.find(b"1", at + 1)


def load_index(db: Database, mark: int) -> FacetIndex:
    """All cards, in few rows: at each row a thread would wait for the others."""
    size = (db.execute("SELECT MAX(review_id) FROM review_sort_keys").fetchone()[0] or 0) + 1
    by_place = "SELECT review_id FROM review_sort_keys WHERE listed = 1 ORDER BY publisher_key, review_id"
    by_news = (
        "SELECT review_id FROM review_sort_keys WHERE listed = 1 ORDER BY newest_key DESC, publisher_key, review_id"
    )
    orders = {NEWEST: _load_ids(db, by_news), PUBLISHER: _load_ids(db, by_place)}
    values = _load_values(db, size)
    by_name: dict[str, list[FacetValue]] = defaultdict(list)
    for value in sorted(values, key=lambda v: (-len(v.ids), v.sort_key, v.value)):
        by_name[value.name].append(value)
    return FacetIndex(
        mark,
        size,
        _bits_of_ids(orders[NEWEST], size),
        db.execute("SELECT 1 FROM review_sort_keys WHERE listed = 0 LIMIT 1").fetchone() is not None,
        orders,
        {name: _positions_by_id(order, size) for name, order in orders.items()},
        {name: tuple(own) for name, own in by_name.items()},
        {(value.name, value.value): value for value in values},
    )


def _load_ids(db: Database, select: str) -> "array[int]":
    row = db.execute(f"SELECT group_concat(review_id) FROM ({select})").fetchone()
    return array("I", json.loads(f"[{row[0] or ''}]"))


def _positions_by_id(order: Sequence[int], size: int) -> "array[int]":
    places = array("I", bytes(4 * size))
    for position, number in enumerate(order):
        places[number] = position
    return places


def _load_values(db: Database, size: int) -> list[FacetValue]:
    rows = db.execute(
        """
        SELECT f.id, f.name, f.value, f.label, group_concat(s.review_id) AS ids
        FROM facets AS f JOIN review_facets AS s ON s.facet_id = f.id GROUP BY f.id ORDER BY f.id
        """
    )
    found = []
    for row in rows:
        ids = array("I", json.loads(f"[{row['ids']}]"))
        bits = _bits_of_ids(ids, size) if len(ids) * DENSE_SHARE >= size else 0
        place = dictionary_key(row["label"])
        found.append(FacetValue(row["id"], row["name"], row["value"], row["label"], place, ids, bits))
    return found


def intersect(bits: int, others: Iterable[int]) -> int:
    """Those that are in each."""
    for other in others:
        bits &= other
    return bits


def union_by_facet(index: FacetIndex, filters: Iterable[FacetPair]) -> dict[str, int]:
    """For each facet that is chosen, the reviews that have any of the values chosen."""
    chosen: dict[str, int] = {}
    for name, value in filters:
        chosen[name] = chosen.get(name, 0) | index.bits_of((name, value))
    return chosen


def count_facets(
    db: Database, index: FacetIndex, matched: int, filters: Collection[FacetPair]
) -> dict[str, tuple[FacetCount, ...]]:
    """The commonest values of each facet among what matched and was narrowed, the commonest first, and those chosen.

    Of a facet that is itself chosen, each value's count is what there would be with it alone.
    """
    narrowed = union_by_facet(index, filters)
    alike = [name for name in FACET_NAMES if name not in narrowed]
    found = _count_values(db, index, alike, intersect(matched, narrowed.values()))
    for name in narrowed:
        others = [bits for other, bits in narrowed.items() if other != name]
        without = intersect(matched, others)
        found |= _count_values(db, index, [name], without)
        have = {value.value for value, _ in found[name]}
        asked = [
            index.values_by_pair[pair]
            for pair in dict.fromkeys(filters)
            if pair[0] == name and pair in index.values_by_pair
        ]
        flags = index.flags(without)
        found[name] += [(value, _count_value(value, without, flags)) for value in asked if value.value not in have]
    return {
        name: tuple(FacetCount(v.value, v.label, count, (name, v.value) in filters) for v, count in found[name])
        for name in FACET_NAMES
        if found[name]
    }


ValueCounts = list[tuple[FacetValue, int]]


def _count_values(db: Database, index: FacetIndex, names: Iterable[str], bits: int) -> dict[str, ValueCounts]:
    """How many of these reviews have each value, the commonest first."""
    flags, few = index.flags(bits), None
    if bits.bit_count() * SMALL_SHARE <= index.size:
        few = _count_in_database(db, list(ids_of_flags(flags)))
    found = {}
    for name in names:
        values, most = index.values.get(name, ()), MAX_VALUES.get(name, DEFAULT_MAX_VALUES)
        if few is None:
            counted = count_commonest(values, bits, flags, most)
        else:
            counted = [(value, few[value.id]) for value in values if value.id in few]
        found[name] = sorted(counted, key=lambda pair: (-pair[1], pair[0].sort_key, pair[0].value))[:most]
    return found


def _count_in_database(db: Database, ids: list[int]) -> dict[int, int]:
    row = db.execute(
        """
        SELECT json_group_array(json_array(facet_id, held)) FROM (
            SELECT facet_id, COUNT(*) AS held FROM review_facets WHERE review_id IN (SELECT value FROM json_each(?))
            GROUP BY facet_id
        )
        """,
        [json.dumps(ids)],
    ).fetchone()
    return dict(json.loads(row[0]))


def count_commonest(values: Iterable[FacetValue], bits: int, flags: bytes, most: int) -> ValueCounts:
    """Counted in the order of how many reviews have them at all, until no later one can be among the first."""
    counted: ValueCounts = []
    tops: list[int] = []
    for value in values:
        if len(tops) == most and len(value.ids) <= tops[-1]:
            break
        if count := _count_value(value, bits, flags):
            counted.append((value, count))
            tops = sorted([*tops, count], reverse=True)[:most]
    return counted


def _count_value(value: FacetValue, bits: int, flags: bytes) -> int:
    if value.bits:
        return (value.bits & bits).bit_count()
    return sum(map(flags.__getitem__, value.ids)) - 48 * len(value.ids)


def list_values(index: FacetIndex, name: str) -> tuple[FacetCount, ...]:
    """Every value of a facet that a listed review has, with how many have it, by its label."""
    if name not in index.cached_values:
        flags = index.flags(index.listed)
        values = sorted(index.values.get(name, ()), key=lambda value: (value.sort_key, value.value))
        counted = (FacetCount(v.value, v.label, _count_value(v, index.listed, flags)) for v in values)
        index.cached_values[name] = tuple(one for one in counted if one.count)
    return index.cached_values[name]
