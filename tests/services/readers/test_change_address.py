"""A reader's address changed: by a link to the new one, told at the old one, taken back, and nobody told of anybody."""

import pytest

from core.errors import HouseError, LimitExceeded
from core.records import Subscriber
from core.subscriber_rules import MAX_PROOF_EMAILS, address_digest, proof_token
from db.mail import bounces, saved_searches, subscribers, suppressions, transactional
from db.operator import secrets
from db.schema.connect import Database
from services.delivery.send_transactional import send_due
from services.readers import fresh_proof
from services.readers.change_address import confirm_change, find_change, request_change, take_back
from services.readers.saved_search_wishes import SearchWish, save_wish
from services.readers.subscriptions import confirm_signup, delete_expired, erase_subscriber
from tests.services.readers.test_saved_search_wishes import link_of
from tests.support.installation import dump
from tests.support.signups import NETWORK, NOW, Installation, read, traced

OLD, NEW = "old@example.org", "New@example.org"


@pytest.fixture
def house(db: Database) -> Installation:
    return Installation(db)


def reader(house: Installation, email: str = OLD, status: str = "active") -> Subscriber:
    """Somebody of a status, who had a letter to confirm."""
    house.sign_up(email)
    confirm_signup(house.db, house.one(email).token, NOW)
    house.db.execute("UPDATE subscribers SET status = ? WHERE key = ?", [status, email])
    house.db.execute("UPDATE transactional_mail SET state = 'sent'")
    return house.one(email)


def ask(house: Installation, one: Subscriber, email: str = NEW) -> None:
    request_change(house.effects, house.settings, house.db, one.token, email, NETWORK)


def links(house: Installation, one: Subscriber) -> list[tuple[int, str]]:
    """The number and the proof of each email to a new address, as the reader is now."""
    now, secret = subscribers.get_by_id(house.db, one.id), secrets.get(house.db, "signing")
    assert now is not None
    times = transactional.list_times(house.db, "address", one.id, NOW.replace(year=2000))
    return [(number, proof_token(secret, "address", number, at, now.key)) for number, at in times]


def letters(house: Installation) -> list[tuple[str, str]]:
    """Kind and state of every letter but those to confirm a sign-up."""
    return [letter for letter in house.letters() if letter[0] != "confirm"]


def test_the_subscription_goes_with_all_that_belongs_to_it(house: Installation) -> None:
    one = reader(house)
    save_wish(house.db, one.token, SearchWish("river", (), "day"), NOW)
    before = house.one(OLD)
    ask(house, one)
    assert (house.one(OLD), letters(house)) == (before, [("address", "queued")])

    moved = confirm_change(house.db, *links(house, one)[0], NOW)

    assert moved is not None
    assert (moved.id, moved.token, moved.email, moved.key) == (one.id, one.token, NEW, "new@example.org")
    assert subscribers.get(house.db, OLD) is None
    assert len(saved_searches.list_of_reader(house.db, moved.id)) == 1
    assert letters(house) == [("moved", "queued")]
    old = address_digest(secrets.get(house.db, "signing"), OLD)
    assert suppressions.find(house.db, [old]) == {old}


def test_the_emails_go_to_the_new_address_and_to_the_old_one(house: Installation) -> None:
    one = reader(house)
    ask(house, one)
    assert send_due(house.effects, house.settings, house.db) == 1
    confirm_change(house.db, *links(house, one)[0], NOW)
    assert send_due(house.effects, house.settings, house.db) == 1

    mails = [read(file.read_bytes()) for file in sorted(house.outbox.glob("*.eml"))]
    text = {str(mail["To"]): mail.get_body(["plain"]).get_content() for mail in mails}  # type: ignore[union-attr]
    assert set(text) == {NEW, OLD}
    assert one.token not in text[NEW]
    assert OLD not in text[NEW]
    assert "now goes to N…@example.org" in " ".join(text[OLD].split())
    assert f"/preferences/{one.token}/address/back/" in text[OLD]


def test_the_link_works_once_for_seven_days_and_for_its_own_address_alone(house: Installation) -> None:
    one = reader(house)
    ask(house, one)
    ask(house, one, "third@example.org")
    first, second = links(house, one)

    assert find_change(house.db, first[0], second[1], NOW) is None
    assert find_change(house.db, first[0], "A" * 22, NOW) is None
    house.clock.move(days=7)
    assert find_change(house.db, *first, house.clock.now) is None
    moved = confirm_change(house.db, *second, NOW)
    assert moved is not None and moved.email == "third@example.org"
    assert confirm_change(house.db, *second, NOW) is None
    assert confirm_change(house.db, *first, NOW) is None


def test_who_is_subscribed_there_already_is_told_so_and_nobody_else_is(house: Installation) -> None:
    one, other = reader(house), reader(house, "new@example.org", "paused")

    ask(house, one)

    assert letters(house) == [("known", "queued")]
    assert transactional.list_times(house.db, "known", other.id, NOW.replace(year=2000))
    assert links(house, one) == []


def test_who_subscribes_there_meanwhile_stays(house: Installation) -> None:
    one = reader(house)
    ask(house, one)
    link = links(house, one)[0]
    reader(house, "new@example.org")

    assert confirm_change(house.db, *link, NOW) is None
    assert (house.one(OLD).id, house.one("new@example.org").status) == (one.id, "active")


@pytest.mark.parametrize("status", ["pending", "unsubscribed", "bounced", "complained"])
def test_who_was_there_and_is_not_makes_room(house: Installation, status: str) -> None:
    one = reader(house)
    reader(house, "new@example.org", status)
    ask(house, one)

    moved = confirm_change(house.db, *links(house, one)[0], NOW)

    assert moved is not None and house.one("new@example.org").id == one.id


def test_the_same_work_is_done_whoever_is_there(house: Installation) -> None:
    people, one = {}, reader(house)
    for who in ("pending", "unsubscribed", "bounced", "complained"):
        reader(house, f"{who}@example.org", who)
    erase_subscriber(house.db, "erased@example.org", NOW)
    for who in ("stranger", "erased", "pending", "unsubscribed", "bounced", "complained"):

        def work(who: str = who) -> None:
            ask(house, one, f"{who}@example.org")

        people[who] = traced(house.db, work)

    assert all(statements == people["stranger"] for statements in people.values())


def test_nobody_floods_others_by_it(house: Installation) -> None:
    one = reader(house)
    for number in range(MAX_PROOF_EMAILS + 2):
        ask(house, one, f"victim{number}@example.org")

    assert len(letters(house)) == MAX_PROOF_EMAILS
    with pytest.raises(LimitExceeded):
        for number in range(house.settings.signup.per_network_per_hour):
            ask(house, one, f"more{number}@example.org")
    with pytest.raises(HouseError):
        ask(house, one, "no address")


def test_the_old_address_takes_it_back_and_old_links_end(house: Installation) -> None:
    one = reader(house)
    ask(house, one)
    used = links(house, one)[0]
    confirm_change(house.db, *used, NOW)
    token, proof = link_of(house, "new@example.org", "moved")

    back = take_back(house.effects, house.db, token, proof)

    assert back is not None and (back.id, back.email) == (one.id, OLD)
    assert back.token != one.token
    assert subscribers.get_by_token(house.db, one.token) is None
    assert confirm_change(house.db, *used, NOW) is None
    assert letters(house) == []


def test_until_the_old_address_cannot_take_it_back_nothing_held_is_shown_or_deleted(house: Installation) -> None:
    one = reader(house)
    ask(house, one)
    confirm_change(house.db, *links(house, one)[0], NOW)

    assert not fresh_proof.request_proof(house.db, one.token, "data", NOW)
    assert not fresh_proof.request_proof(house.db, one.token, "erase", NOW)
    house.clock.move(days=7, minutes=1)
    assert fresh_proof.request_proof(house.db, one.token, "data", house.clock.now)


def test_what_came_back_from_the_old_mailbox_counts_no_more(house: Installation) -> None:
    one = reader(house)
    house.db.execute(
        """
        INSERT INTO bounces (subscriber_id, period, kind, at, diagnostic, fingerprint)
        VALUES (?, '2026-10', 'soft', '2026-11-01T09:00:00Z', 'full', 'x')
        """,
        [one.id],
    )
    ask(house, one)
    confirm_change(house.db, *links(house, one)[0], NOW)

    assert bounces.list_counted(house.db, one.id, NOW.replace(year=2000)) == []


@pytest.mark.parametrize("whose", [OLD, "new@example.org"])
def test_erasing_leaves_neither_address(house: Installation, whose: str) -> None:
    one = reader(house)
    ask(house, one)
    if whose != OLD:
        confirm_change(house.db, *links(house, one)[0], NOW)
    send_due(house.effects, house.settings, house.db)

    erase_subscriber(house.db, whose, NOW)

    assert not [line for line in dump(house.db) if "old@example.org" in line or "ew@example.org" in line]


def test_a_stranger_whose_address_was_typed_is_erased_from_it(house: Installation) -> None:
    one = reader(house)
    ask(house, one, "stranger@example.org")
    send_due(house.effects, house.settings, house.db)

    erase_subscriber(house.db, "stranger@example.org", NOW)

    assert not [line for line in dump(house.db) if "stranger@example.org" in line]
    assert list(house.outbox.glob("*.eml")) == []
    assert house.one(OLD).id == one.id


def test_an_address_that_nobody_confirmed_is_forgotten_after_seven_days(house: Installation) -> None:
    ask(house, reader(house))
    send_due(house.effects, house.settings, house.db)
    house.clock.move(days=7)

    delete_expired(house.db, house.clock.now)

    assert not [line for line in dump(house.db) if NEW in line]
