"""SMTP reply: what a mail server answered, and whether it means ourselves."""

import re
from typing import NamedTuple

from core.address_patterns import IN_REPLY

_SENDING_QUOTA = re.compile(
    r"\b[45]\.4\.5\b|(daily|hourly|monthly|sending)\b.{0,40}\b(quota|limit)"
    r"|(quota|limit)\b.{0,40}\b(per day|per hour|today)",
    re.I,
)  # of ours, not of the reader's mailbox; x.4.5 is "mail system congestion", used by Gmail for its sending limit
_POSSIBLE_QUOTA = re.compile(r"(message|account)\b.{0,40}\b(quota|limit)", re.I)  # of ours, unless it says whose
_RECIPIENT_QUOTA = re.compile(r"\btried to reach\b|\b(mailbox|inbox|recipient|user|size)\b|\bover quota\b", re.I)
_RECIPIENT_CODES = re.compile(r"\b[45]\.(2\.\d{1,3}|3\.4)\b")  # RFC 3463: of the mailbox, of the message's length


class SmtpReply(NamedTuple):
    """A server's answer (RFC 5321 §4.2)."""

    code: int
    text: str

    def __str__(self) -> str:
        return f"{self.code} {self.text}".strip()


def is_sender_refusal(reply: SmtpReply, step: bytes) -> bool:
    """Whether a refusal is of ourselves, so that every message would get it: our log-in, sender or quota."""
    if reply.code in (530, 534, 535, 538):  # RFC 4954 §6
        return True
    if reply.code >= 500 and step.startswith(b"MAIL"):
        return True
    words = IN_REPLY.sub(" ", reply.text)
    if _RECIPIENT_CODES.search(words):
        return False
    return bool(_SENDING_QUOTA.search(words) or (_POSSIBLE_QUOTA.search(words) and not _RECIPIENT_QUOTA.search(words)))
