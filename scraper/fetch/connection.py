"""HTTP connections: sessions with a deadline, foreign errors translated to ours."""

import functools
import http.client
from typing import Any

import requests
import urllib3.exceptions
from requests.adapters import HTTPAdapter

from core.connection_errors import describe_connection_error
from scraper.fetch.deadline import Watchdog
from scraper.fetch.rules import SOURCE_FIX, FetchRules, RequestFailed
from scraper.fetch.web_address import is_public, printable_text


def open_session(rules: FetchRules, watchdog: Watchdog, public: bool) -> requests.Session:
    """A session of its own connections; a `public` one never speaks to a private network."""
    made = _NoRedirectSession()
    made.headers.update({"User-Agent": rules.user_agent, "Accept-Encoding": "gzip, deflate"})
    # the environment may name a proxy and a certificate store; a log-in that does nothing keeps .netrc out
    made.auth = lambda request: request
    for scheme in ("http://", "https://"):
        made.mount(scheme, _WatchedAdapter(watchdog, public))
    return made


class _NoRedirectSession(requests.Session):
    """Leaves redirects to us. Otherwise requests reads the body of each, however big, to find the next."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        return None


class _WatchedAdapter(HTTPAdapter):
    """Opens connections that a watchdog bounds."""

    def __init__(self, watchdog: Watchdog, public: bool) -> None:
        super().__init__()
        self._make_class = functools.cache(lambda connection: _watched_class(connection, watchdog, public))

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        pool.ConnectionCls = self._make_class(type(pool).ConnectionCls)
        return pool


class _FinalResponse(http.client.HTTPResponse):
    """An answer that is not taken for one while it is interim: http.client skips status 100 only (RFC 9110 §15.2)."""

    def _read_status(self) -> tuple[str, int, str]:
        while True:
            version, status, reason = super()._read_status()  # type: ignore[misc]  # private, and the one place for it
            if not 102 <= status < 200:
                return version, status, reason
            http.client.parse_headers(self.fp)


def _watched_class(connection: Any, watchdog: Watchdog, public: bool) -> Any:
    class Watched(connection):  # type: ignore[misc]  # plain or TLS: known when running
        response_class = _FinalResponse

        def _new_conn(self) -> Any:
            sock = super()._new_conn()
            # the name was asked for before; a name server may have given another answer since
            if public and self.proxy is None and not is_public(sock.getpeername()[0]):
                sock.close()
                raise urllib3.exceptions.NewConnectionError(self, "it is on a private network")
            if watchdog.expired:
                sock.close()
                raise urllib3.exceptions.NewConnectionError(self, "the time for an answer is over")
            watchdog.watch(sock)
            return sock

        def _tunnel(self) -> None:
            super()._tunnel()
            if watchdog.expired:  # a proxy's greeting that was cut off looks like one that has ended
                raise urllib3.exceptions.ProxyError("the time for an answer is over", OSError())

        def request(self, *args: Any, **kwargs: Any) -> Any:
            if self.sock is not None:  # kept from an earlier answer
                watchdog.watch(self.sock)
            return super().request(*args, **kwargs)

    return Watched


def request_failure(address: str, e: Exception, rules: FetchRules, late: bool) -> RequestFailed:
    """The foreign library's error as one line of ours."""
    if late:
        return deadline_failure(address, rules)
    root = _root_cause(e)
    why = printable_text(describe_connection_error(root))
    if isinstance(e, requests.exceptions.SSLError | urllib3.exceptions.SSLError):
        fix = "Nothing was read; tell its owner."
        return RequestFailed("TLS cannot be trusted", f"{address} ({why})", fix, again=False)
    if isinstance(root, TimeoutError):
        limit = rules.connect_timeout if isinstance(e, requests.ConnectTimeout) else rules.read_timeout
        return RequestFailed("no answer", f"{address} within {limit:g} s", again=False, timed_out=True)
    if isinstance(e, requests.ConnectionError | urllib3.exceptions.ProtocolError):
        what = "answer cut short" if isinstance(root, http.client.IncompleteRead) else "no connection"
        return RequestFailed(what, f"{address} ({why})")
    return RequestFailed("cannot be asked for", f"{address} ({why})", SOURCE_FIX, again=False)


def deadline_failure(address: str, rules: FetchRules) -> RequestFailed:
    """The failure of an answer that outlasted the deadline."""
    which = f"{address} took more than {rules.deadline:g} s"
    return RequestFailed("answer too slow", which, again=False, timed_out=True)


def _root_cause(e: BaseException) -> BaseException:
    """The innermost error, which says why without naming foreign objects."""
    while inner := e.__cause__ or e.__context__:
        e = inner
    return e
