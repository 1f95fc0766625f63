"""Parcel codec: the messages of a batch as bytes for a worker, the lines that they share once.

The messages of an edition differ in a few places: whom they are to, the reader's links. So of each only the ends of
lines are written that differ from an earlier one's; what is equal is found by comparing whole chunks. A batch of 20
takes little more room than two messages.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from core.config.schema import MailSettings
from core.config.value_forms import SecretStr
from newsletter.mail.transport import Parcel

CHUNK = 4096  # bytes that are compared at once
MAX_DIFFERENCES, MAX_BASES = 60, 4  # of one message; of a batch, that a message is compared with
Difference = tuple[int, int, str]  # from which byte of the base, up to which; what stands there instead
RELAY_KEYS = "host port security helo_name auth username password rate_per_minute timeout".split()


@dataclass(frozen=True, slots=True)
class ParcelBatch:
    """What a worker needs to send some messages."""

    mail: MailSettings  # of the relay alone
    token: str  # that it is logged in to with, where it takes one
    rate: float  # messages a minute over all workers; 0: as fast as the relay takes them
    ahead: bool  # whether a message may be asked for before the one before it is answered
    parcels: tuple[Parcel, ...]  # in wire form, signed


def encode_batch(batch: ParcelBatch) -> bytes:
    """A batch as bytes, in clear."""
    texts: list[bytes] = []  # that others are told by
    parcels: list[tuple[int, str, str, int, list[Difference]]] = []
    for parcel in batch.parcels:
        place, own = _find_base(parcel.data, texts)
        parcels.append((parcel.id, parcel.return_path, parcel.to, place, own))
    relay: dict[str, Any] = {name: getattr(batch.mail, name) for name in RELAY_KEYS}
    relay["password"] = batch.mail.password.get_secret_value()
    said = {"relay": relay, "token": batch.token, "rate": batch.rate, "ahead": batch.ahead}
    return json.dumps(said | {"texts": [text.decode("latin-1") for text in texts], "parcels": parcels}).encode()


def _find_base(data: bytes, texts: list[bytes]) -> tuple[int, list[Difference]]:
    """The text that a message is told by, and how it differs; itself where it differs much from the last ones."""
    for place in range(len(texts) - 1, max(-1, len(texts) - 1 - MAX_BASES), -1):
        if (own := _find_differences(texts[place], data)) is not None:
            return place, own
    texts.append(data)
    return len(texts) - 1, []


def _find_differences(base: bytes, data: bytes) -> list[Difference] | None:
    """What to put in place of which bytes of a base; None where that is too much."""
    found: list[Difference] = []
    at = here = 0
    while at < len(base) or here < len(data):
        if base[at : at + CHUNK] == data[here : here + CHUNK]:
            at, here = at + CHUNK, here + CHUNK
            continue
        equal, different = 0, CHUNK
        while different - equal > 1:
            middle = (equal + different) // 2
            if base[at + equal : at + middle] == data[here + equal : here + middle]:
                equal = middle
            else:
                different = middle
        at, here = at + equal, here + equal
        end, stop = base.find(b"\n", at) + 1 or len(base), data.find(b"\n", here) + 1 or len(data)
        found.append((at, end, data[here:stop].decode("latin-1")))
        if len(found) > MAX_DIFFERENCES:
            return None
        at, here = end, stop
    return found


def decode_batch(data: bytes) -> ParcelBatch:
    """What `encode_batch` was given; parcels without a name."""
    said = json.loads(data)
    relay = said["relay"] | {"password": SecretStr(said["relay"]["password"])}
    texts: list[str] = said["texts"]
    return ParcelBatch(
        MailSettings(**relay), said["token"], said["rate"], said["ahead"], tuple(_parcels(texts, said["parcels"]))
    )


def _parcels(texts: list[str], parcels: Iterable[Any]) -> Iterator[Parcel]:
    for number, return_path, to, place, own in parcels:
        pieces, at, base = list[str](), 0, texts[place]
        for start, end, words in own:
            pieces += base[at:start], words
            at = end
        pieces.append(base[at:])
        yield Parcel(number, return_path, to, "".join(pieces).encode("latin-1"), "", wire_form=True)
