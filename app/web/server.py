"""Web server: waitress in a thread of its own, with timeouts against slow clients."""

import logging
import os
import re
import socket
from collections.abc import Callable
from copy import copy
from threading import Thread
from typing import Any, ClassVar
from weakref import WeakSet

from waitress import wasyncore  # type: ignore[import-untyped]  # it has no types
from waitress.adjustments import Adjustments  # type: ignore[import-untyped]  # it has no types
from waitress.channel import HTTPChannel  # type: ignore[import-untyped]  # it has no types
from waitress.parser import HTTPRequestParser  # type: ignore[import-untyped]  # it has no types
from waitress.proxy_headers import proxy_headers_middleware  # type: ignore[import-untyped]  # it has no types
from waitress.server import TcpWSGIServer  # type: ignore[import-untyped]  # it has no types
from waitress.task import ErrorTask, ThreadedTaskDispatcher  # type: ignore[import-untyped]  # it has no types

from core.actions import terminal_action
from core.errors import HouseError
from services.readers.list_uploads import MAX_UPLOAD_BYTES

THREADS = 14
MAX_CONNECTIONS = 500  # at once; more wait until one of them ends
MAX_HEAD_BYTES = 32 * 1024  # bytes of a request's first lines
MAX_BODY_BYTES = 128 * 1024  # bytes of a request's body that are read at all; the pages themselves take less
UPLOAD_PATH = "/ops/people/import"  # where an operator sends a list of readers
MAX_UPLOADS = 4  # at once: what they hold lies on the disk
UPLOAD_ROOM = 1024 * 1024  # bytes of such a request beside its file; and some more, so that our page can say no
MAX_REPORT_BYTES = 1024 * 1024  # the same of a mail provider's report: SendGrid sends up to 768 KiB at once
IDLE_TIMEOUT = 30  # seconds that a connection may say nothing
REQUEST_TIMEOUT = 20.0  # seconds for a whole request to come, and
MIN_REQUEST_RATE = 32 * 1024  # bytes a second of what takes longer
RESPONSE_TIMEOUT = 120.0  # seconds for an answer to be taken
DRAIN_TIMEOUT = 5.0  # seconds, and
DRAIN_BYTES = 32 * 1024 * 1024  # of what is too much, which we let pass unread so that its sender reads our answer
CLEANUP_INTERVAL = 2  # seconds between two looks at who is slow
UPLOAD_TEXT = f"The file is larger than {MAX_UPLOAD_BYTES // 1_000_000} MB. Go back, and upload it in parts."
STATUS_TEXTS = {
    413: "That is too much at once. Go back, and send less.",
    431: "That is too much at once. Delete what your browser keeps for this site, then try again.",
}
CLIENT_ERROR_TEXT, SERVER_ERROR_TEXT = (
    "We could not read that. Go back, and try again.",
    "Something went wrong here. Try again in a few minutes.",
)


class WebServer:
    """Pages that answer on an address from `start` to `stop`. Raises HouseError when the address cannot be had."""

    def __init__(self, app: Any, clock: Callable[[], float], host: str, port: int, proxies: int = 0) -> None:
        _quieten_waitress()
        self._clock, self._map = clock, dict[int, Any]()
        self._stopping, self._until, self._finished = False, 0.0, False
        self._socket = _bind_socket(host, port)
        self._dispatcher = ThreadedTaskDispatcher()
        adjustments = Adjustments(
            sockets=[self._socket],
            threads=THREADS,
            connection_limit=MAX_CONNECTIONS,
            channel_timeout=IDLE_TIMEOUT,
            cleanup_interval=CLEANUP_INTERVAL,
            max_request_header_size=MAX_HEAD_BYTES,
            max_request_body_size=MAX_BODY_BYTES,
            asyncore_use_poll=True,
            clear_untrusted_proxy_headers=False,  # `take` sees to it
            ident="",
        )
        self.take(app, proxies)
        self._server = _TimedServer(self._answer, self._map, self._socket, self._dispatcher, adjustments, clock)
        self._thread = Thread(target=self._serve, name="web", daemon=True)

    @property
    def address(self) -> tuple[str, int]:
        """The host and port it answers on."""
        host, port = self._socket.getsockname()[:2]
        return str(host), int(port)

    def take(self, app: Any, proxies: int) -> None:
        """Ask this application from now on; what is being answered is answered by the one before."""
        self._app = app if proxies else proxy_headers_middleware(app, clear_untrusted=True)

    def start(self) -> None:
        """Answer from now on."""
        self._dispatcher.set_thread_count(THREADS)
        self._thread.start()

    def stop(self, seconds: float) -> bool:
        """Take no more requests and finish those that are being answered; whether all were in so many seconds.

        Called again, it waits for so much longer.
        """
        self._until = self._clock() + seconds
        if not self._stopping:
            self._stopping = True
            self._server.pull_trigger()  # so that it looks up
        self._thread.join(seconds + 0.5)
        self._dispatcher.shutdown(timeout=max(0.1, self._until - self._clock()))
        idle = not self._thread.is_alive() and not self._dispatcher.threads
        if idle:
            self._server.trigger.close()  # not before: whoever still works would pull it
        return idle and self._finished

    def _answer(self, environ: Any, start_response: Any) -> Any:
        return self._app(environ, start_response)

    def _serve(self) -> None:
        while not self._stopping:
            self._turn(1.0)
        self._server.hang_up()
        while (busy := self._server.busy()) and self._clock() < self._until:
            self._turn(0.05)
        self._finished = not busy
        self._server.drop_all()

    def _turn(self, seconds: float) -> None:
        wasyncore.loop(timeout=seconds, use_poll=True, map=self._map, count=1)


class _PlainErrorTask(ErrorTask):  # type: ignore[misc]  # waitress has no types
    """What waitress refuses by itself, in our words."""

    def execute(self) -> None:
        error = self.request.error
        other = SERVER_ERROR_TEXT if error.code == 500 else CLIENT_ERROR_TEXT
        upload = error.code == 413 and getattr(self.request, "path", "").endswith(UPLOAD_PATH)
        body = f"{UPLOAD_TEXT if upload else STATUS_TEXTS.get(error.code) or other}\n".encode()
        self.status, self.content_length = f"{error.code} {error.reason}", len(body)
        self.response_headers += [
            ("Content-Type", "text/plain; charset=utf-8"),
            ("X-Content-Type-Options", "nosniff"),
        ]
        self.set_close_on_finish()
        self.channel.refused = True
        self.write(body)


class _SizedParser(HTTPRequestParser):  # type: ignore[misc]  # waitress has no types
    """A request of which more is read where a mail provider may have much to report, or an operator uploads a list; in
    a file, not in memory.
    """

    uploads: ClassVar[WeakSet[Any]] = WeakSet()  # that are being read or answered

    def parse_header(self, header_plus: bytes) -> None:
        """Read the first lines, and then know how much may follow."""
        super().parse_header(header_plus)
        if "/hooks/" in self.path:
            self.adj: Any = copy(self.adj)
            self.adj.max_request_body_size, self.adj.inbuf_overflow = MAX_REPORT_BYTES, MAX_BODY_BYTES
        elif self.command == "POST" and self.path.endswith(UPLOAD_PATH) and len(self.uploads) < MAX_UPLOADS:
            self.uploads.add(self)
            self.adj = copy(self.adj)
            self.adj.max_request_body_size = MAX_UPLOAD_BYTES + UPLOAD_ROOM


class _TimedChannel(HTTPChannel):  # type: ignore[misc]  # waitress has no types
    """A connection that knows for how long it has been at what it does: waitress only sees who is silent."""

    error_task_class = _PlainErrorTask
    parser_class = _SizedParser
    since = 0.0  # seconds of the clock, when it began with that
    refused = False
    drained_bytes: int | None = None  # bytes let pass since it was refused

    def received(self, data: bytes) -> bool:
        """Take in what has come."""
        if self.drained_bytes is not None:
            self.drained_bytes += len(data)
            if self.drained_bytes > DRAIN_BYTES:
                self.handle_close()
            return False
        if self.request is None and not self.requests:
            self.since = self.server.clock()
        taken: bool = super().received(data)
        return taken

    def write_soon(self, data: Any) -> int:
        """Answer; from then on it is for the client to take it."""
        self.since = self.server.clock()
        return int(super().write_soon(data))

    def slow(self) -> bool:
        """Whether the client takes longer than anybody needs."""
        if self.requests:
            return False  # it waits for us
        limit = (
            DRAIN_TIMEOUT
            if self.drained_bytes is not None
            else RESPONSE_TIMEOUT
            if self.total_outbufs_len
            else REQUEST_TIMEOUT + (self.request.body_bytes_received / MIN_REQUEST_RATE if self.request else 0)
        )
        at_work = self.drained_bytes is not None or self.total_outbufs_len or self.request is not None
        return bool(at_work and self.server.clock() - self.since > limit)

    def handle_close(self) -> None:
        """Hang up. Who still sends what was refused is heard out first: else they never see our answer."""
        if not self.refused or self.drained_bytes is not None or not self.connected:
            super().handle_close()
            return
        self.drained_bytes, self.since, self.will_close = 0, self.server.clock(), False
        try:
            self.socket.shutdown(socket.SHUT_WR)
        except OSError:
            super().handle_close()


class _TimedServer(TcpWSGIServer):  # type: ignore[misc]  # waitress has no types
    """waitress, with an eye on the clock."""

    channel_class = _TimedChannel

    def __init__(
        self,
        app: Any,
        connections: dict[int, Any],
        bound: socket.socket,
        dispatcher: ThreadedTaskDispatcher,
        adjustments: Adjustments,
        clock: Callable[[], float],
    ) -> None:
        self.clock = clock
        where = (bound.family, bound.type, bound.proto, bound.getsockname())
        super().__init__(
            app, connections, True, bound, dispatcher=dispatcher, adj=adjustments, bind_socket=False, sockinfo=where
        )

    def maintenance(self, now: float) -> None:
        """Close connections that are silent or slow."""
        super().maintenance(now)
        for channel in [one for one in self.active_channels.values() if one.slow()]:
            HTTPChannel.handle_close(channel)  # at once: a client that takes nothing never lets us end politely

    def hang_up(self) -> None:
        """Take no more connections."""
        wasyncore.dispatcher.close(self)

    def drop_all(self) -> None:
        """End every connection."""
        for channel in list(self.active_channels.values()):
            HTTPChannel.handle_close(channel)

    def busy(self) -> bool:
        """Whether anything is being answered, or an answer is on its way."""
        return any(one.requests or one.total_outbufs_len for one in list(self.active_channels.values()))


def _bind_socket(host: str, port: int) -> socket.socket:
    bare = host.strip("[]")
    family = socket.AF_INET6 if ":" in bare else socket.AF_INET
    both = bare == "::" and socket.has_dualstack_ipv6()  # everywhere means IPv4 too
    try:
        return socket.create_server((bare, port), family=family, dualstack_ipv6=both)
    except (OSError, OverflowError) as e:
        why = f"{host} port {port}: {os.strerror(e.errno) if isinstance(e, OSError) and e.errno else e}"
        action = terminal_action("How the pages are served", "Choose another --port or --host.")
        raise HouseError("the web pages cannot be served", why, action=action) from e


class _RedactingFilter(logging.Filter):
    """An address may hold a reader's token, and waitress would log it."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.msg = re.sub(r"(while serving ).*", r"\1a page", str(record.msg), flags=re.DOTALL)
        return True


def _quieten_waitress() -> None:
    waitress = logging.getLogger("waitress")
    if not any(isinstance(one, _RedactingFilter) for one in waitress.filters):
        waitress.addFilter(_RedactingFilter())
    logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a full queue is no news
