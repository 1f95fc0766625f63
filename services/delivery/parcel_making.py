"""Parcel making: claimed deliveries as they go to a transport, each made while the server reads the one before it."""

from collections.abc import Callable
from email.utils import parseaddr
from typing import NamedTuple

from core.config.schema import Settings
from core.records import Claim
from newsletter.mail.transport import Parcel, Session
from services.delivery.issue_templates import IssueTemplates


class ClaimBatch(NamedTuple):
    """A few claimed deliveries that one connection has taken, with what they are merged into."""

    claims: list[Claim]
    templates: IssueTemplates
    excluded_ids: list[int] | None  # the reviews taken down that the templates leave out


def make_parcel(period: str, claim: Claim, templates: IssueTemplates, return_path: str, session: Session) -> Parcel:
    """A claimed delivery as it goes to a transport."""
    data, merged = templates.merge_for(session, claim)
    name = f"{period}/{claim.message_token}"
    return Parcel(claim.id, return_path, claim.mailbox, data, name, session.takes_wire_form, merged)


def make_return_path(settings: Settings) -> Callable[[str], str]:
    """Where the bounces of a message token go: an address of its own when bounce_address is set."""
    if not (own := settings.mail.bounce_address):
        sender = parseaddr(settings.mail.sender)[1]
        return lambda token: sender
    local, _, domain = parseaddr(own)[1].rpartition("@")
    return lambda token: f"{local}{settings.mail.recipient_delimiter}{token}@{domain}"
