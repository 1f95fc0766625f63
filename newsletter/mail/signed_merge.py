"""Signed merge: any reader's message of an edition with its DKIM signature, for which only what varies is worked out.

Relaxing a message (RFC 6376 §3.4) takes most of a signature's time but for RSA itself. So it is done once for all who
get it for one reason: what fills a reader's slots has no white space. What comes before the body's first slot is
hashed once, too. The signature is that which `DkimSigner` puts before the whole message. Each connection signs its
next message while the server reads the one before, and the library lets others run meanwhile; of a long list a process
beside signs most, ahead (`signing_process.py`).
"""

from functools import lru_cache

from newsletter.mail.canonical_form import CanonicalForm, Unsigned
from newsletter.mail.dkim import DkimSigner
from newsletter.mail.merge import MergeTemplate
from newsletter.mail.slotted_bytes import MergedMessage

REASONS_AT_HAND = 50  # for which one template is kept as it is signed


class SignedTemplate:
    """An edition's template, with the canonical form of its headers and body."""

    def __init__(self, template: MergeTemplate, signer: DkimSigner) -> None:
        self._template, self._signer = template, signer
        self._canonical = lru_cache(REASONS_AT_HAND)(CanonicalForm.of)

    def ready(self, mailbox: str, token: str, message_token: str, reason: str) -> bytes:
        """The message in wire form, signed."""
        return self.merged(mailbox, token, message_token, reason).join()

    def merged(self, mailbox: str, token: str, message_token: str, reason: str) -> MergedMessage:
        """The same, not joined."""
        message = self.unsigned(mailbox, token, message_token, reason)
        return message.signed(message.form.sign(message.merged.own, self._signer))

    def unsigned(self, mailbox: str, token: str, message_token: str, reason: str) -> Unsigned:
        """The same, for somebody else to sign."""
        form = self._canonical(self._template.with_reason(reason, wire_form=False))
        return Unsigned(form, self._template.merged(mailbox, token, message_token, reason))
