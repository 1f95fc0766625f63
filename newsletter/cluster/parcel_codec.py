"""Parcel codec: the messages of a batch as bytes for a worker, the lines that they share once.

The messages of an edition differ in a few lines: whom they are to, the reader's links. So of each only those lines are
written that differ from the first message of as many lines. A batch of 20 takes little more room than two messages.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from core.config.schema import MailSettings
from core.config.value_forms import SecretStr
from newsletter.mail.transport import Parcel

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
    shared: dict[int, tuple[int, list[str]]] = {}  # by how many lines it has: its place, the lines
    texts: list[str] = []
    parcels: list[tuple[int, str, str, int, list[tuple[int, str]]]] = []
    for parcel in batch.parcels:
        text = parcel.data.decode("latin-1")
        lines = text.split("\r\n")
        if len(lines) not in shared:
            shared[len(lines)] = len(texts), lines
            texts.append(text)
        place, first = shared[len(lines)]
        own = [(n, line) for n, (line, other) in enumerate(zip(lines, first, strict=True)) if line != other]
        parcels.append((parcel.id, parcel.return_path, parcel.to, place, own))
    relay: dict[str, Any] = {name: getattr(batch.mail, name) for name in RELAY_KEYS}
    relay["password"] = batch.mail.password.get_secret_value()
    said = {"relay": relay, "token": batch.token, "rate": batch.rate, "ahead": batch.ahead}
    return json.dumps(said | {"texts": texts, "parcels": parcels}).encode()


def decode_batch(data: bytes) -> ParcelBatch:
    """What `encode_batch` was given; parcels without a name."""
    said = json.loads(data)
    relay = said["relay"] | {"password": SecretStr(said["relay"]["password"])}
    texts = [text.split("\r\n") for text in said["texts"]]
    return ParcelBatch(
        MailSettings(**relay), said["token"], said["rate"], said["ahead"], tuple(_parcels(texts, said["parcels"]))
    )


def _parcels(texts: list[list[str]], parcels: Iterable[Any]) -> Iterable[Parcel]:
    for number, return_path, to, place, own in parcels:
        lines = texts[place].copy()
        for n, line in own:
            lines[n] = line
        yield Parcel(number, return_path, to, "\r\n".join(lines).encode("latin-1"), "", wire_form=True)
