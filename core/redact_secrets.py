"""Secret redaction: every form in which a message may repeat a password or key; pure."""

import base64
from collections.abc import Iterable, Iterator
from urllib.parse import quote, quote_plus

REDACTION_MARK = "(hidden)"
MIN_SECRET_CHARS = 4  # letters of a secret that is looked for: a shorter one would hide half of every line


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
