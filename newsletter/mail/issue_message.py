"""Issue message: one subscriber's email as bytes, MIME parts under List-* headers; pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime, parseaddr

from core.address_patterns import PLAIN
from core.clean_text import TOKEN_PLACEHOLDER
from core.errors import HouseError
from core.folding import fold_words
from newsletter.issue.compose import mail_subject
from newsletter.issue.render import RenderedIssue
from newsletter.issue.wording import Wording
from newsletter.mail.message_policy import AUTOMATIC_HEADERS, MESSAGE_POLICY

TOKEN_PATTERN = re.compile(r"[A-Za-z0-9_-]{22}")  # fixed, so that every reader's message folds at the same places
_HOST_PATTERN = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?")
MAX_LIST_LABEL = 60  # characters; RFC 2919 §3 allows 255 with the host
_CONTROL_CHARS = re.compile(r"[\x00-\x1f\x7f\u2028\u2029]")


@dataclass(frozen=True, slots=True)
class ListMessage:
    """What goes to the whole list, before it is anybody's: both parts, with marks where a reader's own go."""

    period: str  # of the issue, or of that which is corrected: it begins the Message-ID, by which bounces are known
    subject: str
    html: str
    text: str


def build_issue_message(
    rendered: RenderedIssue,
    wording: Wording,
    *,
    to: str,
    token: str,
    message_token: str,
    host: str,
    date: datetime,
    subject_prefix: str = "",
) -> bytes:
    """The message for one reader: multipart/alternative, UTF-8, CRLF, seven bits.

    `token` opens the reader's own pages; `message_token` names the delivery, so that a resend has the same
    Message-ID. Two readers' messages differ in nothing but address and tokens. Raises HouseError for an
    address, token, host or wording that cannot stand in a header.
    """
    parts = ListMessage(
        rendered.issue.period, subject_prefix + mail_subject(rendered.issue), rendered.html, rendered.text
    )
    return build_list_message(parts, wording, to=to, token=token, message_token=message_token, host=host, date=date)


def build_list_message(
    parts: ListMessage, wording: Wording, *, to: str, token: str, message_token: str, host: str, date: datetime
) -> bytes:
    """The message of an issue, or of a correction, for one reader; as above."""
    check_header_inputs(wording, to, (token, message_token), host)
    mail = EmailMessage(policy=MESSAGE_POLICY)
    for name, value in _header_values(parts.subject, wording, token):
        check_line_breaks(name, value)
        mail[name] = value
    mail["To"] = to
    mail["Date"] = format_datetime(date)
    mail["Message-ID"] = f"<{parts.period}.{message_token}@{host}>"
    mail["List-Id"] = f"<{wording.list_id or make_list_id(wording.title, host)}>"
    mail.set_content(parts.text.replace(TOKEN_PLACEHOLDER, token), cte="quoted-printable")
    mail.add_alternative(parts.html.replace(TOKEN_PLACEHOLDER, token), subtype="html", cte="quoted-printable")
    mail.set_boundary(f"=_{parts.period}")  # "=_" never stands in quoted-printable text
    return _check_list_headers(mail.as_bytes())


def _header_values(subject: str, wording: Wording, token: str) -> list[tuple[str, str]]:
    """Those that need checking. RFC 8058 §3.1 for one-click, RFC 2369 for the List- headers."""
    ways = [f"<{wording.base_url}/unsubscribe/{token}>"]
    if wording.unsubscribe_mailbox:
        mailbox = wording.unsubscribe_mailbox.replace("@", f"{wording.recipient_delimiter}{token}@")
        ways.append(f"<mailto:{mailbox}?subject={token}>")
    reply = [("Reply-To", wording.reply_to)] if wording.reply_to else []
    return [
        ("From", wording.sender),
        *reply,
        ("Subject", subject),
        ("List-Unsubscribe", ", ".join(ways)),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ("List-Archive", f"<{wording.base_url}/issues>"),
        ("Precedence", "bulk"),
        *AUTOMATIC_HEADERS,
    ]


def check_header_inputs(wording: Wording, to: str, tokens: Sequence[str], host: str) -> None:
    if not PLAIN.fullmatch(to) or len(to) > 254:
        raise HouseError("not an address that mail can go to", repr(to), "Correct it or erase the subscriber.")
    for token in tokens:
        if not TOKEN_PATTERN.fullmatch(token):
            raise HouseError("not a token", repr(token), "A token has 22 letters, digits, - or _.")
    if not _HOST_PATTERN.fullmatch(host):
        raise HouseError("not a host name", repr(host), "Correct base_url.")
    if not PLAIN.fullmatch(parseaddr(wording.sender)[1]):
        raise HouseError("no address in the sender", repr(wording.sender), "Set mail.sender: Name <news@example.org>.")
    if not wording.base_url.isascii() or re.search(r"[\s<>,]", wording.base_url):
        raise HouseError("not an address for a header", repr(wording.base_url), "Write base_url in plain ASCII.")


def check_line_breaks(name: str, value: str) -> None:
    """No header can be smuggled in by a line break."""
    if _CONTROL_CHARS.search(value):
        raise HouseError(f"a line break in the header {name}", repr(value), "Take it out of the configuration.")


def make_list_id(title: str, host: str) -> str:
    """What identifies a list that has no identifier yet (RFC 2919 §2): words of its title, at our host."""
    words = re.findall(r"[a-z0-9]+", " ".join(fold_words(title, joined=True)))
    return f"{'-'.join(words)[:MAX_LIST_LABEL] or 'newsletter'}.{host}"


def _check_list_headers(raw: bytes) -> bytes:
    """The same bytes, after a look at what left the library: no List- header may be encoded."""
    head = raw.partition(b"\r\n\r\n")[0].replace(b"\r\n ", b" ").replace(b"\r\n\t", b" ")
    for line in head.split(b"\r\n"):
        if line.lower().startswith(b"list-") and b"=?" in line:
            raise HouseError("a list header was garbled", line.decode("ascii", "replace"), "Shorten base_url.")
    return raw
