"""What a message that came back says: the forms that servers write, people's mail, and bytes that are no mail."""

import base64
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.bounce_rules import worst_bounce
from newsletter.inbound.bounce_parser import MAX_MESSAGE_BYTES, parse_inbound
from newsletter.inbound.mime_reader import read_parts
from tests.support.waiting import at_most

BOUNCES = Path(__file__).parents[1] / "bounces"
TOKEN = "oct-Reader_Token-22chr"
OWN = "Own_Token-of-the-Readr"
READER = "reader@example.org"

SAMPLES = [  # file, its form, what it says of the reader
    ("postfix-unknown", "bounce", "hard"),
    ("postfix-full", "bounce", "soft"),
    ("postfix-expired", "bounce", "soft"),
    ("postfix-no-domain", "bounce", "domain"),
    ("postfix-delayed", "bounce", ""),
    ("postfix-relayed", "bounce", ""),
    ("office365-edge", "bounce", "hard"),
    ("exchange-unknown", "bounce", "hard"),
    ("gmail-unknown", "bounce", "hard"),
    ("exim-report", "bounce", "hard"),
    ("exim-plain", "bounce", "soft"),
    ("qmail-unknown", "bounce", "hard"),
    ("ses-unknown", "bounce", "hard"),
    ("outlook-blocked", "bounce", "spam"),
    ("dmarc-refused", "bounce", "spam"),
    ("sender-verify", "bounce", "spam"),
    ("alias", "bounce", "soft"),  # a member of the team has left, the team has not
    ("forged", "bounce", "hard"),
    ("yahoo-complaint", "complaint", ""),
    ("ses-complaint", "complaint", ""),
    ("outlook-complaint", "complaint", ""),
    ("not-ours-complaint", "complaint", ""),
    ("not-spam", "automatic", ""),
    ("vacation", "automatic", ""),
    ("challenge", "automatic", ""),
    ("read-receipt", "other", ""),
    ("person", "other", ""),
]
WITHOUT_TOKEN = {"forged", "not-ours-complaint", "ses-complaint"}


def sample(name: str) -> bytes:
    return (BOUNCES / f"{name}.eml").read_bytes()


def test_every_sample_is_in_the_table() -> None:
    assert {file.stem for file in BOUNCES.iterdir()} == {name for name, _, _ in SAMPLES}


@pytest.mark.parametrize("ending", [b"\n", b"\r\n"], ids=["lf", "crlf"])
@pytest.mark.parametrize(("name", "form", "kind"), SAMPLES, ids=[name for name, _, _ in SAMPLES])
def test_a_server_s_form_is_read_for_what_it_says(name: str, form: str, kind: str, ending: bytes) -> None:
    said = parse_inbound(sample(name).replace(b"\n", ending))

    assert (said.form, worst_bounce(said.reports, READER)[0]) == (form, kind)
    assert (TOKEN.lower() in [token.lower() for token in said.tokens]) is (name not in WITHOUT_TOKEN)


@pytest.mark.parametrize("name", ["yahoo-complaint", "ses-complaint", "outlook-complaint"])
def test_a_complaint_that_names_nobody_still_holds_the_reader_s_own_links(name: str) -> None:
    assert parse_inbound(sample(name)).readers == (OWN,)


def test_the_server_s_word_for_the_recipient_comes_before_what_the_message_says() -> None:
    other = "x" * 22

    said = parse_inbound(sample("postfix-unknown"), f"bounces+{other}@news.example")

    assert said.tokens == (other, TOKEN)


def test_a_token_is_22_characters_between_a_delimiter_and_at() -> None:
    for text in (f"a+{TOKEN}x@b.example", f"a+{TOKEN[:-1]}@b.example", f"a.{TOKEN}@b.example", f"{TOKEN}@b.example"):
        assert parse_inbound(b"", text).tokens == ()


def test_our_own_newsletter_quoted_in_a_bounce_is_not_taken_for_the_server_s_words() -> None:
    """The copy in the samples speaks of spam, of a block and of an unknown user."""
    for name in ("qmail-unknown", "exim-plain"):
        (report,) = parse_inbound(sample(name)).reports

        assert "spam" not in report.text
        assert report.recipient == READER


def test_printing_what_was_read_shows_neither_address_nor_token() -> None:
    shown = repr(parse_inbound(sample("postfix-unknown"), f"bounces+{TOKEN}@news.example"))

    assert READER not in shown
    assert TOKEN not in shown


def nested(depth: int) -> bytes:
    levels = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(depth))
    return levels + b"Content-Type: message/delivery-status\n\nAction: failed\nStatus: 5.1.1\n"


ODD: list[tuple[str, bytes]] = [
    ("nothing", b""),
    ("only line ends", b"\r\n" * 50),
    ("nulls", b"\0" * 500),
    ("all bytes", bytes(range(256)) * 20),
    ("no headers", b"\n\nhello"),
    ("only headers", b"To: a@b.example"),
    ("a thousand multiparts deep", nested(1000)),
    ("no boundary", b"Content-Type: multipart/report\n\n--\n--\n"),
    ("boundary without its end", b'Content-Type: multipart/report; boundary="x\n\n--x\n\nhello'),
    ("a boundary of regular expressions", b'Content-Type: multipart/mixed; boundary="(a+)+$["\n\n--(a+)+$[\n\nhello'),
    ("a null in a subject's charset", b"Subject: =?utf-8\0?q?a?=\n\n"),
    ("strange charset", b"Content-Type: text/plain; charset=punycode\n\n\xff\xfe"),
    ("broken base64", b"Content-Transfer-Encoding: base64\n\nA\xff=B=C"),
    ("broken quoted-printable", b"Content-Transfer-Encoding: quoted-printable\n\n=\xff=Z=="),
    ("numbers beyond measure", b"Content-Type: message/delivery-status\n\nAction: failed\nStatus: 5." + b"9" * 9999),
    ("a code beyond measure", b"Content-Type: message/delivery-status\n\nDiagnostic-Code: smtp; " + b"5" * 9999),
    ("empty fields", b"Content-Type: message/delivery-status\n\nAction:\nStatus:\nFinal-Recipient:\n"),
    ("an empty failed recipient", b"X-Failed-Recipients:\n\n"),
    ("a machine's odd form", b"From: MAILER-DAEMON\nContent-Type: multipart/x; boundary*99999999999=x\n\n\xff--x"),
    ("a machine's boundaries", b"From: MAILER-DAEMON\n" + nested(400)),
]


@pytest.mark.parametrize("raw", [raw for _, raw in ODD], ids=[name for name, _ in ODD])
def test_odd_bytes_are_read_without_a_word(raw: bytes) -> None:
    said = parse_inbound(raw)

    assert worst_bounce(said.reports, READER)[0] in ("", "soft", "unknown")
    assert said.tokens == ()


@given(st.binary(max_size=2000))
def test_any_bytes_are_read_without_a_word(raw: bytes) -> None:
    for machine in (b"", b"From: MAILER-DAEMON\n", b"Content-Type: message/delivery-status\n\nAction: failed\n"):
        worst_bounce(parse_inbound(machine + raw).reports, READER)


@given(st.sampled_from([name for name, _, _ in SAMPLES]), st.data())
def test_a_damaged_bounce_is_read_without_a_word(name: str, data: st.DataObject) -> None:
    raw = bytearray(sample(name))
    for _ in range(data.draw(st.integers(1, 20))):
        at = data.draw(st.integers(0, len(raw) - 1))
        raw[at : at + data.draw(st.integers(0, 60))] = data.draw(st.binary(max_size=60))
        if not raw:
            return

    worst_bounce(parse_inbound(bytes(raw)).reports, READER)


def big(piece: bytes, head: bytes) -> bytes:
    return head + piece * (MAX_MESSAGE_BYTES // len(piece))


REPORT = sample("postfix-unknown")
HUGE: list[tuple[str, Callable[[], bytes]]] = [
    ("a report and a huge copy", lambda: big(b"Lorem ipsum dolor sit amet.\n", REPORT)),
    ("a huge word for people first", lambda: REPORT.replace(b"I'm sorry", b"I'm sorry. " * 900_000, 1)),
    ("one line", lambda: big(b"x", b"From: MAILER-DAEMON\n\n")),
    ("one header", lambda: big(b"x", b"From: MAILER-DAEMON\nTo: ")),
    ("headers", lambda: big(b"a: b\n", b"From: MAILER-DAEMON\n")),
    ("recipients", lambda: big(b"a@b.example, ", b"From: MAILER-DAEMON\nTo: ")),
    ("at signs", lambda: big(b"@", b"From: MAILER-DAEMON\nX-Failed-Recipients: ")),
    ("line ends", lambda: big(b"\n", b"From: MAILER-DAEMON\nContent-Type: multipart/mixed; boundary=b\n\n--b\n")),
    ("boundaries", lambda: big(b"--b\n", b"From: MAILER-DAEMON\nContent-Type: multipart/mixed; boundary=b\n\n")),
    ("dashes", lambda: big(b"-", b"From: MAILER-DAEMON\n\n")),
    ("lines of dashes", lambda: big(b"-" * 79 + b"\n", b"From: MAILER-DAEMON\n\n")),
    ("brackets", lambda: big(b"<", b"From: MAILER-DAEMON\n\n")),
    ("spaces", lambda: big(b" ", b"From: MAILER-DAEMON\n\n")),
    ("recipients of a report", lambda: big(b"\nAction: failed\n", b"Content-Type: message/delivery-status\n\n")),
    ("base64", lambda: big(b"QUFB\n", b"From: MAILER-DAEMON\nContent-Transfer-Encoding: base64\n\n")),
    ("multiparts in one another", lambda: big(b"x", nested(5) + b"\n")),
    ("multiparts for the guesser", lambda: big(b"\n", b"From: MAILER-DAEMON\n" + nested(300))),
    ("tokens", lambda: big(f"<2026-10.{TOKEN}@x>\n".encode(), b"From: MAILER-DAEMON\n\n")),
]


@pytest.mark.parametrize("make", [make for _, make in HUGE], ids=[name for name, _ in HUGE])
def test_ten_megabytes_of_anything_are_read_in_seconds(make: Callable[[], bytes]) -> None:
    raw = make()

    with at_most(20):
        worst_bounce(parse_inbound(raw).reports, READER)


def test_a_report_before_a_huge_copy_of_the_message_is_still_read() -> None:
    said = parse_inbound(big(b"Lorem ipsum dolor sit amet.\n", REPORT))

    assert worst_bounce(said.reports, READER)[0] == "hard"


def test_what_is_beyond_ten_megabytes_is_not_read() -> None:
    late = b"Content-Type: multipart/report; boundary=b\n\n--b\n\n" + b"x" * MAX_MESSAGE_BYTES
    late += b"\n--b\nContent-Type: message/delivery-status\n\nAction: failed\nStatus: 5.1.1\n--b--\n"

    assert parse_inbound(late).reports == ()


@pytest.mark.parametrize(
    ("charset", "read"),
    [("iso-2022-jp", "宛先"), ('"ISO-2022-JP"', "宛先"), ("idna", "\x1b$B08@h\x1b(B"), ("no-such", "\x1b$B08@h\x1b(B")],
)
def test_a_text_is_read_in_its_charset_where_that_is_one_of_mail(charset: str, read: str) -> None:
    raw = f"Content-Type: text/plain; format=flowed; charset={charset}\n\n".encode() + "宛先".encode("iso-2022-jp")

    assert read_parts(raw)[1][0].text() == read


def test_a_text_is_decoded_as_it_was_encoded() -> None:
    text = "Zustellung nicht möglich\n" * 20
    for encoding, body in (
        (b"base64", base64.encodebytes(text.encode())),
        (b"quoted-printable", text.encode().replace("ö".encode(), b"=C3=B6")),
        (b"8bit", text.encode("latin-1")),
    ):
        _, (part,) = read_parts(b"Content-Transfer-Encoding: " + encoding + b"\n\n" + body)

        assert part.text() == text
