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


def signs_ahead(mail: MailSettings) -> bool:
    """Whether a process may sign for a relay: where its mail is signed here, and leaves as fast as can be."""
    return bool(mail.dkim_domain) and not mail.rate_per_minute


def take_pipe(pipes: "deque[socket]", mail: MailSettings) -> "SigningPipe | None":
    """A connection's own way to the process that signs, where there is one and it may sign for the relay."""
    with suppress(IndexError):  # a connection that comes after others have ended finds none
        if signs_ahead(mail):
            end = pipes.popleft()
            from newsletter.mail.signing_process import SigningPipe

            return SigningPipe(end, (mail.dkim_domain, mail.dkim_selector, mail.dkim_key.get_secret_value()))
    return None


def sign_ahead(batches: Iterable[ClaimBatch], pipe: "SigningPipe", signer: DkimSigner) -> Iterator[ClaimBatch]:
    """The same batches. A process signs one of them; until it has, the connection sends and signs others itself."""
    asked: tuple[ClaimBatch, list[Unsigned]] | None = None
    for batch in batches:
        if asked and pipe.is_busy:
            yield batch
            continue
        before = asked and _take_signed(*asked, pipe)
        messages = [batch.templates.unsigned(claim, signer) for claim in batch.claims]
        asked = (batch, messages) if pipe.ask(messages) else None
        if before:
            yield before
        if not asked:
            yield batch
    if asked:
        yield asked[0] if pipe.is_busy else _take_signed(*asked, pipe)


def _take_signed(batch: ClaimBatch, messages: Sequence[Unsigned], pipe: "SigningPipe") -> ClaimBatch:
    return batch._replace(signed=[one.signed(own) for one, own in zip(messages, pipe.take(), strict=False)])


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
