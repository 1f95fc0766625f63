"""What reviews have in common, in memory: one long number a value with a bit for each review; a count is an AND.

200,000 reviews take about 40 MB, 2,000 less than 1 MB. It is read anew whenever a card has changed.
"""

import json
from array import array
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from db.connect import Database
from db.facets import NAMES

NEWEST, PUBLISHER = "newest", "publisher"
DENSE = 256  # a value that this share of the reviews has is held as bits, a rarer one as their numbers
FEW = 500  # of the reviews: so small a share is counted by the database, review by review
MOST, USUAL = {"topic": 40, "publisher": 40}, 100  # values that are counted at most
Pair = tuple[str, str]  # a facet's name, and a value


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a facet, and the reviews that have it."""

    id: int
    name: str
    value: str
    label: str
    ids: "array[int]"
    bits: int = 0  # 0: a rare one


@dataclass(frozen=True, slots=True)
class Count:
    """How many of what was found have one value of a facet."""

    value: str
    label: str
    count: int
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Shelf:
    """What the cards said at one mark. The topmost bit is review 0, the next review 1 …"""

    mark: int = -1
    size: int = 1  # bits
    listed: int = 0
    hides: bool = False  # whether the index holds any that is not listed
    orders: Mapping[str, "array[int]"] = field(default_factory=dict)  # the numbers of the reviews, sorted
    places: Mapping[str, "array[int]"] = field(default_factory=dict)  # by a review's number: where it stands
    values: Mapping[str, tuple[Value, ...]] = field(default_factory=dict)  # by facet, the commonest first
    known: Mapping[Pair, Value] = field(default_factory=dict)
    held: dict[str, int] = field(default_factory=dict)  # matches of the latest searches

    def bits(self, ids: Iterable[int]) -> int:
        """The reviews of these numbers as bits."""
        return _bits(ids, self.size)

    def flags(self, bits: int) -> bytes:
        """A byte for each review: "1" where its bit is set."""
        return format(bits, f"0{self.size}b").encode()

    def having(self, pair: Pair) -> int:
        """The reviews that have a value; none where it is not known."""
        value = self.known.get(pair)
        return (value.bits or self.bits(value.ids)) if value else 0


def _bits(ids: Iterable[int], size: int) -> int:
    flags = bytearray(b"0" * size)
    for number in ids:
        flags[number] = 49  # "1"
    return int(flags, 2)


def numbers(flags: bytes) -> Iterator[int]:
    """The numbers of the reviews whose flag is set."""
    at = flags.find(b"1")
    while at >= 0:
        yield at
        at = flags.find(b"1", at + 1)


def read(db: Database, mark: int) -> Shelf:
    """All cards, in few rows: at each row a thread would wait for the others."""
    size = (db.execute("SELECT MAX(review_id) FROM cards").fetchone()[0] or 0) + 1
    by_place = "SELECT review_id FROM cards WHERE listed = 1 ORDER BY place, review_id"
    by_news = "SELECT review_id FROM cards WHERE listed = 1 ORDER BY newest DESC, place, review_id"
    orders = {NEWEST: _ids(db, by_news), PUBLISHER: _ids(db, by_place)}
    values = _values(db, size)
    by_name: dict[str, list[Value]] = defaultdict(list)
    for value in sorted(values, key=lambda v: (-len(v.ids), v.label, v.value)):
        by_name[value.name].append(value)
    return Shelf(
        mark,
        size,
        _bits(orders[NEWEST], size),
        db.execute("SELECT 1 FROM cards WHERE listed = 0 LIMIT 1").fetchone() is not None,
        orders,
        {name: _places(order, size) for name, order in orders.items()},
        {name: tuple(own) for name, own in by_name.items()},
        {(value.name, value.value): value for value in values},
    )


def _ids(db: Database, select: str) -> "array[int]":
    row = db.execute(f"SELECT group_concat(review_id) FROM ({select})").fetchone()
    return array("I", json.loads(f"[{row[0] or ''}]"))


def _places(order: Sequence[int], size: int) -> "array[int]":
    places = array("I", bytes(4 * size))
    for position, number in enumerate(order):
        places[number] = position
    return places


def _values(db: Database, size: int) -> list[Value]:
    rows = db.execute(
        """
        SELECT f.id, f.name, f.value, f.label, group_concat(s.review_id) AS ids
        FROM facets AS f JOIN shelved AS s ON s.facet_id = f.id GROUP BY f.id ORDER BY f.id
        """
    )
    found = []
    for row in rows:
        ids = array("I", json.loads(f"[{row['ids']}]"))
        dense = len(ids) * DENSE >= size
        found.append(Value(row["id"], row["name"], row["value"], row["label"], ids, _bits(ids, size) if dense else 0))
    return found


def all_of(bits: int, others: Iterable[int]) -> int:
    """Those that are in each."""
    for other in others:
        bits &= other
    return bits


def narrowing(shelf: Shelf, filters: Iterable[Pair]) -> dict[str, int]:
    """For each facet that is chosen, the reviews that have any of the values chosen."""
    chosen: dict[str, int] = {}
    for name, value in filters:
        chosen[name] = chosen.get(name, 0) | shelf.having((name, value))
    return chosen


def counts(db: Database, shelf: Shelf, matched: int, filters: Collection[Pair]) -> dict[str, tuple[Count, ...]]:
    """The commonest values of each facet among what matched and was narrowed, the commonest first, and those chosen.

    Of a facet that is itself chosen, each value's count is what there would be with it alone.
    """
    narrowed = narrowing(shelf, filters)
    alike = [name for name in NAMES if name not in narrowed]
    found = _counted(db, shelf, alike, all_of(matched, narrowed.values()))
    for name in narrowed:
        others = [bits for other, bits in narrowed.items() if other != name]
        without = all_of(matched, others)
        found |= _counted(db, shelf, [name], without)
        have = {value.value for value, _ in found[name]}
        asked = [shelf.known[pair] for pair in dict.fromkeys(filters) if pair[0] == name and pair in shelf.known]
        flags = shelf.flags(without)
        found[name] += [(value, _count(value, without, flags)) for value in asked if value.value not in have]
    return {
        name: tuple(Count(v.value, v.label, count, (name, v.value) in filters) for v, count in found[name])
        for name in NAMES
        if found[name]
    }


Counted = list[tuple[Value, int]]


def _counted(db: Database, shelf: Shelf, names: Iterable[str], bits: int) -> dict[str, Counted]:
    """How many of these reviews have each value, the commonest first."""
    flags, few = shelf.flags(bits), None
    if bits.bit_count() * FEW <= shelf.size:
        few = _few(db, list(numbers(flags)))
    found = {}
    for name in names:
        values, most = shelf.values.get(name, ()), MOST.get(name, USUAL)
        if few is None:
            counted = _commonest(values, bits, flags, most)
        else:
            counted = [(value, few[value.id]) for value in values if value.id in few]
        found[name] = sorted(counted, key=lambda pair: (-pair[1], pair[0].label, pair[0].value))[:most]
    return found


def _few(db: Database, ids: list[int]) -> dict[int, int]:
    row = db.execute(
        """
        SELECT json_group_array(json_array(facet_id, held)) FROM (
            SELECT facet_id, COUNT(*) AS held FROM shelved WHERE review_id IN (SELECT value FROM json_each(?))
            GROUP BY facet_id
        )
        """,
        [json.dumps(ids)],
    ).fetchone()
    return dict(json.loads(row[0]))


def _commonest(values: Iterable[Value], bits: int, flags: bytes, most: int) -> Counted:
    """Counted in the order of how many reviews have them at all, until no later one can be among the first."""
    counted: Counted = []
    tops: list[int] = []
    for value in values:
        if len(tops) == most and len(value.ids) <= tops[-1]:
            break
        if count := _count(value, bits, flags):
            counted.append((value, count))
            tops = sorted([*tops, count], reverse=True)[:most]
    return counted


def _count(value: Value, bits: int, flags: bytes) -> int:
    if value.bits:
        return (value.bits & bits).bit_count()
    return sum(map(flags.__getitem__, value.ids)) - 48 * len(value.ids)


def total(shelf: Shelf, name: str) -> list[Count]:
    """Every value of a facet that a listed review has, with how many have it, by its label."""
    flags = shelf.flags(shelf.listed)
    counted = (Count(v.value, v.label, _count(v, shelf.listed, flags)) for v in shelf.values.get(name, ()))
    return sorted((one for one in counted if one.count), key=lambda one: (one.label.casefold(), one.value))
