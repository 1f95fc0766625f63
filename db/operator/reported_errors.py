"""Error reports of readers, from when they are written until the operator has them."""

from dataclasses import dataclass

from db.schema.connect import Database


@dataclass(frozen=True, slots=True)
class StoredReport:
    """What a reader says is wrong with a review, identified by its number. Printing one shows no address."""

    id: int
    review_id: int
    words: str
    reply_to: str  # empty: they want no answer


def add(db: Database, review_id: int, words: str, reply_to: str) -> None:
    """Store a report; in the caller's transaction."""
    db.execute("INSERT INTO error_reports (review_id, words, reply_to) VALUES (?, ?, ?)", [review_id, words, reply_to])


def first_waiting(db: Database) -> StoredReport | None:
    """The oldest report; None where none waits."""
    row = db.execute("SELECT id, review_id, words, reply_to FROM error_reports ORDER BY id LIMIT 1").fetchone()
    return StoredReport(*row) if row else None


def delete(db: Database, number: int) -> None:
    """Forget a report that was passed on; in the caller's transaction."""
    db.execute("DELETE FROM error_reports WHERE id = ?", [number])
