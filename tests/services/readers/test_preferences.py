"""What readers decide for themselves, by their token."""

import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from core.errors import NotFound
from core.records import Consent, Subscriber
from core.states import SUBSCRIBER_STATUSES
from core.subscriber_rules import CONSENT_TEXTS, CONSENT_VERSION, Preferences
from db.schema.connect import Database
from services.readers.preferences import export_personal_data, pause, resubscribe, resume, set_preferences
from services.readers.subscriptions import confirm_signup, end_subscription, find_by_token
from tests.support.installation import dump
from tests.support.signups import NOW, Installation

LATER = NOW + timedelta(hours=1)
Turn = Callable[[Database, str, datetime], Subscriber]


@pytest.fixture
def house(db: Database) -> Installation:
    return Installation(db)


@pytest.fixture
def one(house: Installation) -> Subscriber:
    """Somebody who signed up and confirmed."""
    house.sign_up("zanzibar@example.org", Preferences(("neglect",)))
    return confirm_signup(house.db, house.one("zanzibar@example.org").token, NOW)


@pytest.mark.parametrize(
    ("turn", "before", "after"),
    [(pause, "active", "paused"), (resume, "paused", "active"), (resubscribe, "unsubscribed", "active")],
)
@pytest.mark.parametrize("status", SUBSCRIBER_STATUSES)
def test_each_turn_is_from_one_status_only(
    house: Installation, one: Subscriber, turn: Turn, before: str, after: str, status: str
) -> None:
    house.db.execute("UPDATE subscribers SET status = ?", [status])
    was = house.one(one.key)

    turned = turn(house.db, one.token, LATER)

    assert turned == house.one(one.key)
    if status == before:
        assert (turned.status, turned.since, turned.consent) == (after, LATER, one.consent)
    else:
        assert turned == was


def test_only_who_had_confirmed_comes_back_by_a_link(house: Installation, one: Subscriber) -> None:
    end_subscription(house.db, one.token, NOW)
    assert resubscribe(house.db, one.token, LATER).status == "active"

    house.sign_up("other@example.org")
    token = house.one("other@example.org").token
    end_subscription(house.db, token, NOW)
    assert resubscribe(house.db, token, LATER).status == "unsubscribed"


def test_somebody_who_left_and_was_signed_up_again_must_confirm_again(house: Installation, one: Subscriber) -> None:
    end_subscription(house.db, one.token, NOW)
    house.sign_up("zanzibar@example.org")

    assert resubscribe(house.db, one.token, LATER).status == "pending"
    assert confirm_signup(house.db, one.token, LATER).status == "active"


def test_wishes_change_and_nothing_else_does(house: Installation, one: Subscriber) -> None:
    wishes = Preferences(("sleep", "ŵyl"), ("Wales",), "short", True, "none")
    changed = set_preferences(house.db, one.token, wishes, NOW)

    assert changed == house.one(one.key)
    assert (changed.topics, changed.nations) == (("sleep", "ŵyl"), ("Wales",))
    assert (changed.edition, changed.matching, changed.rest) == ("short", True, "none")
    assert (changed.status, changed.since, changed.consent, changed.token) == (
        one.status,
        one.since,
        one.consent,
        one.token,
    )


def test_a_strange_token_opens_nothing(house: Installation) -> None:
    before = dump(house.db)
    for work in (
        lambda: set_preferences(house.db, "no such token", Preferences(), NOW),
        lambda: pause(house.db, "no such token", NOW),
        lambda: resume(house.db, "", NOW),
        lambda: resubscribe(house.db, "%", NOW),
        lambda: export_personal_data(house.db, "' OR 1=1"),
        lambda: find_by_token(house.db, "*"),
    ):
        with pytest.raises(NotFound, match="no such subscription"):
            work()

    assert dump(house.db) == before


def test_my_data_is_all_that_is_held_of_me_and_of_nobody_else(house: Installation, one: Subscriber) -> None:
    house.sign_up("quixotic@example.org")
    house.db.conn.executescript(
        f"""
        INSERT INTO issues (period, status, editor_note, ordering, skipped_review_ids, title, intro, content_hash,
            content, html, text, built_at)
        VALUES ('2026-10', 'sent', '', '', '', '', '', '', '', '', '', '');
        INSERT INTO deliveries (period, subscriber_id, token, edition, state, due_at, changed_at)
        VALUES ('2026-10', {one.id}, 't1', 'full', 'sent', '2026-11-01T09:00:00Z', '2026-11-01T09:00:01Z'),
               ('2026-10', {one.id + 1}, 't2', 'full', 'refused', '2026-11-01T09:00:00Z', '2026-11-01T09:00:02Z');
        INSERT INTO bounces (subscriber_id, period, kind, at, diagnostic, fingerprint)
        VALUES ({one.id}, '2026-10', 'soft', '2026-11-02T09:00:00Z', '452 full', 'p1'),
               ({one.id + 1}, '2026-10', 'hard', '2026-11-02T09:00:00Z', '550 none', 'p2');
        """
    )
    before = dump(house.db)

    found = export_personal_data(house.db, one.token)

    assert json.loads(json.dumps(found)) == {
        "subscriber": {
            "email": "zanzibar@example.org",
            "status": "active",
            "since": "2026-11-23T09:00:00Z",
            "topics": ["neglect"],
            "nations": [],
            "edition": "full",
            "only_matching": False,
            "rest_of_issue": "lines",
            "wishes_since": None,
        },
        "consent": {
            "when": "2026-11-23T09:00:00Z",
            "wording": CONSENT_VERSION,
            "words": CONSENT_TEXTS[CONSENT_VERSION],
            "how": "web",
            "confirmed_when": "2026-11-23T09:00:00Z",
        },
        "deliveries": [{"period": "2026-10", "state": "sent", "when": "2026-11-01T09:00:01Z"}],
        "emails": [{"kind": "confirm", "state": "queued", "asked": "2026-11-23T09:00:00Z", "details": ""}],
        "bounces": [{"period": "2026-10", "kind": "soft", "when": "2026-11-02T09:00:00Z", "words": "452 full"}],
        "leave_requests": [],
        "saved_searches": [],
        "counted": ["2026-11-23T09:00:00Z"],
    }
    assert dump(house.db) == before


def test_my_data_names_every_column_that_is_kept(house: Installation, one: Subscriber) -> None:
    """A column added later belongs into my data too, or into this list with its reason."""
    told = {
        "email status status_since topics nations edition only_when_matching rest wishes_since",
        "consent_at consent_wording consent_channel confirmed_at",
        "id key mailbox token",  # our own numbers, and the address once more
    }

    columns = {row["name"] for row in house.db.execute("PRAGMA table_info(subscribers)")}

    assert columns == set(" ".join(told).split())
    assert one.consent == Consent(NOW, CONSENT_VERSION, "web", NOW)
