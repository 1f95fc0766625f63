"""Mail merge: one edition's message built once, then filled in for each subscriber as bytes.

The message is built with marks in the places of the reader's address and tokens, and stored so with the frozen issue.
`MergeTemplate` cuts it at the marks once; each reader's message is then a join of the pieces. The bytes depend on what
was stored and on the reader, on nothing else: no template and no setting changes a message once its issue is frozen.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.quoprimime import body_encode
from functools import lru_cache
from html import escape
from quopri import decodestring
from typing import NamedTuple

from core.clean_text import NO_READER, TOKEN_PLACEHOLDER
from core.errors import HouseError, StoreError
from newsletter.issue.compose import mail_subject
from newsletter.issue.reason import reason_asked
from newsletter.issue.render import RenderedIssue, wrap_text
from newsletter.issue.wish_blocks import PREHEADER, SLOT
from newsletter.issue.wording import Wording
from newsletter.mail.issue_message import ListMessage, build_list_message
from newsletter.mail.message_policy import COLUMNS
from newsletter.mail.slotted_bytes import MergedMessage, MergeSlot, SlottedBytes
from newsletter.mail.transport import double_dots

# The marks and TOKEN_PLACEHOLDER stand in the stored messages of frozen issues: they never change.
MAILBOX_PLACEHOLDER = "reader-to-be-stamped@casereviews.invalid"  # RFC 2606 §2: nobody has it
MESSAGE_PLACEHOLDER = "MESSAGE-TO-BE-STAMPED_"  # 22 characters, as every token, so that all lines fold where these do
REASON_PLACEHOLDERS = "READERS-REASON-IN-THE-TEXT", "READERS-REASON-IN-THE-HTML"  # why this reader gets it
_HTML_REASON = re.compile(r'(<p class="why"[^>]*>).*?(?=</p>)', re.DOTALL)
_HARD_BREAK = re.compile(rb"(?<!=)\r\n")
_SOFT_BREAK = rb"(?:=\r\n)?"  # a line of quoted-printable text that goes on (RFC 2045 §6.7)
_PLACEHOLDER_PATTERNS = tuple(
    _SOFT_BREAK.join(re.escape(bytes([char])) for char in mark.encode())
    for mark in (MAILBOX_PLACEHOLDER, TOKEN_PLACEHOLDER, MESSAGE_PLACEHOLDER, *REASON_PLACEHOLDERS, PREHEADER)
)
_PLACEHOLDER = re.compile(b"|".join(b"(%b)" % mark for mark in _PLACEHOLDER_PATTERNS))

IN_TEXT, IN_PREHEADER = 3, 5  # of the marks: those of the reason, and one that only frames have
_FRAME_SLOTS = f"{SLOT}\r\n\r\n".encode(), f"<!--{SLOT}-->\r\n".encode()  # in the text, in the HTML

_REASONS_AT_HAND = 50  # of a template: it is filled in for many readers with the same one after another


def build_merge_message(rendered: RenderedIssue, wording: Wording, *, host: str, date: datetime) -> bytes:
    """The message of an edition with marks for the reader: what a frozen issue stores. Raises HouseError."""
    subject = mail_subject(rendered.issue)
    parts = ListMessage(rendered.issue.period, subject, rendered.html, rendered.text)
    return build_marked_message(parts, wording, host=host, date=date)


def build_marked_message(parts: ListMessage, wording: Wording, *, host: str, date: datetime) -> bytes:
    """A message to the whole list with marks for the reader. Raises HouseError."""
    in_text, in_html = REASON_PLACEHOLDERS
    parts = replace(parts, subject=_disarm(parts.subject), html=_disarm(parts.html), text=_disarm(parts.text))
    before, reason, after = parts.text.rpartition(wrap_text(reason_asked(wording)))
    if not reason:
        raise HouseError("the message does not say why readers get it", parts.period, "Build it again.")
    html = _HTML_REASON.sub(rf"\g<1>{in_html}", parts.html)
    return build_list_message(
        replace(parts, text=f"{before}{in_text}{after}", html=html),
        wording,
        to=MAILBOX_PLACEHOLDER,
        token=TOKEN_PLACEHOLDER,
        message_token=MESSAGE_PLACEHOLDER,
        host=host,
        date=date,
    )


def _disarm(text: str) -> str:
    """What somebody wrote, without marks that each reader's own address or token would be merged into."""
    for mark in (MAILBOX_PLACEHOLDER, MESSAGE_PLACEHOLDER, *REASON_PLACEHOLDERS):
        text = text.replace(mark, NO_READER)
    return text


def message_parts(message: bytes, reason: str = "") -> tuple[str, str]:
    """The HTML and the text of a message, with a `reason` for the reader's; the other marks stay."""
    mail = message_from_bytes(message, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    bodies = [mail.get_body((kind,)) for kind in ("html", "plain")]
    html, text = (body.get_content().replace("\r\n", "\n") if body else "" for body in bodies)
    in_text, in_html = REASON_PLACEHOLDERS
    return html.replace(in_html, escape(reason, quote=False)), text.replace(in_text, wrap_text(reason))


class ReasonSlot(NamedTuple):
    """A line of a part for a reader's own words, why they get the message, with what stands around the words."""

    which: int  # of the marks
    before: str
    after: str


Piece = bytes | MergeSlot | ReasonSlot


@lru_cache(1_000)  # one of each list, and of each reader who was added by hand
def _encode_reason(slot: ReasonSlot, reason: str, wire_form: bool) -> bytes:
    words = wrap_text(reason) if slot.which == IN_TEXT else escape(reason, quote=False)
    encoded = encode_lines(f"{slot.before}{words}{slot.after}")
    return encoded.wire_form if wire_form else encoded.plain


class EncodedLines(NamedTuple):
    """Whole lines of a part of a message, encoded as they stand in it."""

    plain: bytes
    wire_form: bytes  # the dots that begin lines are doubled


def encode_lines(text: str) -> EncodedLines:
    """Lines as quoted-printable text: the same bytes alone as among others (RFC 2045 §6.7)."""
    plain = body_encode(text.encode().decode("latin-1"), COLUMNS, "\r\n").encode("ascii")
    return EncodedLines(plain, double_dots(b"\r\n" + plain)[2:])


class MergeTemplate:
    """The bytes of any reader's message: its constant pieces, and between them the slots to fill."""

    def __init__(self, message: bytes) -> None:
        """`message`: as `build_merge_message` made it. Raises StoreError when it lacks a mark."""
        pieces = list(_split_slots(message))
        if {piece[0] for piece in pieces if isinstance(piece, tuple)} - {IN_PREHEADER} != set(range(IN_PREHEADER)):
            raise StoreError("a stored message cannot be filled in", "it is damaged", "Restore a backup.")
        self._set_pieces(pieces, [double_dots(piece) if isinstance(piece, bytes) else piece for piece in pieces])

    def _set_pieces(self, pieces: list[Piece], ready: list[Piece]) -> None:
        self._pieces, self._ready = pieces, ready
        self._by_reason: dict[tuple[str, bool], SlottedBytes] = {}

    def place(
        self, in_text: Sequence[EncodedLines], in_html: Sequence[EncodedLines], preheader: str
    ) -> "MergeTemplate":
        """The template of those for whom this stands where a frame has its slots. Raises StoreError."""
        pieces, ready = self._pieces.copy(), self._ready.copy()
        for n, piece in enumerate(pieces):
            if isinstance(piece, ReasonSlot) and piece.which == IN_PREHEADER:
                pieces[n] = ready[n] = _encode_reason(piece, preheader, wire_form=True)
        for slot, lines in zip(_FRAME_SLOTS, (in_text, in_html), strict=True):
            at = next((n for n, piece in enumerate(pieces) if isinstance(piece, bytes) and slot in piece), None)
            if at is None:
                raise StoreError("a stored message has no place for reviews", "it is damaged", "Restore a backup.")
            pieces[at : at + 1] = _fill_slot(pieces[at], slot, [one.plain for one in lines])
            ready[at : at + 1] = _fill_slot(ready[at], slot, [one.wire_form for one in lines])
        placed = MergeTemplate.__new__(MergeTemplate)
        placed._set_pieces(pieces, ready)
        return placed

    def __call__(self, mailbox: str, token: str, message_token: str, reason: str) -> bytes:
        """The message of one reader: CRLF, seven bits, no dots doubled. The tokens have 22 characters."""
        return b"".join(self.with_reason(reason, wire_form=False).fill(encode_own(mailbox, token, message_token)))

    def ready(self, mailbox: str, token: str, message_token: str, reason: str) -> bytes:
        """The same in wire form (`dot_stuff`): the dots were doubled once for all, as no slot begins with one."""
        return b"".join(self.with_reason(reason, wire_form=True).fill(encode_own(mailbox, token, message_token)))

    def merged(self, mailbox: str, token: str, message_token: str, reason: str) -> MergedMessage:
        """The same, not joined."""
        return MergedMessage(b"", self.with_reason(reason, wire_form=True), encode_own(mailbox, token, message_token))

    def with_reason(self, reason: str, wire_form: bool) -> SlottedBytes:
        """The message of all who get it for one reason."""
        if known := self._by_reason.get((reason, wire_form)):
            return known
        if len(self._by_reason) >= 2 * _REASONS_AT_HAND:
            self._by_reason = {}
        pieces = self._ready if wire_form else self._pieces
        made = SlottedBytes(
            [_encode_reason(piece, reason, wire_form) if isinstance(piece, ReasonSlot) else piece for piece in pieces]
        )
        self._by_reason[reason, wire_form] = made
        return made


def encode_own(mailbox: str, token: str, message_token: str) -> tuple[bytes, bytes, bytes]:
    """What fills the slots of one reader."""
    return mailbox.encode("ascii"), token.encode("ascii"), message_token.encode("ascii")


def _fill_slot(piece: Piece, slot: bytes, lines: list[bytes]) -> list[Piece]:
    assert isinstance(piece, bytes)
    before, _, after = piece.partition(slot)
    return [before, *lines, after]


def _split_slots(raw: bytes) -> Iterator[Piece]:
    at = 0
    for found in _PLACEHOLDER.finditer(raw):
        which = next(n for n, part in enumerate(found.groups()) if part)
        if which >= IN_TEXT:
            start, end = _line_around(raw, found.start(), found.end())
            yield raw[at:start]
            before, after = raw[start : found.start()], raw[found.end() : end]
            yield ReasonSlot(which, *(decodestring(part).decode() for part in (before, after)))
            at = end
            continue
        yield raw[at : found.start()]
        start, runs = 0, found[0].split(b"=\r\n")
        for number, run in enumerate(runs):
            if number:
                yield b"=\r\n"
            yield (which, start, start + len(run)) if len(runs) > 1 else (which, 0, 0)
            start += len(run)
        at = found.end()
    yield raw[at:]


def _line_around(raw: bytes, start: int, end: int) -> tuple[int, int]:
    """From where to where the line of quoted-printable text goes that holds this, soft breaks and all."""
    begin = max(found.end() for found in _HARD_BREAK.finditer(raw, 0, start))
    following = _HARD_BREAK.search(raw, end)
    return begin, following.start() if following else len(raw)
