"""The verbs withdraw and restore: a review leaves everything we publish, at once, or comes back."""

from dataclasses import dataclass, replace

from app import issuing, outbox
from app.world import World
from core.errors import HouseError, StoreError
from core.records import Review
from core.settings import Settings
from db import events, issues, reviews, sources, takedowns
from db.connect import Database, write
from newsletter.words import title_of


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A review that was taken down, and how many messages with it were deleted from the outbox."""

    review: Review
    messages: int


def withdraw(world: World, settings: Settings, db: Database, which: str, reason: str, dry: bool = False) -> Withdrawn:
    """Take a review down. Issues not yet sent are built anew without it; sent ones keep a tombstone.

    Messages in the outbox that carry it are deleted, and previews; what was mailed cannot be. Waits for no other
    run. Raises NotFound, and HouseError when it is down already (what an interrupted withdrawal may have left is
    cleared all the same) or a file cannot be deleted.
    """
    review, now = reviews.get(db, which), world.now()
    again = bool(takedowns.among(db, [review.id]))
    names, periods = _named(db, review.id)
    if not dry:
        with write(db):
            takedowns.add(db, review.id, reason, now)
            reviews.unindex(db, review.id)
            if not again:
                events.add(db, [review.id], "taken down", now, reason)
            issuing.rebuild_drafts(settings, db, now)
        _delete_previews(settings)
    messages = outbox.clear_of(settings.data_dir / "outbox", names, periods, dry)  # a run that writes some sees to them
    if again:
        fix = f"Undo it: casereviews reviews restore {review.id}"
        raise HouseError("already withdrawn", f"review {review.id}", fix)
    return Withdrawn(reviews.get(db, str(review.id)), messages)


def _named(db: Database, number: int) -> tuple[set[str], list[str]]:
    """What a review is called, and by the issues that name it; and the periods of these."""
    names, periods = {title_of(replace(reviews.get(db, str(number), whole=True), taken_down=False))}, []
    for issue in (kept.issue for kept in issues.listing(db)):
        everyone = [*issue.reviews, *issue.withdrawn, *(update.review for update in issue.updated)]
        if own := {title_of(review) for review in everyone if review.id == number and not review.taken_down}:
            names |= own
            periods.append(issue.period)
    return names, periods


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
