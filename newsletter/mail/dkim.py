"""DKIM signature of a message (RFC 6376: relaxed/relaxed, rsa-sha256)."""

import re
from base64 import b64encode
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, NamedTuple

from core.actions import INSTALL_LIBRARY
from core.errors import HouseError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    from core.config.schema import MailSettings

SIGNED_HEADERS = (  # both List-Unsubscribe headers (RFC 8058 §4); From twice, so that nobody can add a second one
    "From From Reply-To To Subject Date Message-ID MIME-Version Content-Type "
    "List-Unsubscribe List-Unsubscribe-Post List-Id List-Archive"
).split()
MIN_KEY_BITS = 1024  # bits of a key (RFC 8301 §3.2)
SIGNATURE_HEADER = b"DKIM-Signature: "  # which begins every signed message
SIGNATURE_COLUMNS = 72  # of the signature's own lines
_DOMAIN_NAME = re.compile(r"(?=.{1,253}\Z)(?:[A-Za-z0-9-]{1,63}\.)*[A-Za-z0-9-]{1,63}")
_HEADER_FOLD = re.compile(rb"\r\n(?=[ \t])")
_WHITE_SPACE = re.compile(rb"[ \t]+")


class DkimPublicKey(NamedTuple):
    """The half of a key that stands in DNS."""

    forms: tuple[str, ...]  # base64, as p= may have it: SubjectPublicKeyInfo, as everybody does, or RSAPublicKey
    bits: int


class DkimSigner:
    """Puts a DKIM-Signature before a whole message (CRLF); of the same bytes always the same."""

    def __init__(self, domain: str, selector: str, private: "RSAPrivateKey") -> None:
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
        from cryptography.hazmat.primitives.hashes import SHA256

        tags = f"v=1; a=rsa-sha256; c=relaxed/relaxed; d={domain};\r\n s={selector};\r\n {_header_list_tag()};\r\n bh="
        self._opening, self._private, self._how = tags.encode(), private, (PKCS1v15(), SHA256())
        self._relaxed_opening = _relax_header(b"DKIM-Signature", self._opening)

    def __call__(self, message: bytes) -> bytes:
        head, _, body = message.partition(b"\r\n\r\n")
        return self.make_header(relax_signed_headers(head), sha256(relax_body(body)).digest()) + message

    def make_header(self, signed_headers: bytes, body_hash: bytes) -> bytes:
        """The header's lines, for headers and the hash of a body, both relaxed. Other threads run meanwhile."""
        hashed = b64encode(body_hash)
        letters = b64encode(
            self._private.sign(b"%b%b%b; b=" % (signed_headers, self._relaxed_opening, hashed), *self._how)
        )
        lines = [letters[at : at + SIGNATURE_COLUMNS] for at in range(0, len(letters), SIGNATURE_COLUMNS)]
        return b"%b%b%b;\r\n b=%b\r\n" % (SIGNATURE_HEADER, self._opening, hashed, b"\r\n ".join(lines))


def make_signer(domain: str, selector: str, key_pem: str) -> DkimSigner:
    """What signs for a domain.

    The public key stands in DNS, as TXT of SELECTOR._domainkey.DOMAIN. Raises HouseError, here and never for
    a message, for a name or key that cannot sign and when the library is missing.
    """
    for key, name in (("dkim_domain", domain), ("dkim_selector", selector)):
        if not _DOMAIN_NAME.fullmatch(name):
            raise HouseError("not a name for DKIM", f"mail.{key} = {name!r}", "Use letters, digits, - and dots.")
    return DkimSigner(domain, selector, _load_private_key(key_pem))


_known_signer = lru_cache(2)(make_signer)  # a key is looked at once, and not for each connection


def configured_signer(mail: "MailSettings") -> DkimSigner | None:
    """What signs our mail, where it is signed. Raises HouseError for a key or name that cannot."""
    if not mail.dkim_domain:
        return None
    return _known_signer(mail.dkim_domain, mail.dkim_selector, mail.dkim_key.get_secret_value())


def load_public_key(key_pem: str) -> DkimPublicKey:
    """The public half of a private key (RFC 6376 §3.6.1). Raises HouseError as `signer` does."""
    private = _load_private_key(key_pem)
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    public, formats = private.public_key(), (PublicFormat.SubjectPublicKeyInfo, PublicFormat.PKCS1)
    forms = tuple(b64encode(public.public_bytes(Encoding.DER, form)).decode() for form in formats)
    return DkimPublicKey(forms, private.key_size)


def relax_body(body: bytes) -> bytes:
    """RFC 6376 §3.4.4: single spaces, none at the end of a line, no empty lines at the end of the body."""
    body = body.replace(b"\t", b" ")
    while b"  " in body:
        body = body.replace(b"  ", b" ")
    if not body.endswith(b"\r\n"):
        body += b"\r\n"
    body = body.replace(b" \r\n", b"\r\n")
    while body.endswith(b"\r\n\r\n"):
        body = body[:-2]
    return b"" if body == b"\r\n" else body


def relax_signed_headers(head: bytes) -> bytes:
    """Those of SIGNED_HEADERS that are there; of several with one name the last comes first (RFC 6376 §5.4.2)."""
    there: dict[bytes, list[bytes]] = {}
    for line in _HEADER_FOLD.sub(b"", head).split(b"\r\n"):
        name, _, value = line.partition(b":")
        there.setdefault(name.strip().lower(), []).append(value)
    taken = ((name, there.get(name)) for name in (name.lower().encode() for name in SIGNED_HEADERS))
    return b"".join(_relax_header(name, values.pop()) + b"\r\n" for name, values in taken if values)


def _relax_header(name: bytes, value: bytes) -> bytes:
    """RFC 6376 §3.4.2, without the end of the line."""
    return name.lower() + b":" + _WHITE_SPACE.sub(b" ", _HEADER_FOLD.sub(b"", value)).strip(b" ")


def _header_list_tag() -> str:
    """The h= tag, folded after colons."""
    lines = ["h="]
    for name in SIGNED_HEADERS:
        if len(lines[-1] + name) > SIGNATURE_COLUMNS:
            lines.append("")
        lines[-1] += f"{name}:"
    return "\r\n ".join(lines).rstrip(":")


def _load_private_key(pem: str) -> "RSAPrivateKey":
    """Raises HouseError, which shows nothing of the key."""
    try:
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
        from cryptography.hazmat.primitives.serialization import load_pem_private_key
    except ImportError as e:
        raise HouseError("signing needs a library that is not installed", "cryptography", action=INSTALL_LIBRARY) from e
    which, fix = "mail.dkim_key", "Set it to an RSA private key in PEM, without a passphrase: openssl genrsa 2048"
    try:
        private = load_pem_private_key(pem.encode(), password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as e:
        raise HouseError("no key that can be read", which, fix) from e
    if not isinstance(private, RSAPrivateKey):  # the large mailbox providers check no other kind
        raise HouseError("not an RSA key", which, fix)
    if private.key_size < MIN_KEY_BITS:
        raise HouseError("the key is too short", f"{which} ({private.key_size} bits)", fix)
    return private
