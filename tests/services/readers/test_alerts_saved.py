"""Saved searches find what the search page finds, among new reviews, once."""

from datetime import date, timedelta

import pytest

from core.records import Subscriber
from core.states import SUBSCRIBER_STATUSES
from db.collection import takedowns
from db.mail import saved_searches
from db.read.news_matcher import NewsMatcher
from db.read.search import ReviewSearch, SearchQuery
from db.schema.connect import Database, write_transaction
from services.readers import alerts_saved
from services.readers.subscriptions import confirm_signup
from tests.db.collection.test_reviews import sample, stored
from tests.support.signups import NOW, Installation

TODAY = NOW.date()
ASKED = (("age", "3-years"), ("topic", "neglect"), ("topic", "sleep"), ("year", "2015-2016"))


@pytest.fixture
def one(db: Database) -> Subscriber:
    """Somebody who signed up and confirmed."""
    house = Installation(db)
    house.sign_up("zanzibar@example.org")
    return confirm_signup(db, house.one("zanzibar@example.org").token, NOW)


def found_by(
    db: Database, ids: list[int], collections: dict[str, str] | None = None, today: date = TODAY
) -> dict[int, list[int]]:
    with write_transaction(db):
        return alerts_saved.match_news(db, ids, today, NOW, collections or {})


def news(db: Database, name: str = "Child A", **fields: object) -> int:
    given: dict[str, object] = {"year": 2016, "baseline": False, "keywords": ("neglect",), "nation": "England"}
    return stored(db, sample(name, summary="Death of a 3-year-old boy by the river.", **(given | fields))).id  # type: ignore[arg-type]


QUERIES = [
    SearchQuery(words, filters)
    for words in ("", "river", "river -boy", "-fire", "die OR fire", "childs", '"by the river"', "riv*", "...")
    for filters in ((), (("topic", "neglect"), ("topic", "sleep")), (("year", "2015-2016"), ("nation", "england")))
]


@pytest.mark.parametrize("query", QUERIES, ids=str)
def test_it_finds_what_the_search_page_finds(db: Database, query: SearchQuery) -> None:
    ids = [news(db, "Child A"), news(db, "Child B", year=2014), news(db, "Child C", keywords=("sleep",), nation=None)]
    assert NewsMatcher(db, ids).find(query.words, query.filters) == set(ReviewSearch().numbers(db, query)[0])


def test_a_review_is_found_once_and_only_by_what_asks_for_it(db: Database, one: Subscriber) -> None:
    mine = saved_searches.save(db, one.id, "river", [("year", "2016"), ("topic", "neglect")], "day", NOW)
    saved_searches.save(db, one.id, "river", [("year", "2015")], "day", NOW)
    found = news(db)
    assert found_by(db, [found]) == {mine: [found]}
    assert found_by(db, [found]) == {}


def test_a_collection_is_asked_for_whatever_source_of_it_a_review_is_from(db: Database, one: Subscriber) -> None:
    mine = saved_searches.save(db, one.id, "", [("source", "nspcc-repository")], "day", NOW)
    saved_searches.save(db, one.id, "", [("source", "somewhere-else")], "day", NOW)
    found = news(db)

    assert found_by(db, [found], {"nspcc": "nspcc-repository"}) == {mine: [found]}


def test_what_was_there_at_first_or_was_withdrawn_is_no_news(db: Database, one: Subscriber) -> None:
    saved_searches.save(db, one.id, "", [], "day", NOW)
    old, gone = news(db, baseline=True), news(db, "Child B")
    takedowns.add(db, gone, "asked", NOW)
    assert found_by(db, [old, gone]) == {}


@pytest.mark.parametrize("status", SUBSCRIBER_STATUSES)
def test_only_who_gets_mail_is_matched(db: Database, one: Subscriber, status: str) -> None:
    saved_searches.save(db, one.id, "river", [], "week", NOW)
    db.execute("UPDATE subscribers SET status = ?", [status])
    assert bool(found_by(db, [news(db)])) == (status == "active")


def test_a_paused_search_rests_until_its_day(db: Database, one: Subscriber) -> None:
    mine, found = saved_searches.save(db, one.id, "river", [], "week", NOW), news(db)
    assert saved_searches.pause(db, one.id, mine, TODAY + timedelta(days=1))
    assert found_by(db, [found]) == {}
    assert found_by(db, [found], today=TODAY + timedelta(days=1)) == {mine: [found]}


def test_the_same_search_saved_again_changes_how_often(db: Database, one: Subscriber) -> None:
    first = saved_searches.save(db, one.id, "river", ASKED, "week", NOW)
    assert saved_searches.save(db, one.id, "river", ASKED[::-1], "day", NOW) == first
    [kept] = saved_searches.list_of_reader(db, one.id)
    assert (kept.filters, kept.cadence) == (tuple(sorted(ASKED)), "day")


def test_nobody_changes_the_search_of_another(db: Database, one: Subscriber) -> None:
    mine = saved_searches.save(db, one.id, "river", [], "week", NOW)
    assert not saved_searches.delete(db, one.id + 1, mine)
    assert not saved_searches.pause(db, one.id + 1, mine, TODAY)
    assert saved_searches.delete(db, one.id, mine)
    assert saved_searches.list_of_reader(db, one.id) == []
