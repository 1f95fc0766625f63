"""The contract's JSON has one definition: what it names, in its order, and what the views of records give."""

from datetime import UTC, datetime
from typing import Any, get_type_hints

import pytest

from core import json_types, json_views
from core.json_types import ConsentJson, IssueJson, LinkCheckJson, ReviewJson, RunJson, SubscriberJson
from core.link_records import LinkCheck
from core.records import Consent, Link, Review, Section, Subscriber
from core.source_records import Run

NOW = datetime(2016, 9, 20, 9, tzinfo=UTC)
REVIEW = Review(
    "nspcc",
    "Suffolk",
    "Baby D",
    year=2016,
    sections=(Section("learning", "Learning", "One; two", ("One", "two")),),
    links=(Link("Read the report", "https://example.org/d.pdf", "live"),),
    first_seen=NOW,
)
CONSENT = Consent(NOW, "2026-11", "web")
READER = Subscriber("Ada@example.org", "ada@example.org", "Ada@example.org", "t" * 22, NOW, CONSENT, nations=("Wales",))


@pytest.mark.parametrize(
    ("shape", "keys"),
    [
        (
            ReviewJson,
            "id source key year month publisher name title summary sections keywords links nation status first_seen "
            "last_seen baseline issue",
        ),
        (json_types.SectionJson, "kind label text items"),
        (json_types.ReviewLinkJson, "text url state"),
        (
            RunJson,
            "source pages seen new changed missing unchanged not_modified quarantined frozen covered leftovers "
            "problems bytes requests seconds",
        ),
        (
            IssueJson,
            "period title intro status hash reviews html_bytes text_bytes queued sent refused failed unknown",
        ),
        (SubscriberJson, "email status since topics nations edition consent"),
    ],
)
def test_a_shape_has_the_keys_of_the_contract_in_its_order(shape: type, keys: str) -> None:
    assert list(get_type_hints(shape)) == keys.split()


@pytest.mark.parametrize(
    ("view", "shape"),
    [
        (json_views.review_json(REVIEW), ReviewJson),
        (json_views.run_json(Run("nspcc", NOW)), RunJson),
        (json_views.link_json(LinkCheck("https://example.org/d.pdf")), LinkCheckJson),
        (json_views.consent_json(CONSENT), ConsentJson),
        (json_views.subscriber_json(READER), SubscriberJson),
    ],
)
def test_a_view_gives_the_keys_of_its_shape_in_the_same_order(view: dict[str, Any], shape: type) -> None:
    assert list(view) == list(get_type_hints(shape))


def test_a_subscriber_as_json_says_what_they_agreed_to_and_no_token() -> None:
    assert json_views.subscriber_json(READER) == {
        "email": "Ada@example.org",
        "status": "pending",
        "since": "2016-09-20T09:00:00Z",
        "topics": [],
        "nations": ["Wales"],
        "edition": "full",
        "consent": {"when": "2016-09-20T09:00:00Z", "wording": "2026-11", "how": "web", "confirmed_when": None},
    }


def test_what_is_not_known_of_a_link_is_null() -> None:
    told = json_views.link_json(LinkCheck("https://example.org/d.pdf", reviews=(3, 1)))

    assert {key for key, value in told.items() if value is None} == set(
        "status media size pages why checked_at".split()
    )
    assert (told["state"], told["reviews"]) == ("unchecked", [3, 1])
