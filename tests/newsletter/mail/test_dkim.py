"""The DKIM signature, checked by a verifier that is not ours."""

import re
import sys
import time
from base64 import b64encode
from functools import cache
from threading import Event, Thread

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from dkim.canonicalization import Relaxed
from hypothesis import given
from hypothesis import strategies as st

from core.errors import HouseError
from newsletter.mail.dkim import SIGNED_HEADERS, make_signer, relax_body
from tests.newsletter.mail.test_issue_message import made

DOMAIN, SELECTOR = "example.org", "casereviews"
HANG = 30.0  # seconds, after which something hangs
MAIL = (
    b"From: Case reviews <news@example.org>\r\nTo: reader@example.org\r\nSubject: One\r\n"
    b"List-Unsubscribe: <https://news.example.org/unsubscribe/a>\r\n"
    b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n\r\nOne line.\r\n"
)


@cache
def key(bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def pem(private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> str:
    return private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def record(private: rsa.RSAPrivateKey) -> bytes:
    """What stands in DNS."""
    public = private.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return b"v=DKIM1; k=rsa; p=" + b64encode(public)


def signed(raw: bytes = MAIL, private: rsa.RSAPrivateKey | None = None) -> bytes:
    return make_signer(DOMAIN, SELECTOR, pem(private or key()))(raw)


def verified(raw: bytes, private: rsa.RSAPrivateKey | None = None) -> bool:
    """By dkimpy, which asks for the public key where a mail server would."""

    def answer(name: bytes, timeout: int = 5) -> bytes:
        assert name == f"{SELECTOR}._domainkey.{DOMAIN}.".encode()
        return record(private or key())

    return bool(dkim.verify(raw, dnsfunc=answer))


@pytest.mark.parametrize("bits", [1024, 2048, 4096])
def test_signature_verifies_with_the_key_in_dns_and_no_other(bits: int) -> None:
    whole = signed(private=key(bits))

    assert whole.startswith(b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org;\r\n")
    assert whole.endswith(b"\r\n" + MAIL)
    assert verified(whole, key(bits))
    assert not verified(whole, key(3072))


def test_a_real_message_verifies() -> None:
    assert verified(signed(made()))


def test_other_threads_run_while_a_message_is_signed() -> None:
    turns, ended, begun, before = 0, Event(), time.monotonic(), sys.getswitchinterval()
    sign = make_signer(DOMAIN, SELECTOR, pem(key()))

    def take_turns() -> None:
        nonlocal turns
        while not ended.is_set():
            turns += 1
            time.sleep(0)

    thread = Thread(target=take_turns, daemon=True)
    sys.setswitchinterval(2 * HANG)  # nobody is interrupted: whoever runs lets others run by itself, or not
    try:
        thread.start()
        turns = 0
        while not turns and time.monotonic() - begun < HANG:
            sign(MAIL)
    finally:
        sys.setswitchinterval(before)
        ended.set()
    thread.join(HANG)

    assert turns


def test_every_kind_of_key_file_is_read() -> None:
    old = key().private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption()).decode()

    assert "BEGIN RSA PRIVATE KEY" in old and "BEGIN PRIVATE KEY" in pem(key())
    for text in (old, pem(key()), pem(key()).replace("\n", "\r\n"), f"\n{old.rstrip()}"):
        assert make_signer(DOMAIN, SELECTOR, text)(MAIL) == signed()


def test_the_header_names_what_is_signed_and_from_twice() -> None:
    head = signed().partition(b"From: Case")[0]
    named = re.sub(rb"\s", b"", re.search(rb" h=([^;]*);", head)[1]).decode().split(":")  # type: ignore[index]

    assert named == SIGNED_HEADERS
    assert named.count("From") == 2
    assert {"List-Unsubscribe", "List-Unsubscribe-Post"} <= set(named)  # RFC 8058 §4
    assert max(map(len, head.split(b"\r\n"))) <= 80
    assert head.count(b"\r\n") == head.count(b"\n")


@pytest.mark.parametrize("name", SIGNED_HEADERS)
def test_a_signed_header_cannot_be_changed(name: str) -> None:
    head, end, body = signed(made()).partition(b"\r\n\r\n")
    line = f"\r\n{name}: ".encode()
    assert head.count(line) == 1

    assert not verified(head.replace(line, line + b"x") + end + body)


@pytest.mark.parametrize("name", SIGNED_HEADERS)
def test_a_signed_header_cannot_be_taken_out(name: str) -> None:
    head, end, body = signed(made()).partition(b"\r\n\r\n")
    without = re.sub(rf"\r\n{name}: .*(\r\n .*)*".encode(), b"", head)
    assert len(without) < len(head)

    assert not verified(without + end + body)


def test_nothing_can_be_added_that_a_reader_would_see() -> None:
    whole = signed(made())

    assert not verified(b"From: someone@example.net\r\n" + whole)
    assert not verified(whole.replace(b"\r\nTo: ", b"\r\nFrom: someone@example.net\r\nTo: "))
    assert not verified(whole + b"One more line.\r\n")
    assert not verified(whole.replace(b"\r\nReply-To: editor@", b"\r\nReply-To: other@"))


def test_a_header_that_is_not_there_cannot_be_added() -> None:
    assert b"Reply-To:" not in MAIL and verified(signed())

    assert not verified(signed().replace(b"\r\nTo: ", b"\r\nReply-To: other@example.net\r\nTo: "))


def test_what_relays_do_to_white_space_is_forgiven() -> None:
    whole = signed(made())
    refolded = whole.replace(b"\r\nFrom: Case reviews ", b"\r\nfrom:  Case\r\n\treviews ")

    assert refolded != whole and verified(refolded)
    assert verified(whole.replace(b" reviews\r\n", b" reviews \t\r\n") + b"\r\n\r\n")
    assert verified(b"Received: by relay.example.net\r\n" + whole)


def test_the_last_of_several_headers_is_signed_first() -> None:
    two = MAIL.replace(b"Subject: One\r\n", b"Subject: Nought\r\nSubject: One\r\n")

    assert verified(signed(two))
    assert not verified(signed(two).replace(b"Subject: One", b"Subject: Two"))
    assert verified(signed(two).replace(b"Subject: Nought", b"Subject: Two"))  # only From is signed twice


@pytest.mark.parametrize(
    "raw",
    [
        MAIL.partition(b"\r\n\r\n")[0] + b"\r\n\r\n",
        MAIL.partition(b"\r\n\r\n")[0] + b"\r\n\r\n\r\n\r\n",
        MAIL.replace(b"One line.\r\n", b"One line."),
        MAIL.replace(b"One line.", b".\r\n..\r\nFrom here on.\t \r\n \t"),
        MAIL.replace(b"Subject: One", b"Subject:   One\r\n \t two   three  \r\n four "),
        MAIL.replace(b"Subject: One", b"Subject:"),
    ],
)
def test_odd_messages_verify(raw: bytes) -> None:
    assert verified(signed(raw))


pieces = st.sampled_from([b" ", b"  ", b"\t", b"\r\n", b"a", b".", b"=20", b"\xc5\xb7"])


@given(st.lists(pieces, max_size=40).map(b"".join))
def test_bodies_are_made_even_as_the_verifier_does(body: bytes) -> None:
    assert relax_body(body + b"\r\n") == Relaxed.canonicalize_body(body + b"\r\n")


def test_of_the_same_bytes_the_signature_is_always_the_same() -> None:
    assert signed(made()) == signed(made()) != signed(made(token="o" * 22))


PASSWORDED = key().private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"x")).decode()
PUBLIC = key().public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@pytest.mark.parametrize(
    "text",
    ["", "a key", "é" * 9, "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n", PASSWORDED, PUBLIC],
)
def test_a_bad_key_is_refused_at_once_and_not_shown(text: str) -> None:
    with pytest.raises(HouseError, match=r"no key that can be read: mail\.dkim_key") as refused:
        make_signer(DOMAIN, SELECTOR, text)

    assert "openssl genrsa 2048" in str(refused.value)
    assert not text or text not in str(refused.value)


@pytest.mark.parametrize("private", [ec.generate_private_key(ec.SECP256R1()), ed25519.Ed25519PrivateKey.generate()])
def test_a_key_that_few_mailboxes_check_is_refused(
    private: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey,
) -> None:
    with pytest.raises(HouseError, match=r"not an RSA key: mail\.dkim_key"):
        make_signer(DOMAIN, SELECTOR, pem(private))


def test_a_key_that_is_too_short_is_refused() -> None:
    p, q, e = 2**521 - 1, 2**127 - 1, 65537  # primes
    d = pow(e, -1, (p - 1) * (q - 1))
    numbers = rsa.RSAPublicNumbers(e, p * q)
    weak = rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), numbers).private_key()

    with pytest.raises(HouseError, match=r"the key is too short: mail\.dkim_key \(648 bits\)"):
        make_signer(DOMAIN, SELECTOR, pem(weak))


@pytest.mark.parametrize("name", ["", "a b", "x; t=y", "a\r\nBcc: b", "é.example", "a" * 64, "a..b", ".", "a_b", "a\n"])
def test_a_name_that_could_not_stand_in_the_header_is_refused(name: str) -> None:
    with pytest.raises(HouseError, match=r"mail\.dkim_domain"):
        make_signer(name, SELECTOR, pem(key()))
    with pytest.raises(HouseError, match=r"mail\.dkim_selector"):
        make_signer(DOMAIN, name, pem(key()))


def test_without_the_library_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "cryptography.exceptions", None)

    with pytest.raises(HouseError, match="Run, in the folder of its sources: make install"):
        make_signer(DOMAIN, SELECTOR, pem(key()))
