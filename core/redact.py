"""Redaction: no address in full, no subscriber token, no secret in whatever form a message repeats it; pure."""

import base64
import re
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

from core.address_patterns import AT, IN_LOG
from core.lazy_pattern import lazy_pattern

REDACTION_MARK = "(hidden)"
MIN_SECRET_CHARS = 4  # letters of a secret that is looked for: a shorter one would hide half of every line
READER_LINK = lazy_pattern(  # whoever has its token is the reader
    r"((?:/|%2f)(?:confirm|unsubscribe|preferences|invitation|address(?:/|%2f)+back|new-address(?:/|%2f)+\d+)(?:/|%2f)+"
    r"|\btoken=)"
    r"[^\s/?#&\"'<>]+(?:(?:/|%2f)(?:data|delete)(?:/|%2f)+[^\s/?#&\"'<>]+)?",
    re.I,
)


def mask_address(email: str) -> str:
    """An address as a log may show it: r…@example.org."""
    local, at, domain = email.rpartition("@")
    shown = f"{local[:1]}…{at}{domain}" if at else "…"
    return "".join(char if char.isprintable() else "?" for char in shown)


def mask_in(text: str, addresses: Iterable[str]) -> str:
    """A text with these addresses masked wherever they stand in it, in capitals or not: many servers repeat them."""
    for address in filter(None, addresses):
        text = re.sub(re.escape(address), lambda found: mask_address(found[0]), text, flags=re.IGNORECASE)
    return text


def redact_text(text: str, secrets: Iterable[str] = ()) -> str:
    """A text without what nobody is to read in it; `secrets`: further words that are hidden."""
    for secret in secrets:
        text = text.replace(secret, REDACTION_MARK)
    text = READER_LINK.sub(r"\1…", text)
    if AT.search(text):
        text = IN_LOG.sub(lambda found: mask_address(f"{found[1]}@{found[2]}"), text)
    return text


def escape_controls(text: str) -> str:
    """A text that cannot pass for two lines of the log, nor command a terminal."""
    return "".join(char if char.isprintable() else repr(char)[1:-1] for char in text)


def redact(text: str, forms: Iterable[str]) -> str:
    """A text without these forms of secrets, the longest first."""
    for form in sorted({one for one in forms if len(one) >= MIN_SECRET_CHARS}, key=len, reverse=True):
        text = text.replace(form, REDACTION_MARK)
    return text


def secret_forms(secret: str, user: str | None = None) -> Iterator[str]:
    """As it is, as Python and IMAP print it, as in an address, line by line (a key has many), as sent to log in.

    `user`: whose password it is, where it is one. A server may repeat what it was sent.
    """
    quoted = secret.replace("\\", "\\\\").replace('"', '\\"')  # RFC 9051 §4.3
    yield from (secret, repr(secret)[1:-1], quoted, repr(quoted)[1:-1])
    yield from (quote(secret), quote(secret, safe=""), quote_plus(secret))
    yield from (line.strip() for line in secret.splitlines())
    yield _encode_base64(secret)
    if user is not None and len(secret) >= MIN_SECRET_CHARS:
        yield _encode_base64(f"\0{user}\0{secret}")  # RFC 4616


def _encode_base64(text: str) -> str:
    return base64.b64encode(text.encode("utf-8", "surrogateescape")).decode().rstrip("=")
