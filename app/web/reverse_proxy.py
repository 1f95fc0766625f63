"""Reverse proxy: requests made alike, whatever proxy they came through: their path, and whose they are."""

import re
from collections.abc import Iterable
from ipaddress import IPv6Address, ip_address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# As proxies write an address: 203.0.113.7:4711, [2001:db8::7]:4711, "[2001:db8::7]" (RFC 7239 §6)
_WITH_PORT = re.compile(r"\[([0-9A-Fa-f:.%\w]+)\](?::\w+)?|([0-9.]+):\w+")


class NormalisedRequests:
    """A WSGI application in front of another, which sees every request as if there were no proxy.

    `root`, the path of base_url, is taken from the request's path where the proxy has left it, and is the path's
    beginning for all links either way. It stands after what believes X-Forwarded-For, and before all else.
    """

    def __init__(self, application: "WSGIApplication", root: str) -> None:
        self._application, self._root = application, root

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Answer a request."""
        path = environ.get("PATH_INFO", "")
        if self._root and f"{path}/".startswith(f"{self._root}/"):
            environ["PATH_INFO"] = path.removeprefix(self._root) or "/"
        environ["SCRIPT_NAME"] = self._root
        environ["REMOTE_ADDR"] = plain_ip_address(environ.get("REMOTE_ADDR", ""))
        return self._application(environ, start_response)


def plain_ip_address(text: str) -> str:
    """An IP address without port, brackets and quotes; one of IPv4 as such. What is none is left as it is."""
    bare = text.strip(' "')
    if found := _WITH_PORT.fullmatch(bare):
        bare = found[1] or found[2]
    try:
        address = ip_address(bare.partition("%")[0])
    except ValueError:
        return text
    return str(address.ipv4_mapped if isinstance(address, IPv6Address) and address.ipv4_mapped else address)
