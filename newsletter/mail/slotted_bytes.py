"""Slotted bytes: what readers' messages have in common, with slots for what is a reader's own."""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

_SLOT_MARK = re.compile(rb"\0(\d+)\0")  # no byte of a message is 0
MergeSlot = tuple[int, int, int]  # which of mailbox, token, message token; from, up to which character


class SlottedBytes:
    """Constant bytes, and between them slots for a reader's mailbox and tokens."""

    def __init__(self, pieces: Sequence[bytes | MergeSlot]) -> None:
        self.pieces = pieces
        self._constants = [b"" if isinstance(piece, tuple) else piece for piece in pieces]
        self._slots = [
            (n, piece[0], slice(piece[1], piece[2] or None))
            for n, piece in enumerate(pieces)
            if isinstance(piece, tuple)
        ]

    def fill(self, own: Sequence[bytes]) -> list[bytes]:
        """The pieces, with these in the slots: mailbox, token, message token."""
        filled = self._constants.copy()
        for n, which, part in self._slots:
            filled[n] = own[which][part]
        return filled

    def rewrite(self, change: Callable[[bytes], bytes]) -> list[bytes | MergeSlot]:
        """The pieces after a change of the bytes that leaves alone what fills the slots; the first is no slot."""
        marked = (b"\0%d\0" % n if isinstance(piece, tuple) else piece for n, piece in enumerate(self.pieces))
        parts = _SLOT_MARK.split(change(b"".join(marked)))
        return [self.pieces[int(part)] if n % 2 else part for n, part in enumerate(parts)]


class MergedMessage(NamedTuple):
    """A reader's message in wire form, its pieces not joined: many readers have the constant ones in common."""

    head: bytes  # its signature, where it is signed
    constant: SlottedBytes
    own: tuple[bytes, ...]  # what fills the slots

    def join(self) -> bytes:
        """The bytes of the message."""
        return b"".join((self.head, *self.constant.fill(self.own)))
