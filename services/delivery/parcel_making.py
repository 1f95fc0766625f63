"""Parcel making: claimed deliveries as they go to a transport, each made while the server reads the one before it."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from email.utils import parseaddr
from itertools import repeat
from typing import TYPE_CHECKING, NamedTuple

from core.config.schema import MailSettings, Settings
from core.records import Claim
from newsletter.mail.canonical_form import Unsigned
from newsletter.mail.dkim import DkimSigner
from newsletter.mail.slotted_bytes import MergedMessage
from newsletter.mail.transport import Parcel, Session
from services.delivery.issue_templates import IssueTemplates

if TYPE_CHECKING:
    from socket import socket

    from newsletter.mail.signing_process import SigningPipe


class ClaimBatch(NamedTuple):
    """A few claimed deliveries that one connection has taken, with what they are merged into."""

    claims: list[Claim]
    templates: IssueTemplates
    excluded_ids: list[int] | None  # the reviews taken down that the templates leave out
    signed: Sequence[MergedMessage] = ()  # the claims' messages, where they are signed already

    @property
    def messages(self) -> Iterable[tuple[Claim, MergedMessage | None]]:
        """Each claim with its message, where that is signed already."""
        return zip(self.claims, self.signed or repeat(None), strict=False)


def take_pipe(pipes: "deque[socket]", mail: MailSettings) -> "SigningPipe | None":
    """A connection's own way to the process that signs, where there is one and the relay's mail is signed here."""
    with suppress(IndexError):  # a connection that comes after others have ended finds none
        if mail.dkim_domain:
            end = pipes.popleft()
            from newsletter.mail.signing_process import SigningPipe

            return SigningPipe(end, (mail.dkim_domain, mail.dkim_selector, mail.dkim_key.get_secret_value()))
    return None


def sign_ahead(batches: Iterable[ClaimBatch], pipe: "SigningPipe", signer: DkimSigner) -> Iterator[ClaimBatch]:
    """The same batches, whose messages a process signs while those of the batch before are sent."""
    waiting = deque[tuple[ClaimBatch, list[Unsigned], int]]()
    for batch in batches:
        messages = [batch.templates.unsigned(claim, signer) for claim in batch.claims]
        waiting.append((batch, messages, pipe.ask(messages)))
        if len(waiting) > 1:
            yield _take_signed(*waiting.popleft(), pipe)
    for one in waiting:
        yield _take_signed(*one, pipe)


def _take_signed(batch: ClaimBatch, messages: Sequence[Unsigned], number: int, pipe: "SigningPipe") -> ClaimBatch:
    signatures = pipe.take(number)
    return batch._replace(signed=[one.signed(signature) for one, signature in zip(messages, signatures, strict=False)])


def make_parcel(
    period: str,
    claim: Claim,
    templates: IssueTemplates,
    return_path: str,
    session: Session,
    signed: MergedMessage | None = None,
) -> Parcel:
    """A claimed delivery as it goes to a transport; `signed`: its message, where that is signed already."""
    data, merged = (b"", signed) if signed else templates.merge_for(session, claim)
    if signed and not session.takes_merged:
        data, merged = signed.join(), None
    name = f"{period}/{claim.message_token}"
    return Parcel(claim.id, return_path, claim.mailbox, data, name, session.takes_wire_form, merged)


def make_return_path(settings: Settings) -> Callable[[str], str]:
    """Where the bounces of a message token go: an address of its own when bounce_address is set."""
    if not (own := settings.mail.bounce_address):
        sender = parseaddr(settings.mail.sender)[1]
        return lambda token: sender
    local, _, domain = parseaddr(own)[1].rpartition("@")
    return lambda token: f"{local}{settings.mail.recipient_delimiter}{token}@{domain}"
