"""Credentials in web addresses: https://user:password@host, taken out; pure."""

import re

CREDENTIALS = re.compile(r"(\b[a-z][a-z0-9+.-]{0,20}://)[^\s/?#\\<>\"]*@", re.I)  # RFC 3986 §3.2.1


def drop_credentials(text: str) -> str:
    """A text, or an address, whose web addresses have no user name and password in them."""
    return CREDENTIALS.sub(r"\1", text)
