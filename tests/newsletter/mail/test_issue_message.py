"""One reader's message, read back as a mail program reads it."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest

from core.clean_text import TOKEN_PLACEHOLDER
from core.errors import HouseError
from newsletter.issue.render import render
from newsletter.issue.wording import Wording
from newsletter.mail.issue_message import build_issue_message
from tests.newsletter.samples import WORDING, full_issue

TOKEN, OTHER, DELIVERY = "a_-bcdefghijklmnopqrst", "ZYXWVUTSRQPONMLKJIHG_-", "D" * 22
NOON = datetime(2016, 10, 1, 9, 0, tzinfo=timezone(timedelta(hours=1)))


def made(wording: Wording = WORDING, **how: Any) -> bytes:
    given: dict[str, Any] = {
        "to": "reader@example.org",
        "token": TOKEN,
        "message_token": DELIVERY,
        "host": "news.example.org",
        "date": NOON,
    }
    return build_issue_message(render(full_issue(), wording), wording, **{**given, **how})


def read(raw: bytes) -> EmailMessage:
    mail = message_from_bytes(raw, policy=policy.default)
    assert isinstance(mail, EmailMessage) and not mail.defects
    return mail


def test_headers_are_those_of_a_polite_list() -> None:
    mail = read(made())

    assert {name: str(mail[name]) for name in mail} == {
        "From": "Case reviews <news@example.org>",
        "Reply-To": "editor@example.org",
        "To": "reader@example.org",
        "Subject": "Case reviews: September 2016 (4 new): Boy, 7 months · non-accidental head injury",
        "Date": "Sat, 01 Oct 2016 09:00:00 +0100",
        "Message-ID": f"<2016-09.{DELIVERY}@news.example.org>",
        "List-Id": "<case-reviews.news.example.org>",
        "List-Unsubscribe": f"<https://news.example.org/unsubscribe/{TOKEN}>",
        "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        "List-Archive": "<https://news.example.org/issues>",
        "Precedence": "bulk",
        "Auto-Submitted": "auto-generated",
        "X-Auto-Response-Suppress": "DR, RN, NRN, OOF, AutoReply",
        "MIME-Version": "1.0",
        "Content-Type": 'multipart/alternative; boundary="=_2016-09"',
    }


def test_parts_are_the_text_then_the_html_with_the_readers_links() -> None:
    rendered = render(full_issue(), WORDING)
    text, html = read(made()).iter_parts()

    assert [text.get_content_type(), html.get_content_type()] == ["text/plain", "text/html"]
    assert text.get_content().replace("\r\n", "\n") == rendered.text.replace(TOKEN_PLACEHOLDER, TOKEN)
    assert html.get_content().splitlines() == rendered.html.replace(TOKEN_PLACEHOLDER, TOKEN).splitlines()
    assert TOKEN_PLACEHOLDER.encode() not in made()
    assert f"https://news.example.org/preferences/{TOKEN}" in text.get_content()


def test_bytes_are_fit_for_any_mail_server() -> None:
    raw = made()

    assert raw.isascii()
    assert raw.count(b"\r\n") == raw.count(b"\n") == raw.count(b"\r")
    assert max(map(len, raw.split(b"\r\n"))) <= 120


def test_a_resend_is_the_same_message() -> None:
    assert made() == made()
    assert read(made())["Message-ID"] == read(made(date=NOON.astimezone(UTC) + timedelta(days=2)))["Message-ID"]


def test_two_readers_messages_differ_in_address_and_token_only() -> None:
    mine, yours = made(), made(token=OTHER, to="other@example.org")
    fold = b"(?:=\r\n)?"  # a soft line break falls at the same place whatever the token
    token, other = (fold.join(re.escape(bytes([c])) for c in t.encode()) for t in (TOKEN, OTHER))

    assert len(mine) == len(yours) + len("reader") - len("other")
    assert re.sub(token, b"T", mine).replace(b"reader@", b"") == re.sub(other, b"T", yours).replace(b"other@", b"")


LONG = "https://a-rather-long-name-for-a-small-newsletter.safeguarding-partnership.example.org/case-reviews"


def test_long_list_headers_are_never_encoded() -> None:
    long = replace(WORDING, base_url=LONG, unsubscribe_mailbox="leave@example.org")
    raw = made(long, to="r" * 64 + "@" + "d" * 60 + ".example.org", host="h" * 60 + ".example.org")
    head = re.sub(rb"\r\nSubject: [^\r]*(\r\n [^\r]*)*", b"", raw.partition(b"\r\n\r\n")[0])

    assert b"=?" not in head
    ways = f"<{LONG}/unsubscribe/{TOKEN}>,\r\n <mailto:leave+{TOKEN}@example.org?subject={TOKEN}>"
    assert f"List-Unsubscribe: {ways}\r\n".encode() in head
    assert f"\r\nList-Archive: <{LONG}/issues>\r\n".encode() in head
    assert b"\r\nTo: " + b"r" * 64 + b"@" in head
    assert b"\r\nMessage-ID: <2016-09." in head


def test_the_way_to_leave_by_mail_has_the_delimiter_that_is_set() -> None:
    mail = made(replace(WORDING, unsubscribe_mailbox="leave@example.org", recipient_delimiter="-"))

    assert f"<mailto:leave-{TOKEN}@example.org?subject={TOKEN}>".encode() in mail


def test_names_of_any_script_survive() -> None:
    mail = read(
        made(replace(WORDING, title="Adolygiadau achosion – ŵyl", sender='"Ŵyl, Adolygiadau" <news@example.org>'))
    )

    assert mail["From"].addresses[0].display_name == "Ŵyl, Adolygiadau"
    assert mail["List-Id"] == "<adolygiadau-achosion-wyl.news.example.org>"


def test_a_list_keeps_the_identifier_that_it_was_given() -> None:
    renamed = replace(WORDING, title="Another title", list_id="case-reviews.old.example.org")

    assert read(made(renamed))["List-Id"] == "<case-reviews.old.example.org>"


def test_no_reply_to_when_nobody_reads() -> None:
    assert "Reply-To" not in read(made(replace(WORDING, reply_to="")))


@pytest.mark.parametrize(
    "to",
    [
        "a@example.org\r\nBcc: all@example.org",
        "a@example.org, b@example.org",
        "A <a@example.org>",
        "a@example.org\n",
        "a b@example.org",
        "josé@example.org",
        "a@exämple.org",
        "a@",
        "@example.org",
        "",
        "a@" + "b" * 300,
    ],
)
def test_an_address_that_is_not_one_is_refused(to: str) -> None:
    with pytest.raises(HouseError, match="not an address"):
        made(to=to)


@pytest.mark.parametrize("token", ["", "short", "x" * 23, "x" * 21 + "\n", "x" * 21 + "/", "x" * 21 + "é"])
def test_a_token_that_is_not_one_is_refused(token: str) -> None:
    with pytest.raises(HouseError, match="not a token"):
        made(token=token)
    with pytest.raises(HouseError, match="not a token"):
        made(message_token=token)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("sender", "Case reviews\r\nBcc: all@example.org <news@example.org>"),
        ("sender", "nobody"),
        ("reply_to", "editor@example.org\nBcc: all@example.org"),
        ("base_url", "https://news.example.org\r\nBcc: all@example.org"),
        ("base_url", "https://news.example.org>,<mailto:x@example.org"),
        ("base_url", "https://exämple.org"),
        ("unsubscribe_mailbox", "x@example.org\r\nBcc: all@example.org"),
    ],
)
def test_no_header_is_smuggled_in_by_the_wording(field: str, value: str) -> None:
    with pytest.raises(HouseError):
        made(replace(WORDING, **{field: value}))


def test_no_header_is_smuggled_in_by_subject_or_host() -> None:
    rendered = render(full_issue(), WORDING)
    sly = replace(rendered, issue=replace(rendered.issue, subject="News\r\nBcc: all@example.org"))

    with pytest.raises(HouseError, match="line break in the header Subject"):
        build_issue_message(
            sly, WORDING, to="a@b.example", token=TOKEN, message_token=DELIVERY, host="h.example", date=NOON
        )
    with pytest.raises(HouseError, match="not a host name"):
        made(host="h.example>\r\nBcc: all@example.org")
