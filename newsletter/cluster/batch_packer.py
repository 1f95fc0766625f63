"""Batch packer: messages as a batch is put into the store, encrypted; what messages share as texts of their own."""

from collections.abc import Iterable
from typing import NamedTuple

from newsletter.cluster.cluster_key import ClusterKey
from newsletter.cluster.parcel_codec import ParcelBatch, encode_batch, encode_text
from newsletter.mail.slotted_bytes import SlottedBytes
from newsletter.mail.smtp import SmtpTransport
from newsletter.mail.transport import Parcel

MAX_SHARED = 50  # texts that workers are given by themselves; where readers' wishes make more, these go with each batch


class PackedBatch(NamedTuple):
    """A batch as it goes to the store."""

    sealed: bytes
    texts: list[str]  # that it needs, by name
    token: str  # that its messages are to leave with, where the relay takes one


class BatchPacker:
    """Makes the batches of one session of the coordinator's to one relay."""

    def __init__(self, relay: SmtpTransport, key: ClusterKey, session: str) -> None:
        self._relay, self._key, self._session = relay, key, session
        self._shared: dict[SlottedBytes, str] = {}  # each one's name
        self.renewed = ""  # the token that was had in place of one that was refused, until a message was taken with it

    def pack(self, name: str, parcels: Iterable[Parcel], ahead: bool) -> PackedBatch:
        """A batch. Raises MailRefused, MailUnavailable and HouseError where its token cannot be had."""
        mail, tokens = self._relay.mail, self._relay.tokens
        texts: list[str] = []

        def name_text(text: SlottedBytes) -> str:
            if text not in self._shared and len(self._shared) < MAX_SHARED:
                self._shared[text] = f"{self._session}/{len(self._shared) + 1}"
            if shared := self._shared.get(text, ""):
                texts.append(shared)
            return shared

        token, most = tokens.token() if tokens else "", mail.connections if self._relay.name else 0
        work = ParcelBatch(mail, token, mail.rate_per_minute, most, ahead, tuple(parcels))
        return PackedBatch(self._key.seal(encode_batch(work, name_text), name), texts, token)

    def pack_text(self, name: str) -> bytes:
        """A text that batches need, by its name."""
        text = next(text for text, known in self._shared.items() if known == name)
        return self._key.seal(encode_text(text), name)

    @property
    def shared(self) -> list[str]:
        """The names of all texts."""
        return list(self._shared.values())

    def renew_token(self, refused: str) -> bool:
        """Have another token in place of one that a worker was not let in with; False where that is no use any more.

        Raises MailRefused, MailUnavailable and HouseError where none can be had.
        """
        if not self._relay.tokens or refused == self.renewed:
            return False
        self.renewed = self._relay.tokens.token(refused=refused)
        return True
