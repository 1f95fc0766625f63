"""Subscribers in the database: one mailbox once, nothing left of those who were removed."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.errors import DatabaseMissing, StoreError
from core.records import Consent, Subscriber
from db.mail import subscribers, suppressions
from db.operator import secrets
from db.schema.connect import BUSY_TIMEOUT, SHORT_BUSY_TIMEOUT, Database, connect, truncate_wal, write_transaction

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)


def reader(name: str, status: str = "active", since: datetime = NOW) -> Subscriber:
    email = f"{name}@board.example"
    return Subscriber(email, email, email, f"token-{name}", since, Consent(NOW, "v1", "web", NOW), status)


def stored(db: Database, *wanted: Subscriber) -> list[Subscriber]:
    with write_transaction(db):
        return [one for one in (subscribers.add(db, subscriber) for subscriber in wanted) if one]


def test_a_subscriber_comes_out_as_it_went_in(db: Database) -> None:
    consent = Consent(NOW, "O'Brien said “yes”\nby phone", "operator")
    wanted = replace(reader("a"), topics=("neglect", "séance; x"), nations=("Wales",), edition="short", matching=True)
    wanted = replace(wanted, rest="full")

    (one,) = stored(db, replace(wanted, status="pending", consent=consent))

    assert one == replace(wanted, status="pending", consent=consent, id=1)
    assert subscribers.get(db, one.key) == subscribers.get_by_token(db, "token-a") == one
    assert list(subscribers.listing(db)) == list(subscribers.listing(db, "pending")) == [one]
    assert list(subscribers.listing(db, "active")) == []
    assert subscribers.get(db, "b@board.example") is subscribers.get_by_token(db, "") is None


def test_a_change_is_kept_whole(db: Database) -> None:
    (one,) = stored(db, reader("a", "pending"))
    changed = replace(one, status="paused", since=NOW + timedelta(days=1), edition="short", topics=("neglect",))

    with write_transaction(db):
        subscribers.update(db, changed)

    assert subscribers.get(db, one.key) == changed


def test_put_stores_who_is_new_and_who_is_known_alike(db: Database) -> None:
    with write_transaction(db):
        one = subscribers.upsert(db, reader("a", "pending"))
        other = subscribers.upsert(db, reader("b"))
        again = subscribers.upsert(db, replace(reader("a", "paused"), topics=("neglect",)))

    assert (one.id, other.id, again.id) == (1, 2, 1)
    assert list(subscribers.listing(db)) == [again, other]
    assert subscribers.get_by_id(db, 1) == again
    assert subscribers.get_by_id(db, 3) is None


def test_of_nobody_no_print_is_kept(db: Database) -> None:
    with write_transaction(db):
        suppressions.add(db, [], "left", NOW)

    assert db.execute("SELECT COUNT(*) FROM suppressions").fetchone()[0] == 0


def test_a_mailbox_is_there_once_and_the_first_stays(db: Database) -> None:
    (first,) = stored(db, reader("a"))

    assert stored(db, replace(reader("a", "pending"), token="other")) == []
    assert [one.token for one in stored(db, reader("a"), reader("b"), replace(reader("b"), token="x"))] == ["token-b"]
    assert [one.token for one in subscribers.listing(db)] == ["token-a", "token-b"]
    assert subscribers.get(db, first.key) == first


def test_eight_at_once_make_one_subscriber(db: Database) -> None:
    def sign_up(number: int) -> int:
        with connect(db.file) as own:
            return len(stored(own, replace(reader("a"), token=f"token-{number}")))

    with ThreadPoolExecutor(8) as pool:
        added = list(pool.map(sign_up, range(40)))

    assert sum(added) == 1
    assert subscribers.counts(db) == {"active": 1}


def test_the_database_itself_refuses_a_second_key_token_or_a_strange_status(db: Database) -> None:
    stored(db, reader("a"), reader("b"))

    for change in ("key = 'a@board.example'", "token = 'token-a'", "status = 'merry'", "edition = 'long'"):
        with pytest.raises(StoreError), write_transaction(db):
            db.execute(f"UPDATE subscribers SET {change} WHERE id = 2")


def test_who_has_just_left_is_not_of_those_who_left_long_ago_whatever_was_analysed(db: Database) -> None:
    begun = (NOW, NOW + timedelta(days=100))
    stored(db, *(reader(f"r{n}", since=begun[n == 3]) for n in range(4)))
    with write_transaction(db):
        db.execute("ANALYZE")
        subscribers.end(db, 3, "unsubscribed", NOW + timedelta(days=200))

    assert subscribers.list_in_status_since(db, ["unsubscribed", "bounced"], NOW + timedelta(days=172)) == []


def test_what_was_removed_is_in_no_file(db: Database, tmp_path: Path) -> None:
    everybody = stored(db, *(reader(f"zanzibar{number}") for number in range(300)))
    truncate_wal(db)
    assert b"zanzibar" in db.file.read_bytes()

    with write_transaction(db):
        subscribers.delete(db, [one.id for one in everybody], NOW)
    truncate_wal(db)

    assert [file.name for file in tmp_path.iterdir() if b"zanzibar" in file.read_bytes()] == []


def test_resting_are_those_of_a_status_for_so_long(db: Database) -> None:
    day = timedelta(days=1)
    stored(db, reader("a", "pending"), reader("b", "pending", NOW - day), reader("c", "active", NOW - 9 * day))
    stored(db, reader("d", "bounced", NOW - 2 * day))

    found = subscribers.list_in_status_since(db, ["pending", "bounced"], NOW - day)

    assert [one.email[0] for one in found] == ["b", "d"]


def test_suppressions_answer_for_those_asked_about_only(db: Database) -> None:
    with write_transaction(db):
        suppressions.add(db, ["11", "22"], "erased", NOW)
        suppressions.add(db, ["22"], "left", NOW)

    assert suppressions.find(db, ["22", "33"]) == {"22"}


def test_printing_a_subscriber_shows_neither_address_nor_token() -> None:
    shown = repr(reader("secretive"))

    assert "secretive" not in shown
    assert "active" in shown


def test_a_missing_key_says_how_to_make_it(db: Database) -> None:
    with pytest.raises(DatabaseMissing, match="casereviews init"):
        secrets.get(db, "signing")

    secrets.add_if_missing(db, "signing", "one")
    secrets.add_if_missing(db, "signing", "two")

    assert secrets.get(db, "signing") == "one"


def test_erasing_does_not_wait_for_a_long_read(db: Database) -> None:
    with closing(connect(db.file)) as reader:
        reader.conn.execute("BEGIN")
        reader.execute("SELECT COUNT(*) FROM subscribers").fetchone()
        statements: list[str] = []
        db.conn.set_trace_callback(statements.append)

        truncate_wal(db)

        short, after = (f"PRAGMA busy_timeout = {limit * 1000:.0f}" for limit in (SHORT_BUSY_TIMEOUT, BUSY_TIMEOUT))
        assert statements == [short, "PRAGMA wal_checkpoint(TRUNCATE)", after]
        assert db.execute("PRAGMA busy_timeout").fetchone()[0] == BUSY_TIMEOUT * 1000
