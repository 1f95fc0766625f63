"""Batches as bytes: each message whole again, what messages share once for all batches."""

from core.config.schema import MailSettings
from core.config.value_forms import SecretStr
from newsletter.cluster.batch_packer import MAX_SHARED, BatchPacker
from newsletter.cluster.cluster_key import ClusterKey
from newsletter.cluster.parcel_codec import ParcelBatch, decode_batch, decode_text, encode_batch, encode_text
from newsletter.mail.slotted_bytes import MergedMessage, SlottedBytes
from newsletter.mail.smtp import SmtpTransport
from newsletter.mail.transport import Parcel

MAIL = MailSettings(host="relay.example.org", port=587, username="news", password="a word", rate_per_minute=600)
BYTES = bytes(byte for byte in range(1, 256))
FULL = SlottedBytes([b"To: ", (0, 0, 0), b"\r\n\r\n", BYTES, (1, 0, 9), b"=\r\n", (1, 9, 22), b" full\r\n" * 9_000])
SHORT = SlottedBytes([b"To: ", (0, 0, 0), b"\r\n\r\nshort\r\n"])
KEY = ClusterKey.derive(b"one")


def message(number: int, text: SlottedBytes, head: bytes = b"") -> Parcel:
    """One reader's."""
    own = b"reader%d@example.org" % number, b"%022d" % number, b"m" * 22
    merged = MergedMessage(head, text, own)
    return Parcel(number, f"news+{number}@example.org", own[0].decode(), b"", "", True, merged)


def batch(*parcels: Parcel, mail: MailSettings = MAIL, token: str = "") -> ParcelBatch:
    """Messages by one relay."""
    return ParcelBatch(mail, token, 600.0, 2, True, parcels)


def test_every_message_is_whole_again_with_texts_given_apart_and_with_the_batch() -> None:
    given = batch(message(1, FULL), message(2, SHORT, b"DKIM-Signature: a\r\n"), message(3, FULL))
    apart = {"one": encode_text(FULL)}

    data = encode_batch(given, lambda text: "one" if text is FULL else "")
    found = decode_batch(data, lambda name: decode_text(apart[name]))

    assert [one.merged.join() for one in found.parcels if one.merged] == [
        one.merged.join() for one in given.parcels if one.merged
    ]
    assert [(one.id, one.return_path, one.to) for one in found.parcels] == [
        (one.id, one.return_path, one.to) for one in given.parcels
    ]
    assert (found.rate, found.most, found.ahead) == (600.0, 2, True)
    assert len(data) < 2_000  # of sixty thousand each


def test_the_relay_comes_with_its_password_and_nothing_else_of_the_settings() -> None:
    mail = MailSettings(host="relay.example.org", password="a word", dkim_key="a key", live=True)

    data = encode_batch(batch(mail=mail, token="a token"), lambda text: "")
    found = decode_batch(data, lambda name: FULL)

    assert (found.mail.host, found.mail.password, found.token) == ("relay.example.org", SecretStr("a word"), "a token")
    assert b"a key" not in data


def test_a_text_is_shared_by_all_batches_of_a_session_until_there_are_too_many() -> None:
    packer = BatchPacker(SmtpTransport(MAIL), KEY, "session")
    wishes = [SlottedBytes([b"%d" % n]) for n in range(MAX_SHARED)]

    first, second = (packer.pack(name, [message(1, FULL), message(2, FULL)], True) for name in ("1", "2"))
    many = packer.pack("3", [message(n, text) for n, text in enumerate(wishes)], True)

    assert first.texts == second.texts == ["session/1"]
    assert decode_text(KEY.unseal(packer.pack_text("session/1"), "session/1")).pieces == FULL.pieces
    assert len(many.texts) == MAX_SHARED - 1
    assert b"reader" not in first.sealed
    found = decode_batch(KEY.unseal(many.sealed, "3"), lambda name: FULL)
    last = found.parcels[-1].merged
    assert last is not None and last.join() == b"%d" % (MAX_SHARED - 1)
