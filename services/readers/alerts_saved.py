"""Alerts of saved searches: which new reviews each reader's searches find, each once, and what is due to be told."""

import json
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from contextlib import closing
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

from core.calendar import latest_monday
from core.clean_text import clean_text
from core.config.schema import Settings
from core.dates import local_date
from core.records import Review, Subscriber
from core.topics import slugify
from db.collection import reviews
from db.mail import alert_mail, saved_searches, transactional
from db.mail.alert_mail import DueRule
from db.mail.saved_searches import SavedSearch
from db.read.facets import label_filters
from db.schema.connect import Database, write_transaction
from services.collect.source_status import is_quarantined

if TYPE_CHECKING:
    from newsletter.mail.alert_message import FoundReviews

MAX_ALERTS = 3  # to one reader in a day; what is found later waits
DAY = timedelta(days=1)


def match_waiting(settings: Settings, db: Database, now: datetime) -> int:
    """Ask all saved searches about the news that they were not asked about yet; how many matches there are."""
    collections = list_collections(settings)
    with write_transaction(db):
        waiting = saved_searches.list_unmatched(db)
        found = match_news(db, waiting, local_date(now, settings.zone), now, collections)
        saved_searches.mark_matched(db, waiting)
    return sum(map(len, found.values()))


def list_collections(settings: Settings) -> dict[str, str]:
    """Each source's collection, as a search has it."""
    own = settings.newsletter.collection
    return {source.name: slugify(clean_text(source.collection or own)) for source in settings.sources}


def match_missed(settings: Settings, db: Database, reader: Subscriber, since: datetime, now: datetime) -> None:
    """Ask a reader's searches about the news that the others were asked about since. In the caller's transaction."""
    missed, today = saved_searches.list_matched_since(db, since), local_date(now, settings.zone)
    match_news(db, missed, today, now, list_collections(settings), reader.id)


def match_news(
    db: Database,
    review_ids: Sequence[int],
    today: date,
    now: datetime,
    collections: Mapping[str, str],
    subscriber_id: int | None = None,
) -> dict[int, list[int]]:
    """The new reviews that each search finds, by the search's number, written down; none that it found before.

    `collections`: by a source's name, what its collection is called in searches; `subscriber_id`: whose searches alone
    are asked. In the caller's transaction.
    """
    found: dict[int, list[int]] = defaultdict(list)
    if not review_ids or not (searches := saved_searches.list_awake(db, today, subscriber_id)):
        return {}
    from db.read.news_matcher import NewsMatcher

    known = saved_searches.list_matches(db, review_ids)
    with closing(NewsMatcher(db, review_ids, collections)) as matcher:
        for search in searches:
            for review_id in sorted(matcher.find(search.words, search.filters)):
                if (search.id, review_id) not in known:
                    found[search.id].append(review_id)
    saved_searches.record_matches(db, ((search, one) for search, ones in found.items() for one in ones), now)
    return dict(found)


def due_rule(settings: Settings, db: Database, now: datetime) -> DueRule:
    """What is due to be told now."""
    doubted = [source.name for source in settings.sources if is_quarantined(db, source.name)]
    week = latest_monday(settings.schedule.issue_at, settings.zone, now)
    return DueRule(local_date(now, settings.zone), week, json.dumps(doubted))


def list_readers_due(settings: Settings, db: Database, now: datetime) -> list[int]:
    """The readers for whom there is something to tell now and no alert waits."""
    return alert_mail.list_readers_due(db, due_rule(settings, db, now), now - DAY, MAX_ALERTS)


def queue_alerts(settings: Settings, db: Database, now: datetime) -> int:
    """Queue an alert for each reader for whom there is something to tell now; how many."""
    with write_transaction(db):
        due = list_readers_due(settings, db, now)
        for number in due:
            transactional.enqueue(db, "alert", number, now)
    return len(due)


def describe_found(
    db: Database, subscriber_id: int, matches: dict[int, list[int]], known: dict[int, Review]
) -> "list[FoundReviews]":
    """What an alert is to tell, the searches in the order they were saved. `known`: reviews that were read already."""
    from newsletter.mail.alert_message import FoundReviews  # mail, 10 ms: most ticks have nothing to tell

    return [
        FoundReviews(
            search.id,
            describe_search(db, search),
            (*([("q", search.words)] if search.words else []), *search.filters),
            tuple(_load(db, matches[search.id], known)),
        )
        for search in saved_searches.list_of_reader(db, subscriber_id)
        if search.id in matches
    ]


def describe_search(db: Database, search: SavedSearch) -> str:
    """A search in words: "“river”, Neglect, 2015-2016"; empty where it asks for everything."""
    words = [f"“{search.words}”"] if search.words else []
    return ", ".join([*words, *label_filters(db, search.filters)])


def list_names(db: Database, reader: Subscriber, number: int = 0) -> list[str]:
    """The names of a reader's searches, or of that one alone."""
    searches = [one for one in saved_searches.list_of_reader(db, reader.id) if number in (0, one.id)]
    return [describe_search(db, one) or "every new review" for one in searches]


def stop(db: Database, reader: Subscriber, number: int = 0) -> None:
    """Delete that search of a reader, or all: nothing is told of them any more."""
    with write_transaction(db):
        if number:
            saved_searches.delete(db, reader.id, number)
        else:
            saved_searches.delete_all(db, reader.id)


def _load(db: Database, review_ids: Collection[int], known: dict[int, Review]) -> list[Review]:
    for number in review_ids:
        if number not in known:
            known[number] = reviews.get(db, str(number))
    return [known[number] for number in review_ids]
