"""Parcel making: claimed deliveries as they go to a transport, signed by threads of their own ahead of their turn.

A signature takes longer than all else that is done for a message, and the library lets other threads run meanwhile. So
the next few deliveries that a connection has taken are signed while those before them are sent.
"""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from email.utils import parseaddr
from functools import partial
from typing import NamedTuple, TypeVar

from core.config.schema import Settings
from core.records import Claim
from newsletter.mail.transport import Parcel, Session
from services.delivery.issue_templates import IssueTemplates

T = TypeVar("T")


class ClaimBatch(NamedTuple):
    """A few claimed deliveries that one connection has taken, with what they are merged into."""

    claims: list[Claim]
    templates: IssueTemplates
    excluded_ids: list[int] | None  # the reviews taken down that the templates leave out


class ParcelMaker:
    """Makes the parcels of one session's deliveries."""

    def __init__(self, settings: Settings, period: str, session: Session) -> None:
        self._period, self._session, self._return_path = period, session, make_return_path(settings)

    def make_lazily(self, batches: Iterable[ClaimBatch]) -> Iterator[tuple[ClaimBatch, Iterable[Parcel]]]:
        """Each batch with its parcels, which are made as they are asked for."""
        for batch in batches:
            yield batch, map(partial(self._make, batch.templates), batch.claims)

    def make_ahead(
        self, batches: Iterable[ClaimBatch], signers: Executor
    ) -> Iterator[tuple[ClaimBatch, Iterable[Parcel]]]:
        """The same, the parcels made by other threads while those of the batch before are sent."""
        begun = ((batch, signers.submit(self._make_all, batch)) for batch in batches)
        for batch, making in _look_ahead(begun):
            yield batch, making.result()

    def _make_all(self, batch: ClaimBatch) -> list[Parcel]:
        return [self._make(batch.templates, claim) for claim in batch.claims]

    def _make(self, templates: IssueTemplates, claim: Claim) -> Parcel:
        return make_parcel(self._period, claim, templates, self._return_path(claim.message_token), self._session)


def _look_ahead(items: Iterable[T]) -> Iterator[T]:
    """Each item, once the one after it is there."""
    before: list[T] = []
    for item in items:
        yield from before
        before = [item]
    yield from before


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
