"""Operator mail: an alert to the operator as message bytes; pure."""

from collections.abc import Sequence
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime


def build_operator_mail(
    subject: str, lines: Sequence[str], sender: str, to: str, message_id: str, date: datetime
) -> bytes:
    """The message as bytes, CRLF. Line breaks in a header's words become spaces."""
    mail = EmailMessage(policy=SMTP.clone(cte_type="7bit"))  # a server that rewrites eight bits would break DKIM
    mail["From"], mail["To"] = " ".join(sender.split()), " ".join(to.split())
    mail["Subject"] = " ".join(subject.split())
    mail["Date"], mail["Message-ID"] = format_datetime(date), message_id
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content("\n".join(lines) + "\n")
    return mail.as_bytes()
