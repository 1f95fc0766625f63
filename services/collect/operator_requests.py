"""Operator requests: what a person is asked about sources, in words: to look at a reading, to say what an entry is."""

from core.config.schema import Source
from db.collection import sign_offs
from db.collection.takedowns import TakedownQuestion
from db.schema.connect import Database

SEE_QUESTIONS = "say what it is with: casereviews reviews questions"


def describe_count(count: int) -> str:
    """How many entries are held back, and what to do."""
    if count == 1:
        return f"1 entry looks like a review that was withdrawn here, and is held back; {SEE_QUESTIONS}"
    return f"{count} entries look like reviews that were withdrawn here, and are held back; {SEE_QUESTIONS}"


def describe_question(question: TakedownQuestion) -> str:
    """Which entry is held back, and why, in words that hold nothing of it."""
    where = f"{question.source}, entry {question.position} of {question.entries}"
    return f"{where}, looks like review {question.review_id}, which was withdrawn here: {question.likeness}"


def describe_missing_sign_off(db: Database, source: Source) -> str:
    """That nobody has looked yet at what is read of a source, and what to do; empty where somebody has."""
    asked = sign_offs.get(db, source.name)
    if asked is None or asked.signed_at:
        return ""
    return (
        f"{source.name}: nobody has looked yet whether it is read rightly, since {asked.occasion}; look at five "
        f"entries, and say yes: casereviews sources show {source.name}"
    )
