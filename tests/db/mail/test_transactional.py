"""The post and what the caps count, in the database."""

from datetime import UTC, datetime, timedelta

import pytest

from core.records import Receipt
from db.mail import signup_attempts, subscribers, transactional
from db.schema.connect import Database, write_transaction
from tests.db.mail.test_subscribers import reader, stored

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def queued(db: Database, *kinds: str) -> None:
    stored(db, reader("a", "pending"))
    with write_transaction(db):
        for kind in kinds:
            transactional.enqueue(db, kind, 1, NOW)


def test_one_of_a_kind_waits_at_a_time(db: Database) -> None:
    queued(db, "confirm", "confirm", "known")
    with write_transaction(db):
        transactional.enqueue(db, "known", 1, NOW, wanted=False)

    assert db.execute("SELECT COUNT(*) FROM transactional_mail").fetchone()[0] == 2


def test_a_claim_is_of_one_letter_and_ends(db: Database) -> None:
    queued(db, "confirm")

    one = transactional.claim(db, NOW, NOW + MINUTE)

    assert one is not None
    assert (one.id, one.kind, one.asked_at, one.attempts) == (1, "confirm", NOW, 1)
    assert one.subscriber == subscribers.get_by_id(db, 1)
    assert transactional.claim(db, NOW, NOW + MINUTE) is None
    assert not transactional.has_due(db, NOW)
    assert transactional.has_due(db, NOW + MINUTE)
    assert transactional.claim(db, NOW + MINUTE, NOW) is None
    assert transactional.last_outcome(db, 1) == ("unknown", transactional.INTERRUPTED_REPLY)
    assert transactional.save_receipt(db, Receipt(1, "sent", "250 Ok"), NOW)  # the one who had it was only slow
    assert transactional.last_outcome(db, 1) == ("sent", "250 Ok")


def test_what_is_queued_again_is_due_when_it_says(db: Database) -> None:
    queued(db, "confirm")
    transactional.claim(db, NOW, NOW + MINUTE)

    transactional.save_receipt(db, Receipt(1, "queued", "450 Busy", NOW + 5 * MINUTE), NOW)

    assert not transactional.has_due(db, NOW + 4 * MINUTE)
    again = transactional.claim(db, NOW + 5 * MINUTE, NOW + 6 * MINUTE)
    assert again is not None
    assert again.attempts == 2


@pytest.mark.parametrize("state", ["sent", "refused", "failed", "queued"])
def test_what_has_ended_is_not_ended_again(db: Database, state: str) -> None:
    queued(db, "confirm")
    transactional.claim(db, NOW, NOW + MINUTE)
    transactional.save_receipt(db, Receipt(1, state), NOW)

    assert not transactional.save_receipt(db, Receipt(1, "unknown"), NOW)
    assert transactional.last_outcome(db, 1)[0] == state


def test_letters_go_with_their_reader(db: Database) -> None:
    queued(db, "confirm")
    transactional.claim(db, NOW, NOW + MINUTE)
    with write_transaction(db):
        subscribers.delete(db, [1], NOW)

    assert not transactional.save_receipt(db, Receipt(1, "sent"), NOW)
    assert transactional.last_outcome(db, 1) == ("", "")


def test_counts_are_of_a_kind_and_since(db: Database) -> None:
    with write_transaction(db):
        for minute in range(3):
            signup_attempts.add(db, signup_attempts.BY_NETWORK, "aa", NOW + minute * MINUTE)
        signup_attempts.add(db, signup_attempts.BY_NETWORK, "bb", NOW)
        signup_attempts.add(db, signup_attempts.BY_ADDRESS, "aa", NOW)

    assert signup_attempts.count_of_keys(db, signup_attempts.BY_NETWORK, ["aa"], NOW) == 2
    assert signup_attempts.count_of_keys(db, signup_attempts.BY_NETWORK, ["aa", "bb", "cc"], NOW - MINUTE) == 4
    assert signup_attempts.count_of_kind(db, signup_attempts.BY_NETWORK, NOW - MINUTE) == 4
    assert signup_attempts.count_of_kind(db, signup_attempts.BY_ADDRESS, NOW - MINUTE) == 1
    assert signup_attempts.attempt_times(db, signup_attempts.BY_NETWORK, "aa") == [NOW, NOW + MINUTE, NOW + 2 * MINUTE]
    with write_transaction(db):
        signup_attempts.delete_until(db, NOW + MINUTE)
    assert signup_attempts.attempt_times(db, signup_attempts.BY_NETWORK, "aa") == [NOW + 2 * MINUTE]
