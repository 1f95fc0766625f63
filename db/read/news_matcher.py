"""News matcher: a few new reviews held in memory, to ask which of them thousands of searches find."""

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from core.year_range import year_range
from db.read.facet_index import FacetPair
from db.read.fts_query import build_query
from db.schema.connect import Database
from db.schema.search_tables import INDEXED_COLUMNS, TOKENIZER


class NewsMatcher:
    """Finds among some reviews what the search page would find among all. Those withdrawn or of a baseline are none."""

    def __init__(self, db: Database, review_ids: Sequence[int], collections: Mapping[str, str] | None = None) -> None:
        """`collections`: by a source's name, what stands for all sources of its collection in searches."""
        select = """
            SELECT id FROM reviews WHERE id IN (SELECT value FROM json_each(?))
            AND status <> 'withdrawn' AND baseline = 0
        """
        self._ids = frozenset(row[0] for row in db.execute(select, [json.dumps(list(review_ids))]))
        self._by_facet = _load_facets(db, self._ids, collections or {})
        self._index = _copy_index(db, self._ids)
        self._by_words: dict[str, frozenset[int]] = {}

    def close(self) -> None:
        """Let the memory go."""
        self._index.close()

    def find(self, words: str, filters: Iterable[FacetPair]) -> frozenset[int]:
        """The numbers of the reviews with the words and, of each facet chosen, any of its values."""
        chosen: dict[str, frozenset[int]] = defaultdict(frozenset)
        for name, value in filters:
            chosen[name] |= self._with_value(name, value)
        found = self._ids.intersection(*chosen.values())
        return found & self._with_words(words) if found and words.strip() else found

    def _with_words(self, words: str) -> frozenset[int]:
        if words not in self._by_words:
            asked = build_query(words)
            every = self._ids if asked.excluded else frozenset[int]()
            self._by_words[words] = (self._match(asked.match) if asked.match else every) - self._match(asked.excluded)
        return self._by_words[words]

    def _with_value(self, name: str, value: str) -> frozenset[int]:
        years = year_range(value) if name == "year" else None
        values = [str(year) for year in years] if years else [value]
        return frozenset().union(*(self._by_facet.get((name, one), frozenset()) for one in values))

    def _match(self, query: str) -> frozenset[int]:
        if not query:
            return frozenset()
        rows = self._index.execute("SELECT rowid FROM reviews_fts WHERE reviews_fts MATCH ?", [query])
        return frozenset(row[0] for row in rows)


def _load_facets(db: Database, ids: Iterable[int], collections: Mapping[str, str]) -> dict[FacetPair, frozenset[int]]:
    rows = db.execute(
        """
        SELECT f.name, f.value, s.review_id FROM review_facets AS s JOIN facets AS f ON f.id = s.facet_id
        WHERE s.review_id IN (SELECT value FROM json_each(?))
        """,
        [json.dumps(list(ids))],
    )
    found: dict[FacetPair, set[int]] = defaultdict(set)
    for name, value, review_id in rows:
        found[name, collections.get(value, value) if name == "source" else value].add(review_id)
    return {pair: frozenset(own) for pair, own in found.items()}


def _copy_index(db: Database, ids: Iterable[int]) -> sqlite3.Connection:
    """An index of these reviews alone, made as the database's own is."""
    made = sqlite3.connect(":memory:")
    made.execute(f"CREATE VIRTUAL TABLE reviews_fts USING fts5 ({INDEXED_COLUMNS}, tokenize = '{TOKENIZER}')")
    rows = db.execute(
        f"SELECT review_id, {INDEXED_COLUMNS} FROM indexed_words WHERE review_id IN (SELECT value FROM json_each(?))",
        [json.dumps(list(ids))],
    )
    made.executemany(
        f"INSERT INTO reviews_fts (rowid, {INDEXED_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)", [tuple(row) for row in rows]
    )
    return made
