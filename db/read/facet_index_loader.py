"""Facet index loader: the index read whole, or brought up to date by what was written since.

The database notes each review whose facets or sort keys change (`facet_changes`). A newer index has of those reviews
what the database has now, and of the others what the older index has: some milliseconds where the whole takes seconds.
"""

import json
import sqlite3
from array import array
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from pyroaring import BitMap

from core.folding import dictionary_key
from db.read.facet_index import FacetIndex, FacetValue, load_ids, parse_ids
from db.schema.connect import Database

SELECT_IDS = "SELECT review_id FROM review_sort_keys"
SELECT_VALUES = """
    SELECT f.id, f.name, f.value, f.label, group_concat(s.review_id) AS ids
    FROM facets AS f JOIN review_facets AS s ON s.facet_id = f.id {where} GROUP BY f.id ORDER BY f.id
"""
NO_VALUE = FacetValue(0, "", "", "", "", BitMap())  # at the place of an id that no value has


def last_change(db: Database) -> int:
    """What an index that is up to date has as its counter."""
    return db.execute("SELECT MAX(id) FROM facet_changes").fetchone()[0] or 0


def load_index(db: Database, mark: int) -> FacetIndex:
    """The index of all reviews, read in few rows: at each row a thread would wait for the others."""
    listed, unlisted = (BitMap(load_ids(db, f"{SELECT_IDS} WHERE listed = {flag}")) for flag in (1, 0))
    values = [_make_value(row) for row in db.execute(SELECT_VALUES.format(where=""))]
    ids = _load_value_ids(db)
    return _make_index(mark, listed, unlisted, values, [ids.get(number, b"") for number in range(_size(db))])


def update_index(db: Database, index: FacetIndex, mark: int) -> FacetIndex | None:
    """The index as of a later change; None where it is not noted any more what has changed since."""
    first = db.execute("SELECT MIN(id) FROM facet_changes").fetchone()[0]
    if first is None or first > index.counter + 1:
        return None
    rows = db.execute("SELECT DISTINCT review_id FROM facet_changes WHERE id > ?", [index.counter])
    changed = BitMap([row[0] for row in rows])
    asked = [json.dumps(list(changed))]
    where = "review_id IN (SELECT value FROM json_each(?))"
    listed, unlisted = (
        before - changed | BitMap(load_ids(db, f"{SELECT_IDS} WHERE listed = {flag} AND {where}", asked))
        for flag, before in ((1, index.listed), (0, index.unlisted))
    )
    rows = db.execute(SELECT_VALUES.format(where=f"WHERE s.{where}"), asked)
    found = {(row["name"], row["value"]): row for row in rows}
    values = [_update_value(value, found.pop(pair, None), changed) for pair, value in index.values_by_pair.items()]
    values += [_make_value(row) for row in found.values()]
    size = _size(db)
    ids = [*index.ids_by_review, *[b""] * (size - len(index.ids_by_review))][:size]
    gone = dict.fromkeys((number for number in changed if number < size), b"")
    for number, own in (gone | _load_value_ids(db, f"WHERE {where}", asked)).items():
        ids[number] = own
    return _make_index(mark, listed, unlisted, [value for value in values if value.reviews], ids)


def _update_value(value: FacetValue, row: sqlite3.Row | None, changed: BitMap) -> FacetValue:
    """A value with those of the changed reviews that a row has, none where there is no row."""
    if row:
        own = _make_value(row)  # its number and label may be new: it had gone and come back
        return replace(own, reviews=value.reviews - changed | own.reviews)
    return value if value.reviews.isdisjoint(changed) else replace(value, reviews=value.reviews - changed)


def _make_value(row: sqlite3.Row) -> FacetValue:
    label = row["label"]
    return FacetValue(row["id"], row["name"], row["value"], label, dictionary_key(label), BitMap(parse_ids(row["ids"])))


def _load_value_ids(db: Database, where: str = "", asked: Sequence[str] = ()) -> dict[int, bytes]:
    """The ids of each review's values by its number."""
    select = "SELECT group_concat(review_id), group_concat(replace(facets, 'zf', ''), char(10)) FROM review_sort_keys"
    numbers, texts = db.execute(f"{select} {where}", asked).fetchone()
    ids = (array("I", map(int, text.split())).tobytes() for text in (texts or "").split("\n"))
    return dict(zip(parse_ids(numbers), ids, strict=False))


def _make_index(
    mark: int, listed: BitMap, unlisted: BitMap, values: Sequence[FacetValue], ids_by_review: Sequence[bytes]
) -> FacetIndex:
    by_name: dict[str, list[FacetValue]] = defaultdict(list)
    for value in sorted(values, key=lambda value: (value.name, value.sort_key, value.value)):
        by_name[value.name].append(value)
    by_id = [NO_VALUE] * (1 + max((value.id for value in values), default=0))
    for value in values:
        by_id[value.id] = value
    return FacetIndex(
        counter=mark,
        listed=listed,
        unlisted=unlisted,
        values={name: tuple(sorted(own, key=lambda value: -len(value.reviews))) for name, own in by_name.items()},
        values_by_pair={(value.name, value.value): value for value in values},
        values_by_id=by_id,
        ids_by_label={name: array("I", [value.id for value in own]) for name, own in by_name.items()},
        ids_by_review=ids_by_review,
    )


def _size(db: Database) -> int:
    """One more than the largest number of a review."""
    return int(db.execute("SELECT COALESCE(MAX(review_id), 0) + 1 FROM review_sort_keys").fetchone()[0])
