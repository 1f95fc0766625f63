"""HTTP connections: sessions with a deadline, foreign errors translated to ours."""

import functools
import http.client
import socket
import threading
from contextlib import suppress
from typing import Any

import requests
import urllib3.exceptions
from requests.adapters import HTTPAdapter

from scraper.fetch.rules import RETRY_FIX, SOURCE_FIX, FetchRules, RequestFailed
from scraper.fetch.web_address import is_public, printable_text


def open_session(rules: FetchRules, public: bool) -> requests.Session:
    """A session of its own connections; a `public` one never speaks to a private network."""
    made = _NoRedirectSession()
    made.headers.update({"User-Agent": rules.user_agent, "Accept-Encoding": "gzip, deflate"})
    # the environment may name a proxy and a certificate store; a log-in that does nothing keeps .netrc out
    made.auth = lambda request: request
    for scheme in ("http://", "https://"):
        made.mount(scheme, adapter := _DeadlineAdapter())
        adapter.deadline, adapter.public = rules.deadline, public
    return made


class _NoRedirectSession(requests.Session):
    """Leaves redirects to us. Otherwise requests reads the body of each, however big, to find the next."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        return None


class _DeadlineAdapter(HTTPAdapter):
    """Hangs up when the headers alone outlast the deadline: a read timeout counts silence only."""

    deadline: float  # seconds
    public: bool

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        pool.ConnectionCls = _deadline_connection(type(pool).ConnectionCls, self.deadline, self.public)
        return pool


@functools.cache
def _deadline_connection(connection: Any, deadline: float, public: bool) -> Any:
    class Hasty(connection):  # type: ignore[misc]  # plain or TLS: known when running
        def _new_conn(self) -> Any:
            sock = super()._new_conn()
            # the name was asked for before; a name server may have given another answer since
            if public and self.proxy is None and not is_public(sock.getpeername()[0]):
                sock.close()
                raise urllib3.exceptions.NewConnectionError(self, "it is on a private network")
            return sock

        def getresponse(self) -> Any:
            timer = threading.Timer(deadline, _shut_socket, [self.sock])
            timer.daemon = True
            timer.start()
            try:
                return super().getresponse()
            finally:
                timer.cancel()

    return Hasty


def _shut_socket(sock: socket.socket) -> None:
    with suppress(OSError, TypeError):  # closed meanwhile, or TLS inside a TLS proxy: no bare socket
        socket.socket.shutdown(sock, socket.SHUT_RDWR)


def request_failure(address: str, e: Exception, rules: FetchRules, late: bool) -> RequestFailed:
    """The foreign library's error as one line of ours."""
    root = _root_cause(e)
    why = printable_text(getattr(root, "verify_message", "") or getattr(root, "strerror", "") or str(root))
    if isinstance(e, requests.exceptions.SSLError | urllib3.exceptions.SSLError):
        fix = "Nothing was read; tell its owner."
        return RequestFailed("TLS cannot be trusted", f"{address} ({why})", fix, again=False)
    if late:
        return deadline_failure(address, rules)
    if isinstance(root, TimeoutError):
        limit = rules.connect_timeout if isinstance(e, requests.ConnectTimeout) else rules.read_timeout
        return RequestFailed("no answer", f"{address} within {limit:g} s")
    if isinstance(e, requests.ConnectionError | urllib3.exceptions.ProtocolError):
        what = "answer cut short" if isinstance(root, http.client.IncompleteRead) else "no connection"
        return RequestFailed(what, f"{address} ({why})")
    return RequestFailed("cannot be asked for", f"{address} ({why})", SOURCE_FIX, again=False)


def deadline_failure(address: str, rules: FetchRules) -> RequestFailed:
    """The failure of an answer that outlasted the deadline."""
    return RequestFailed("answer too slow", f"{address} took more than {rules.deadline:g} s", RETRY_FIX, again=False)


def _root_cause(e: BaseException) -> BaseException:
    """The innermost error, which says why without naming foreign objects."""
    while inner := e.__cause__ or e.__context__:
        e = inner
    return e
