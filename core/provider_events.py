"""Provider events: what a mail provider reports of one of our messages, as records."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime

from core.bounce_rules import RecipientReport
from core.states import ProviderEventKind


@dataclass(frozen=True, slots=True)
class ProviderEvent:
    """One thing that a provider tells of one recipient, identified by its provider and `ident`."""

    kind: ProviderEventKind
    ident: str  # the provider's own, or all that tells it from others
    at: datetime | None  # UTC; when it happened; None: not said
    address: str = field(default="", repr=False)  # of the recipient; empty: not said
    token: str = field(default="", repr=False)  # that we sent along for the provider to give back
    message_id: str = field(default="", repr=False)  # the header of our message; empty: not said
    return_path: str = field(default="", repr=False)  # of its envelope
    report: RecipientReport | None = None  # of a bounce

    @property
    def digest(self) -> str:
        """What is kept to know it again: 32 hexadecimal digits that name nobody."""
        return hashlib.sha256(self.ident.encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class TopicConfirmation:
    """A topic of Amazon SNS that asks whether its notices may come, identified by the topic."""

    topic: str  # arn:aws:sns:eu-west-1:123456789012:mail
    url: str = field(repr=False)  # whoever opens it says yes
    at: datetime  # UTC; when it asked
