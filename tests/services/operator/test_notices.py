"""Operator notices: who is told of what, each once, and what becomes of one that somebody cannot have yet."""

from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from app.runtime.side_effects import system_effects
from core.config.schema import Settings
from core.errors import HouseError, MailUnavailable
from core.side_effects import SideEffects
from core.states import OperatorNotice, Role
from db.operator import accounts
from db.schema.connect import Database, create, write_transaction
from newsletter.mail import transport
from newsletter.mail.transport import Parcel, Transport
from services.operator import notices
from services.operator.alerts import alert_once, mail_operator, was_alerted

NOW = datetime(2026, 9, 1, 9, 0, tzinfo=UTC)
ANNA, BEN = "anna@example.org", "ben@example.org"


class Post:
    """A way out that remembers who got what, and refuses some."""

    def __init__(self) -> None:
        self.had: list[str] = []
        self.refused: dict[str, HouseError] = {}
        self.asked: list[str] = []

    def deliver(self, way_out: Transport, pace: object, parcel: Parcel) -> None:
        self.asked.append(parcel.to)
        if error := self.refused.get(parcel.to):
            raise error
        self.had.append(parcel.to)


@pytest.fixture
def post(monkeypatch: pytest.MonkeyPatch) -> Post:
    made = Post()
    monkeypatch.setattr(transport, "deliver_now", made.deliver)
    return made


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    with closing(create(tmp_path / "casereviews.db")) as made:
        yield made


def house(tmp_path: Path, *operators: str) -> Settings:
    return Settings(data_dir=tmp_path, operator=operators)


def at(when: datetime) -> SideEffects:
    return system_effects(now=lambda: when, sleep=lambda _: None)


def person(db: Database, email: str, role: Role, *told: OperatorNotice) -> int:
    with write_transaction(db):
        account = accounts.add(db, email, email.partition("@")[0].title(), role, NOW, told)
        accounts.set_password_hash(db, account.id, "scrypt", NOW)
    return account.id


def test_each_is_told_what_they_chose_and_a_configured_operator_everything(tmp_path: Path, db: Database) -> None:
    person(db, "ed@example.org", "editor", "approval", "delivery")
    person(db, "ada@example.org", "approver", "approval")
    closed = person(db, "old@example.org", "owner", "trouble", "approval")
    with write_transaction(db):
        accounts.close(db, closed, NOW)
        accounts.add(db, "new@example.org", "New", "owner", NOW, ["trouble"])  # has not taken the invitation
    settings = house(tmp_path, ANNA)

    told = {kind: notices.list_recipients(settings, db, kind) for kind in ("approval", "trouble", "delivery")}

    assert told == {
        "approval": [ANNA, "ada@example.org"],  # an editor may not approve: they are not asked
        "trouble": [ANNA],
        "delivery": [ANNA, "ed@example.org"],
    }


def test_who_is_configured_and_has_an_account_is_told_once(tmp_path: Path, db: Database) -> None:
    person(db, "Anna@Example.org", "owner", "trouble")

    assert notices.list_recipients(house(tmp_path, "Anna <anna@example.org>"), db, "trouble") == [
        "Anna <anna@example.org>"
    ]


def test_a_notice_goes_to_each_once(tmp_path: Path, db: Database, post: Post) -> None:
    settings = house(tmp_path, ANNA, BEN)

    for _ in range(2):
        alert_once(at(NOW), settings, db, "key", "something", ["It broke."])

    assert post.had == [ANNA, BEN]


def test_one_refused_address_does_not_keep_it_from_the_others(tmp_path: Path, db: Database, post: Post) -> None:
    settings = house(tmp_path, ANNA, BEN)
    post.refused[ANNA] = HouseError("the mail server did not take it", "try later")

    assert alert_once(at(NOW), settings, db, "key", "something", ["It broke."])

    assert post.had == [BEN]
    assert notices.send_waiting(at(NOW), settings, db) == 0
    assert post.asked == [ANNA, BEN]  # its time has not come
    post.refused.clear()
    assert notices.send_waiting(at(NOW + timedelta(minutes=1)), settings, db) == 1
    assert notices.send_waiting(at(NOW + timedelta(hours=1)), settings, db) == 0
    assert post.had == [BEN, ANNA]


def test_an_address_that_is_never_taken_is_given_up_after_three_days(
    tmp_path: Path, db: Database, post: Post, caplog: pytest.LogCaptureFixture
) -> None:
    settings = house(tmp_path, ANNA, BEN)
    post.refused[ANNA] = HouseError("the mail server did not take it", "no such user")
    mail_operator(at(NOW), settings, db, "something", ["It broke."], NOW)

    for hours in range(1, 80):
        notices.send_waiting(at(NOW + timedelta(hours=hours)), settings, db)
    tries = post.asked.count(ANNA)
    notices.send_waiting(at(NOW + timedelta(days=9)), settings, db)

    assert post.asked.count(ANNA) == tries < 30
    assert "a…@example.org was not told, and it is not tried again" in caplog.text


def test_what_nobody_could_have_is_not_told_and_nothing_is_kept(tmp_path: Path, db: Database, post: Post) -> None:
    settings = house(tmp_path, ANNA, BEN)
    post.refused[ANNA] = MailUnavailable("the mail server cannot be reached", "it is down")

    assert not alert_once(at(NOW), settings, db, "key", "something", ["It broke."])

    assert post.asked == [ANNA]  # it is the same server for all of them
    assert not was_alerted(db, "key")
    assert notices.send_waiting(at(NOW + timedelta(hours=1)), settings, db) == 0
    post.refused.clear()
    assert alert_once(at(NOW + timedelta(hours=1)), settings, db, "key", "something", ["It broke."])
    assert post.had == [ANNA, BEN]


def test_where_nobody_is_to_be_told_nothing_is_sent(tmp_path: Path, db: Database, post: Post) -> None:
    assert mail_operator(at(NOW), house(tmp_path), db, "something", ["It broke."], NOW)
    assert mail_operator(at(NOW), house(tmp_path), db, "a report", ["It is wrong."], NOW, keep=True)

    assert post.had == ["news@localhost"]  # which is a file


def test_a_plain_string_and_a_list_of_one_are_the_same(tmp_path: Path) -> None:
    plain = replace_operator(tmp_path, "Anna <anna@example.org>")

    assert plain.operators == replace_operator(tmp_path, ("Anna <anna@example.org>",)).operators
    assert plain.first_operator == "Anna <anna@example.org>"
    assert replace_operator(tmp_path, "").operators == ()


def replace_operator(tmp_path: Path, operator: str | tuple[str, ...]) -> Settings:
    return Settings(data_dir=tmp_path, operator=operator)
