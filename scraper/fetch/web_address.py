"""Web addresses: normalised URL, host, origin, redirect target, private networks (SSRF)."""

import ipaddress
import socket
from urllib.parse import urldefrag, urljoin, urlsplit

import requests

from core.credentials import drop_credentials
from core.errors import FetchError
from scraper.fetch.rules import SOURCE_FIX, RequestDisallowed, RequestOptions

DEFAULT_PORTS = {"http": 80, "https": 443}


def printable_text(text: str) -> str:
    """Words from a stranger, fit for a terminal: short, no control characters."""
    return "".join(letter if letter.isprintable() else "?" for letter in text[:200])


def normalise_url(url: str, seen_at: str = "") -> str:
    """The address as it goes out: http or https, quoted, without a fragment. Raises FetchError."""
    try:
        address = urldefrag(requests.Request("GET", urljoin(seen_at, url)).prepare().url or "").url
        address = drop_credentials(address)  # they would be sent to nobody, and be told to everybody
        parts = urlsplit(address)
        if parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0:
            return address
        raise ValueError(url)
    except (requests.RequestException, ValueError) as e:
        raise FetchError("not an address on the web", printable_text(url), "Write it as https://…") from e


def host_name(address: str) -> str:
    """The host's name, in lower case."""
    return urlsplit(address).hostname or ""


def origin(address: str) -> str:
    """Scheme, host and port, the usual port left out: "https://learning.nspcc.org.uk"."""
    parts = urlsplit(address)
    name = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{name}" + (
        f":{parts.port}" if parts.port not in {None, DEFAULT_PORTS[parts.scheme]} else ""
    )


def redirect_target(address: str, location: str, errand: RequestOptions, permanent: bool = False) -> str:
    """Where a redirect leads. Raises FetchError where the errand may not follow."""
    to = normalise_url(location.encode("latin-1", "replace").decode("utf-8", "replace"), seen_at=address)
    if urlsplit(address).scheme == "https" and urlsplit(to).scheme == "http" and not errand.downgrade:
        raise FetchError("redirects from https down to http", f"{address} to {to}", SOURCE_FIX)
    if errand.hosts is not None and host_name(to) not in errand.hosts:
        fix = "If that is where the source lives now, correct its url or add the host to its hosts."
        raise FetchError(f"redirects{' for good' * permanent} to another host, {host_name(to)}", address, fix)
    return to


def is_public(ip: str) -> bool:
    """Whether a numeric address is anybody's: not loopback, private, link-local, reserved or multicast."""
    address = ipaddress.ip_address(ip)
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        address = inner or address
    return address.is_global and not address.is_multicast


def is_private(url: str) -> bool:
    """Whether an address names a private network outright: by number, or as localhost. Asks no name server."""
    name = ""
    try:
        name = (urlsplit(url).hostname or "").rstrip(".")
        return not is_public(name)
    except ValueError:
        return name == "localhost" or name.endswith(".localhost")


def is_local(host: str) -> bool:
    """Whether a host's name or number means nothing on the internet (RFC 6761, RFC 6762, RFC 8375)."""
    name = host.strip("[]").rstrip(".").lower()
    if ":" in name or name.replace(".", "").isdigit():
        return is_private(f"http://{f'[{name}]' if ':' in name else name}")
    return "." not in name or name.endswith((".localhost", ".localdomain", ".local", ".invalid", ".test", ".home.arpa"))


def refuse_private(address: str) -> None:
    """Raise RequestDisallowed where any number that the host's name stands for is on a private network.

    A page that anybody wrote could make us ask our own machines (OWASP: server-side request forgery).
    """
    try:
        found = socket.getaddrinfo(host_name(address), urlsplit(address).port or 0, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return  # no such name here: the connection will say so, or the proxy knows it
    if not all(is_public(str(entry[4][0])) for entry in found):
        raise RequestDisallowed(
            "not asked, it is on a private network", address, "Look at the link: it is not on the web."
        )
