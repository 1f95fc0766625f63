"""ASGI application in front of the WSGI one: kept pages answered at once, all else on threads.

A thread is taken once a request is there with its whole body, and given back with the answer: who sends slowly holds
none. What a body may hold and how long it may take is decided here, since no server knows our pages.
"""

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from app.web.front_cache import FrontCache, FrontKey, Message, body_message, start_message
from services.readers.list_uploads import MAX_UPLOAD_BYTES

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]

READ_THREADS = 4  # that render: more would wait for one another, and each holds a connection to the database
WRITE_THREADS = 14  # more than may write at once, so that some are told at once to come later (write_slots)
READ_METHODS = ("GET", "HEAD")
MAX_BODY_BYTES = 128 * 1024  # bytes of a request's body that are read at all; the pages themselves take less
UPLOAD_PATH = "/ops/people/import"  # where an operator sends a list of readers
MAX_UPLOADS = 4  # at once: what they hold lies on the disk
UPLOAD_ROOM = 1024 * 1024  # bytes of such a request beside its file; and some more, so that our page can say no
MAX_REPORT_BYTES = 1024 * 1024  # the same of a mail provider's report: SendGrid sends up to 768 KiB at once
BODY_TIMEOUT = 20.0  # seconds for a whole body to come, and
MIN_BODY_RATE = 32 * 1024  # bytes a second of what takes longer
RESPONSE_TIMEOUT = 120.0  # seconds for a part of a long answer to be taken
DRAIN_TIMEOUT = 5.0  # seconds, and
DRAIN_BYTES = 32 * 1024 * 1024  # of what is too much, which we let pass unread so that its sender reads our answer
LONG_BYTES = 1024 * 1024  # bytes from which on an answer is sent as it is made
UPLOAD_TEXT = f"The file is larger than {MAX_UPLOAD_BYTES // 1_000_000} MB. Go back, and upload it in parts."
STATUS_TEXTS = {
    408: "That took too long to come. Go back, and send it again.",
    413: "That is too much at once. Go back, and send less.",
    500: "Something went wrong here. Try again in a few minutes.",
}
VARYING = {b"host", b"if-none-match", b"if-modified-since"}  # what a kept page's answer depends on
FORWARDED = {b"x-forwarded-host", b"x-forwarded-proto"}  # and behind a proxy that we believe
log = logging.getLogger("casereviews")


class Refused(Exception):
    """A request that the application is not asked about; its argument is the answer's status."""


class WSGIBridge:
    """Requests of one server, counted while they are answered. All but `_ask` runs on the server's event loop."""

    def __init__(self, app: "WSGIApplication", front: FrontCache | None, proxies: int) -> None:
        self.take(app, front, proxies)
        self.busy = 0  # requests that are being answered
        self._uploads = 0
        self._readers = ThreadPoolExecutor(READ_THREADS, thread_name_prefix="web-read")
        self._writers = ThreadPoolExecutor(WRITE_THREADS, thread_name_prefix="web-write")

    def take(self, app: "WSGIApplication", front: FrontCache | None, proxies: int) -> None:
        """Ask this application from now on; what is being answered is answered by the one before."""
        self._current = app, front, VARYING | FORWARDED if proxies else VARYING

    def close(self) -> None:
        """Begin nothing more."""
        for pool in (self._readers, self._writers):
            pool.shutdown(wait=False, cancel_futures=True)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer a request."""
        self.busy += 1
        try:
            await self._answer(scope, receive, send)
        except Refused as e:
            await self._refuse(scope, int(e.args[0]), receive, send)
        except (ConnectionError, TimeoutError):
            log.debug("a client hung up, or took nothing")
        except Exception:  # no name of the page: it may hold a reader's token
            log.exception("a request failed outside the pages")
            with suppress(Exception):  # the answer may have begun
                await self._refuse(scope, 500, receive, send)
        finally:
            self.busy -= 1

    async def _answer(self, scope: Message, receive: Receive, send: Send) -> None:
        app, front, names = self._current
        key: FrontKey | None = None
        stamp = None
        if front and scope["method"] in READ_METHODS:
            asked = _collect(scope["headers"], names)
            etags, since = asked.pop(b"if-none-match", None), asked.pop(b"if-modified-since", None)
            key = (scope["raw_path"], scope["query_string"], *sorted(asked.items()))
            stamp = front.stamp()
            if answer := front.find(key, stamp, scope["method"], etags, since):
                for message in answer:
                    await send(message)
                return
        limit = self._body_limit(scope)
        try:
            with SpooledTemporaryFile(MAX_BODY_BYTES) as content:
                size = await _read_body(scope["headers"], receive, content, limit)
                environ = _environ(scope, content, size)
                await self._ask_on_thread(app, environ, send)
        finally:
            self._uploads -= limit > MAX_REPORT_BYTES
        if front and key:
            front.keep(key, environ, stamp)

    async def _ask_on_thread(self, app: "WSGIApplication", environ: "WSGIEnvironment", send: Send) -> None:
        loop = asyncio.get_running_loop()

        def emit(message: Message) -> None:
            sent: Future[object] = Future()

            def begin() -> None:
                task = asyncio.ensure_future(send(message))
                task.add_done_callback(lambda done: sent.set_result(done.cancelled() or done.exception()))

            loop.call_soon_threadsafe(begin)
            if sent.result(RESPONSE_TIMEOUT):
                raise ConnectionError

        pool = self._readers if environ["REQUEST_METHOD"] in READ_METHODS else self._writers
        for message in await loop.run_in_executor(pool, _ask, app, environ, emit):
            await send(message)

    def _body_limit(self, scope: Message) -> int:
        """How many bytes of a body are read. An upload is counted until it is answered."""
        path = scope["path"]
        if "/hooks/" in path:
            return MAX_REPORT_BYTES
        if scope["method"] == "POST" and path.endswith(UPLOAD_PATH) and self._uploads < MAX_UPLOADS:
            self._uploads += 1
            return MAX_UPLOAD_BYTES + UPLOAD_ROOM
        return MAX_BODY_BYTES

    async def _refuse(self, scope: Message, status: int, receive: Receive, send: Send) -> None:
        """Answer in plain words. Who still sends what is too much is heard out first: else they never see it."""
        text = UPLOAD_TEXT if status == 413 and scope["path"].endswith(UPLOAD_PATH) else STATUS_TEXTS[status]
        body = f"{text}\n".encode()
        headers = [("Content-Type", "text/plain; charset=utf-8"), ("Content-Length", str(len(body)))]
        await send(start_message(status, [*headers, ("X-Content-Type-Options", "nosniff"), ("Connection", "close")]))
        await send(body_message(body))
        drained = 0
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_TIMEOUT if status == 413 else 0):
                while drained < DRAIN_BYTES and (message := await receive())["type"] == "http.request":
                    drained += len(message.get("body", b""))


def _collect(headers: Headers, names: set[bytes]) -> dict[bytes, bytes]:
    """The headers of these names; of one that came more than once, all values."""
    found: dict[bytes, bytes] = {}
    for name, value in headers:
        if name in names:
            found[name] = found[name] + b"," + value if name in found else value
    return found


async def _read_body(headers: Headers, receive: Receive, content: IO[bytes], limit: int) -> int:
    """Write a request's body to a file, at whose beginning it is left; its length. Raises Refused, ConnectionError."""
    told = _collect(headers, {b"content-length", b"transfer-encoding"})
    if not told:
        return 0
    if int(told.get(b"content-length", b"0")) > limit:
        raise Refused(413)
    loop, size = asyncio.get_running_loop(), 0
    begun, more = loop.time(), True
    while more:
        try:
            async with asyncio.timeout_at(begun + BODY_TIMEOUT + size / MIN_BODY_RATE):
                message = await receive()
        except TimeoutError as e:
            raise Refused(408) from e
        if message["type"] != "http.request":
            raise ConnectionError
        content.write(message.get("body", b""))
        size, more = content.tell(), message.get("more_body", False)
        if size > limit:
            raise Refused(413)
    content.seek(0)
    return size


def _environ(scope: Message, content: IO[bytes], size: int) -> "WSGIEnvironment":
    """A request as WSGI has it (PEP 3333)."""
    server, client = scope["server"], scope["client"]
    environ: WSGIEnvironment = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": f"/{unquote_to_bytes(scope['raw_path']).decode('latin-1').lstrip('/')}",
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_PROTOCOL": "HTTP/1.0" if scope["http_version"] in ("1", "1.0") else "HTTP/1.1",
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "REMOTE_ADDR": client[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope["scheme"],
        "wsgi.input": content,
        "wsgi.input_terminated": True,
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
    }
    # A name with an underscore could pass for one with a hyphen that a proxy has set.
    names = {name for name, _ in scope["headers"] if b"_" not in name}
    for name, value in _collect(scope["headers"], names).items():
        key = name.decode("latin-1").upper().replace("-", "_")
        environ[key if key == "CONTENT_TYPE" else f"HTTP_{key}"] = value.decode("latin-1")
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    if environ.pop("HTTP_CONTENT_LENGTH", "") or size:
        environ["CONTENT_LENGTH"] = str(size)
    return environ


def _ask(app: "WSGIApplication", environ: "WSGIEnvironment", emit: Callable[[Message], None]) -> Iterable[Message]:
    """The application's answer, whole; or none of it, where it was long and is sent already."""
    start: Message = {}

    def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Callable[[bytes], object]:
        start.update(start_message(int(status[:3]), headers))
        return parts.append

    parts: list[bytes] = []
    answer = app(environ, start_response)
    try:
        sent = False
        for part in answer:
            if sum(map(len, parts)) >= LONG_BYTES:  # and there is more: what is whole is the server's to send
                if not sent:
                    emit(start)
                emit(body_message(b"".join(parts), more=True))
                parts.clear()
                sent = True
            parts.append(part)
    finally:
        getattr(answer, "close", lambda: None)()
    last = body_message(b"".join(parts))
    return [last] if sent else [start, last]
