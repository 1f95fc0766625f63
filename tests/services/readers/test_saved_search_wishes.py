"""Saved searches asked for on the web: confirmed by a link, the same whoever asks, few of a reader."""

import pytest

from core.errors import HouseError, NotFound
from core.states import LinkKind
from core.subscriber_rules import CONSENT_VERSION, Preferences, proof_token
from db.mail import saved_searches, subscribers, transactional
from db.operator import secrets
from db.schema.connect import Database
from services.readers.saved_search_wishes import (
    MAX_SAVED_SEARCHES,
    SearchWish,
    TooManySearches,
    change_search,
    confirm_wish,
    delete_search,
    find_search,
    pause_search,
    save_wish,
)
from services.readers.signup import sign_up
from services.readers.subscriptions import confirm_signup, end_subscription
from tests.support.signups import NETWORK, NOW, Installation, traced

WISH = SearchWish("river", (("age", "1-to-5"), ("topic", "neglect"), ("topic", "sleep"), ("year", "2015-2016")), "day")


@pytest.fixture
def house(db: Database) -> Installation:
    return Installation(db)


def ask(house: Installation, email: str = "reader@example.org", wish: SearchWish = WISH) -> None:
    """Somebody asks below the results of a search."""
    sign_up(house.effects, house.settings, house.db, email, Preferences(), CONSENT_VERSION, NETWORK, wish.to_text())


def link_of(house: Installation, email: str = "reader@example.org", kind: LinkKind = "search") -> tuple[str, str]:
    """The token and the proof in the newest email of a kind."""
    one = house.one(email)
    number, asked_at = transactional.list_times(house.db, kind, one.id, NOW.replace(year=2000))[-1]
    return one.token, proof_token(secrets.get(house.db, "signing"), kind, number, asked_at, one.key)


def saved(house: Installation, email: str = "reader@example.org") -> list[SearchWish]:
    found = saved_searches.list_of_reader(house.db, house.one(email).id)
    return [SearchWish(one.words, one.filters, one.cadence) for one in found]


def test_a_stranger_confirms_the_search_and_the_subscription_by_one_link(house: Installation) -> None:
    ask(house)
    assert (house.one("reader@example.org").status, saved(house)) == ("pending", [])
    assert house.letters() == [("search", "queued")]

    assert confirm_wish(house.db, *link_of(house), NOW) is not None

    assert (house.one("reader@example.org").status, saved(house)) == ("active", [WISH])
    assert house.one("reader@example.org").consent.confirmed_when == NOW


@pytest.mark.parametrize("status", ["active", "paused"])
def test_a_reader_keeps_everything_and_has_to_confirm_too(house: Installation, status: str) -> None:
    house.sign_up("reader@example.org", Preferences(("neglect",)))
    confirm_signup(house.db, house.one("reader@example.org").token, NOW)
    house.db.execute("UPDATE subscribers SET status = ?", [status])
    before = house.one("reader@example.org")

    ask(house)
    assert (house.one("reader@example.org"), saved(house)) == (before, [])
    confirm_wish(house.db, *link_of(house), NOW)

    assert (house.one("reader@example.org"), saved(house)) == (before, [WISH])


def test_who_is_pending_keeps_what_they_wished_for(house: Installation) -> None:
    house.sign_up("reader@example.org", Preferences(("neglect",)))

    ask(house)

    assert house.one("reader@example.org").topics == ("neglect",)
    assert house.letters() == [("confirm", "queued"), ("search", "queued")]


def test_two_searches_are_two_emails_and_the_same_one_is_one(house: Installation) -> None:
    other = SearchWish("fire", (), "week")
    ask(house)
    ask(house)
    ask(house, wish=other)

    assert house.letters() == [("search", "queued"), ("search", "queued")]
    confirm_wish(house.db, *link_of(house), NOW)
    assert saved(house) == [other]


def test_the_same_work_is_done_whoever_asks(house: Installation) -> None:
    people = {}
    for who in ("pending", "active", "paused", "unsubscribed", "bounced", "complained"):
        house.sign_up(f"{who}@example.org")
        house.db.execute("UPDATE subscribers SET status = ? WHERE key = ?", [who, f"{who}@example.org"])
    for who in ("stranger", "pending", "active", "paused", "unsubscribed", "bounced", "complained"):

        def work(who: str = who) -> None:
            ask(house, f"{who}@example.org")

        people[who] = traced(house.db, work)

    assert all(statements == people["stranger"] for statements in people.values())


def test_a_mailbox_gets_no_more_of_them_than_of_sign_ups(house: Installation) -> None:
    most = house.settings.signup.per_address_per_day
    for number in range(most + 2):
        ask(house, wish=SearchWish(f"river{number}", (), "day"))

    assert len(house.letters()) == most


def test_the_link_works_for_seven_days_and_no_other_link_does(house: Installation) -> None:
    ask(house)
    token, proof = link_of(house)

    assert confirm_wish(house.db, token, "A" * 22, NOW) is None
    with pytest.raises(NotFound):
        confirm_wish(house.db, "A" * 22, proof, NOW)
    house.clock.move(days=7)
    assert confirm_wish(house.db, token, proof, house.clock.now) is None
    assert saved(house) == []


def test_who_left_since_stays_away(house: Installation) -> None:
    ask(house)
    token, proof = link_of(house)
    end_subscription(house.db, token, NOW)

    one = confirm_wish(house.db, token, proof, NOW)

    assert one is not None and (one.status, saved(house)) == ("unsubscribed", [])


def test_a_reader_has_so_many_and_no_more(house: Installation) -> None:
    house.sign_up("reader@example.org")
    token = house.one("reader@example.org").token
    for number in range(MAX_SAVED_SEARCHES):
        save_wish(house.db, token, SearchWish(f"river{number}", (), "day"), NOW)

    with pytest.raises(TooManySearches):
        save_wish(house.db, token, WISH, NOW)
    save_wish(house.db, token, SearchWish("river0", (), "month"), NOW)

    assert len(saved(house)) == MAX_SAVED_SEARCHES
    assert saved(house)[0] == SearchWish("river0", (), "month")


def test_a_search_is_changed_paused_and_deleted_by_its_reader_alone(house: Installation) -> None:
    for name in ("reader", "other"):
        house.sign_up(f"{name}@example.org")
    token, other = (house.one(f"{name}@example.org").token for name in ("reader", "other"))
    save_wish(house.db, token, WISH, NOW)
    save_wish(house.db, token, SearchWish("fire", (), "week"), NOW)
    first, second = (one.id for one in saved_searches.list_of_reader(house.db, house.one("reader@example.org").id))

    for work in (
        lambda: change_search(house.settings, house.db, other, first, WISH),
        lambda: pause_search(house.db, other, first, NOW.date()),
        lambda: delete_search(house.db, other, first),
    ):
        with pytest.raises(NotFound):
            work()
    with pytest.raises(HouseError, match="saved this search already"):
        change_search(house.settings, house.db, token, second, WISH)
    pause_search(house.db, token, first, NOW.date())
    change_search(house.settings, house.db, token, first, SearchWish("river", (("year", "2016"),), "month"))
    delete_search(house.db, token, second)

    assert saved(house) == [SearchWish("river", (("year", "2016"),), "month")]
    assert find_search(house.db, token, first).paused_until == NOW.date()
    assert subscribers.get_by_token(house.db, other) is not None
