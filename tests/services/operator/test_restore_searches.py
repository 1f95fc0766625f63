"""A backup put back: saved searches are as they last were, and nothing that they found is told twice."""

from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from core.records import Subscriber
from db.mail import saved_searches, subscribers
from db.schema.connect import Database
from services.operator import restore as restore_service
from tests.services.operator.test_restore import back_up, house, lose, restore
from tests.support.timed_installation import ADA, Installation

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
__all__ = ["house"]  # the fixture


def ada(db: Database) -> Subscriber:
    found = subscribers.get(db, ADA)
    assert found
    return found


def save(house: Installation, words: str) -> int:
    with closing(house.db()) as db:
        return saved_searches.save(db, ada(db).id, words, [], "day", house.at)


def alerts() -> list[str]:
    return sorted(file.name for file in Path("data/outbox").glob("alert-*.eml"))


def news_comes(house: Installation) -> None:
    house.listing.publish(2026, "Child E")
    house.until("2026-01-28 00:00")


def test_searches_are_as_they_last_were_and_what_was_told_is_not_told_again(house: Installation) -> None:
    save(house, "child")
    deleted = save(house, "deleted since")
    back_up(house)
    save(house, "saved since")
    with closing(house.db()) as db:
        saved_searches.delete(db, ada(db).id, deleted)
    news_comes(house)
    assert len(alerts()) == 1
    Path("data/outbox", alerts()[0]).unlink()

    restore(house)
    house.until("2026-01-31 00:00")

    assert alerts() == []
    with closing(house.db()) as db:
        assert [one.words for one in saved_searches.list_of_reader(db, ada(db).id)] == ["child", "saved since"]


def test_what_was_found_and_not_told_is_told_after_the_restoring(house: Installation) -> None:
    with closing(house.db()) as db:
        search = saved_searches.save(db, ada(db).id, "child", [], "week", house.at)
    news_comes(house)
    back_up(house)
    restore(house)
    with closing(house.db()) as db:
        assert saved_searches.list_found(db, search)
        db.execute("UPDATE saved_searches SET cadence = 'day'")

    house.until("2026-01-30 00:00")

    assert len(alerts()) == 1


def test_who_joined_since_is_told_what_their_searches_had_found(house: Installation) -> None:
    back_up(house)
    house.at += timedelta(hours=1)
    house.readers(["gil@example.org"])
    with closing(house.db()) as db:
        gil = subscribers.get(db, "gil@example.org")
        assert gil
        saved_searches.save(db, gil.id, "child", [], "month", house.at)
    news_comes(house)
    done = restore(house)
    house.until("2026-01-29 00:00")  # it is read again, while they are not here
    assert done.kept

    with closing(house.db()) as db:
        restore_service.bring_joined(house.effects, house.settings, db, done.kept)
        gil = subscribers.get(db, "gil@example.org")
        assert gil
        (search,) = saved_searches.list_of_reader(db, gil.id)
        assert len(saved_searches.list_untold(db, search.id)) == 1


def test_of_a_lost_database_nothing_that_may_have_been_told_is_told(house: Installation) -> None:
    save(house, "child")
    with closing(house.db()) as db:
        db.execute("UPDATE saved_searches SET cadence = 'month'")
    news_comes(house)
    back_up(house)
    lose(house)
    restore(house)
    with closing(house.db()) as db:
        db.execute("UPDATE saved_searches SET cadence = 'day'")

    house.until("2026-01-30 00:00")

    assert alerts() == []
