"""Review search: full-text match, facet filters, ranking, pagination, exact facet counts."""

import json
import re
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from threading import Lock
from typing import Any

from pyroaring import BitMap

from core.detail import first_sentence
from core.records import SearchHit
from db.read import facet_index, facet_index_loader
from db.read.facet_index import NEWEST, FacetCount, FacetIndex, FacetPair, parse_ids, union_by_facet
from db.read.facets import facet_word
from db.read.fts_query import FtsQuery, build_query, without
from db.read.trends import Trends, count_trends
from db.schema.connect import Database
from db.schema.timestamps import instant_or_none

RELEVANCE = "relevance"
PAGE_SIZE = 20  # reviews
MAX_CACHED_MATCHES = 64  # searches whose matches are held in memory
BM25_RANKING = "bm25(8.0, 4.0, 1.0, 4.0, 2.0, 0.0)"  # what a word in each column of the index is worth
EXTRACT_WORDS = 30  # words
SUMMARY_LENGTH = 600  # characters of a summary


@dataclass(frozen=True, slots=True)
class SearchQuery:
    """What somebody looks for."""

    words: str = ""
    filters: tuple[FacetPair, ...] = ()  # name and value; of one name: any of them
    order: str = ""  # relevance where there are words, else newest; or publisher
    page: int = 1


@dataclass(frozen=True, slots=True)
class SearchResult:
    """A page of what was found, and what all of it has in common."""

    count: int
    hits: tuple[SearchHit, ...]
    facets: Mapping[str, tuple[FacetCount, ...]]
    unfiltered: int  # how many there are without the filters
    labels: Mapping[FacetPair, str]  # of the filters that are known


class ReviewSearch:
    """Searches, for all threads of a process; each brings its own connection."""

    def __init__(self) -> None:
        self._lock, self._index = Lock(), FacetIndex()

    def find(
        self, db: Database, query: SearchQuery, per_page: int = PAGE_SIZE, with_facets: bool = True
    ) -> SearchResult:
        """A page of reviews, and how many of all that was found have each value."""
        asked = build_query(query.words)
        with read_snapshot(db):
            index = self._read(db)
            matched = _match_words(db, index, query.words, asked)
            found = matched.intersection(*union_by_facet(index, query.filters).values())
            count = len(found)
            hits = _find_hits(db, index, query, asked, found, count, per_page)
            facets = facet_index.count_facets(index, matched, query.filters) if with_facets else {}
        labels = {pair: label for pair in query.filters if (label := index.label_of(pair))}
        return SearchResult(count, hits, facets, len(matched) if query.filters else count, labels)

    def numbers(self, db: Database, query: SearchQuery, per_page: int = PAGE_SIZE) -> tuple[list[int], int]:
        """The numbers of a page of reviews, and how many were found."""
        asked = build_query(query.words)
        with read_snapshot(db):
            index = self._read(db)
            matched = _match_words(db, index, query.words, asked)
            found = matched.intersection(*union_by_facet(index, query.filters).values())
            count = len(found)
            return _select_page(db, index, query, asked, found, count, per_page), count

    def labels(self, db: Database, filters: Iterable[FacetPair]) -> dict[FacetPair, str]:
        """The filters as people read them; those that are not known are left out."""
        with read_snapshot(db):
            index = self._read(db)
        return {pair: label for pair in filters if (label := index.label_of(pair))}

    def count_news(self, db: Database, query: SearchQuery, since: date) -> int:
        """How many of what was found are news, first seen on a day or later."""
        with read_snapshot(db):
            index = self._read(db)
            matched = _match_words(db, index, query.words, build_query(query.words))
            found = matched.intersection(*union_by_facet(index, query.filters).values())
            news = "SELECT group_concat(review_id) FROM review_sort_keys WHERE newest_key >= ?"
            ids = db.execute(news, [since.isoformat()]).fetchone()[0]
            return found.intersection_cardinality(BitMap(parse_ids(ids)))

    def respell(self, db: Database, words: str) -> str:
        """The same search with each word that no review has put right; empty where that cannot be done."""
        from db.read.spelling import respell

        with read_snapshot(db):
            return respell(db, words, self._read(db).cached_stems)

    def values(self, db: Database, name: str) -> tuple[FacetCount, ...]:
        """Every value of a facet with how many reviews have it, by its label."""
        with read_snapshot(db):
            return facet_index.list_values(self._read(db), name)

    def trends(self, db: Database, query: SearchQuery, first: int | None = None, last: int | None = None) -> Trends:
        """What was found, counted by year and value; `first` and `last`: the years shown."""
        with read_snapshot(db):
            index = self._read(db)
            matched = _match_words(db, index, query.words, build_query(query.words))
            found = matched.intersection(*union_by_facet(index, query.filters).values())
            return count_trends(index, found, first, last, query.filters)

    def _read(self, db: Database) -> FacetIndex:
        """The index of the state that is being read; where another thread's is newer, its state is read instead."""
        mark = facet_index_loader.last_change(db)
        if (index := self._index).counter == mark:
            return index
        with self._lock:
            if mark < self._index.counter:
                db.conn.execute("COMMIT")
                db.conn.execute("BEGIN")
                mark = facet_index_loader.last_change(db)
            if mark != self._index.counter:
                newer = facet_index_loader.update_index(db, self._index, mark)
                self._index = newer or facet_index_loader.load_index(db, mark)
            return self._index


@contextmanager
def read_snapshot(db: Database) -> Iterator[None]:
    """Several reads of one state of the database, whoever writes meanwhile."""
    db.conn.execute("BEGIN")
    try:
        yield
    finally:
        db.conn.execute("COMMIT")


def list_validators(db: Database) -> tuple[str, datetime | None]:
    """What differs whenever a list of reviews may; and when one last did, as far as that is written down, UTC."""
    row = db.execute(
        """
        SELECT (SELECT value FROM change_counters WHERE name = 'reviews') AS value, (SELECT MAX(id) FROM runs) AS run,
            MAX(COALESCE((SELECT MAX(first_seen) FROM reviews), ''),
                COALESCE((SELECT MAX(seen_at) FROM review_versions), ''),
                COALESCE((SELECT MAX(at) FROM review_events), ''),
                COALESCE((SELECT MAX(COALESCE(ended_at, at)) FROM wording_fixes), '')) AS at
        """
    ).fetchone()
    return f"{row['value']}.{row['run']}", instant_or_none(row["at"])


def _match_words(db: Database, index: FacetIndex, words: str, asked: FtsQuery) -> BitMap:
    """The listed reviews that have all the words and none of those left out; all where nothing is asked for."""
    if not words.strip():
        return index.listed
    if not (asked.match or asked.excluded):
        return BitMap()
    found = _match(db, index, asked.match) if asked.match else index.listed
    return found - _match(db, index, asked.excluded) if asked.excluded else found


def _match(db: Database, index: FacetIndex, query: str) -> BitMap:
    if query in index.cached_matches:
        return index.cached_matches[query]
    row = db.execute("SELECT group_concat(rowid) FROM reviews_fts WHERE reviews_fts MATCH ?", [query]).fetchone()
    found = BitMap(parse_ids(row[0])) & index.listed
    if len(index.cached_matches) >= MAX_CACHED_MATCHES:
        index.cached_matches.clear()
    index.cached_matches[query] = found
    return found


def _find_hits(
    db: Database, index: FacetIndex, query: SearchQuery, asked: FtsQuery, found: BitMap, count: int, per_page: int
) -> tuple[SearchHit, ...]:
    """The reviews of the page, in order, each with what shows why it was found."""
    skip = (query.page - 1) * per_page
    if _is_ranked_alone(query, asked) and 0 <= skip < count:  # ranked and read at once
        select = _SELECT_FEW_RANKED if index.is_small(count) else _SELECT_RANKED
        narrowed = _narrow(index, query.filters, asked.match, asked.excluded)
        rows = db.execute(select, [narrowed, per_page, skip]).fetchall()
        return _hits_from_rows(rows, [row[-3:] for row in rows])
    numbers = _select_page(db, index, query, asked, found, count, per_page)
    select = _SELECT_LISTED.format(_LISTED_SNIPPETS if asked.match else "?2")
    rows = db.execute(select, [json.dumps(numbers), asked.match or '["", "", ""]']).fetchall()
    return _hits_from_rows(rows, [json.loads(row[-1]) for row in rows])


def _is_ranked_alone(query: SearchQuery, asked: FtsQuery) -> bool:
    """Whether the best matches are asked for, and no other words for those typed."""
    return query.order in ("", RELEVANCE) and asked.match != "" and asked.typed == asked.match


def _select_page(
    db: Database, index: FacetIndex, query: SearchQuery, asked: FtsQuery, found: BitMap, count: int, per_page: int
) -> list[int]:
    """The numbers of the reviews of the page, in order."""
    skip = (query.page - 1) * per_page
    if not 0 <= skip < count:
        return []
    if _is_ranked_alone(query, asked):
        return _rank(db, _narrow(index, query.filters, asked.match, asked.excluded), skip, per_page)
    if query.order in ("", RELEVANCE) and asked.match:
        return _rank_matches(db, index, query.filters, asked, found, skip, per_page)
    order = query.order if query.order in facet_index.ORDERS else NEWEST
    return facet_index.sort_ids(db, index, found, order, skip, per_page)


def _rank_matches(
    db: Database, index: FacetIndex, filters: Sequence[FacetPair], asked: FtsQuery, found: BitMap, skip: int, limit: int
) -> list[int]:
    """The best matches, those with the words typed before those with other words for the same."""
    first = _match(db, index, asked.typed).intersection_cardinality(found)
    both, typed = (_narrow(index, filters, query, asked.excluded) for query in (asked.match, asked.typed))
    numbers = _rank(db, typed, skip, limit) if skip < first else []
    if len(numbers) < limit:
        numbers += _rank(db, without(both, asked.typed), max(skip - first, 0), limit - len(numbers))
    return numbers


def _narrow(index: FacetIndex, filters: Sequence[FacetPair], query: str, excluded: str) -> str:
    """The query among what the filters leave: found, narrowed and ranked by the index alone."""
    by_name: dict[str, list[str]] = defaultdict(list)
    for pair in filters:
        by_name[pair[0]] += [value.word for value in index.values_of(pair)] or [facet_word(0)]
    parts = [f"(facets : ({' OR '.join(own)}))" for own in by_name.values()]
    narrowed = without(" AND ".join([f"({query})", *parts]), excluded)
    return without(narrowed, "facets : zwithdrawn") if index.unlisted else narrowed


def _rank(db: Database, query: str, skip: int, limit: int) -> list[int]:
    return [row[0] for row in db.execute(_RANKED.format("rowid"), [query, limit, skip])]


_RANKED = f"""
    SELECT {{}} FROM reviews_fts
    WHERE reviews_fts MATCH ? AND rank MATCH '{BM25_RANKING}' ORDER BY rank LIMIT ? OFFSET ?
"""
_HIT_COLUMNS = f"""
    r.id, r.source, COALESCE(t.publisher, r.publisher), COALESCE(t.name, r.name), COALESCE(t.title, r.title), r.heading,
    r.year, r.month, r.nation, r.kind, r.status, substr(COALESCE(t.summary, r.summary), 1, {SUMMARY_LENGTH}), t.glance,
    r.report_pages
"""
_SNIPPETS = [f"snippet(reviews_fts, {column}, char(2), char(3), '…', {EXTRACT_WORDS})" for column in (1, 2, 3)]
# Where few are found: a column that adds nothing to a match's rank has none of the words, and no snippet is made of it.
_HAS_WORDS = [f"bm25(reviews_fts, {', '.join(str(float(at == column)) for at in range(6))})" for column in (1, 2, 3)]
_FEW_SNIPPETS = [
    f"CASE {rank} WHEN 0.0 THEN '' ELSE {snippet} END" for rank, snippet in zip(_HAS_WORDS, _SNIPPETS, strict=True)
]
_SELECT_RANKED, _SELECT_FEW_RANKED = (
    f"""
    SELECT {_HIT_COLUMNS}, of_summary, of_sections, of_keywords
    FROM ({_RANKED.format(f"rowid AS id, {a} AS of_summary, {b} AS of_sections, {c} AS of_keywords")}) AS wanted
    CROSS JOIN indexed_texts AS t ON t.review_id = wanted.id CROSS JOIN reviews AS r ON r.id = wanted.id
    WHERE r.status <> 'withdrawn'
    """
    for a, b, c in (_SNIPPETS, _FEW_SNIPPETS)
)
_SELECT_LISTED = f"""
    SELECT {_HIT_COLUMNS}, {{}}
    FROM json_each(?1) AS wanted JOIN indexed_texts AS t ON t.review_id = wanted.value
        JOIN reviews AS r ON r.id = t.review_id
    WHERE r.status <> 'withdrawn' ORDER BY wanted.key
"""
_LISTED_SNIPPETS = f"""
    COALESCE((SELECT json_array({", ".join(_SNIPPETS)}) FROM reviews_fts WHERE reviews_fts MATCH ?2 AND rowid = r.id),
        '["", "", ""]')
"""
_MARKED = re.compile("\x02(.*?)\x03", re.DOTALL)


def _hits_from_rows(rows: Sequence[sqlite3.Row], extracts: Iterable[Sequence[str]]) -> tuple[SearchHit, ...]:
    """`extracts`: of each review's summary, sections and keywords; the words found stand between "\x02" and "\x03"."""
    return tuple([_hit_from_row(row[:14], parts) for row, parts in zip(rows, extracts, strict=True)])


def _hit_from_row(fields: tuple[Any, ...], extracts: Sequence[str]) -> SearchHit:
    summary, sections, tags = extracts
    beginning: str = fields[11]
    if "\x02" in tags:
        tags = f"{first_sentence(beginning)} Keywords: {tags}".strip()  # keywords alone tell nothing of the case
    marked = [extract for extract in (summary, sections, tags) if "\x02" in extract]
    best = max(marked, key=_count_marked) if len(marked) > 1 else "".join(marked)
    return SearchHit._make((*fields, best or beginning))


def _count_marked(extract: str) -> int:
    """How many different words of an extract were searched: the part with most of them says best why it was found."""
    return len({word.casefold() for marked in _MARKED.findall(extract) for word in marked.split()})
