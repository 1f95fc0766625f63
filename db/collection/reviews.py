"""Reviews with their sections, keywords, links, versions."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from datetime import datetime
from itertools import count as count_from
from typing import NamedTuple

from core.actions import Action
from core.errors import NotFound
from core.folding import fold_case
from core.records import Change, Review, Sighting, Update, Version
from core.states import ReviewStatus
from core.year_range import parse_range, take_years, year_range
from db.collection import fulltext_index
from db.read import facets as facet_rows
from db.rows import SELECT_REVIEW, STORED_COLUMNS, review_from_row, review_to_row, spans_of_items
from db.schema.connect import Database
from db.schema.timestamps import day_or_none, to_instant, to_text

INSERT_REVIEW = f"INSERT INTO reviews ({', '.join(STORED_COLUMNS)}, id) VALUES (?{', ?' * len(STORED_COLUMNS)})"
UPDATE_REVIEW = f"UPDATE reviews SET {', '.join(f'{name} = ?' for name in STORED_COLUMNS)} WHERE id = ?"
EXTRACT_LENGTH = 160  # characters of a summary where no words are searched


class NewReview(NamedTuple):
    """A review to be stored, with what it does not say itself."""

    review: Review
    heading_key: str
    baseline: bool  # there at its source's first read, so never news


def add(db: Database, review: Review, heading_key: str, now: datetime) -> Review:
    """Store a new review; it comes back with its number. A key already taken gets a suffix: f-…-2."""
    number, stored = add_many(db, [NewReview(review, heading_key, review.baseline)], now)[0]
    return replace(stored, id=number, first_seen=to_instant(to_text(review.first_seen or now)))


def add_many(db: Database, new: Sequence[NewReview], now: datetime) -> list[tuple[int, Review]]:
    """Store new reviews: the rows are those of storing one after another. Each comes back beside its number."""
    first = db.execute("SELECT COALESCE(MAX(id), 0) + 1 FROM reviews").fetchone()[0]
    keys = _free_keys(db, [one.review.key for one in new])
    numbered = [
        (number, one.review if one.review.key == key else replace(one.review, key=key))
        for number, (one, key) in enumerate(zip(new, keys, strict=True), first)
    ]
    rows = (
        (*review_to_row(review, one.heading_key, one.baseline, now), number)
        for (number, review), one in zip(numbered, new, strict=True)
    )
    db.conn.executemany(INSERT_REVIEW, rows)
    _write_parts(db, numbered)
    fulltext_index.add_many(db, numbered)
    _note_news(db, [number for number, one in enumerate(new, first) if not one.baseline])
    return numbered


def save_edit(db: Database, review: Review, changes: Sequence[Change], heading_key: str, now: datetime) -> None:
    """Store an edited review as its next version, with what differs."""
    fulltext_index.unindex(db, review.id)
    db.execute(UPDATE_REVIEW, (*review_to_row(review, heading_key, review.baseline, now), review.id))
    for part in ("sections", "keywords", "links"):
        db.execute(f"DELETE FROM {part} WHERE review_id = ?", [review.id])
    _write_parts(db, [(review.id, review)])
    fulltext_index.index(db, review)
    if changes:
        db.execute(
            "INSERT INTO review_versions (review_id, version, seen_at, changes) VALUES (?, ?, ?, ?)",
            [review.id, review.version, to_text(now), json.dumps([asdict(change) for change in changes])],
        )


def replace_links(db: Database, review: Review) -> None:
    """Store the addresses at which a review's records are now; that is no edit."""
    db.execute("DELETE FROM links WHERE review_id = ?", [review.id])
    _write_links(db, [(review.id, review)])
    db.execute("UPDATE reviews SET version = version WHERE id = ?", [review.id])  # so that a change is counted


def promote_to_news(db: Database, ids: Iterable[int], now: datetime) -> None:
    """Make news of reviews that another source's first read took as known, however long ago."""
    known = [
        number
        for number in ids
        if db.conn.execute(
            "UPDATE reviews SET baseline = 0, first_seen = ? WHERE id = ? AND baseline = 1", [to_text(now), number]
        ).rowcount
    ]
    _note_news(db, known)


def _note_news(db: Database, ids: Iterable[int]) -> None:
    """Saved searches are to be asked about these reviews."""
    db.conn.executemany(
        "INSERT INTO unmatched_news (review_id) VALUES (?) ON CONFLICT DO NOTHING", [(number,) for number in ids]
    )


def _free_keys(db: Database, wanted: Sequence[str]) -> list[str]:
    """A key for each: the one wanted, or with the first suffix that is free."""
    rows = db.execute(
        "SELECT key FROM reviews WHERE key IN (SELECT value FROM json_each(?)) ORDER BY key", [json.dumps(wanted)]
    )
    taken, free = {row[0] for row in rows}, []
    for key in wanted:
        if key in taken:
            names = (f"{key}-{number}" for number in count_from(2))
            held = "SELECT 1 FROM reviews WHERE key = ?"
            key = next(name for name in names if name not in taken and not db.execute(held, [name]).fetchone())
        taken.add(key)
        free.append(key)
    return free


def _write_parts(db: Database, written: Sequence[tuple[int, Review]]) -> None:
    db.conn.executemany(
        "INSERT INTO sections (review_id, position, kind, label, text, items) VALUES (?, ?, ?, ?, ?, ?)",
        (
            (number, n, s.kind, s.label, s.text, spans_of_items(s))
            for number, review in written
            for n, s in enumerate(review.sections)
        ),
    )
    db.conn.executemany(
        "INSERT INTO keywords (review_id, position, text, folded_text) VALUES (?, ?, ?, ?)",
        ((number, n, word, fold_case(word)) for number, review in written for n, word in enumerate(review.keywords)),
    )
    _write_links(db, written)


def _write_links(db: Database, written: Iterable[tuple[int, Review]]) -> None:
    db.conn.executemany(
        "INSERT INTO links (review_id, position, text, url, state, media, size, pages) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        (
            (number, n, k.text, k.url, k.state, k.media, k.size, k.pages)
            for number, review in written
            for n, k in enumerate(review.links)
        ),
    )


def set_status(db: Database, ids: Iterable[int], status: ReviewStatus) -> None:
    """Mark reviews as current, missing or withdrawn; one that was taken down stays as it is."""
    db.conn.executemany(
        "UPDATE reviews SET status = ? WHERE id = ? AND id NOT IN (SELECT review_id FROM takedowns)",
        [(status, number) for number in ids],
    )


def list_candidates(
    db: Database,
    source: str,
    catalogues: Sequence[str],
    fingerprints: Sequence[str],
    heading_keys: Sequence[str],
    keys: Sequence[str] = (),
    urls: Sequence[str] = (),
) -> list[tuple[Review, Sighting | None]]:
    """The reviews a source is showing, all that are taken down, and any others that may be the same as those read."""
    rows = db.execute(
        f"""
        {SELECT_REVIEW}, s.fingerprint AS shown, s.first_seen AS sighted, s.missing_since, s.no_longer_covered
        FROM (
            SELECT review_id AS id FROM sightings WHERE source = :source AND no_longer_covered = 0
            UNION SELECT id FROM reviews WHERE catalogue IN (SELECT value FROM json_each(:catalogues))
                AND catalogue <> ''
            UNION SELECT id FROM reviews WHERE fingerprint IN (SELECT value FROM json_each(:fingerprints))
            UNION SELECT id FROM reviews WHERE heading_key IN (SELECT value FROM json_each(:headings))
            UNION SELECT id FROM reviews WHERE key IN (SELECT value FROM json_each(:keys))
            UNION SELECT review_id FROM links WHERE url IN (SELECT value FROM json_each(:urls))
            UNION SELECT review_id FROM takedowns
        ) AS wanted
        JOIN reviews AS r USING (id)
        LEFT JOIN sightings AS s ON s.review_id = r.id AND s.source = :source
        ORDER BY r.id
        """,
        {
            "source": source,
            "catalogues": json.dumps(catalogues),
            "fingerprints": json.dumps(fingerprints),
            "headings": json.dumps(heading_keys),
            "keys": json.dumps(keys),
            "urls": json.dumps(urls),
        },
    )
    return [(review_from_row(row, whole=True), _sighting_from_row(row, source)) for row in rows]


def _sighting_from_row(row: sqlite3.Row, source: str) -> Sighting | None:
    if row["shown"] is None:
        return None
    missing = day_or_none(row["missing_since"])
    return Sighting(
        row["id"], source, row["shown"], to_instant(row["sighted"]), missing, bool(row["no_longer_covered"])
    )


def get(db: Database, which: str, whole: bool = False) -> Review:
    """The review of a number ("12") or a key ("C6021"), as it is published. Raises NotFound.

    One that was taken down has its number only, and is found by its number only. Asked for `whole` a review is in its
    collection's own words, whether or not it was taken down.
    """
    by_number = which.isascii() and which.isdigit() and len(which) < 19
    if by_number:
        row = db.execute(f"{SELECT_REVIEW} FROM reviews AS r WHERE r.id = ?", [int(which)]).fetchone()
    else:
        row = _row_of_key(db, which)
    if row is None or (row["taken_down"] and not by_number):
        action = Action("/ops/reviews", "Look for it", "List them with: casereviews reviews list")
        raise NotFound("no such review", which, action=action)
    return review_from_row(row, whole)


def _row_of_key(db: Database, which: str) -> sqlite3.Row | None:
    """By its key, else by its catalogue number: two statements, each with an index of its own."""
    key = which.upper() if which[:1] in "cC" else which
    for where in ("r.key = ?", "r.catalogue = ? AND r.catalogue <> '' ORDER BY r.id"):
        row: sqlite3.Row | None = db.execute(f"{SELECT_REVIEW} FROM reviews AS r WHERE {where}", [key]).fetchone()
        if row:
            return row
    return None


_HAS_FACET = """EXISTS (
    SELECT 1 FROM review_facets JOIN facets AS f ON f.id = facet_id
    WHERE review_id = r.id AND f.name = '{}' AND f.value IN (SELECT value FROM json_each(?)))"""
FACET_CONDITIONS = {  # how any of a facet's values is asked of the table
    "source": "r.source IN (SELECT value FROM json_each(?))",
    "year": "r.year IN (SELECT value FROM json_each(?))",
    "nation": "r.nation COLLATE NOCASE IN (SELECT value FROM json_each(?))",
    "publisher": _HAS_FACET.format("publisher"),
    "kind": _HAS_FACET.format("kind"),
    "topic": _HAS_FACET.format("topic"),
    "age": _HAS_FACET.format("age"),
    "harm": _HAS_FACET.format("harm"),
    "status": "r.status IN (SELECT value FROM json_each(?))",
    "keyword": """EXISTS (SELECT 1 FROM keywords WHERE review_id = r.id
        AND folded_text IN (SELECT value FROM json_each(?)))""",
}


def listing(db: Database, since: datetime | None = None, facets: Sequence[tuple[str, str]] = ()) -> Iterator[Review]:
    """Reviews in the order we first saw them, newest first, withdrawn ones left out unless asked for.

    They are read as they are asked for, by an index: none is held back to be sorted.
    """
    where, values = _filter_clause(facets)
    if since:
        where, values = f"{where} AND r.first_seen >= ?", [*values, to_text(since)]
    select = f"{SELECT_REVIEW} FROM reviews AS r INDEXED BY reviews_by_day"
    return map(review_from_row, db.execute(f"{select} WHERE {where} ORDER BY r.first_seen DESC, r.id", values))


def _filter_clause(facets: Sequence[tuple[str, str]]) -> tuple[str, list[str]]:
    """Any of the values of a facet, and each of the facets."""
    by_name: dict[str, list[str | int]] = {}
    for name, value in facets:
        by_name.setdefault(name, []).extend(_asked_values(name, value))
    parts = [FACET_CONDITIONS[name] for name in by_name]
    if "status" not in by_name:
        parts.append("r.status <> 'withdrawn'")
    elif len(by_name) > 1:  # a fact asked for must not be answered by what was taken down
        parts.append("r.id NOT IN (SELECT review_id FROM takedowns)")
    return " AND ".join(parts), [json.dumps(values) for values in by_name.values()]


def _asked_values(name: str, value: str) -> Sequence[str | int]:
    if name == "year":
        value = parse_range(value) or value
        return year_range(value) or ([int(value)] if value.isascii() and value.isdigit() else [])
    if name == "keyword":
        return [fold_case(value)]
    return [facet_rows.fold_value(name, value) if "review_facets" in FACET_CONDITIONS[name] else value]


def search(
    db: Database, words: str, facets: Sequence[tuple[str, str]] = (), limit: int = 20
) -> list[tuple[Review, str]]:
    """The best matches with an extract each, the words found between « and »; those with the words typed come first.

    `words` is what a person typed, a range of years among it: nothing in it is syntax of SQLite's.
    """
    from db.read.fts_query import build_query, without  # with a thesaurus, which no scrape needs

    words, years = take_years(words)
    asked = build_query(words)
    where, values = _filter_clause([*facets, *([("year", years)] if years else [])])
    if not asked.match:
        alone = asked.excluded or (years and not words)  # what is typed beside years must hold a word
        return _list_without(db, asked.excluded, where, values, limit) if alone else []
    matches = "(SELECT rowid FROM reviews_fts WHERE reviews_fts MATCH ?)"
    rows = db.execute(
        f"""
        WITH found AS (
            SELECT f.rowid AS id, f.rank AS place, f.rowid NOT IN {matches} AS by_other_words
            FROM reviews_fts AS f JOIN reviews AS r ON r.id = f.rowid
            WHERE reviews_fts MATCH ? AND rank MATCH 'bm25(8.0, 4.0, 1.0, 4.0, 2.0, 0.0)' AND {where}
            ORDER BY by_other_words, place LIMIT ?
        )
        {SELECT_REVIEW}, (
            SELECT snippet(reviews_fts, -1, '«', '»', '…', 24) FROM reviews_fts
            WHERE reviews_fts MATCH ? AND rowid = r.id
        ) AS extract
        FROM found JOIN reviews AS r USING (id) ORDER BY by_other_words, found.place, r.id
        """,
        [asked.typed, without(asked.match, asked.excluded), *values, limit, asked.match],
    )
    return [(review_from_row(row), row["extract"]) for row in rows]


def _list_without(
    db: Database, excluded: str, where: str, values: Sequence[str], limit: int
) -> list[tuple[Review, str]]:
    """The newest that are not among what is left out, with the beginning of their text."""
    left_out = "r.id NOT IN (SELECT rowid FROM reviews_fts WHERE reviews_fts MATCH ?)" if excluded else "TRUE"
    rows = db.execute(
        f"{SELECT_REVIEW} FROM reviews AS r WHERE {where} AND {left_out} ORDER BY r.first_seen DESC, r.id LIMIT ?",
        [*values, *([excluded] if excluded else []), limit],
    )
    found = map(review_from_row, rows)
    return [(review, review.summary[:EXTRACT_LENGTH]) for review in found]


def list_versions(db: Database, number: int) -> list[Version]:
    """The edits of a review, oldest first."""
    rows = db.execute(
        "SELECT version, seen_at, changes FROM review_versions WHERE review_id = ? ORDER BY version", [number]
    )
    return [
        Version(number, row[0], to_instant(row[1]), tuple(Change(**change) for change in json.loads(row[2])))
        for row in rows
    ]


def list_edited(db: Database, first: datetime, until: datetime) -> list[Update]:
    """The reviews edited from `first` up to, not including, `until`: several edits of one as one."""
    rows = db.execute(
        f"""
        {SELECT_REVIEW}, v.seen_at, v.changes
        FROM review_versions AS v JOIN reviews AS r ON r.id = v.review_id
        WHERE v.seen_at >= ? AND v.seen_at < ? AND r.status <> 'withdrawn'
        ORDER BY r.id, v.version
        """,
        [to_text(first), to_text(until)],
    )
    found: dict[int, Update] = {}
    for row in rows:
        before = {change.field: change for change in found[row["id"]].changes} if row["id"] in found else {}
        for change in (Change(**change) for change in json.loads(row["changes"])):
            old = before[change.field].old if change.field in before else change.old
            before[change.field] = replace(change, old=old)
        found[row["id"]] = Update(review_from_row(row), to_instant(row["seen_at"]), tuple(before.values()))
    told = (replace(u, changes=tuple(c for c in u.changes if c.old != c.new)) for u in found.values())
    return [update for update in told if update.changes]  # an edit that was undone is none


def list_for_issue(db: Database, period: str, until: datetime) -> list[Review]:
    """What the issue of a period may carry: news first seen before `until` that no other issue carries.

    An earlier issue keeps what it has, draft or not; a later one only once it is frozen.
    """  # + keeps SQLite from reading all reviews in the order of their numbers: the news are few
    rows = db.execute(
        f"""
        {SELECT_REVIEW}
        FROM reviews AS r
        WHERE r.baseline = 0 AND r.status = 'current' AND r.first_seen < ?
            AND NOT EXISTS (
                SELECT 1 FROM issue_reviews JOIN issues USING (period)
                WHERE review_id = r.id AND period <> ? AND (period < ? OR issues.status <> 'draft')
            )
        ORDER BY +r.id
        """,
        [to_text(until), period, period],
    )
    return [review_from_row(row) for row in rows]


def count(db: Database) -> int:
    """How many reviews are held, the withdrawn ones left out."""
    return int(db.execute("SELECT COUNT(*) FROM reviews WHERE status <> 'withdrawn'").fetchone()[0])


def count_unissued(db: Database) -> int:
    """How much news no issue carries yet."""
    row = db.execute(
        """
        SELECT COUNT(*) FROM reviews
        WHERE baseline = 0 AND status = 'current' AND id NOT IN (SELECT review_id FROM issue_reviews)
        """
    ).fetchone()
    return int(row[0])
