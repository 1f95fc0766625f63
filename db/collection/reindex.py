"""Reindexing: every review is indexed anew, once after an upgrade that brought other rules."""

from db.collection import fulltext_index, reviews
from db.read import facets
from db.schema.connect import Database, write_transaction


def reindex(db: Database) -> bool:
    """Index every review anew if that was done by older rules; whether it was."""
    if not facets.is_outdated(db):
        return False
    with write_transaction(db):
        down = "SELECT review_id FROM takedowns"
        for row in db.execute(f"SELECT id FROM reviews WHERE id NOT IN ({down}) ORDER BY id").fetchall():
            fulltext_index.index(db, reviews.get(db, str(row[0]), whole=True))
        facets.mark_up_to_date(db)
    return True
