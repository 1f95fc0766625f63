"""Batches as bytes: each message whole again, what they share once."""

from random import Random

from core.config.schema import MailSettings
from core.config.value_forms import SecretStr
from newsletter.cluster.parcel_codec import ParcelBatch, decode_batch, encode_batch
from newsletter.mail.transport import Parcel

MAIL = MailSettings(host="relay.example.org", port=587, username="news", password="a word", rate_per_minute=600)


def batch(*messages: bytes, token: str = "") -> ParcelBatch:
    """Messages to somebody each."""
    parcels = (
        Parcel(n, f"news+{n}@example.org", f"reader{n}@example.org", data, "", wire_form=True)
        for n, data in enumerate(messages)
    )
    return ParcelBatch(MAIL, token, 600.0, True, tuple(parcels))


def test_every_message_is_whole_again() -> None:
    messages = (b"To: a\r\n\r\nWords\r\n", b"To: b\r\n\r\nWords\r\n", b"To: c\r\n\r\n", b"", b"\r\n", bytes(range(256)))
    messages += (b"To: d\n\r\n\nlone\r\r\n", b"To: \xe9\r\n\r\nWords\r\n")

    found = decode_batch(encode_batch(batch(*messages)))

    assert found.parcels == batch(*messages).parcels
    assert (found.rate, found.ahead, found.token) == (600.0, True, "")


def test_whatever_differs_messages_are_whole_again() -> None:
    chance, text = Random(2016), b"".join(b"line %d\r\n" % n for n in range(2_000))
    for _ in range(50):
        messages = [text]
        for _ in range(4):
            at, until = sorted(chance.randrange(len(text)) for _ in range(2))
            cut = chance.choice([b"", b"\n", b"other words", chance.randbytes(6_000)])
            messages.append(text[:at] + cut + text[chance.choice([at, at + 1, until]) :])

        assert decode_batch(encode_batch(batch(*messages))).parcels == batch(*messages).parcels


def test_the_relay_comes_with_its_password_and_nothing_else_of_the_settings() -> None:
    mail = MailSettings(host="relay.example.org", password="a word", dkim_key="a key", live=True)

    sealed = encode_batch(ParcelBatch(mail, "a token", 0.0, False, ()))
    found = decode_batch(sealed)

    assert (found.mail.host, found.mail.password, found.token) == ("relay.example.org", SecretStr("a word"), "a token")
    assert b"a key" not in sealed


def test_what_messages_share_is_written_once() -> None:
    text = b"".join(b"line %d of words that all readers get\r\n" % n for n in range(1_000))
    messages = [b"To: reader%d@example.org\r\n\r\n" % n + text for n in range(20)]

    assert len(encode_batch(batch(*messages))) < 1.2 * len(messages[0])
