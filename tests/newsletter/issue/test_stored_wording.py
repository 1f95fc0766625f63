"""The wording as it is stored with a frozen issue."""

from dataclasses import fields, replace
from datetime import date

import pytest

from core.config.schema import SupportLine
from newsletter.issue.wording import Wording, wording_from_json, wording_to_json
from tests.newsletter.samples import WORDING

FULL = Wording(
    title="Achosion ŵ",
    collection="Llyfrgell",
    base_url="https://news.example.org",
    sender="Case reviews <news@example.org>",
    reply_to="team@example.org",
    postal_address="1 Old Street\nTown",
    support=(SupportLine(name="Childline", phone="0800 1111"), SupportLine(name="B", email="b@example.org", words="x")),
    support_checked=date(2026, 10, 1),
    order="year",
    unsubscribe_mailbox="leave@example.org",
    collections=(("nspcc", "NSPCC Repository"), ("other", "")),
    permission="With the collection's leave.",
    privacy_url="https://example.org/privacy",
    recipient_delimiter="-",
    list_id="case-reviews.news.example.org",
    timezone="Europe/Paris",
    site="Anytown",
    accent="#7a1fa2",
    accent_dark="#b582cb",
    templates="/srv/templates",
)


@pytest.mark.parametrize("wording", [FULL, WORDING, replace(FULL, support=(), support_checked=None, collections=())])
def test_what_was_stored_is_read_back_in_full(wording: Wording) -> None:
    assert wording_from_json(wording_to_json(wording)) == wording


def test_the_sample_says_something_in_every_field() -> None:
    bare = Wording("", "", "", "")

    assert [one.name for one in fields(Wording) if getattr(FULL, one.name) == getattr(bare, one.name)] == []
