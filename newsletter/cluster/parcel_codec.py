"""Parcel codec: the messages of a batch as bytes for a worker, and the texts that messages share.

The messages of an edition differ in their readers' slots alone: address and links; and where they are signed, in the
header before them. So a message is told by the name of its text, which workers are given once, and by what is its own:
some two hundred bytes for sixty thousand.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from core.config.schema import MailSettings
from core.config.value_forms import SecretStr
from newsletter.mail.slotted_bytes import MergedMessage, SlottedBytes
from newsletter.mail.transport import Parcel

RELAY_KEYS = "host port security helo_name auth username password rate_per_minute connections timeout".split()


@dataclass(frozen=True, slots=True)
class ParcelBatch:
    """What a worker needs to send some messages."""

    mail: MailSettings  # of the relay alone
    token: str  # that it is logged in to with, where it takes one
    rate: float  # messages a minute over all workers; 0: as fast as the relay takes them
    most: int  # connections to the relay over all workers; 0: as many as these have
    ahead: bool  # whether a message may be asked for before the one before it is answered
    parcels: tuple[Parcel, ...]  # merged, signed


def encode_batch(batch: ParcelBatch, name_text: Callable[[SlottedBytes], str]) -> bytes:
    """A batch as bytes, in clear. `name_text`: of a text that workers are given by itself; empty: it goes with this."""
    texts: dict[SlottedBytes, int] = {}  # the place of each
    parcels: list[tuple[int, str, str, int, str, list[str]]] = []
    for parcel in batch.parcels:
        assert parcel.merged, "a message for workers is not joined"
        head, text, own = parcel.merged
        place, words = texts.setdefault(text, len(texts)), [one.decode("ascii") for one in own]
        parcels.append((parcel.id, parcel.return_path, parcel.to, place, head.decode("ascii"), words))
    relay: dict[str, Any] = {name: getattr(batch.mail, name) for name in RELAY_KEYS}
    relay["password"] = batch.mail.password.get_secret_value()
    said = {"relay": relay, "token": batch.token, "rate": batch.rate, "most": batch.most, "ahead": batch.ahead}
    named = [name_text(text) or _list_pieces(text) for text in texts]
    return json.dumps(said | {"texts": named, "parcels": parcels}).encode()


def decode_batch(data: bytes, find_text: Callable[[str], SlottedBytes]) -> ParcelBatch:
    """What `encode_batch` was given; parcels without a name, not joined. `find_text`: by its name."""
    said = json.loads(data)
    relay = said["relay"] | {"password": SecretStr(said["relay"]["password"])}
    texts = [find_text(one) if isinstance(one, str) else _slotted(one) for one in said["texts"]]
    parcels = (
        Parcel(
            *(number, return_path, to, b"", "", True),
            MergedMessage(head.encode("ascii"), texts[place], tuple(one.encode("ascii") for one in own)),
        )
        for number, return_path, to, place, head, own in said["parcels"]
    )
    return ParcelBatch(MailSettings(**relay), said["token"], said["rate"], said["most"], said["ahead"], tuple(parcels))


def encode_text(text: SlottedBytes) -> bytes:
    """A text that messages share as bytes, in clear."""
    return json.dumps(_list_pieces(text)).encode()


def decode_text(data: bytes) -> SlottedBytes:
    """What `encode_text` was given."""
    return _slotted(json.loads(data))


def _list_pieces(text: SlottedBytes) -> list[str | tuple[int, int, int]]:
    return [piece.decode("latin-1") if isinstance(piece, bytes) else piece for piece in text.pieces]


def _slotted(pieces: list[Any]) -> SlottedBytes:
    return SlottedBytes([one.encode("latin-1") if isinstance(one, str) else (one[0], one[1], one[2]) for one in pieces])
