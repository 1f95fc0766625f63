"""The verbs withdraw and restore: a review leaves everything we publish, at once, or comes back."""

from app import issuing
from app.world import World
from core.errors import HouseError, StoreError
from core.records import Review
from core.settings import Settings
from db import events, reviews, sources, takedowns
from db.connect import Database, write


def withdraw(world: World, settings: Settings, db: Database, which: str, reason: str, dry: bool = False) -> Review:
    """Take a review down. Issues not yet sent are built anew without it; sent ones keep a tombstone.

    Waits for no other run. Raises NotFound, and HouseError when it is down already (what an interrupted
    withdrawal may have left is cleared all the same) or a preview cannot be deleted.
    """
    review, now = reviews.get(db, which), world.now()
    again = bool(takedowns.among(db, [review.id]))
    if not dry:
        with write(db):
            takedowns.add(db, review.id, reason, now)
            reviews.unindex(db, review.id)
            if not again:
                events.add(db, [review.id], "taken down", now, reason)
            issuing.rebuild_drafts(settings, db, now)
        _delete_previews(settings)
    if again:
        fix = f"Undo it: casereviews reviews restore {review.id}"
        raise HouseError("already withdrawn", f"review {review.id}", fix)
    return reviews.get(db, str(review.id))


def restore(world: World, settings: Settings, db: Database, which: str, dry: bool = False) -> Review:
    """Undo a takedown: its drafts have it again, and its sources are read in full at the next scrape.

    Raises NotFound, and HouseError when there was none.
    """
    review = reviews.get(db, which, whole=True)
    if not takedowns.among(db, [review.id]):
        raise HouseError("not withdrawn by us", f"review {review.id}", "Nothing was changed.")
    if not dry:
        with write(db):
            takedowns.lift(db, review.id)
            reviews.index(db, review)
            sources.forget_validators(db, review.id)
            events.add(db, [review.id], "restored", world.now())
            issuing.rebuild_drafts(settings, db, world.now())
    return reviews.get(db, str(review.id))


def _delete_previews(settings: Settings) -> None:
    left = []
    for file in (settings.data_dir / "preview").glob("*.*"):
        try:
            file.unlink(missing_ok=True)
        except OSError:
            left.append(str(file))
    if left:
        raise StoreError("withdrawn, but an old preview could not be deleted", ", ".join(left), "Delete it by hand.")
