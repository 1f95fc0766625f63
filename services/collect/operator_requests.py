"""Operator requests: what a person is asked about sources, in words: to look at a reading, to say what an entry is."""

from core.actions import Action, Advice, source_action
from core.config.schema import Source
from db.collection import sign_offs
from db.collection.takedowns import TakedownQuestion
from db.schema.connect import Database

SEE_QUESTIONS_COMMAND = "say what it is with: casereviews reviews questions"


def describe_count(count: int, source: str = "") -> Advice:
    """How many entries are held back, of a source or of all, and where to say what they are."""
    words = f"{count} entries look like reviews that were withdrawn here, and are held back"
    if count == 1:
        words = "1 entry looks like a review that was withdrawn here, and is held back"
    say = "Say what it is" if count == 1 else "Say what they are"
    action = (
        source_action(source, say, SEE_QUESTIONS_COMMAND)
        if source
        else Action("/ops/sources", say, SEE_QUESTIONS_COMMAND)
    )
    return Advice(words, action)


def describe_question(question: TakedownQuestion) -> str:
    """Which entry is held back, and why, in words that hold nothing of it."""
    where = f"{question.source}, entry {question.position} of {question.entries}"
    return f"{where}, looks like review {question.review_id}, which was withdrawn here: {question.likeness}"


def describe_missing_sign_off(db: Database, source: Source) -> Advice | None:
    """That nobody has looked yet at what is read of a source; None where somebody has."""
    asked = sign_offs.get(db, source.name)
    if asked is None or asked.signed_at:
        return None
    words = f"{source.name}: nobody has looked yet whether it is read rightly, since {asked.occasion}"
    command = f"look at five entries, and say yes: casereviews sources show {source.name}"
    action = Action(f"{source_action(source.name, '').route}/entries", "Look at five entries, and say yes", command)
    return Advice(words, action)
