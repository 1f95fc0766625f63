"""Latest published issue, as the front page names it."""

from dataclasses import dataclass

from core.records import Review
from db.read.named_reviews import NAMED_COLUMNS, NOT_TAKEN_DOWN, named_review_from_row
from db.schema.connect import Database

MAX_NAMED_REVIEWS = 30  # reviews that are named; the issue has them all


@dataclass(frozen=True, slots=True)
class LatestIssue:
    """An issue's name and the reviews in it, identified by the period."""

    period: str
    title: str
    intro: str
    reviews: tuple[Review, ...]  # names and beginnings of texts; at most MAX_NAMED_REVIEWS, in order
    more: int  # reviews that are not among them


def get_latest(db: Database) -> LatestIssue | None:
    """The newest issue that left the house, None before the first; what was taken down is not named."""
    row = db.execute(
        "SELECT period, title, intro FROM issues WHERE status IN ('sending', 'sent') ORDER BY period DESC LIMIT 1"
    ).fetchone()
    if row is None:
        return None
    reviews = db.execute(
        f"""
        SELECT {NAMED_COLUMNS}, COUNT(*) OVER () AS held
        FROM issue_reviews AS c JOIN reviews AS r ON r.id = c.review_id
        WHERE c.period = ? AND {NOT_TAKEN_DOWN} ORDER BY c.position LIMIT ?
        """,
        [row["period"], MAX_NAMED_REVIEWS],
    ).fetchall()
    named = tuple(map(named_review_from_row, reviews))
    return LatestIssue(**dict(row), reviews=named, more=(reviews[0]["held"] - len(named)) if reviews else 0)
