"""Operator mail: a notice to an operator as message bytes, with the draft that it asks about; pure."""

import re
from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import TYPE_CHECKING

from newsletter.mail.message_policy import AUTOMATIC_HEADERS, MESSAGE_POLICY

if TYPE_CHECKING:
    from newsletter.issue.render import RenderedIssue

DRAFT_RULE = "-" * 72
_BODY = re.compile(r"<body[^>]*>")
_WEB_ADDRESS = re.compile(r"https?://\S+(?<![.,;:])")


def build_operator_mail(
    subject: str,
    lines: Sequence[str],
    sender: str,
    to: str,
    message_id: str,
    date: datetime,
    draft: "RenderedIssue | None" = None,
) -> bytes:
    """The message as bytes, CRLF. Line breaks in a header's words become spaces.

    With a `draft` both parts hold it below the lines, as its readers would get it.
    """
    mail = EmailMessage(policy=MESSAGE_POLICY)
    mail["From"], mail["To"] = " ".join(sender.split()), " ".join(to.split())
    mail["Subject"] = " ".join(subject.split())
    mail["Date"], mail["Message-ID"] = format_datetime(date), message_id
    for name, value in AUTOMATIC_HEADERS:
        mail[name] = value
    if draft is None:
        mail.set_content("\n".join(lines) + "\n")
        return mail.as_bytes()
    mail.set_content("\n".join([*lines, "", DRAFT_RULE, "", draft.text]), cte="quoted-printable")
    mail.add_alternative(_with_lines(draft.html, lines), subtype="html", cte="quoted-printable")
    mail.set_boundary(f"=_{re.sub(r'[^A-Za-z0-9]', '', message_id)[:60]}")  # "=_" never stands in quoted-printable text
    return mail.as_bytes()


def _with_lines(html: str, lines: Sequence[str]) -> str:
    """The page of a draft with the notice above it; web addresses in it are links."""
    from newsletter.issue.render import email_templates

    paragraphs = [[*_parts(line)] for line in lines if line]
    block = email_templates().get_template("draft_notice.html").render(paragraphs=paragraphs)
    return _BODY.sub(lambda found: f"{found[0]}\n{block}", html, count=1)


def _parts(line: str) -> list[tuple[str, bool]]:
    """A line in pieces: the words, and whether they are a web address."""
    pieces, at = [], 0
    for found in _WEB_ADDRESS.finditer(line):
        pieces += [(line[at : found.start()], False), (found[0], True)]
        at = found.end()
    return [*pieces, (line[at:], False)]
