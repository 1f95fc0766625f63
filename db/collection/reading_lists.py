"""Reading lists: reviews that somebody has gathered, at an address of their own, for a year after the last change."""

import json
from dataclasses import dataclass, field
from datetime import datetime

from db.schema.connect import Database
from db.schema.timestamps import to_instant, to_text


@dataclass(frozen=True, slots=True)
class ReadingList:
    """Reviews gathered for reading or a briefing, identified by the token: whoever has that may see and change it."""

    token: str = field(repr=False)  # 22 characters
    title: str
    review_ids: tuple[int, ...]  # in the order shown; one that was withdrawn since stays here and is shown nowhere
    changed_at: datetime  # UTC
    questions: tuple[str, ...] = ()  # for the briefing; none: those that it asks by itself


def save(db: Database, one: ReadingList) -> None:
    """Write a list, new or changed."""
    db.execute(
        """
        INSERT INTO reading_lists (token, title, review_ids, questions, changed_at) VALUES (?, ?, ?, ?, ?)
        ON CONFLICT (token) DO UPDATE SET title = excluded.title, review_ids = excluded.review_ids,
            questions = excluded.questions, changed_at = excluded.changed_at
        """,
        [one.token, one.title, json.dumps(one.review_ids), json.dumps(one.questions), to_text(one.changed_at)],
    )


def get(db: Database, token: str) -> ReadingList | None:
    """The list with a token."""
    row = db.execute("SELECT * FROM reading_lists WHERE token = ?", [token]).fetchone()
    if row is None:
        return None
    ids, questions = tuple(json.loads(row["review_ids"])), tuple(json.loads(row["questions"]))
    return ReadingList(row["token"], row["title"], ids, to_instant(row["changed_at"]), questions)


def delete(db: Database, token: str) -> None:
    """Delete a list; nothing where there is none."""
    db.execute("DELETE FROM reading_lists WHERE token = ?", [token])


def delete_before(db: Database, before: datetime) -> int:
    """Delete the lists that were last changed before then; how many."""
    return db.execute("DELETE FROM reading_lists WHERE changed_at < ?", [to_text(before)]).rowcount
