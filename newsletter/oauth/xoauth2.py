"""XOAUTH2: what a client says to log in with a token, in all forms in which a server may say it back."""

from base64 import b64encode
from collections.abc import Iterator

from core.redact import secret_forms

MECHANISM = "XOAUTH2"  # what Microsoft, Google and Dovecot take


def xoauth2(username: str, token: str) -> str:
    """The one thing a client says to log in with a token."""
    return f"user={username}\1auth=Bearer {token}\1\1"


def token_forms(username: str, token: str) -> Iterator[str]:
    """A token in every form that a server may say back."""
    yield from secret_forms(token)
    yield b64encode(xoauth2(username, token).encode()).decode().rstrip("=")
