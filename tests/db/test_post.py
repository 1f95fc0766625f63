"""The post and what the caps count, in the database."""

from datetime import UTC, datetime, timedelta

import pytest

from core.records import Receipt
from db import asked, post, subscribers
from db.connect import Database, write
from tests.db.test_subscribers import reader, stored

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def queued(db: Database, *kinds: str) -> None:
    stored(db, reader("a", "pending"))
    with write(db):
        for kind in kinds:
            post.add(db, kind, 1, NOW)


def test_one_of_a_kind_waits_at_a_time(db: Database) -> None:
    queued(db, "confirm", "confirm", "known")
    with write(db):
        post.add(db, "known", 1, NOW, wanted=False)

    assert db.execute("SELECT COUNT(*) FROM post").fetchone()[0] == 2


def test_a_claim_is_of_one_letter_and_ends(db: Database) -> None:
    queued(db, "confirm")

    one = post.claim(db, NOW, NOW + MINUTE)

    assert one is not None
    assert (one.id, one.kind, one.asked_at, one.attempts) == (1, "confirm", NOW, 1)
    assert one.subscriber == subscribers.by_id(db, 1)
    assert post.claim(db, NOW, NOW + MINUTE) is None
    assert not post.due(db, NOW)
    assert post.due(db, NOW + MINUTE)
    assert post.claim(db, NOW + MINUTE, NOW) is None
    assert post.last(db, 1) == ("unknown", post.INTERRUPTED)
    assert post.finish(db, Receipt(1, "sent", "250 Ok"), NOW)  # the one who had it was only slow
    assert post.last(db, 1) == ("sent", "250 Ok")


def test_what_is_queued_again_is_due_when_it_says(db: Database) -> None:
    queued(db, "confirm")
    post.claim(db, NOW, NOW + MINUTE)

    post.finish(db, Receipt(1, "queued", "450 Busy", NOW + 5 * MINUTE), NOW)

    assert not post.due(db, NOW + 4 * MINUTE)
    again = post.claim(db, NOW + 5 * MINUTE, NOW + 6 * MINUTE)
    assert again is not None
    assert again.attempts == 2


@pytest.mark.parametrize("state", ["sent", "refused", "failed", "queued"])
def test_what_has_ended_is_not_ended_again(db: Database, state: str) -> None:
    queued(db, "confirm")
    post.claim(db, NOW, NOW + MINUTE)
    post.finish(db, Receipt(1, state), NOW)

    assert not post.finish(db, Receipt(1, "unknown"), NOW)
    assert post.last(db, 1)[0] == state


def test_letters_go_with_their_reader(db: Database) -> None:
    queued(db, "confirm")
    post.claim(db, NOW, NOW + MINUTE)
    with write(db):
        subscribers.remove(db, [1])

    assert not post.finish(db, Receipt(1, "sent"), NOW)
    assert post.last(db, 1) == ("", "")


def test_counts_are_of_a_kind_and_since(db: Database) -> None:
    with write(db):
        for minute in range(3):
            asked.add(db, asked.NETWORK, "aa", NOW + minute * MINUTE)
        asked.add(db, asked.NETWORK, "bb", NOW)
        asked.add(db, asked.LETTER, "aa", NOW)

    assert asked.count(db, asked.NETWORK, ["aa"], NOW) == 2
    assert asked.count(db, asked.NETWORK, ["aa", "bb", "cc"], NOW - MINUTE) == 4
    assert asked.total(db, asked.NETWORK, NOW - MINUTE) == 4
    assert asked.total(db, asked.LETTER, NOW - MINUTE) == 1
    assert asked.times(db, asked.NETWORK, "aa") == [NOW, NOW + MINUTE, NOW + 2 * MINUTE]
    with write(db):
        asked.forget(db, NOW + MINUTE)
    assert asked.times(db, asked.NETWORK, "aa") == [NOW + 2 * MINUTE]
