"""Facet index loader: the index read whole, or brought up to date by what was written since.

The database notes each review whose facets or sort keys change (`facet_changes`). A newer index has of those reviews
what the database has now, and of the others what the older index has: some milliseconds where the whole takes seconds.
"""

import json
import sqlite3
from array import array
from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from sys import intern

from core.folding import dictionary_key
from db.read import facet_index
from db.read.facet_index import FacetIndex, FacetValue, bits_of_ids, ids_of_bits, load_ids, parse_ids
from db.schema.connect import Database

SELECT_IDS = "SELECT review_id FROM review_sort_keys"
SELECT_VALUES = """
    SELECT f.id, f.name, f.value, f.label, group_concat(s.review_id) AS ids
    FROM facets AS f JOIN review_facets AS s ON s.facet_id = f.id {where} GROUP BY f.id ORDER BY f.id
"""


def last_change(db: Database) -> int:
    """What an index that is up to date has as its counter."""
    return db.execute("SELECT MAX(id) FROM facet_changes").fetchone()[0] or 0


def load_index(db: Database, mark: int) -> FacetIndex:
    """All cards, in few rows: at each row a thread would wait for the others."""
    size = _largest_number(db) + 1
    listed, unlisted = (bits_of_ids(load_ids(db, f"{SELECT_IDS} WHERE listed = {flag}"), size) for flag in (1, 0))
    values = [_make_value(row, size) for row in db.execute(SELECT_VALUES.format(where=""))]
    words = _load_words(db)
    return _make_index(mark, size, listed, unlisted, values, [words.get(number, ()) for number in range(size)])


def update_index(db: Database, index: FacetIndex, mark: int) -> FacetIndex | None:
    """The index as of a later change; None where it is not noted any more what has changed since."""
    first = db.execute("SELECT MIN(id) FROM facet_changes").fetchone()[0]
    if first is None or first > index.counter + 1:
        return None
    rows = db.execute("SELECT DISTINCT review_id FROM facet_changes WHERE id > ?", [index.counter])
    changed = frozenset(row[0] for row in rows)
    size = max(index.size, _largest_number(db) + 1)
    known = [number for number in changed if number < size]
    change = _Change(changed, size, size - index.size, ~bits_of_ids(known, size))
    asked = [json.dumps(list(changed))]
    where = "review_id IN (SELECT value FROM json_each(?))"
    listed, unlisted = (
        change.apply(before, load_ids(db, f"{SELECT_IDS} WHERE listed = {flag} AND {where}", asked))
        for flag, before in ((1, index.listed), (0, index.unlisted))
    )
    rows = db.execute(SELECT_VALUES.format(where=f"WHERE s.{where}"), asked)
    found = {(row["name"], row["value"]): row for row in rows}
    values = [_update_value(value, found.pop(pair, None), change) for pair, value in index.values_by_pair.items()]
    values += [_make_value(row, size) for row in found.values()]
    words = [*index.words_by_review, *[()] * change.grown]
    for number, own in (dict.fromkeys(known, ()) | _load_words(db, f"WHERE {where}", asked)).items():
        words[number] = own
    return _make_index(mark, size, listed, unlisted, [value for value in values if value.count], words)


@dataclass(frozen=True, slots=True)
class _Change:
    """The reviews that an older index knows wrongly, or not at all."""

    ids: frozenset[int]
    size: int  # bits of the newer index
    grown: int  # bits more than the older one has
    others: int  # bits of the reviews that did not change

    def apply(self, bits: int, ids: Collection[int]) -> int:
        """The bits of the older index with these of the changed reviews and no other."""
        return (bits << self.grown) & self.others | bits_of_ids(ids, self.size)


def _update_value(value: FacetValue, row: sqlite3.Row | None, change: _Change) -> FacetValue:
    """A value with those of the changed reviews that a row has, none where there is no row."""
    added, number = (parse_ids(row["ids"]), row["id"]) if row else (array("I"), value.id)
    if value.bits:
        bits = change.apply(value.bits, added)
        if bits != value.bits or number != value.id:
            value = replace(value, id=number, count=bits.bit_count(), bits=bits)
        if value.count * facet_index.DENSE_SHARE >= change.size:
            return value
        return _pack(value, ids_of_bits(bits, change.size), change.size)
    if not added and change.ids.isdisjoint(value.ids):
        return value
    ids = array("I", (one for one in value.ids if one not in change.ids)) + added
    return _pack(replace(value, id=number), ids, change.size)


def _pack(value: FacetValue, ids: "array[int]", size: int) -> FacetValue:
    """The value with these reviews, as it is best held."""
    if len(ids) * facet_index.DENSE_SHARE >= size:
        return replace(value, count=len(ids), ids=array("I"), bits=bits_of_ids(ids, size))
    return replace(value, count=len(ids), ids=ids, bits=0)


def _make_value(row: sqlite3.Row, size: int) -> FacetValue:
    label = row["label"]
    value = FacetValue(row["id"], row["name"], row["value"], label, dictionary_key(label), 0)
    return _pack(value, parse_ids(row["ids"]), size)


def _load_words(db: Database, where: str = "", asked: Sequence[str] = ()) -> dict[int, tuple[str, ...]]:
    """The words of each review's values by its number; many reviews have the same, which are held once."""
    select = f"SELECT group_concat(review_id), group_concat(facets, char(10)) FROM review_sort_keys {where}"
    ids, texts = db.execute(select, asked).fetchone()
    words = (tuple(map(intern, text.split())) for text in (texts or "").split("\n"))
    return dict(zip(parse_ids(ids), words, strict=False))


def _make_index(
    mark: int,
    size: int,
    listed: int,
    unlisted: int,
    values: Sequence[FacetValue],
    words: Sequence[tuple[str, ...]],
) -> FacetIndex:
    by_name: dict[str, list[FacetValue]] = defaultdict(list)
    by_label = sorted(values, key=lambda value: (value.sort_key, value.value))
    for value in sorted(by_label, key=lambda value: -value.count):
        by_name[value.name].append(value)
    return FacetIndex(
        counter=mark,
        size=size,
        listed=listed,
        unlisted=unlisted,
        values={name: tuple(own) for name, own in by_name.items()},
        values_by_pair={(value.name, value.value): value for value in values},
        values_by_word={value.word: value for value in values},
        words_by_name={name: frozenset(value.word for value in own) for name, own in by_name.items()},
        words_by_review=words,
        places={value.word: place for place, value in enumerate(by_label)},
    )


def _largest_number(db: Database) -> int:
    largest: int | None = db.execute("SELECT MAX(review_id) FROM review_sort_keys").fetchone()[0]
    return largest or 0
