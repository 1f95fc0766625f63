"""Known reviews: those of a source's first read that no issue carries, to choose from for one."""

from core.records import Review
from db.rows import SELECT_REVIEW, review_from_row
from db.schema.connect import Database


def list_known(db: Database, most: int, skip: int = 0) -> list[Review]:
    """Reviews of a source's first read that no issue carries, newest year first: so many, after so many."""
    rows = db.execute(
        f"""
        {SELECT_REVIEW}
        FROM review_sort_keys AS k JOIN reviews AS r ON r.id = k.review_id
        WHERE k.newest_key < '1' AND r.status = 'current' AND r.baseline = 1
            AND NOT EXISTS (SELECT 1 FROM issue_reviews WHERE review_id = r.id)
        ORDER BY k.newest_key DESC, k.publisher_key, k.review_id LIMIT ? OFFSET ?
        """,
        [most, skip],
    )
    return [review_from_row(row) for row in rows]
