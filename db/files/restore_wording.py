"""Restored wording fixes: what editors have put right since a backup was made, from the database that it replaces."""

from collections.abc import Mapping

from db.collection import fulltext_index, reviews
from db.schema.connect import Database


def merge_fixes(db: Database, review_ids: Mapping[int, int]) -> None:
    """Wording fixes are as they last were; `review_ids`: numbers of reviews, theirs to ours."""
    rows = db.execute("SELECT * FROM was.wording_fixes ORDER BY id").fetchall()
    db.execute("DELETE FROM main.wording_fixes")
    for row in rows:
        if row["review_id"] in review_ids:
            copied = dict(row) | {"id": None, "review_id": review_ids[row["review_id"]]}
            marks = ", ".join(f":{name}" for name in copied)
            db.execute(f"INSERT INTO main.wording_fixes ({', '.join(copied)}) VALUES ({marks})", copied)
    for number in {review_ids[row["review_id"]] for row in rows if row["review_id"] in review_ids}:
        review = reviews.get(db, str(number), whole=True)
        if not review.taken_down:
            fulltext_index.index(db, review)
