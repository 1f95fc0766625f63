"""Withdrawal of a review by the operator: it leaves everything we publish, or is restored."""

from dataclasses import dataclass, replace

from core.actions import review_action
from core.config.schema import Settings
from core.errors import HouseError, StoreError
from core.records import Review
from core.side_effects import SideEffects
from db.collection import fulltext_index, review_events, reviews, sources, takedowns
from db.mail import issues, mailings
from db.schema.connect import Database, write_transaction
from newsletter.issue.phrases import review_title
from newsletter.mail import outbox_files
from services.issues import build_issue, frozen_issue


@dataclass(frozen=True, slots=True)
class TakedownResult:
    """A review that was taken down or is shown again, and what that did."""

    review: Review
    messages: int = 0  # deleted from the outbox
    unapproved: tuple[str, ...] = ()  # the periods of issues whose approval is void


def withdraw_review(
    effects: SideEffects, settings: Settings, db: Database, which: str, reason: str, dry: bool = False
) -> TakedownResult:
    """Take a review down. Issues not yet sent are built anew without it; sent ones are rendered with a tombstone.

    Messages in the outbox that carry it are deleted, and previews; what was mailed cannot be. Waits for no other
    run. Raises NotFound, and HouseError when it is down already (what an interrupted withdrawal may have left is
    cleared all the same) or a file cannot be deleted.
    """
    review, now = reviews.get(db, which), effects.now()
    again = bool(takedowns.find_taken_down(db, [review.id]))
    names, periods = _find_mentions(db, review.id)
    approved = _list_approved(db)
    unapproved = approved & set(issues.list_mentioning(db, review.id))
    if not dry:
        with write_transaction(db):
            takedowns.add(db, review.id, reason, now)
            fulltext_index.unindex(db, review.id)
            if not again:
                review_events.add(db, [review.id], "taken down", now, reason)
            mailings.stop_of_review(db, review.id, now)
            build_issue.rebuild_drafts(settings, db, now)
            frozen_issue.rerender_stale(settings, db, now)
            unapproved = approved - _list_approved(db)
        _delete_previews(settings)
    messages = outbox_files.delete_for_review(
        settings.data_dir / "outbox", names, periods, dry
    )  # a run that writes some sees to them
    if again:
        action = review_action(review.id, "Show it again", f"Undo it: casereviews reviews restore {review.id}")
        raise HouseError("already withdrawn", f"review {review.id}", action=action)
    return TakedownResult(reviews.get(db, str(review.id)), messages, tuple(sorted(unapproved)))


def _find_mentions(db: Database, number: int) -> tuple[set[str], list[str]]:
    """What a review is called, and by the issues that name it; and the runs of these and of corrections about it."""
    names, periods = {review_title(replace(reviews.get(db, str(number), whole=True), taken_down=False))}, []
    for period in issues.list_mentioning(db, number):
        stored = issues.get(db, period)
        named = [review for review in stored.issue.named if review.id == number]
        if titles := {review_title(review) for review in named if not review.taken_down}:
            names |= titles
            periods.append(period)
        elif any(one.review_id == number for one in stored.issue.corrections):
            periods.append(period)
    return names, [*periods, *mailings.list_runs_of_review(db, number)]


def _list_approved(db: Database) -> set[str]:
    return {period for period, state in issues.list_states(db).items() if state.status == "approved"}


def restore_review(
    effects: SideEffects, settings: Settings, db: Database, which: str, dry: bool = False
) -> TakedownResult:
    """Undo a takedown: its drafts have it again, and its sources are read in full at the next scrape.

    Raises NotFound, and HouseError when there was none.
    """
    review = reviews.get(db, which, whole=True)
    if not takedowns.find_taken_down(db, [review.id]):
        raise HouseError("not withdrawn by us", f"review {review.id}", "Nothing was changed.")
    approved = _list_approved(db)
    with write_transaction(db, dry):
        takedowns.lift(db, review.id)
        fulltext_index.index(db, review)
        sources.clear_validators(db, review.id)
        review_events.add(db, [review.id], "restored", effects.now())
        build_issue.rebuild_drafts(settings, db, effects.now())
        frozen_issue.rerender_stale(settings, db, effects.now())
        unapproved = approved - _list_approved(db)
    return TakedownResult(reviews.get(db, str(review.id)), unapproved=tuple(sorted(unapproved)))


def _delete_previews(settings: Settings) -> None:
    left = []
    for file in (settings.data_dir / "preview").glob("*.*"):
        try:
            file.unlink(missing_ok=True)
        except OSError:
            left.append(str(file))
    if left:
        raise StoreError("withdrawn, but an old preview could not be deleted", ", ".join(left), "Delete it by hand.")
