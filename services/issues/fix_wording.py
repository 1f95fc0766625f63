"""Wording fixes: an editor puts right how a review is written, for publication; kept, asked about, taken back.

The collection's text stays beside it. Issues that may still change are built anew, which voids the approval of those
that say it otherwise then; what was sent stays as it was sent.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from core.actions import Action
from core.config.schema import Settings
from core.editor_records import WordingFix
from core.errors import HouseError, NotFound
from core.plurals import plural
from core.published_wording import carry_over, list_parts
from core.records import Review
from db.collection import fulltext_index, reviews, wording_fixes
from db.collection.wording_fixes import StoredFix
from db.mail import issues
from db.operator.accounts import Account
from db.schema.connect import Database, write_transaction

MAX_WORDS = 50_000  # characters of a part
MAX_WHY = 500  # characters
QUESTIONS_PAGE = Action("/ops/wording", "Keep or drop them", "keep or drop them: /ops/wording")
ONE_LINE_PARTS = ("publisher", "name", "title")


@dataclass(frozen=True, slots=True)
class FixQuestion:
    """A fix whose collection has edited the words that it was made against: is it kept or dropped?"""

    stored: StoredFix
    now: str  # the collection's words; empty: it has the part no more
    carried: str  # those with the same put right in them; empty: that is not there for certain


def read_parts(db: Database, number: int) -> tuple[Review, dict[str, str]]:
    """A review in its collection's own words, and its parts. Raises NotFound where it was withdrawn, or is none."""
    review = reviews.get(db, str(number), whole=True)
    if review.taken_down or review.status == "withdrawn":
        raise NotFound("the review was withdrawn", f"review {number}", "There is nothing of it to put right.")
    return review, list_parts(review)


def words_problem(part: str, old: str, new: str) -> str:
    """What to do about words that cannot stand in place of others; empty: nothing."""
    if not new:
        return "Write the words as they should be"
    if new == old:
        return "Change what is wrong: these are the collection’s own words"
    if part in ONE_LINE_PARTS and "\n" in new:
        return "Write it in one line"
    return f"Keep it under {MAX_WORDS:,} characters" if len(new) > MAX_WORDS else ""


def reason_problem(why: str) -> str:
    """What to do about a reason; empty: nothing."""
    return "Say why" if not why else f"Keep it under {MAX_WHY} characters" if len(why) > MAX_WHY else ""


def list_approved(db: Database, number: int) -> list[str]:
    """The months whose approval a fix of a review makes void."""
    states = issues.list_states(db)
    return [period for period in issues.list_mentioning(db, number) if states[period].status == "approved"]


def fix_wording(settings: Settings, db: Database, number: int, fix: WordingFix, editor: Account) -> int:
    """Publish other words in place of a part's; the fix's number. It takes the place of an earlier one of the part.

    Raises NotFound, and HouseError when the part has other words than it was made against, or the words cannot stand.
    """
    if problem := words_problem(fix.part, fix.old, fix.new) or reason_problem(fix.why):
        raise HouseError("this fix cannot stand", f"review {number}", f"{problem}.")
    with write_transaction(db):
        review, parts = read_parts(db, number)
        if parts.get(fix.part) != fix.old:
            raise HouseError("the collection has changed these words", f"review {number}", "Look at them again.")
        stored = wording_fixes.add(db, number, fix, editor.label)
        _publish(settings, db, review, editor, fix.at)
    return stored


def end_fix(settings: Settings, db: Database, number: int, editor: Account, now: datetime) -> StoredFix:
    """Take a fix back: the collection's own words are published again.

    Raises NotFound, and HouseError for one that was taken back already.
    """
    with write_transaction(db):
        stored = _require_in_force(db, number)
        wording_fixes.end(db, number, editor.label, now)
        _publish(settings, db, reviews.get(db, str(stored.review_id), whole=True), editor, now)
    return stored


def keep_fix(settings: Settings, db: Database, number: int, editor: Account, now: datetime) -> StoredFix:
    """Put the same right in the words that the collection has now.

    Raises NotFound, and HouseError where nothing is asked of it, or what it puts right is not there for certain.
    """
    stored = _require_in_force(db, number)
    question = next((one for one in list_questions(db) if one.stored.id == number), None)
    if question is None or not question.carried:
        why = "what it puts right is not in the new words" if question else "its words are as they were"
        raise HouseError(why, f"fix {number} of review {stored.review_id}", "Fix the words as they are now.")
    carried = replace(stored.fix, old=question.now, new=question.carried, at=now)
    fix_wording(settings, db, stored.review_id, carried, editor)
    return stored


def _require_in_force(db: Database, number: int) -> StoredFix:
    stored = wording_fixes.get(db, number)
    if stored.ended_at:
        raise HouseError("it was taken back already", f"fix {number} of review {stored.review_id}", "Nothing changed.")
    return stored


def _publish(settings: Settings, db: Database, review: Review, editor: Account, now: datetime) -> None:
    """Make the review findable by its words as they are published now, and build anew the issues not yet sent."""
    if not review.taken_down:
        fulltext_index.index(db, review)
    from services.issues import build_issue  # composing and rendering, which lists of questions do not need

    build_issue.rebuild_drafts(settings, db, now, editor=editor.email)


def list_questions(db: Database) -> list[FixQuestion]:
    """The fixes of which a person is asked whether they are kept, now that their collection has edited the words.

    Where it says by itself now what the fix says, there is nothing to ask.
    """
    return list(_iterate_questions(db))


def _iterate_questions(db: Database) -> Iterator[FixQuestion]:
    for stored in wording_fixes.list_in_force(db):
        review = reviews.get(db, str(stored.review_id), whole=True)
        now = list_parts(review).get(stored.fix.part, "")
        if review.status != "withdrawn" and now not in (stored.fix.old, stored.fix.new):
            carried = carry_over(stored.fix, now)
            yield FixQuestion(stored, now, carried if carried != now else "")


def describe_questions(count: int) -> str:
    """How many fixes wait for an answer."""
    was = "was" if count == 1 else "were"
    words = plural(count, "wording fix", "wording fixes")
    return f"{words} {was} made against words that the collection has changed since, and {was} set aside"
