"""Signed merge: any reader's message of an edition with its DKIM signature, for which only what varies is worked out.

Relaxing a body (RFC 6376 §3.4.4) takes most of a signature's time but for RSA itself. So the template is relaxed once,
with marks where its slots are, and cut at them: white space counts only beside white space, and no slot begins or ends
with any. What comes before the first slot is hashed once. The signature is that which `DkimSigner` puts before the
whole message.
"""

import re
from functools import lru_cache
from hashlib import sha256

from newsletter.mail.dkim import DkimSigner, relax_body, relax_signed_headers
from newsletter.mail.merge import MergeTemplate

_MARK = re.compile(rb"\0(\d+)\0")  # no byte of a message is 0


class SignedTemplate:
    """An edition's template, with the canonical form of its headers and body."""

    def __init__(self, template: MergeTemplate, signer: DkimSigner) -> None:
        self._template, self._signer = template, signer
        marks = [b"\0%d\0" % number for number in range(template.slot_count)]
        head, _, body = template.join(marks).partition(b"\r\n\r\n")
        self._head = _cut(relax_signed_headers(head))
        first, *self._body = _cut(relax_body(body))
        assert isinstance(first, bytes)
        self._beginning = sha256(first)

    def ready(self, mailbox: str, token: str, message_token: str, reason: str) -> bytes:
        """The message in wire form, signed."""
        filled = self._template.fill(mailbox, token, message_token, reason)
        values = [_relax_words(value) if b" " in value or b"\t" in value else value for value in filled]
        body = self._beginning.copy()
        for piece in self._body:
            body.update(values[piece] if isinstance(piece, int) else piece)
        head = b"".join(values[piece] if isinstance(piece, int) else piece for piece in self._head)
        header = self._signer.make_header(head, body.digest())
        return self._template.ready(mailbox, token, message_token, reason, before=header)


def _cut(marked: bytes) -> list[bytes | int]:
    """Constant pieces, and between them the numbers of slots."""
    return [int(piece) if n % 2 else piece for n, piece in enumerate(_MARK.split(marked))]


@lru_cache(1_000)
def _relax_words(value: bytes) -> bytes:
    """Lines with a reader's reason, relaxed; what else fills slots has no white space."""
    return relax_body(value)[:-2]
