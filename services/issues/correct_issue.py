"""Correction of an issue: a dated note on the web page of one that was sent; what was mailed stays."""

from datetime import datetime

from core.errors import HouseError
from core.states import OPEN_STATUSES
from db.mail import corrections, issues
from db.schema.connect import Database, write_transaction

MAX_CORRECTION_CHARS = 2_000


def correct_issue(db: Database, period: str, words: str, now: datetime) -> None:
    """Add the note; it is not changed or taken away again.

    Raises NotFound, and HouseError where the issue was not sent or the words cannot stand.
    """
    if problem := correction_problem(words):
        raise HouseError("this correction cannot stand", period, f"{problem}.")
    with write_transaction(db):
        if issues.get(db, period).issue.status in OPEN_STATUSES:
            raise HouseError("only an issue that was sent is corrected", period, "Edit this one.")
        corrections.add(db, period, words, now)


def correction_problem(words: str) -> str:
    """What to do about words that cannot stand as a correction; empty: nothing."""
    if not words:
        return "Write what was wrong and what is right"
    return f"Keep it under {MAX_CORRECTION_CHARS:,} characters" if len(words) > MAX_CORRECTION_CHARS else ""
