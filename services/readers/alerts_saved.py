"""Alerts of saved searches: which new reviews each reader's searches find, each once."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import date, datetime

from db.mail import saved_searches
from db.read.news_matcher import NewsMatcher
from db.schema.connect import Database, write_transaction


def match_news(db: Database, review_ids: Sequence[int], today: date, now: datetime) -> dict[int, list[int]]:
    """The new reviews that each search finds, by the search's number, written down; none that it found before."""
    found: dict[int, list[int]] = defaultdict(list)
    with write_transaction(db):
        matcher = NewsMatcher(db, review_ids)
        for search in saved_searches.list_awake(db, today):
            for review_id in sorted(matcher.find(search.words, search.filters)):
                if saved_searches.record_match(db, search.id, review_id, now):
                    found[search.id].append(review_id)
        matcher.close()
    return dict(found)
