"""Requests over kept connections, as fast as they are answered: how many a second, and how long each took."""

import os
import re
import selectors
import socket
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles

from tests.bench.turns import Failed

CONNECTIONS = 16
PATIENCE = 60  # seconds for one answer
_CLOSE = b"\r\nconnection: close"
_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Asked:
    """One request and the status it must get."""

    path: str
    headers: str = ""  # each line ended by CRLF
    status: int = 200
    body: bytes = b""  # with one it is a POST

    @property
    def raw(self) -> bytes:
        """What goes over the wire."""
        length = f"Content-Length: {len(self.body)}\r\n" if self.body else ""
        method = "POST" if self.body else "GET"
        return f"{method} {self.path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{length}{self.headers}\r\n".encode() + self.body


@dataclass(frozen=True, slots=True)
class Load:
    """What a contender took."""

    rate: float  # requests a second
    p50: float  # milliseconds
    p99: float
    size: int  # bytes of the last answer's body
    cpu: float = 0.0  # microseconds of the server's processor that a request took, where its process is known


class _Connection:
    """One kept connection with at most one request under way; made anew where the server closes it."""

    def __init__(self, port: int, ready: selectors.BaseSelector) -> None:
        self.began, self.got, self.asked = 0.0, b"", Asked("/")
        self._port, self._ready, self._socket = port, ready, self._connected(port)
        ready.register(self._socket, selectors.EVENT_READ, self)

    @staticmethod
    def _connected(port: int) -> socket.socket:
        made = socket.create_connection(("127.0.0.1", port), PATIENCE)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def ask(self, asked: Asked) -> None:
        """Send a request. A connection that the last answer closed is made again: that takes its time too."""
        began = time.perf_counter()
        if _CLOSE in self.got.partition(b"\r\n\r\n")[0].lower():
            self._ready.unregister(self._socket)
            self._socket.close()
            self._socket = self._connected(self._port)
            self._ready.register(self._socket, selectors.EVENT_READ, self)
        self.asked, self.got, self.began = asked, b"", began
        self._socket.sendall(asked.raw)

    def answered(self) -> int | None:
        """Read on: how many bytes the answer's body has, once it is whole."""
        try:
            more = self._socket.recv(1 << 18)
        except OSError as e:
            raise Failed(f"{self.asked.path}: {e}") from e
        if not more:
            raise Failed(f"{self.asked.path}: the connection was closed")
        self.got += more
        head, blank, body = self.got.partition(b"\r\n\r\n")
        if not blank:
            return None
        status = int(head[9:12])
        found = _LENGTH.search(head)
        length = int(found[1]) if found and status != 304 else 0
        if len(body) < length:
            return None
        if status == 503 and self.asked.body:  # "not now": posted again, as those who report do
            began = self.began
            self.ask(self.asked)
            self.began = began
            return None
        if status != self.asked.status:
            raise Failed(f"{self.asked.path}: answered {status}, not {self.asked.status}")
        return length


def measure(port: int, requests: Sequence[Asked], most: int = CONNECTIONS, server: int = 0) -> Load:
    """Send all of them, over so many connections at most; `server` is the process that answers.

    Raises Failed when one is not answered as it must be.
    """
    before = _cpu(server)
    with ExitStack() as stack, selectors.DefaultSelector() as ready:
        connections = [_Connection(port, ready) for _ in range(min(most, len(requests)))]
        for one in connections:
            stack.callback(one.close)
        left = iter(requests)
        began = time.perf_counter()
        for one in connections:
            one.ask(next(left))
        taken = list(_answers(ready, left, len(requests)))
        seconds = time.perf_counter() - began
    times = sorted(took for took, _ in taken)
    cuts = quantiles(times, n=100, method="inclusive")
    cpu = (_cpu(server) - before) / len(requests) * 1e6
    return Load(len(requests) / seconds, cuts[49] * 1e3, cuts[98] * 1e3, taken[-1][1], cpu)


def _cpu(process: int) -> float:
    """Seconds of processor time of a process until now; 0 of none."""
    if not process:
        return 0.0
    user, system = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def _answers(ready: selectors.BaseSelector, left: Iterator[Asked], count: int) -> Iterator[tuple[float, int]]:
    while count:
        events = ready.select(PATIENCE)
        if not events:
            raise Failed("nothing is answered any more")
        for key, _ in events:
            one: _Connection = key.data
            size = one.answered()
            if size is None:
                continue
            yield time.perf_counter() - one.began, size
            count -= 1
            if asked := next(left, None):
                one.ask(asked)
            else:
                ready.unregister(key.fileobj)
