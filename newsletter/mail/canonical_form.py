"""Canonical form of the messages of one template (RFC 6376 §3.4), for which only what varies is worked out."""

from collections.abc import Sequence
from hashlib import sha256
from typing import NamedTuple

from newsletter.mail.dkim import DkimSigner, relax_body, relax_signed_headers
from newsletter.mail.slotted_bytes import MergedMessage, MergeSlot, SlottedBytes

Pieces = Sequence[bytes | MergeSlot]


class CanonicalForm:
    """The headers that are signed and the body, relaxed; what comes before the body's first slot is hashed once."""

    def __init__(self, head: Pieces, body: Pieces) -> None:
        first, *rest = body
        assert isinstance(first, bytes)
        self._pieces = head, body
        self._head, self._beginning, self._rest = SlottedBytes(head), sha256(first), SlottedBytes(rest)

    def __reduce__(self) -> tuple[type["CanonicalForm"], tuple[Pieces, Pieces]]:
        return CanonicalForm, self._pieces  # to another process: no hash can be copied there

    @classmethod
    def of(cls, message: SlottedBytes) -> "CanonicalForm":
        """That of a message (CRLF) with slots for what is a reader's own."""
        head = message.rewrite(lambda raw: relax_signed_headers(raw.partition(b"\r\n\r\n")[0]))
        return cls(head, message.rewrite(lambda raw: relax_body(raw.partition(b"\r\n\r\n")[2])))

    def sign(self, own: Sequence[bytes], signer: DkimSigner) -> bytes:
        """The lines of one reader's DKIM-Signature; `own`: what fills the slots."""
        body = self._beginning.copy()
        for piece in self._rest.fill(own):
            body.update(piece)
        return signer.make_header(b"".join(self._head.fill(own)), body.digest())


class Unsigned(NamedTuple):
    """A message without its signature, and what that is made of."""

    form: CanonicalForm
    merged: MergedMessage

    def signed(self, signature: bytes) -> MergedMessage:
        """The message with it."""
        return self.merged._replace(head=signature)
