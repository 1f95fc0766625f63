"""How messages are written: mailboxes that stay mailboxes, lines within their columns, whatever the words."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.config.schema import MailSettings
from newsletter.mail.message_policy import COLUMNS, MESSAGE_POLICY, read_back_mailbox
from newsletter.mail.operator_mail import build_operator_mail

NAMES = [
    "Case reviews",
    "Leeds: case reviews",
    "Reviews, Leeds",
    "News (Leeds)",
    "News [Leeds]",
    "News.Leeds.",
    "News; Leeds @ work",
    'The "good" news',
    "O’Neill \\ Sons",
    "Adolygiadau ŵyl, (Cymru): tŷ",
    "A very long name of a very long safeguarding partnership, of three counties and of two cities: its case reviews",
    "Partneriaeth ddiogelu hirfaith iawn, tair sir a dwy ddinas: ei hadolygiadau achosion, bob mis – ŵyl y tŷ",
    "Llanfairpwllgwyngyllgogerychwyrndrobwllllantysiliogogogochandsomemorelettersbehindit",
]


def written(name: str, value: str) -> bytes:
    mail = EmailMessage(policy=MESSAGE_POLICY)
    mail[name] = value
    return mail.as_bytes().partition(b"\r\n\r\n")[0]


def columns(raw: bytes) -> int:
    return max(map(len, raw.split(b"\r\n")))


@pytest.mark.parametrize("header", ["From", "Reply-To", "To"])
@pytest.mark.parametrize("name", NAMES, ids=range(len(NAMES)))
def test_a_name_of_any_signs_is_that_of_one_mailbox(name: str, header: str) -> None:
    quoted = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
    sender = MailSettings(sender=f"{quoted} <news@example.org>").sender
    raw = written(header, sender)
    read = message_from_bytes(raw + b"\r\n\r\n", policy=policy.default)[header]

    assert [group.display_name for group in read.groups] == [None]
    assert [one.addr_spec for one in read.addresses] == ["news@example.org"]
    assert read_back_mailbox(sender) == (name, "news@example.org")
    assert columns(raw) <= COLUMNS or " " not in name


@pytest.mark.parametrize("name", ["News: Leeds", "News, Leeds", "News (Leeds)", "News.Leeds."])
def test_a_name_needs_no_quotes_in_the_configuration(name: str) -> None:
    assert read_back_mailbox(MailSettings(sender=f"{name} <news@example.org>").sender) == (name, "news@example.org")


@pytest.mark.parametrize("value", ["News: a@example.org;", "a@example.org, b@example.org", "nobody"])
def test_what_is_not_one_mailbox_is_not_read_back_as_one(value: str) -> None:
    assert read_back_mailbox(value) is None


@pytest.mark.parametrize("filler", ["x", "é", "=", "🌻", "word ", ". "])
def test_quoted_printable_keeps_to_its_columns_at_every_width(filler: str) -> None:
    text = "".join(f"{(filler * width)[:width]}\n{'y' * width} \n" for width in range(1, 170))
    mail = EmailMessage(policy=MESSAGE_POLICY)
    mail.set_content(text, cte="quoted-printable")
    raw = mail.as_bytes()

    assert columns(raw) <= COLUMNS
    assert message_from_bytes(raw, policy=policy.default).get_content().replace("\r\n", "\n") == text


@pytest.mark.parametrize("words", ["Adolygiadau ŵyl: " * 12, "Case reviews, " * 14, "🌻" * 200, "=?utf-8 " * 20])
def test_subjects_keep_to_their_columns_at_every_width(words: str) -> None:
    for width in range(1, 160):
        subject = words[:width].strip()
        raw = written("Subject", subject)

        assert columns(raw) <= COLUMNS
        unfolded = raw.partition(b"Subject: ")[2].replace(b"\r\n ", b" ").decode()
        assert str(make_header(decode_header(unfolded))) == subject


@given(st.text(st.characters(blacklist_categories=("Cs", "Cc")), max_size=300))
@settings(max_examples=30)
def test_any_text_comes_back_within_its_columns(text: str) -> None:
    mail = EmailMessage(policy=MESSAGE_POLICY)
    mail.set_content(text, cte="quoted-printable")

    assert columns(mail.as_bytes()) <= COLUMNS
    read = message_from_bytes(mail.as_bytes(), policy=policy.default).get_content()
    assert read.replace("\r\n", "\n") == f"{text}\n"


def test_a_notice_to_an_operator_of_any_name_is_written_the_same_way() -> None:
    raw = build_operator_mail(
        "ŵyl",
        ["x" * 200, "ŵ" * 100],
        '"Newyddion: Ŵyl" <news@example.org>',
        "Desg Ŵyl <desk@example.org>",
        "<notice.1@example.org>",
        datetime(2026, 11, 1, 9, tzinfo=UTC),
    )
    mail = message_from_bytes(raw, policy=policy.default)
    assert isinstance(mail, EmailMessage)

    assert columns(raw) <= COLUMNS
    assert (str(mail["To"]), mail["X-Auto-Response-Suppress"]) == (
        "Desg Ŵyl <desk@example.org>",
        "DR, RN, NRN, OOF, AutoReply",
    )
    text = mail.get_body(("plain",))
    assert text and text.get_content().splitlines() == ["x" * 200, "ŵ" * 100]
