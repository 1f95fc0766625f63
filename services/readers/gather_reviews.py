"""Gather reviews into a reading list: made, added to, changed, deleted; kept a year without an account."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.errors import NotFound
from core.side_effects import SideEffects
from db.collection import reading_lists
from db.collection.reading_lists import ReadingList
from db.schema.connect import Database, write_transaction

LIST_RETENTION = timedelta(days=365)  # after the last change
MAX_GATHERED = 200  # reviews of a list
MAX_TITLE_CHARS, MAX_QUESTION_CHARS, MAX_QUESTIONS = 120, 300, 8
DEFAULT_TITLE = "Reading list"


@dataclass(frozen=True, slots=True)
class ListChanges:
    """What somebody wants a list to be."""

    title: str
    review_ids: tuple[int, ...]
    questions: tuple[str, ...] = ()


def make_list(effects: SideEffects, db: Database, wanted: ListChanges) -> ReadingList:
    """A new list with a token of its own."""
    made = _fit(ReadingList(effects.token(), "", (), effects.now()), wanted)
    with write_transaction(db):
        reading_lists.save(db, made)
    return made


def add_reviews(db: Database, token: str, review_ids: Iterable[int], now: datetime) -> ReadingList:
    """The list with more reviews behind those it has. Raises NotFound."""
    with write_transaction(db):
        one = find_list(db, token)
        one = replace(one, review_ids=_distinct((*one.review_ids, *review_ids)), changed_at=now)
        reading_lists.save(db, one)
    return one


def change_list(db: Database, token: str, wanted: ListChanges, now: datetime) -> ReadingList:
    """The list as it is wanted. Raises NotFound."""
    with write_transaction(db):
        one = replace(_fit(find_list(db, token), wanted), changed_at=now)
        reading_lists.save(db, one)
    return one


def find_list(db: Database, token: str) -> ReadingList:
    """The list with a token. Raises NotFound."""
    one = reading_lists.get(db, token)
    if one is None:
        raise NotFound("no such reading list")
    return one


def delete_list(db: Database, token: str) -> None:
    """Delete a list at once."""
    with write_transaction(db):
        reading_lists.delete(db, token)


def delete_expired_lists(db: Database, now: datetime) -> int:
    """Delete the lists that nobody has changed for long; how many."""
    with write_transaction(db):
        return reading_lists.delete_before(db, now - LIST_RETENTION)


def _fit(one: ReadingList, wanted: ListChanges) -> ReadingList:
    questions = tuple(question[:MAX_QUESTION_CHARS] for question in wanted.questions[:MAX_QUESTIONS])
    title = wanted.title[:MAX_TITLE_CHARS].strip() or DEFAULT_TITLE
    return replace(one, title=title, review_ids=_distinct(wanted.review_ids), questions=questions)


def _distinct(review_ids: Iterable[int]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(review_ids))[:MAX_GATHERED]
