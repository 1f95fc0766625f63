"""Signed merge: any reader's message of an edition with its DKIM signature, for which only what varies is worked out.

Relaxing a message (RFC 6376 §3.4) takes most of a signature's time but for RSA itself. So it is done once for all who
get it for one reason: what fills a reader's slots has no white space. What comes before the body's first slot is
hashed once, too. The signature is that which `DkimSigner` puts before the whole message. Each connection signs its
next message while the server reads the one before; the library lets others run meanwhile.
"""

from collections.abc import Sequence
from functools import lru_cache
from hashlib import sha256

from newsletter.mail.dkim import DkimSigner, relax_body, relax_signed_headers
from newsletter.mail.merge import MergeTemplate, encode_own
from newsletter.mail.slotted_bytes import MergedMessage, SlottedBytes

REASONS_AT_HAND = 50  # for which one template is kept as it is signed


class SignedTemplate:
    """An edition's template, with the canonical form of its headers and body."""

    def __init__(self, template: MergeTemplate, signer: DkimSigner) -> None:
        self._template, self._signer = template, signer
        self._canonical = lru_cache(REASONS_AT_HAND)(_CanonicalForm)

    def ready(self, mailbox: str, token: str, message_token: str, reason: str) -> bytes:
        """The message in wire form, signed."""
        return self.merged(mailbox, token, message_token, reason).join()

    def merged(self, mailbox: str, token: str, message_token: str, reason: str) -> MergedMessage:
        """The same, not joined."""
        own = encode_own(mailbox, token, message_token)
        signed_headers, body_hash = self._canonical(self._template.with_reason(reason, wire_form=False)).fill(own)
        header = self._signer.make_header(signed_headers, body_hash)
        return MergedMessage(header, self._template.with_reason(reason, wire_form=True), own)


class _CanonicalForm:
    """The headers that are signed and the body, relaxed."""

    def __init__(self, message: SlottedBytes) -> None:
        self._head = SlottedBytes(message.rewrite(lambda raw: relax_signed_headers(raw.partition(b"\r\n\r\n")[0])))
        first, *rest = message.rewrite(lambda raw: relax_body(raw.partition(b"\r\n\r\n")[2]))
        assert isinstance(first, bytes)
        self._beginning, self._rest = sha256(first), SlottedBytes(rest)

    def fill(self, own: Sequence[bytes]) -> tuple[bytes, bytes]:
        """One reader's headers, and the hash of their body."""
        body = self._beginning.copy()
        for piece in self._rest.fill(own):
            body.update(piece)
        return b"".join(self._head.fill(own)), body.digest()
