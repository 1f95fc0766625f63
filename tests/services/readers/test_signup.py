"""Signing up: the same whoever asks, a letter to say yes to, and caps that a moving clock lifts."""

import logging
import tomllib
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import pytest

from app.cli import init
from core.config.schema import Settings, SignupSettings
from core.config.settings_table import SettingsTable, inner_table
from core.errors import HouseError, LimitExceeded
from core.subscriber_rules import (
    CONSENT_TEXTS,
    CONSENT_VERSION,
    InvalidInput,
    Preferences,
    network_key,
    parse_preferences,
)
from db.mail import subscribers
from db.schema.connect import Database, connect
from services.readers.import_readers import import_readers
from services.readers.signup import invite
from services.readers.subscriptions import (
    SubscriptionRequest,
    add_subscriber,
    confirm_signup,
    delete_expired,
    end_subscription,
    erase_subscriber,
)
from tests.services.readers.test_subscriptions import REFUSED, TAKEN
from tests.support.installation import dump
from tests.support.signups import NOW, Installation, traced


@pytest.fixture
def house(db: Database) -> Installation:
    return Installation(db)


def test_a_stranger_is_pending_and_is_written_to(house: Installation) -> None:
    house.sign_up("Reader@example.org", Preferences(("neglect",), ("Wales",), "short", True))

    one = house.one("reader@example.org")
    assert (one.email, one.status, one.since) == ("Reader@example.org", "pending", NOW)
    assert (one.topics, one.nations, one.edition, one.matching) == (("neglect",), ("Wales",), "short", True)
    assert (one.consent.when, one.consent.wording, one.consent.how) == (NOW, CONSENT_VERSION, "web")
    assert one.consent.confirmed_when is None
    assert house.letters() == [("confirm", "queued")]
    assert CONSENT_VERSION in CONSENT_TEXTS


def test_who_is_pending_may_wish_anew_and_has_a_week_again(house: Installation) -> None:
    house.sign_up("reader@example.org", Preferences(("neglect",)))
    before = house.one("reader@example.org")
    house.db.execute("UPDATE transactional_mail SET state = 'sent'")
    house.clock.move(days=6)

    house.sign_up("READER@example.org", Preferences(("sleep",)))

    after = house.one("reader@example.org")
    assert (after.topics, after.status, after.token, after.id) == (("sleep",), "pending", before.token, before.id)
    assert after.since == house.clock.now
    assert house.letters() == [("confirm", "sent"), ("confirm", "queued")]
    house.clock.move(days=6)
    assert delete_expired(house.db, house.clock.now) == (0, 0)


def test_while_a_letter_waits_no_second_one_does(house: Installation) -> None:
    house.sign_up("reader@example.org")
    house.sign_up("reader@example.org")

    assert house.letters() == [("confirm", "queued")]


@pytest.mark.parametrize("status", ["active", "paused"])
def test_who_is_subscribed_keeps_everything_and_is_told_so(house: Installation, status: str) -> None:
    house.sign_up("reader@example.org", Preferences(("neglect",)))
    confirm_signup(house.db, house.one("reader@example.org").token, NOW)
    house.db.execute("UPDATE subscribers SET status = ?", [status])
    before = house.one("reader@example.org")
    house.clock.move(hours=1)

    house.sign_up("Reader@Example.org", Preferences(("ziggurat",), edition="short"))

    assert house.one("reader@example.org") == before
    assert house.letters()[1:] == [("known", "queued")]


@pytest.mark.parametrize("status", ["unsubscribed", "bounced", "complained"])
def test_who_left_comes_back_by_their_own_wish(house: Installation, status: str) -> None:
    add_subscriber(house.effects, house.db, "reader@example.org", SubscriptionRequest(confirmed=True))
    before = house.one("reader@example.org")
    end_subscription(house.db, before.token, NOW, status)

    house.sign_up("reader@example.org")

    after = house.one("reader@example.org")
    assert (after.status, after.token, after.consent.confirmed_when) == ("pending", before.token, None)
    assert house.letters() == [("confirm", "queued")]
    house.clock.move(days=7)
    assert delete_expired(house.db, house.clock.now) == (1, 0)
    assert import_readers(house.effects, house.db, b"email\nreader@example.org\n", "x").erased == 1


def test_who_was_erased_comes_back_by_their_own_wish(house: Installation) -> None:
    erase_subscriber(house.db, "reader@example.org", NOW)

    house.sign_up("reader@example.org")

    assert house.one("reader@example.org").status == "pending"


def test_the_same_work_is_done_whoever_asks(house: Installation) -> None:
    people = {}
    for who in ("pending", "active", "paused", "unsubscribed", "bounced", "complained"):
        add_subscriber(house.effects, house.db, f"{who}@example.org", SubscriptionRequest())
        house.db.execute("UPDATE subscribers SET status = ? WHERE key = ?", [who, f"{who}@example.org"])
    erase_subscriber(house.db, "erased@example.org", NOW)
    for who in ("stranger", "erased", "pending", "active", "paused", "unsubscribed", "bounced", "complained"):

        def work(who: str = who) -> None:
            house.sign_up(f"{who}@example.org")  # and no answer to compare: there is none

        people[who] = traced(house.db, work)

    assert all(statements == people["stranger"] for statements in people.values())
    assert len(people["stranger"]) > 10
    assert people["stranger"][0].startswith("BEGIN IMMEDIATE")
    assert people["stranger"][-1].startswith("COMMIT")


@pytest.mark.parametrize(("typed", "why"), REFUSED, ids=lambda value: ascii(value)[:40])
def test_a_hostile_address_is_refused_and_nothing_is_written(house: Installation, typed: str, why: str) -> None:
    before = dump(house.db)

    with pytest.raises(HouseError) as caught:
        house.sign_up(typed)

    assert not isinstance(caught.value, LimitExceeded)
    assert why in str(caught.value)
    assert "\n" not in str(caught.value)
    assert dump(house.db) == before


@pytest.mark.parametrize(("typed", "mailbox", "key"), TAKEN, ids=lambda value: ascii(value)[:30])
def test_an_unusual_address_signs_up(house: Installation, typed: str, mailbox: str, key: str) -> None:
    house.sign_up(typed)

    assert (house.one(key).email, house.one(key).mailbox) == (typed.strip(" \t"), mailbox)


TOPICS = [  # what was typed, and what is kept; or why not
    ('"quoted"; it\'s', ('"quoted"', "it's")),
    ("'; DROP TABLE subscribers --", ("'", "DROP TABLE subscribers --")),
    ("<script>alert(1)</script>", ("<script>alert(1)</script>",)),
    ("{{ 7 * 7 }};{% raw %}", ("{{ 7 * 7 }}", "{% raw %}")),
    ("cam-drin; ŵyl; 虐待; الإهمال", ("cam-drin", "ŵyl", "虐待", "الإهمال")),
    ("https://example.org/?a=b&c", ("https://example.org/?a=b&c",)),
    ("%0d%0aBcc: v", ("%0d%0aBcc: v",)),
    ("a\r\nBcc: v@example.org", "invisible"),
    ("a\nb", "invisible"),
    ("a\0b", "invisible"),
    ("a\u202eb", "invisible"),
    ("a\u200bb", "invisible"),
    ("a\ud800b", "invisible"),
    ("x" * 300, "no more than 50 topics of 80"),
    ("x;" * 300 + ";".join(map(str, range(60))), "no more than 50 topics of 80"),
    ("😀", "no word"),
    ("neglect; --", "no word"),
]


@pytest.mark.parametrize(("typed", "kept"), TOPICS, ids=lambda value: ascii(value)[:30])
def test_a_hostile_topic_is_refused_with_a_reason_or_kept_intact(
    house: Installation, typed: str, kept: str | tuple[str, ...]
) -> None:
    if isinstance(kept, str):
        with pytest.raises(InvalidInput, match=kept):
            parse_preferences(typed)
        return
    wanted = [one for one in kept if any(char.isalnum() for char in one)]

    house.sign_up("reader@example.org", parse_preferences("; ".join(wanted)))

    assert house.one("reader@example.org").topics == tuple(wanted)


def test_twenty_sign_ups_at_once_make_one_subscriber_and_one_letter(house: Installation) -> None:
    def ask(number: int) -> None:
        with connect(house.db.file) as own:
            other = Installation(own)
            other.effects = house.effects
            other.sign_up(("reader@gmail.com", "Rea.der+x@googlemail.com")[number % 2], network=f"198.51.{number}.1")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ask, range(20)))

    assert subscribers.counts(house.db) == {"pending": 1}
    assert house.letters() == [("confirm", "queued")]


# Caps


def posted(house: Installation) -> int:
    """Let the letters that wait be sent; how many were ever queued."""
    house.db.execute("UPDATE transactional_mail SET state = 'sent'")
    return len(house.letters())


def test_an_address_gets_three_letters_a_day_and_nobody_is_told(house: Installation) -> None:
    told = []
    for spelling in ("a.b@gmail.com", "ab@gmail.com", "AB+x@googlemail.com", "a.b@googlemail.com"):
        house.sign_up(spelling)
        told.append(posted(house))
        house.clock.move(hours=1)
    assert told == [1, 2, 3, 3]

    house.sign_up("other@gmail.com")
    assert posted(house) == 4

    house.clock.now = NOW
    house.clock.move(hours=23, minutes=59)
    house.sign_up("ab@gmail.com")
    assert posted(house) == 4

    house.clock.move(minutes=1)
    house.sign_up("ab@gmail.com")
    house.sign_up("ab@gmail.com")  # the second of the day before is an hour younger
    assert posted(house) == 5


def test_who_is_subscribed_is_not_flooded_either(house: Installation) -> None:
    add_subscriber(house.effects, house.db, "reader@example.org", SubscriptionRequest(confirmed=True))
    for _ in range(5):
        house.sign_up("reader@example.org")
        posted(house)
        house.clock.move(minutes=1)

    assert house.letters() == [("known", "sent")] * 3


def test_a_button_pressed_twice_sends_one_letter_and_uses_up_no_more(house: Installation) -> None:
    for _ in range(4):
        house.sign_up("reader@example.org")
        posted(house)
    assert house.letters() == [("confirm", "sent")]
    house.db.execute("UPDATE transactional_mail SET state = 'refused'")
    house.sign_up("reader@example.org")  # the first did not arrive
    assert posted(house) == 2
    house.clock.move(minutes=1)

    house.sign_up("reader@example.org")

    assert posted(house) == 3


def test_a_button_pressed_twice_before_its_letter_leaves_uses_up_no_more_either(house: Installation) -> None:
    for _ in range(3):
        house.sign_up("reader@example.org")
        house.sign_up("reader@example.org")
        posted(house)
        house.clock.move(minutes=1)

    assert house.letters() == [("confirm", "sent")] * 3


def test_a_network_asks_twenty_times_an_hour(house: Installation) -> None:
    for number in range(20):
        house.sign_up(f"reader{number}@example.org", network=f"192.0.2.{number}")
        house.clock.move(minutes=1)
    before = dump(house.db)

    with pytest.raises(LimitExceeded, match=r"^too many sign-ups: from your network\. Try again in an hour\.$"):
        house.sign_up("late@example.org", network="::ffff:192.0.2.200")
    assert dump(house.db) == before

    house.sign_up("neighbour@example.org", network="192.0.3.1")
    house.sign_up("six@example.org", network="2001:db8::1")
    house.clock.move(minutes=40)
    house.sign_up("late@example.org", network="192.0.2.200")
    with pytest.raises(LimitExceeded):
        house.sign_up("later@example.org", network="192.0.2.200")


def test_a_network_does_not_begin_anew_at_midnight(house: Installation) -> None:
    house.clock.move(hours=14, minutes=50)
    for number in range(20):
        house.sign_up(f"reader{number}@example.org")
    house.clock.move(minutes=20)

    with pytest.raises(LimitExceeded):
        house.sign_up("late@example.org")

    house.clock.move(minutes=41)
    house.sign_up("late@example.org")


def test_what_is_capped_in_silence_counts_for_the_network(house: Installation) -> None:
    for _ in range(20):
        house.sign_up("reader@example.org")

    with pytest.raises(LimitExceeded):
        house.sign_up("reader@example.org")


def test_there_are_so_many_letters_an_hour_in_all(db: Database, caplog: pytest.LogCaptureFixture) -> None:
    house = Installation(db, SignupSettings(per_hour=5))
    for number in range(5):
        house.sign_up(f"reader{number}@example.org", network=f"198.51.{number}.1")
        house.clock.move(minutes=1)

    with caplog.at_level(logging.WARNING), pytest.raises(LimitExceeded, match="just now"):
        house.sign_up("late@example.org", network="203.0.113.1")
    assert caplog.messages == ["no more sign-ups this hour: signup.per_hour is 5"]

    house.clock.move(minutes=55)
    house.sign_up("late@example.org", network="203.0.113.1")
    assert subscribers.counts(db) == {"pending": 6}


def test_no_few_networks_shut_out_all_others(db: Database) -> None:
    house = Installation(db, SignupSettings(per_hour=100, per_network_per_hour=20))
    refused = 0
    for number in range(100):  # five networks, as often as they are let
        try:
            house.sign_up(f"reader{number}@example.org", network=f"198.51.{number % 5}.1")
        except LimitExceeded:
            refused += 1

    for other in range(40):
        house.sign_up(f"other{other}@example.org", network=f"203.0.{other}.1")

    assert refused == 45
    assert subscribers.counts(db) == {"pending": 95}
    with pytest.raises(LimitExceeded, match="from your network"):
        house.sign_up("again@example.org", network="203.0.1.1")


def test_an_office_shares_with_a_few_that_ask_too_often(db: Database) -> None:
    house = Installation(db, SignupSettings(per_hour=100, per_network_per_hour=20))
    for number in range(55):
        house.sign_up(f"reader{number}@example.org", network=f"198.51.{number % 5}.1")

    for colleague in range(8):  # of half of a hundred, shared by six networks
        house.sign_up(f"colleague{colleague}@example.org", network="203.0.113.1")

    with pytest.raises(LimitExceeded):
        house.sign_up("late@example.org", network="203.0.113.1")


@pytest.mark.parametrize("domain", ["example.org", "board.gov.uk", "gmail.com"])
def test_a_mailbox_is_written_to_so_often_a_day_by_whatever_tag(house: Installation, domain: str) -> None:
    for number in range(20):
        house.sign_up(f"victim+{number}@{domain}", network=f"198.51.{number}.1")

    assert house.letters().count(("confirm", "queued")) <= 3
    house.sign_up(f"other@{domain}", network="203.0.113.9")
    assert house.letters()[-1] == ("confirm", "queued")


def test_of_the_network_only_a_hash_is_kept_and_for_a_day_only(house: Installation, tmp_path: Path) -> None:
    house.sign_up("reader@example.org", network="203.0.113.77")

    held = "\n".join(dump(house.db))
    assert "203.0.113" not in held
    assert "203.0.113" not in tmp_path.joinpath("casereviews.db").read_bytes().decode("latin-1")
    first = house.db.execute("SELECT keyed_hash FROM signup_attempts WHERE kind = 'network'").fetchone()[0]
    assert len(first) == 64

    house.clock.move(days=1)
    delete_expired(house.db, house.clock.now)
    assert house.db.execute("SELECT COUNT(*) FROM signup_attempts").fetchone()[0] == 0

    house.sign_up("reader@example.org", network="203.0.113.77")
    second = house.db.execute("SELECT keyed_hash FROM signup_attempts WHERE kind = 'network'").fetchone()[0]
    assert first != second
    house.clock.move(days=1)
    house.sign_up("other@example.org", network="2001:db8::1")
    assert house.db.execute("SELECT COUNT(*) FROM signup_attempts").fetchone()[0] == 2


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.254", True),
        ("192.0.2.1", "192.0.3.1", False),
        ("192.0.2.1", "::ffff:192.0.2.9", True),
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", True),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", True),
        ("2001:db8:1:2::1", "2001:db8:2:2::1", False),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        ("", "no address", True),
        ("", "192.0.2.1", False),
    ],
)
def test_neighbours_are_those_of_a_24_or_a_48(one: str, other: str, same: bool) -> None:
    assert (network_key(one, NOW.date()) == network_key(other, NOW.date())) is same


# The operator's own


def test_an_operator_invites_within_the_cap_of_the_address(house: Installation) -> None:
    def typed(**how: bool) -> tuple[bool, bool]:
        asked = SubscriptionRequest(confirmed=how.pop("confirmed", False))
        _, changed, letter = invite(house.effects, house.settings, house.db, "reader@example.org", asked, **how)
        posted(house)
        return changed, letter

    assert typed(dry=True) == (True, False)
    assert [typed() for _ in range(4)] == [(True, True), (False, True), (False, True), (False, False)]
    assert typed(confirmed=True) == (True, False)
    assert typed() == (False, False)
    assert house.letters() == [("confirm", "sent")] * 3


def test_an_operator_does_not_invite_whom_we_lost(house: Installation) -> None:
    erase_subscriber(house.db, "reader@example.org", NOW)

    with pytest.raises(HouseError, match="They can subscribe again themselves"):
        invite(house.effects, house.settings, house.db, "reader@example.org", SubscriptionRequest())
    assert house.letters() == []


# The configuration


def keys(model: type[SettingsTable]) -> set[str]:
    """Each key of a table and of those in it: "mail.port"."""
    found = set()
    for name, field in model.KEYS.items():
        if inner := inner_table(field.kind):
            found |= {f"{name}.{key}" for key in keys(inner)}
        else:
            found.add(name)
    return found


def _paths(name: str, value: object) -> list[str]:
    """The keys of a value, below its name: "web.oidc.issuer"."""
    if not isinstance(value, dict):
        return [name]
    return [path for key, inner in value.items() for path in _paths(f"{name}.{key}", inner)]


def test_the_commented_configuration_has_every_key() -> None:
    text = Path(init.__file__).with_name("casereviews.toml").read_text("utf-8")
    said = tomllib.loads(text.replace("# checked = ", "checked = "))  # it is nobody's but the operator's to say
    written = {key for name, value in said.items() for key in _paths(name, value)}

    assert keys(Settings) - written == {"mail.relays"}  # in place of what is written there: a comment


def test_nor_do_many_networks_one_after_another(db: Database) -> None:
    house = Installation(db, SignupSettings(per_hour=100, per_network_per_hour=20))
    for number in range(20 * 20):  # twenty networks, each as often as it is let
        with suppress(LimitExceeded):
            house.sign_up(f"reader{number}@example.org", network=f"198.51.{number // 20}.1")

    house.sign_up("other@example.org", network="203.0.113.1")

    assert subscribers.counts(db)["pending"] < 100
