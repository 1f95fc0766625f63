"""Mail merge: one edition's message built once, then filled in for each subscriber as bytes.

The message is built with marks in the places of the reader's address and tokens, and stored so with the frozen issue.
`MergeTemplate` cuts it at the marks once; each reader's message is then a join of the pieces. The bytes depend on what
was stored and on the reader, on nothing else: no template and no setting changes a message once its issue is frozen.
"""

import re
from collections.abc import Iterator
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage

from core.errors import StoreError
from newsletter.issue.phrases import TOKEN_PLACEHOLDER
from newsletter.issue.render import RenderedIssue
from newsletter.issue.wording import Wording
from newsletter.mail.issue_message import build_issue_message
from newsletter.mail.transport import double_dots

# The marks and TOKEN_PLACEHOLDER stand in the stored messages of frozen issues: they never change.
MAILBOX_PLACEHOLDER = "reader-to-be-stamped@casereviews.invalid"  # RFC 2606 §2: nobody has it
MESSAGE_PLACEHOLDER = "MESSAGE-TO-BE-STAMPED_"  # 22 characters, as every token, so that all lines fold where these do
_SOFT_BREAK = rb"(?:=\r\n)?"  # a line of quoted-printable text that goes on (RFC 2045 §6.7)
_PLACEHOLDER_PATTERNS = tuple(
    _SOFT_BREAK.join(re.escape(bytes([char])) for char in mark.encode())
    for mark in (MAILBOX_PLACEHOLDER, TOKEN_PLACEHOLDER, MESSAGE_PLACEHOLDER)
)
_PLACEHOLDER = re.compile(b"|".join(b"(%b)" % mark for mark in _PLACEHOLDER_PATTERNS))

MergeSlot = tuple[int, int, int]  # which of mailbox, token, message token; from, up to which character


def build_merge_message(rendered: RenderedIssue, wording: Wording, *, host: str, date: datetime) -> bytes:
    """The message of an edition with marks for the reader: what a frozen issue stores. Raises HouseError."""
    return build_issue_message(
        rendered,
        wording,
        to=MAILBOX_PLACEHOLDER,
        token=TOKEN_PLACEHOLDER,
        message_token=MESSAGE_PLACEHOLDER,
        host=host,
        date=date,
    )


def message_parts(message: bytes) -> tuple[str, str]:
    """The HTML and the text of a message, with the marks or a reader's tokens in them as they are."""
    mail = message_from_bytes(message, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    bodies = [mail.get_body((kind,)) for kind in ("html", "plain")]
    html, text = (body.get_content().replace("\r\n", "\n") if body else "" for body in bodies)
    return html, text


class MergeTemplate:
    """The bytes of any reader's message: its constant pieces, and between them the slots to fill."""

    def __init__(self, message: bytes) -> None:
        """`message`: as `build_merge_message` made it. Raises StoreError when it lacks a mark."""
        self._pieces = list(_split_slots(message))
        if {piece[0] for piece in self._pieces if isinstance(piece, tuple)} != set(range(len(_PLACEHOLDER_PATTERNS))):
            raise StoreError("a stored message cannot be filled in", "it is damaged", "Restore a backup.")
        self._ready = [double_dots(piece) if isinstance(piece, bytes) else piece for piece in self._pieces]
        self._slots = [(n, piece) for n, piece in enumerate(self._pieces) if isinstance(piece, tuple)]

    def __call__(self, mailbox: str, token: str, message_token: str) -> bytes:
        """The message of one reader: CRLF, seven bits, no dots doubled. The tokens have 22 characters."""
        return self._fill_slots(self._pieces, mailbox, token, message_token)

    def ready(self, mailbox: str, token: str, message_token: str) -> bytes:
        """The same in wire form (`dot_stuff`): the dots were doubled once for all, as no slot begins with one."""
        return self._fill_slots(self._ready, mailbox, token, message_token)

    def _fill_slots(self, of: list[bytes | MergeSlot], mailbox: str, token: str, message_token: str) -> bytes:
        values = (mailbox.encode("ascii"), token.encode("ascii"), message_token.encode("ascii"))
        pieces: list[bytes] = of.copy()  # type: ignore[assignment]  # every slot is filled below
        for n, (which, start, end) in self._slots:
            pieces[n] = values[which][start:end] if end else values[which]
        return b"".join(pieces)


def _split_slots(raw: bytes) -> Iterator[bytes | MergeSlot]:
    at = 0
    for found in _PLACEHOLDER.finditer(raw):
        yield raw[at : found.start()]
        which = next(n for n, part in enumerate(found.groups()) if part)
        start, runs = 0, found[0].split(b"=\r\n")
        for number, run in enumerate(runs):
            if number:
                yield b"=\r\n"
            yield (which, start, start + len(run)) if len(runs) > 1 else (which, 0, 0)
            start += len(run)
        at = found.end()
    yield raw[at:]
