"""Web server: granian in a thread of its own, on its public interface, which cuts off slow clients by its time-outs."""

import asyncio
import os
import resource
import socket
import sys
import time
from contextlib import suppress
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import uvloop
from granian.constants import HTTPModes, Interfaces
from granian.http import HTTP1Settings
from granian.log import LogLevels
from granian.server.embed import Server

from app.web.front_cache import FrontCache
from app.web.wsgi_bridge import RESPONSE_TIMEOUT, WSGIBridge
from core.actions import terminal_action
from core.errors import HouseError

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

MAX_CONNECTIONS = 2000  # at once; more wait until one of them ends
OTHER_FILES = 500  # that the process may have open beside them
BACKLOG = 1024  # connections that the system holds for us meanwhile
MAX_HEAD_BYTES = 32 * 1024  # bytes of a request's first lines that are always read; no more than twice as many are
HEAD_TIMEOUT = 30.0  # seconds for the whole first lines to come, and for a kept connection to say nothing
START_TIMEOUT = 30.0  # seconds for it to answer
LINGER_SECONDS = 2.0  # seconds at the end for the last bytes of answers to be taken
POLL_SECONDS = 0.02  # seconds between two looks at whether it has begun, or ended


class WebServer:
    """Pages that answer on an address from `start` to `stop`. Raises HouseError when the address cannot be had."""

    def __init__(
        self, app: "WSGIApplication", host: str, port: int, proxies: int = 0, front: FrontCache | None = None
    ) -> None:
        self._socket = _hold_address(host, port)
        self._bridge = WSGIBridge(app, front, proxies)
        self._loop = uvloop.new_event_loop()
        self._server: Server | None = None
        self._thread = Thread(target=self._run, name="web", daemon=True)

    @property
    def address(self) -> tuple[str, int]:
        """The host and port it answers on."""
        host, port = self._socket.getsockname()[:2]
        return str(host), int(port)

    def take(self, app: "WSGIApplication", proxies: int, front: FrontCache | None = None) -> None:
        """Ask this application from now on; what is being answered is answered by the one before."""
        self._loop.call_soon_threadsafe(self._bridge.take, app, front, proxies)

    def start(self) -> None:
        """Answer from now on. Raises HouseError where that cannot be."""
        _allow_open_files()
        self._thread.start()
        host, port = self.address
        for _ in range(int(START_TIMEOUT / POLL_SECONDS)):
            with suppress(OSError), socket.create_connection((host, port), START_TIMEOUT):
                _limit_waiting((host, port))
                return
            self._thread.join(POLL_SECONDS)
            if not self._thread.is_alive():
                break
        raise HouseError("the web pages cannot be served", f"nothing answers on {host} port {port}")

    def stop(self, seconds: float) -> bool:
        """Take no more requests and finish those that are being answered; whether all were in so many seconds.

        Called again, it waits for so much longer.
        """
        if self._server and not self._loop.is_closed():
            with suppress(RuntimeError):  # it has just ended
                self._loop.call_soon_threadsafe(self._server.stop)
        until = idle_until = time.monotonic() + seconds
        while self._thread.is_alive() and time.monotonic() < min(until, idle_until):
            self._thread.join(POLL_SECONDS)
            if self._bridge.busy:
                idle_until = until
            elif idle_until == until:  # who is slow to ask, or to take the rest of an answer, keeps nobody
                idle_until = time.monotonic() + LINGER_SECONDS
        self._bridge.close()
        self._socket.close()
        return not self._bridge.busy

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        host, port = self.address
        self._server = Server(
            self._bridge,
            address=host,
            port=port,
            interface=Interfaces.ASGINL,
            http=HTTPModes.http1,
            websockets=False,
            backlog=BACKLOG,
            backpressure=MAX_CONNECTIONS,
            http1_settings=HTTP1Settings(header_read_timeout=int(HEAD_TIMEOUT * 1000), max_buffer_size=MAX_HEAD_BYTES),
            log_level=LogLevels.error,
            log_dictconfig={"incremental": True, "handlers": {}, "loggers": {}},  # its words go where all others do
        )
        await self._server.serve()


def _hold_address(host: str, port: int) -> socket.socket:
    """A socket that keeps an address for the server, which shares it but takes nothing that is somebody else's."""
    bare = host.strip("[]")
    family = socket.AF_INET6 if ":" in bare else socket.AF_INET
    both = bare == "::" and socket.has_dualstack_ipv6()  # everywhere means IPv4 too
    held = socket.socket(family)
    try:
        with socket.create_server((bare, port), family=family, dualstack_ipv6=both) as free:
            address = free.getsockname()
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            held.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, not both)
        held.bind(address)
    except (OSError, OverflowError) as e:
        held.close()
        number = e.errno if isinstance(e, OSError) else None  # below 0 of a name that is not known
        why = f"{host} port {port}: {os.strerror(number) if number and number > 0 else getattr(e, 'strerror', e)}"
        action = terminal_action("How the pages are served", "Choose another --port or --host.")
        raise HouseError("the web pages cannot be served", why, action=action) from e
    return held


def _limit_waiting(address: tuple[str, int]) -> None:
    """Have Linux end connections whose client takes nothing of an answer: granian has no time-out for these.

    What a listening socket says holds for those that it accepts. Nothing but sockets is copied: closing a copy of the
    database's file would drop SQLite's locks.
    """
    if not sys.platform.startswith("linux"):
        return
    for link in Path("/proc/self/fd").iterdir():
        with suppress(OSError):  # gone meanwhile
            if not str(link.readlink()).startswith("socket:"):
                continue
            with socket.socket(fileno=os.dup(int(link.name))) as one:
                if one.getsockname()[:2] == address and one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(RESPONSE_TIMEOUT * 1000))


def _allow_open_files() -> None:
    """As many as the connections need, where the system lets us: the usual 1,024 are for programs of long ago."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = MAX_CONNECTIONS + OTHER_FILES
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    if soft != resource.RLIM_INFINITY and soft < allowed:
        resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
