"""Full-text index of reviews: each enters it by its words as they are published; by the same it leaves.

What the index shows of a review, and what it must forget of one, it reads from the view `indexed_words`: the review's
title and summary, and what was made of it when it was indexed (`indexed_texts`), among it the line that says what it is
about. So a review leaves the index before any of these rows changes, and enters it once all are written.
SQLite's own integrity check compares the two word for word; the tests ask for it after all that can happen.
"""

import json
from collections.abc import Iterator, Sequence

from core.glance import glance_line
from core.published_wording import apply_fixes
from core.records import Review
from db.collection import wording_fixes
from db.read import facets as facet_rows
from db.schema.connect import Database
from db.schema.search_tables import INDEXED_COLUMNS, INDEXED_FACETS

FIXED_PARTS = ("publisher", "name", "title", "summary")  # of a review, that a wording fix may change


def add_many(db: Database, new: Sequence[tuple[int, Review]]) -> None:
    """Make numbered reviews that are not indexed, as they are published, findable by their words and facets."""
    facet_rows.save_facets(db, new)
    db.conn.executemany(
        f"""
        INSERT INTO indexed_texts (review_id, publisher, name, title, summary, sections, keywords, glance, facets)
        SELECT review_id, ?, ?, ?, ?, ?, ?, ?, {INDEXED_FACETS} FROM review_sort_keys WHERE review_id = ?
        """,
        ((*_make_texts(review), number) for number, review in new),
    )
    db.execute(
        f"""
        INSERT INTO reviews_fts (rowid, {INDEXED_COLUMNS}) SELECT review_id, {INDEXED_COLUMNS}
        FROM json_each(?) AS new CROSS JOIN indexed_words ON review_id = new.value
        """,
        [json.dumps([number for number, _ in new])],
    )


def _make_texts(review: Review) -> Iterator[str | None]:
    for part in FIXED_PARTS:
        yield getattr(review, part) if review.fixes else None
    yield "\n".join([f"{section.label}: {section.text}" for section in review.sections])
    yield ", ".join(review.keywords)
    yield glance_line(review)


def index(db: Database, review: Review) -> None:
    """Make a review, in its collection's own words, findable by those as they are published now."""
    unindex(db, review.id)
    published = apply_fixes(review, (one.fix for one in wording_fixes.list_in_force(db, review.id)))
    add_many(db, [(review.id, published)])


def unindex(db: Database, number: int) -> None:
    """Make a review impossible to find by any word."""
    db.execute("DELETE FROM reviews_fts WHERE rowid = ?", [number])
    db.execute("DELETE FROM indexed_texts WHERE review_id = ?", [number])
    facet_rows.delete_facets(db, number)
