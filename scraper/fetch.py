"""The only module that speaks HTTP: an address in, a Page out, as slowly as its site asks."""

import functools
import gzip
import http.client
import importlib.metadata
import io
import logging
import re
import socket
import threading
import zlib
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Self
from urllib.parse import urldefrag, urljoin, urlsplit

import requests
import urllib3.exceptions
from protego import Protego
from requests.adapters import HTTPAdapter

from core.errors import FetchError, RobotsRefused
from core.records import Page, Robots

PRODUCT = "casereviews"  # the name that robots.txt knows us by
REDIRECTS = {301, 302, 303, 307, 308}
PASSING = {429, 500, 502, 503, 504}  # worth another try
DECISION = "%s: %s by robots.txt (%s; crawl-delay %g s)"
ROBOTS_AGE = timedelta(hours=24)  # RFC 9309 §2.4
ROBOTS_BYTES = 500 * 1024  # RFC 9309 §2.5: the rest need not be read
CHUNK = 65_536  # bytes
LATER = "Try again later; nothing was changed."
LEFT = "Correct the source's address, or ask the site's owner."
GONE = "The page has gone: correct the source's address in casereviews.toml."
FIXES = {403: "The site will not let us read it: ask its owner.", 404: GONE, 410: GONE}


@dataclass(frozen=True, slots=True)
class Rules:
    """How politely, and how patiently, addresses are read."""

    user_agent: str
    spacing: float = 1.0  # seconds between two requests to one host
    connect_timeout: float = 5.0  # seconds
    read_timeout: float = 20.0  # seconds of silence
    deadline: float = 120.0  # seconds for one answer, all told
    retries: int = 4
    backoff: float = 1.0  # seconds before the second retry, doubling
    patience: float = 120.0  # seconds we are willing to be told to wait
    max_bytes: int = 10_000_000  # of one body, decompressed
    max_redirects: int = 5


class Busy(FetchError):
    """The site asks us to stay away for longer than we wait: come back at `retry_at`."""

    retry_at: datetime | None = None  # UTC


class _Passing(FetchError):
    """A failure worth another try, after as many seconds as the site asked for."""

    def __init__(self, what: str, which: str, wait: float = 0.0) -> None:
        super().__init__(what, which, LATER)
        self.wait = wait


def user_agent(contact: str, site: str) -> str:
    """Who asks, for the site's owner: "casereviews/0.1.0 (+site; contact: address)". Plain ASCII."""
    known = [f"+{site}"] if site else []
    known += [f"contact: {contact}"] if contact else []
    name = f"{PRODUCT}/{importlib.metadata.version(PRODUCT)}" + (f" ({'; '.join(known)})" if known else "")
    return " ".join(name.split()).encode("ascii", "replace").decode()


class Fetcher:
    """Reads addresses one after another: by robots.txt, at a pace, within limits. Close it after use."""

    def __init__(
        self,
        rules: Rules,
        *,
        now: Callable[[], datetime],
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        robots: Mapping[str, Robots] | None = None,
        log: logging.Logger | None = None,
    ) -> None:
        self.rules = rules
        self.robots = dict(robots or {})  # by origin: handed in, and read since
        self.requests = 0  # everything that went out: robots.txt, retries and redirects too
        self.bytes = 0  # of bodies, on the wire
        self._now, self._clock, self._sleep = now, clock, sleep
        self._log = log or logging.getLogger(__name__)
        self._last: dict[str, float] = {}  # host to the clock after its last answer
        self._pace: dict[str, float] = {}  # host to the seconds that its robots.txt asks for
        self._session = _session(rules)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._session.close()

    def get(self, url: str, *, hosts: Collection[str] = (), etag: str = "", last_modified: str = "") -> Page:
        """The page at `url`: status 200, or 304 when it has not changed since `etag` or `last_modified`.

        Follows redirects to the same host name and to `hosts`, any port. Raises RobotsRefused; Busy, with
        `retry_at`, when the site asks for a longer wait than our patience; else FetchError.
        """
        headers = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        headers = {name: value for name, value in headers.items() if value}
        address = _address(url)
        page = self._follow(address, headers, {_host(address), *(host.lower() for host in hosts)})
        if page.status == 200 or (page.status == 304 and headers):
            return replace(page, url=url)
        raise FetchError(f"answered {page.status}", page.final_url, FIXES.get(page.status, LEFT))

    def _follow(self, start: str, headers: Mapping[str, str], hosts: Collection[str] | None) -> Page:
        """The answer after redirects. `hosts` None: for robots.txt, which needs no leave and may be anywhere."""
        address = start
        for _ in range(self.rules.max_redirects + 1):
            if hosts is not None:
                self._take_leave(address)
            page = self._persist(address, headers, whole=hosts is not None)
            if page.status not in REDIRECTS or not page.header("location"):
                return page
            address = _hop(address, page.header("location"), hosts)
        raise FetchError(f"redirects more than {self.rules.max_redirects} times", start, LEFT)

    def _take_leave(self, address: str) -> None:
        """Ask the site's robots.txt, and keep to its pace from here. Raises RobotsRefused, FetchError."""
        robots = self._robots(_origin(address))
        rules = _parsed(robots.body if robots.status < 300 else "")  # 4xx: everything is allowed (§2.3.1.3)
        allowed, delay = rules.can_fetch(address, PRODUCT), rules.crawl_delay(PRODUCT) or 0.0
        self._pace[_host(address)] = max(self.rules.spacing, delay)
        read = f"status {robots.status}, read {robots.fetched_at:%Y-%m-%d %H:%M}"
        self._log.info(DECISION, address, "allowed" if allowed else "refused", read, delay)
        if not allowed:
            raise RobotsRefused("robots.txt refuses", address, "Ask the site's owner, or drop the source.")
        if delay > self.rules.patience:
            asked = f"{_origin(address)} wants {delay:g} s between requests"
            raise FetchError("crawl-delay beyond our patience", asked, "Raise fetch.patience to read it.")

    def _robots(self, origin: str) -> Robots:
        """The origin's robots.txt, at most a day old. Raises RobotsRefused where it cannot be had."""
        known = self.robots.get(origin)
        if known and _tells(known.status) and timedelta(0) <= self._now() - known.fetched_at < ROBOTS_AGE:
            return known
        address = f"{origin}/robots.txt"
        try:
            page = self._follow(address, {}, None)
            if not _tells(page.status):
                raise FetchError(f"answered {page.status}", address, LATER)
        except Busy:
            raise
        except FetchError as e:  # unreachable: everything is refused (§2.3.1.4), and nothing is remembered
            self._log.info(DECISION, origin, "refused", e.what, 0.0)
            why = f"{e.which} ({e.what})"
            raise RobotsRefused("robots.txt cannot be read, so nothing may be", why, e.fix) from e
        text = page.body.decode("utf-8-sig", "replace")
        self.robots[origin] = Robots(origin, page.status, text, page.fetched_at)
        return self.robots[origin]

    def _persist(self, address: str, headers: Mapping[str, str], whole: bool) -> Page:
        """One answer, with retries. Raises Busy, FetchError."""
        tried = 0
        while True:
            try:
                return self._once(address, headers, whole)
            except _Passing as e:
                if e.wait > self.rules.patience:
                    raise self._busy(e) from e
                if tried == self.rules.retries:
                    raise
                pause = self.rules.backoff * 2 ** (tried - 1) if tried else 0.0  # before the first: the pace
                self._log.info("%s", e)
                self._wait(max(e.wait, min(pause, self.rules.patience)))
            tried += 1

    def _busy(self, e: _Passing) -> Busy:
        at = self._now() + timedelta(seconds=e.wait)
        asked = f"{e.which} asks us to wait {e.wait:.0f} s"
        busy = Busy(e.what, asked, f"Come back after {at:%Y-%m-%d %H:%M} UTC.")
        busy.retry_at = at
        return busy

    def _once(self, address: str, headers: Mapping[str, str], whole: bool) -> Page:
        """One request and its answer. Raises _Passing, Busy, FetchError."""
        self._keep_pace(_host(address))
        self.requests += 1
        until = self._clock() + self.rules.deadline
        timeout = (self.rules.connect_timeout, self.rules.read_timeout)
        try:
            with self._session.get(
                address, headers=headers, timeout=timeout, stream=True, allow_redirects=False
            ) as response:
                if response.status_code in PASSING:
                    wait = self._asked_wait(response.headers.get("Retry-After", ""))
                    raise _Passing(f"answered {response.status_code}", address, wait)
                body = self._body(address, response, until, whole)
        except (requests.RequestException, urllib3.exceptions.HTTPError) as e:
            raise self._failure(address, e, until) from e
        finally:
            self._last[_host(address)] = self._clock()
        lowered = tuple((name.lower(), value) for name, value in response.headers.items())
        return Page(address, address, response.status_code, lowered, body, self._now())

    def _keep_pace(self, host: str) -> None:
        if host in self._last:
            pace = self._pace.get(host, self.rules.spacing)
            self._wait(self._last[host] + pace - self._clock())

    def _wait(self, seconds: float) -> None:
        if seconds > 0:
            self._sleep(seconds)

    def _asked_wait(self, asked: str) -> float:
        """Retry-After in seconds (RFC 9110 §10.2.3); 0 when it is absent, past or unreadable."""
        if re.fullmatch("[0-9]{1,9}", asked):
            return float(asked)
        try:
            at = parsedate_to_datetime(asked)
        except ValueError:
            return 0.0
        return max(0.0, (at.replace(tzinfo=at.tzinfo or UTC) - self._now()).total_seconds())

    def _body(self, address: str, response: requests.Response, until: float, whole: bool) -> bytes:
        """The body, decompressed; cut at the cap unless wanted `whole`. Redirects and errors are not read."""
        if not (200 <= response.status_code < 300 or response.status_code == 304):
            return b""
        most = self.rules.max_bytes if whole else ROBOTS_BYTES
        declared = (response.raw.length_remaining or 0) if whole else 0
        wire = bytearray()
        while max(declared, len(wire)) <= most and self._clock() <= until:
            chunk = response.raw.read1(CHUNK, decode_content=False)
            if not chunk:
                break
            wire += chunk
            self.bytes += len(chunk)
        if self._clock() > until:
            raise self._slow(address)
        over = whole and max(declared, len(wire)) > most
        body = b"" if over else _decompressed(address, wire, response.headers.get("Content-Encoding", ""), most)
        if over or (whole and len(body) > most):
            raise FetchError("answer too big", f"{address} has more than {most:,} bytes", LEFT)
        return body[:most]

    def _slow(self, address: str) -> FetchError:
        return FetchError("answer too slow", f"{address} took more than {self.rules.deadline:g} s", LATER)

    def _failure(self, address: str, e: Exception, until: float) -> FetchError:
        """The foreign library's error as one line of ours."""
        root = _root(e)
        why = _shown(getattr(root, "verify_message", "") or getattr(root, "strerror", "") or str(root))
        if isinstance(e, requests.exceptions.SSLError | urllib3.exceptions.SSLError):
            return FetchError("TLS cannot be trusted", f"{address} ({why})", "Nothing was read; tell its owner.")
        if self._clock() > until:
            return self._slow(address)
        if isinstance(root, TimeoutError):
            connecting = isinstance(e, requests.ConnectTimeout)
            limit = self.rules.connect_timeout if connecting else self.rules.read_timeout
            return _Passing("no answer", f"{address} within {limit:g} s")
        if isinstance(e, requests.ConnectionError | urllib3.exceptions.ProtocolError):
            what = "answer cut short" if isinstance(root, http.client.IncompleteRead) else "no connection"
            return _Passing(what, f"{address} ({why})")
        return FetchError("cannot be asked for", f"{address} ({why})", LEFT)


def _tells(status: int) -> bool:
    """Whether an answer to robots.txt says something: rules, or that there are none (RFC 9309 §2.3.1)."""
    return 200 <= status < 300 or 400 <= status < 500


def _root(e: BaseException) -> BaseException:
    """The innermost error, which says why without naming foreign objects."""
    while inner := e.__cause__ or e.__context__:
        e = inner
    return e


def _shown(text: str) -> str:
    """Words from a stranger, fit for a terminal: short, no control characters."""
    return "".join(letter if letter.isprintable() else "?" for letter in text[:200])


def _decompressed(address: str, wire: bytes | bytearray, encoding: str, most: int) -> bytes:
    """At most one byte more than `most` of what `wire` holds, so memory stays bounded. Raises FetchError."""
    stream = zlib.decompressobj()
    try:
        match encoding.strip().lower() if wire else "":
            case "" | "identity":
                return bytes(wire)
            case "gzip" | "x-gzip":
                return gzip.GzipFile(fileobj=io.BytesIO(wire)).read(most + 1)
            case "deflate" if (body := stream.decompress(wire, most + 1)) and (stream.eof or len(body) > most):
                return body
    except (EOFError, gzip.BadGzipFile, zlib.error) as e:
        raise FetchError("bad compressed data", f"{address} ({e})", LATER) from e
    raise FetchError("bad compressed data", f"{address} ({_shown(encoding)})", LATER)


def _hop(address: str, location: str, hosts: Collection[str] | None) -> str:
    """Where a redirect leads. Raises FetchError where we may not follow; `hosts` None is anywhere."""
    to = _address(location.encode("latin-1", "replace").decode("utf-8", "replace"), seen_at=address)
    if urlsplit(address).scheme == "https" and urlsplit(to).scheme == "http":
        raise FetchError("redirects from https down to http", f"{address} to {to}", LEFT)
    if hosts is not None and _host(to) not in hosts:
        fix = "If that is where the source lives now, correct its url or add the host to its hosts."
        raise FetchError(f"redirects to another host, {_host(to)}", address, fix)
    return to


def _address(url: str, seen_at: str = "") -> str:
    """The address as it goes out: http or https, quoted, without a fragment. Raises FetchError."""
    try:
        address = urldefrag(requests.Request("GET", urljoin(seen_at, url)).prepare().url or "").url
        parts = urlsplit(address)
        if parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0:
            return address
        raise ValueError(url)
    except (requests.RequestException, ValueError) as e:
        raise FetchError("not an address on the web", _shown(url), "Write it as https://…") from e


def _host(address: str) -> str:
    return urlsplit(address).hostname or ""


def _origin(address: str) -> str:
    """Scheme, host and port, the usual port left out: "https://learning.nspcc.org.uk"."""
    parts = urlsplit(address)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    usual = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{parts.port}" if parts.port not in {None, usual} else "")


@functools.lru_cache(maxsize=8)
def _parsed(robots: str) -> Protego:
    return Protego.parse(robots)


def _session(rules: Rules) -> requests.Session:
    session = _Session()
    session.headers.update({"User-Agent": rules.user_agent, "Accept-Encoding": "gzip, deflate"})
    # the environment may name a proxy and a certificate store; a log-in that does nothing keeps .netrc out
    session.auth = lambda request: request
    for scheme in ("http://", "https://"):
        session.mount(scheme, adapter := _Adapter())
        adapter.deadline = rules.deadline
    return session


class _Session(requests.Session):
    """Leaves redirects to us. Otherwise requests reads the body of each, however big, to find the next."""

    def get_redirect_target(self, resp: requests.Response) -> None:
        return None


class _Adapter(HTTPAdapter):
    """Hangs up when the headers alone outlast the deadline: a read timeout counts silence only."""

    deadline: float  # seconds

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        pool.ConnectionCls = _hasty(type(pool).ConnectionCls, self.deadline)
        return pool


@functools.cache
def _hasty(connection: Any, deadline: float) -> Any:
    class Hasty(connection):  # type: ignore[misc]  # plain or TLS: known when running
        def getresponse(self) -> Any:
            timer = threading.Timer(deadline, _hang_up, [self.sock])
            timer.daemon = True
            timer.start()
            try:
                return super().getresponse()
            finally:
                timer.cancel()

    return Hasty


def _hang_up(sock: socket.socket) -> None:
    with suppress(OSError, TypeError):  # closed meanwhile, or TLS inside a TLS proxy: no bare socket
        socket.socket.shutdown(sock, socket.SHUT_RDWR)
