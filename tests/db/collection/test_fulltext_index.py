"""The full-text index holds what is published, word for word, whatever becomes of a review; batches store the same."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from core.editor_records import WordingFix
from core.glance import glance_line
from core.records import Change, Link, Review, Section
from db.collection import fulltext_index, reviews, takedowns, wording_fixes
from db.collection.reindex import reindex
from db.read.search import ReviewSearch, SearchQuery
from db.schema.connect import Database, create, write_transaction
from db.schema.search_tables import INDEXED_COLUMNS
from scraper.identity import heading_key
from tests.db.collection.test_reviews import NOW, sample

SHOWN = ("publisher", "name", "title", "heading", "year", "month", "nation", "kind", "status", "summary")


def varied() -> list[Review]:
    """Reviews that share keys, facets and words, or have none of them."""
    plain = [
        sample(f"Child {n}", f"C{n}" if n % 3 else "", month=n % 13 or None, baseline=n % 2 == 0) for n in range(7)
    ]
    return [
        *plain,
        replace(plain[0], raw="", summary="Suicide of a 15-year-old girl.", keywords=(), sections=(), first_seen=None),
        replace(plain[0], nation="Wales", kind="Child practice review", status="withdrawn", links=()),
        replace(plain[1], publisher="westmere", year=None, raw=plain[1].raw * 2_000),
        replace(plain[2], keywords=("Child Neglect", "neglect", "Travellers"), heading="", summary=""),
        replace(plain[3], sections=(Section("model", "", ""), Section("other", "Ŵ", "é\n“quoted”", ("é",)))),
    ]


def list_rows(db: Database) -> dict[str, list[tuple[object, ...]]]:
    """All that is in the database, table by table in order, and every word of the index with its place."""
    db.execute("CREATE VIRTUAL TABLE IF NOT EXISTS temp.places USING fts5vocab(main, reviews_fts, 'instance')")
    names = [row[0] for row in db.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
    tables = [name for name in names if not name.startswith(("reviews_fts_", "_sqlite"))]
    return {name: sorted(map(tuple, db.execute(f"SELECT * FROM {name}")), key=str) for name in (*tables, "temp.places")}


def test_reviews_stored_at_once_are_the_rows_of_reviews_stored_one_by_one(tmp_path: Path) -> None:
    held = []
    for size in (1, 5, 100):
        db = create(tmp_path / f"{size}" / "casereviews.db")
        with write_transaction(db):
            new = [reviews.NewReview(review, heading_key(review), review.baseline) for review in varied()]
            stored = [one for at in range(0, len(new), size) for one in reviews.add_many(db, new[at : at + size], NOW)]
        held.append((stored, list_rows(db)))
        db.close()

    assert held[0] == held[1] == held[2]
    assert len(held[0][1]["reviews"]) == len(varied()) and len(held[0][1]["temp.places"]) > 200
    keys = [review.key for _, review in held[0][0] if review.key.startswith("f-")]
    assert len(set(keys)) == len(keys) and any(key.endswith("-3") for key in keys)


def test_the_source_s_text_comes_back_as_it_was(db: Database) -> None:
    with write_transaction(db):
        for review in varied():
            number = reviews.add(db, review, "", NOW).id

            assert reviews.get(db, str(number), whole=True).raw == review.raw
    with write_transaction(db):
        db.execute("UPDATE reviews SET summary = 'by hand'")

    assert {reviews.get(db, str(number), whole=True).raw for number in range(1, 6)} == {""}


def take_down(db: Database, review: Review) -> None:
    takedowns.add(db, review.id, "asked", NOW)
    fulltext_index.unindex(db, review.id)


def put_up(db: Database, review: Review) -> None:
    take_down(db, review)
    takedowns.lift(db, review.id)
    fulltext_index.index(db, review)


def fix(db: Database, review: Review, part: str = "section-1-item-1", new: str = "flotsam", times: int = 1) -> None:
    old = "drift" if part == "section-1-item-1" else getattr(review, part)
    for number in range(times):
        at = NOW + timedelta(days=number)
        wording_fixes.add(db, review.id, WordingFix(part, old, f"{new}{number or ''}", "why", at), "ed")
        fulltext_index.index(db, review)


def fix_and_edit(db: Database, review: Review) -> None:
    fix(db, review)
    edited = replace(review, summary="Death in a boat.", sections=(), keywords=("drowning",), year=2011, version=2)
    reviews.save_edit(db, edited, (Change("summary", review.summary, edited.summary),), "key", NOW)


def fix_and_withdraw(db: Database, review: Review) -> None:
    fix(db, review, "summary", times=2)
    reviews.set_status(db, [review.id], "withdrawn")


def fix_and_end(db: Database, review: Review) -> None:
    fix(db, review)
    wording_fixes.end(db, 1, "ed", NOW)
    fulltext_index.index(db, review)


def edit_what_is_gone(db: Database, review: Review) -> None:
    reviews.set_status(db, [review.id], "withdrawn")
    reviews.save_edit(db, replace(review, summary="Back in a boat.", status="current", version=2), (), "key", NOW)


def index_anew(db: Database, review: Review) -> None:
    fix(db, review)
    db.execute("UPDATE change_counters SET value = 1 WHERE name = 'facet rules'")
    db.execute("COMMIT")
    assert reindex(db)
    db.execute("BEGIN")


@pytest.mark.parametrize(
    ("happens", "words"),
    [
        (lambda db, review: None, "caravan drift travellers"),
        (take_down, ""),
        (put_up, "caravan drift travellers"),
        (fix, "caravan flotsam travellers"),
        (lambda db, review: fix(db, review, "name", "Child flotsam"), "caravan drift travellers flotsam"),
        (fix_and_edit, "boat drowning"),
        (fix_and_end, "caravan drift travellers"),
        (fix_and_withdraw, "drift flotsam1 travellers zwithdrawn"),
        (edit_what_is_gone, "boat drift travellers"),
        (lambda db, review: reviews.promote_to_news(db, [review.id], NOW), "caravan drift travellers"),
        (index_anew, "caravan flotsam travellers"),
    ],
)
def test_the_index_holds_what_is_published_and_nothing_else(
    db: Database, happens: Callable[[Database, Review], None], words: str
) -> None:
    with write_transaction(db):
        other = reviews.add(db, sample("Child B", "C2"), "other", NOW)
        review = reviews.add(db, replace(sample(number="C1"), baseline=True), "key", NOW)
        happens(db, review)

    db.execute("INSERT INTO reviews_fts (reviews_fts, rank) VALUES ('integrity-check', 1)")  # raises where it differs
    held = "SELECT group_concat(facets, ' ') FROM review_sort_keys"
    rows = "SELECT group_concat('zf' || facet_id, ' ') FROM (SELECT * FROM review_facets ORDER BY review_id, facet_id)"
    assert db.execute(held).fetchone()[0] == db.execute(rows).fetchone()[0]
    asked = "caravan drift travellers flotsam flotsam1 boat drowning zwithdrawn".split()
    found = {
        word: [row[0] for row in db.execute("SELECT rowid FROM reviews_fts WHERE reviews_fts MATCH ?", [f'"{word}"'])]
        for word in asked
    }
    assert [word for word in asked if review.id in found[word]] == [word for word in asked if word in words.split()]
    assert [word for word in asked if other.id in found[word]] == ["caravan", "drift", "travellers"]
    for hit in ReviewSearch().find(db, SearchQuery()).hits:  # what lists show is as the review itself is published
        published = reviews.get(db, str(hit.id))
        assert {part: getattr(hit, part) for part in SHOWN} == {part: getattr(published, part) for part in SHOWN}
        assert hit.glance == glance_line(published)


def test_what_was_indexed_twice_or_changed_while_it_was_is_noticed(db: Database) -> None:
    with write_transaction(db):
        reviews.add(db, sample(), "key", NOW)
    check = "INSERT INTO reviews_fts (reviews_fts, rank) VALUES ('integrity-check', 1)"
    db.execute(check)

    db.execute("UPDATE reviews SET title = 'Other words'")

    with pytest.raises(Exception, match="malformed"):
        db.execute(check)


def test_the_index_itself_keeps_no_copy_of_a_review_s_words(db: Database) -> None:
    with write_transaction(db):
        review = reviews.add(db, sample(links=(Link("Read", "https://x.example.org"),)), "key", NOW)

    words = db.execute(f"SELECT {INDEXED_COLUMNS} FROM indexed_words").fetchone()
    assert words["sections"] == "Key issues: drift; delay."
    assert not db.execute("SELECT 1 FROM sqlite_master WHERE name = 'reviews_fts_content'").fetchall()
    assert tuple(db.execute("SELECT title, summary FROM indexed_texts").fetchone()) == (None, None)

    with write_transaction(db):
        take_down(db, review)
    assert db.execute("SELECT COUNT(*) FROM indexed_texts").fetchone()[0] == 0
