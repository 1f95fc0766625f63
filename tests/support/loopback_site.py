"""A small real web server on 127.0.0.1 that remembers what it was asked."""

import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


@dataclass(frozen=True, slots=True)
class Request:
    """What a client asked, and when."""

    method: str
    path: str  # with the query
    headers: Mapping[str, str]  # names in lower case
    body: bytes
    at: float  # seconds of time.monotonic
    closing: threading.Event  # set when the site closes: wait on it to stall


@dataclass(frozen=True, slots=True)
class Answer:
    """What to send. Content-Length is added unless the headers have it or Transfer-Encoding."""

    status: int = 200
    body: bytes | Iterable[bytes] = b""  # parts are sent as they come, to the end of the connection
    headers: Mapping[str, str] = field(default_factory=dict)


Route = Callable[[Request], Answer | Iterator[bytes]]  # bytes: the whole answer, from its status line on


class Site:
    """`with Site({"/": lambda request: Answer(200, b"hello")}) as site: ask(site.url("/"))`.

    An unknown path answers 404. `requests` holds every request in order; `connections` counts the
    connections; `port`: a wish. Speaks HTTP/1.1 and keeps connections open; leaving the block releases stalled routes
    and joins every thread.
    """

    def __init__(
        self, routes: Mapping[str, Route] | None = None, tls: ssl.SSLContext | None = None, port: int = 0
    ) -> None:
        self.routes = dict(routes or {})
        self.requests: list[Request] = []
        self.connections = 0
        self.closing = threading.Event()
        self._server = _Server(self, tls, port)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._scheme = "https" if tls else "http"

    @property
    def port(self) -> int:
        """The port that the system chose."""
        return int(self._server.server_address[1])

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        """The address of `path`; "localhost" serves as a second host."""
        return f"{self._scheme}://{host}:{self.port}{path}"

    def paths(self) -> list[str]:
        """The paths asked for, in order."""
        return [request.path for request in self.requests]

    def answer(self, request: Request) -> Answer | Iterator[bytes]:
        """Remember the request and let its route answer."""
        self.requests.append(request)
        route = self.routes.get(request.path.partition("?")[0])
        return route(request) if route else Answer(404, b"no such page")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.hang_up()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # so that closing joins them

    def __init__(self, site: Site, tls: ssl.SSLContext | None, port: int) -> None:
        self.site = site
        self.open: set[socket.socket] = set()
        try:
            super().__init__(("127.0.0.1", port), _Handler)
        except OSError:  # it is taken
            super().__init__(("127.0.0.1", 0), _Handler)
        if tls:
            self.socket = tls.wrap_socket(self.socket, server_side=True)

    def process_request(self, request: Any, client_address: Any) -> None:
        self.site.connections += 1
        self.open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        self.open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client may hang up early: nothing to print."""

    def hang_up(self) -> None:
        """Wake the threads that wait for another request."""
        for connection in list(self.open):
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each answer waits 40 ms for its second packet
    server: _Server

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        body, at, site = self.rfile.read(length), time.monotonic(), self.server.site
        answer = site.answer(Request(self.command, self.path, headers, body, at, site.closing))
        if isinstance(answer, Answer):
            self._send(answer)
        else:
            self._pour(answer)

    do_POST = do_HEAD = do_GET

    def _send(self, answer: Answer) -> None:
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        sized = {"content-length", "transfer-encoding"} & {name.lower() for name in answer.headers}
        if isinstance(answer.body, bytes) and not sized and answer.status not in {204, 304}:
            self.send_header("Content-Length", str(len(answer.body)))
        self.end_headers()
        if self.command == "HEAD":
            return
        if isinstance(answer.body, bytes):
            self.wfile.write(answer.body)
        else:
            self._pour(answer.body)

    def _pour(self, parts: Iterable[bytes]) -> None:
        self.close_connection = True
        for part in parts:
            self.wfile.write(part)

    def log_message(self, format: str, *args: Any) -> None:
        """Requests are remembered, not printed."""
