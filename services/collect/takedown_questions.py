"""Takedown questions: entries held back because they look like a withdrawn review; asked, described, answered."""

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from core.config.schema import Settings
from core.dates import iso_utc
from core.errors import HouseError
from core.records import Review
from core.states import TakedownAnswer
from db.collection import pages, reviews, sources, takedowns
from db.collection.takedowns import TakedownQuestion
from db.schema.connect import Database, write_transaction
from scraper.adapter import load_adapter
from scraper.identity import sighting_digest
from scraper.match import StoredReview, match_reviews
from scraper.reconcile import Reconciliation
from scraper.takedown_guard import find_held_entries
from services.collect.operator_requests import describe_count
from services.collect.read_request import ReadContext

if TYPE_CHECKING:
    from core.source_json_types import TakedownQuestionJson


def drop_answered(db: Database, decisions: Reconciliation) -> tuple[Reconciliation, list[str]]:
    """The decisions of a read without the entries that the operator knows of, and what is to be said of the others."""
    if not decisions.held_back:
        return decisions, []
    same = takedowns.list_answers(db, "same")
    asked = tuple(entry for entry in decisions.held_back if sighting_digest(entry.review) not in same)
    return replace(decisions, held_back=asked), [describe_count(len(asked)).words] if asked else []


def store_questions(context: ReadContext, decisions: Reconciliation, entries: int) -> None:
    """Write down what a read of so many entries has to ask, inside the caller's transaction."""
    name = context.source.name
    questions = [
        TakedownQuestion(
            name,
            sighting_digest(held.review),
            held.withdrawn_id,
            held.likeness,
            held.position,
            entries,
            context.now,
        )
        for held in decisions.held_back
    ]
    takedowns.ask(context.db, name, questions)


def read_title(settings: Settings, db: Database, question: TakedownQuestion) -> str:
    """The heading of an entry that is held back, read anew from the page that was kept; empty where it is not there.

    It is stored nowhere else: what was taken down may stand in it.
    """
    source = next((one for one in settings.sources if one.name == question.source), None)
    if source is None:
        return ""
    try:
        page = pages.read_last(db, settings.data_dir / "pages", source.name)
        listed = load_adapter(source).parse(page, source.name).reviews
    except HouseError:  # the question stands without it
        return ""
    return next((review.title for review in listed if sighting_digest(review) == question.digest), "")


def drop_taken_down(db: Database, listed: Sequence[Review]) -> list[Review]:
    """Entries without those that are, or look like, reviews that were taken down: what may be shown to anybody."""
    down = [StoredReview(reviews.get(db, str(number), whole=True)) for number in takedowns.list_ids(db)]
    if not down:
        return list(listed)
    allowed = takedowns.list_answers(db, "another")
    pairs, _ = match_reviews(down, listed, allowed=allowed)
    held = find_held_entries(down, listed, pairs, allowed)
    hidden = {id(review) for _, review in pairs} | {id(entry.review) for entry in held}
    return [review for review in listed if id(review) not in hidden]


def answer_question(db: Database, number: int, what: TakedownAnswer, dry: bool = False) -> TakedownQuestion:
    """Say what an entry is. Another review is read at the next scrape. Raises NotFound."""
    question = takedowns.get_question(db, number)
    if not dry:
        with write_transaction(db):
            takedowns.answer(db, number, what)
            if what == "another":
                sources.forget_pages(db, question.source)
    return question


def question_json(settings: Settings, db: Database, question: TakedownQuestion) -> "TakedownQuestionJson":
    """A question as JSON, with the entry's heading."""
    return {
        "id": question.id,
        "source": question.source,
        "review": question.review_id,
        "likeness": question.likeness,
        "position": question.position,
        "entries": question.entries,
        "title": read_title(settings, db, question) or None,
        "asked_at": iso_utc(question.asked_at),
    }
