"""Operator mail: an alert to the operator as message bytes; pure."""

from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage
from email.utils import format_datetime

from newsletter.mail.message_policy import AUTOMATIC_HEADERS, MESSAGE_POLICY


def build_operator_mail(
    subject: str, lines: Sequence[str], sender: str, to: str, message_id: str, date: datetime
) -> bytes:
    """The message as bytes, CRLF. Line breaks in a header's words become spaces."""
    mail = EmailMessage(policy=MESSAGE_POLICY)
    mail["From"], mail["To"] = " ".join(sender.split()), " ".join(to.split())
    mail["Subject"] = " ".join(subject.split())
    mail["Date"], mail["Message-ID"] = format_datetime(date), message_id
    for name, value in AUTOMATIC_HEADERS:
        mail[name] = value
    mail.set_content("\n".join(lines) + "\n")
    return mail.as_bytes()
