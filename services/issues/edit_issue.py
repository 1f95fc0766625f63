"""Editing an issue: which reviews a person leaves out of it, or takes in although they were known already."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from core.actions import issue_action
from core.calendar import month_bounds
from core.config.schema import Settings
from core.dates import local_date, period_name, period_of
from core.errors import HouseError
from core.records import Review
from db.collection import reviews
from db.mail.issues import IssueEdits, StoredIssue
from db.read.known_reviews import list_known
from db.schema.connect import Database

MAX_SEARCHED = 500  # best matches of a search that are looked through for those that no issue carries


def choose_reviews(
    settings: Settings,
    db: Database,
    stored: StoredIssue,
    skip: Iterable[int] = (),
    unskip: Iterable[int] = (),
    add: Iterable[int] = (),
    no_add: Iterable[int] = (),
) -> IssueEdits:
    """The edits of an issue with some reviews left out or taken in; to skip one that was added undoes that.

    Raises HouseError for a review that the issue may not carry, NotFound for none at all.
    """
    edits, out = stored.edits, set(skip)
    for number in add:
        check_addition(settings, db, stored.issue.period, reviews.get(db, str(number)))
    adds = {*edits.adds, *add} - {*no_add, *out}
    skips = ({*edits.skips, *out} - {*unskip, *add}) - ({*edits.adds} & out)
    return replace(edits, skips=tuple(sorted(skips)), adds=tuple(sorted(adds)))


def put_first(edits: IssueEdits, number: int, reason: str, ids: Iterable[int]) -> IssueEdits:
    """The edits of an issue that has the reviews `ids`, with one of them put first.

    Raises HouseError for one that it does not have or leaves out, and without a reason.
    """
    if number not in {*ids, *edits.adds} - {*edits.skips}:
        raise HouseError("it cannot be put first", f"review {number} is not in the issue", "Choose one that is.")
    if not reason.strip():
        raise HouseError("it is put first without a reason", f"review {number}", "Say why, for those who read it.")
    return replace(edits, first=number, first_reason=reason.strip())


def check_addition(settings: Settings, db: Database, period: str, review: Review) -> None:
    """Raises HouseError for a review that an issue may not carry, saying why not."""
    which = f"review {review.id}"
    if review.taken_down or review.status == "withdrawn":
        raise HouseError("it was withdrawn", which, "Add another.")
    if review.issue not in (None, period):
        raise HouseError(f"it is in the issue of {period_name(review.issue)}", which, "Add another.")
    seen = review.first_seen
    if not review.baseline and seen and seen >= month_bounds(period, settings.zone)[1]:
        later = period_of(local_date(seen, settings.zone))
        action = issue_action(later, "Build that one’s", f"Build that one's: casereviews issue build {later}")
        raise HouseError("it is news of a later month", which, action=action)


def find_known(db: Database, words: str, most: int, skip: int = 0) -> Sequence[Review]:
    """What was known at the first read and is in no issue, and has the words: so many, after so many.

    The newest year first; where words are typed, the best matches.
    """
    if not words:
        return list_known(db, most, skip)
    found = (review for review, _ in reviews.search(db, words, limit=MAX_SEARCHED))
    known = [review for review in found if review.baseline and review.issue is None and review.status == "current"]
    return known[skip : skip + most]
