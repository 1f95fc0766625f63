"""The verbs withdraw and restore: a review leaves everything we publish, at once, or comes back."""

from app import issuing
from app.world import World
from core.errors import HouseError
from core.records import Review
from core.settings import Settings
from db import events, issues, reviews, takedowns
from db.connect import Database, write


def withdraw(world: World, settings: Settings, db: Database, which: str, reason: str) -> Review:
    """Take a review down. Issues not yet sent are built anew without it; sent ones keep a tombstone.

    Raises NotFound, and HouseError when it is down already.
    """
    review, now = reviews.get(db, which), world.now()
    with write(db):
        if not takedowns.add(db, review.id, reason, now):
            raise HouseError(
                "already withdrawn", f"review {review.id}", f"Undo it: casereviews reviews restore {review.id}"
            )
        reviews.unindex(db, review.id)
        events.add(db, [review.id], "taken down", now, reason)
    _without(world, settings, db, review.id)
    return reviews.get(db, str(review.id))


def restore(world: World, settings: Settings, db: Database, which: str) -> Review:
    """Undo a takedown. Raises NotFound, and HouseError when there was none."""
    review = reviews.get(db, which, whole=True)
    with write(db):
        if not takedowns.lift(db, review.id):
            raise HouseError("not withdrawn by us", f"review {review.id}", "Nothing was changed.")
        reviews.index(db, review)
        events.add(db, [review.id], "restored", world.now())
    return reviews.get(db, str(review.id))


def _without(world: World, settings: Settings, db: Database, number: int) -> None:
    """Build anew every unsent issue that holds a review in any of its parts, and throw old previews away."""
    for kept in issues.listing(db):
        shown = (*kept.issue.reviews, *kept.issue.withdrawn, *(update.review for update in kept.issue.updated))
        if kept.issue.status in {"draft", "approved"} and number in {review.id for review in shown}:
            with write(db):
                issues.reopen(db, kept.issue.period)
                issues.keep(db, issuing.draft(settings, db, kept.issue.period), world.now())
    for file in (settings.data_dir / "preview").glob("*"):
        file.unlink(missing_ok=True)
