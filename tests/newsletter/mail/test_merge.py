"""Stamping one serialised message gives what making each reader's own would have given."""

import re
from dataclasses import replace
from datetime import date, timedelta, timezone

import pytest
from bs4 import BeautifulSoup
from hypothesis import given
from hypothesis import strategies as st

from core.clean_text import TOKEN_PLACEHOLDER as READER_TOKEN
from core.errors import StoreError
from newsletter.issue.reason import reason_added, reason_asked
from newsletter.issue.render import render
from newsletter.issue.wording import Wording
from newsletter.mail.issue_message import build_issue_message
from newsletter.mail.merge import (
    MAILBOX_PLACEHOLDER,
    MESSAGE_PLACEHOLDER,
    REASON_PLACEHOLDERS,
    MergeTemplate,
    build_merge_message,
    message_parts,
)
from newsletter.mail.message_policy import COLUMNS
from newsletter.mail.transport import dot_stuff
from tests.newsletter.mail.test_issue_message import NOON
from tests.newsletter.samples import WORDING, full_issue

CHARACTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
TOKENS = st.text(CHARACTERS, min_size=22, max_size=22)
WIDE = replace(
    WORDING,
    base_url="https://a-rather-long-name-for-a-newsletter.example.org/" + "x" * 30,
    unsubscribe_mailbox="leave@example.org",
)
RENDERED = {wording.base_url: render(full_issue(), wording) for wording in (WORDING, WIDE)}
STAMPS = {
    wording.base_url: MergeTemplate(
        build_merge_message(RENDERED[wording.base_url], wording, host="news.example.org", date=NOON)
    )
    for wording in (WORDING, WIDE)
}


@given(token=TOKENS, message_token=TOKENS, local=st.text("abcdefghijklmnopqrstuvwxyz.+", min_size=1, max_size=64))
@pytest.mark.parametrize("wording", [WORDING, WIDE], ids=["short", "long"])
def test_a_stamped_message_is_the_readers_own(wording: object, token: str, message_token: str, local: str) -> None:
    assert isinstance(wording, type(WORDING))
    to = f"{local}@example.org"

    reason = reason_asked(WORDING)

    stamped = STAMPS[wording.base_url](to, token, message_token, reason)

    assert STAMPS[wording.base_url].ready(to, token, message_token, reason) == dot_stuff(stamped)
    assert stamped == build_issue_message(
        RENDERED[wording.base_url],
        wording,
        to=to,
        token=token,
        message_token=message_token,
        host="news.example.org",
        date=NOON,
    )


def test_the_same_reader_gets_the_same_bytes_again() -> None:
    again = MergeTemplate(
        build_merge_message(
            RENDERED[WORDING.base_url], WORDING, host="news.example.org", date=NOON.astimezone(NOON.tzinfo)
        )
    )

    who = ("reader@example.org", "t" * 22, "m" * 22, reason_asked(WORDING))
    assert again(*who) == STAMPS[WORDING.base_url](*who)
    other = MergeTemplate(
        build_merge_message(RENDERED[WORDING.base_url], WORDING, host="news.example.org", date=NOON + timedelta(days=1))
    )
    assert other(*who) != again(*who)
    assert NOON.tzinfo == timezone(timedelta(hours=1))


@pytest.mark.parametrize(
    "source",
    [
        "Members' form, 2025 edition.",
        "Ŵyr & <Siân> " * 12,
        "a list of " + "x" * 200,
        " . ".join("ab" * 40),
        READER_TOKEN,
    ],
    ids=["plain", "Welsh", "wide", "dots", "a mark"],
)
def test_who_was_added_is_told_by_whom_and_where_their_address_came_from(source: str) -> None:
    reason = reason_added(WORDING, date(2016, 9, 20), source)

    whole = STAMPS[WORDING.base_url]("reader@example.org", "t" * 22, "m" * 22, reason)

    html, text = message_parts(whole)
    shown = BeautifulSoup(html, "lxml").select_one(".why")
    assert shown is not None and shown.get_text() == reason
    assert reason in " ".join(text.split())
    assert "added your address to Case reviews on 20 September 2016. We wrote down where it came from: “" in reason
    assert "you asked" not in text and "you asked" not in html and "confirmed" not in reason
    assert max(map(len, whole.partition(b"\r\n\r\n")[2].split(b"\r\n"))) <= COLUMNS
    assert STAMPS[WORDING.base_url].ready("reader@example.org", "t" * 22, "m" * 22, reason) == dot_stuff(whole)


@pytest.mark.parametrize("wording", [WORDING, WIDE], ids=["short", "long"])
def test_both_parts_can_be_read_back_from_the_message_as_they_were_rendered(wording: Wording) -> None:
    made = RENDERED[wording.base_url]

    message = build_merge_message(made, wording, host="news.example.org", date=NOON)

    html, text = message_parts(message, reason_asked(wording))

    assert (html.rstrip("\n"), text.rstrip("\n")) == (made.html.rstrip("\n"), made.text.rstrip("\n"))


@pytest.mark.parametrize("mark", [MAILBOX_PLACEHOLDER, MESSAGE_PLACEHOLDER, *REASON_PLACEHOLDERS])
def test_what_somebody_wrote_has_no_place_for_what_is_a_reader_s_own(mark: str) -> None:
    sly = render(replace(full_issue(), note=f"[Look](https://example.org/?of={mark})"), WORDING)

    raw = build_merge_message(sly, WORDING, host="news.example.org", date=NOON)
    own = MergeTemplate(raw)("reader@example.org", "t" * 22, "m" * 22, "Because.")

    html, text = message_parts(own)
    for part in (html, text):
        (address,) = re.findall(r"https://example\.org/\?of=[^\s\">]*", part)
        assert "READER" in address


@pytest.mark.parametrize("mark", [b"reader-to-be-stamped", b"MESSAGE-TO-BE-STAMPED_", b"IN-THE-TEXT"])
def test_a_stored_message_that_lost_a_mark_is_sent_to_nobody(mark: bytes) -> None:
    raw = build_merge_message(RENDERED[WORDING.base_url], WORDING, host="news.example.org", date=NOON)

    with pytest.raises(StoreError, match="cannot be filled in"):
        MergeTemplate(raw.replace(mark, b"lost"))


@pytest.mark.parametrize(
    ("raw", "sent"),
    [
        (b"a\r\n.b\r\n", b"a\r\n..b\r\n"),
        (b".a\r\n", b"..a\r\n"),
        (b"a\r\n.", b"a\r\n..\r\n"),
        (b"a\r\n..\r\n.\r\nb\r\n", b"a\r\n...\r\n..\r\nb\r\n"),
        (b"a.\r\n", b"a.\r\n"),
    ],
)
def test_a_dot_that_begins_a_line_is_doubled(raw: bytes, sent: bytes) -> None:
    assert dot_stuff(raw) == sent
