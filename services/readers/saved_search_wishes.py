"""Saved searches of a reader: confirmed by email or saved from their own page, changed, paused, deleted."""

import json
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from typing import get_args

from core.config.schema import Settings
from core.errors import HouseError, NotFound
from core.records import Subscriber
from core.retention_times import UNCONFIRMED_RETENTION
from core.states import ENDED_STATUSES, AlertCadence
from db.mail import saved_searches, transactional
from db.mail.saved_searches import SavedSearch
from db.read.news_matcher import NewsMatcher
from db.schema.connect import Database, write_transaction
from services.readers import alerts_saved
from services.readers.fresh_proof import find_letter
from services.readers.subscriptions import confirm_known, find_by_token

MAX_SAVED_SEARCHES = 20  # of a reader
CADENCES: tuple[AlertCadence, ...] = get_args(AlertCadence)


class TooManySearches(HouseError):
    """A reader has as many saved searches as anybody may have."""


@dataclass(frozen=True, slots=True)
class SearchWish:
    """A search as somebody wants to hear of it: its words, its filters, how often."""

    words: str
    filters: tuple[tuple[str, str], ...]
    cadence: AlertCadence

    def to_text(self) -> str:
        """As it is kept with the email that asks to confirm it."""
        return json.dumps([self.words, sorted(set(self.filters)), self.cadence], ensure_ascii=False)

    @classmethod
    def from_text(cls, text: str) -> "SearchWish":
        """What `to_text` wrote."""
        words, filters, cadence = json.loads(text)
        return cls(words, tuple((name, value) for name, value in filters), cadence)


def find_wish(db: Database, token: str, proof: str, now: datetime) -> tuple[Subscriber, SearchWish] | None:
    """The reader, and the search that the link in an email is to confirm; None where it is no such link.

    Raises NotFound for a token that is nobody's.
    """
    subscriber = find_by_token(db, token)
    number = find_letter(db, subscriber, "search", proof, now - UNCONFIRMED_RETENTION)
    return (subscriber, SearchWish.from_text(transactional.get_details(db, number))) if number else None


def confirm_wish(db: Database, token: str, proof: str, now: datetime) -> Subscriber | None:
    """The reader says yes: the search is saved, and a pending subscription confirmed with it; None as `find_wish`.

    Who has left since stays away. Raises NotFound, TooManySearches.
    """
    with write_transaction(db):
        found = find_wish(db, token, proof, now)
        if found is None:
            return None
        subscriber, wish = found
        if subscriber.status in ENDED_STATUSES:
            return subscriber
        _save(db, subscriber, wish, now)
        return confirm_known(db, subscriber, now)


def save_wish(db: Database, token: str, wish: SearchWish, now: datetime) -> None:
    """A reader saves a search from their own page. Raises NotFound, TooManySearches."""
    with write_transaction(db):
        _save(db, find_by_token(db, token), wish, now)


def change_search(settings: Settings, db: Database, token: str, search_id: int, wish: SearchWish) -> None:
    """A search of a reader's is another from now on: of what it found and did not tell, it tells what it still finds.

    Raises NotFound; HouseError where they have that one already.
    """
    with write_transaction(db):
        before = find_search(db, token, search_id)
        changed = before._replace(words=wish.words, filters=wish.filters, cadence=wish.cadence)
        if not saved_searches.change(db, changed):
            raise HouseError("you have saved this search already", "", "Change that one, or delete this.")
        untold = saved_searches.list_untold(db, search_id)
        with closing(NewsMatcher(db, untold, alerts_saved.list_collections(settings))) as matcher:
            found = matcher.find(changed.words, changed.filters)
        saved_searches.forget_matches(db, search_id, set(untold) - found)


def pause_search(db: Database, token: str, search_id: int, until: date | None) -> None:
    """A search of a reader's rests until a day, or goes on. Raises NotFound."""
    with write_transaction(db):
        saved_searches.pause(db, find_search(db, token, search_id).subscriber_id, search_id, until)


def delete_search(db: Database, token: str, search_id: int) -> None:
    """A search of a reader's is deleted. Raises NotFound."""
    with write_transaction(db):
        saved_searches.delete(db, find_search(db, token, search_id).subscriber_id, search_id)


def find_search(db: Database, token: str, search_id: int) -> SavedSearch:
    """A reader's search. Raises NotFound for a token that is nobody's, and for a search that is not theirs."""
    search = saved_searches.find(db, find_by_token(db, token).id, search_id)
    if search is None:
        raise NotFound("no such saved search", "", "It may have been deleted since.")
    return search


def _save(db: Database, subscriber: Subscriber, wish: SearchWish, now: datetime) -> None:
    have = saved_searches.list_of_reader(db, subscriber.id)
    known = {(one.words, tuple(sorted(set(one.filters)))) for one in have}
    if len(have) >= MAX_SAVED_SEARCHES and (wish.words, tuple(sorted(set(wish.filters)))) not in known:
        raise TooManySearches(f"you have {MAX_SAVED_SEARCHES} saved searches", "", "Delete one, then try again.")
    saved_searches.save(db, subscriber.id, wish.words, wish.filters, wish.cadence, now)
