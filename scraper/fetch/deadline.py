"""Answer deadline: a watchdog that hangs up on an answer that has not ended in time, its framing and TLS included.

A read timeout counts silence only: one byte every few seconds, in the headers, between two chunks or in a handshake,
keeps an answer alive for ever. So a timer shuts the connection itself, whoever reads from it. What it shuts is a copy
of the socket's number: a connection passes from plain to TLS under way, and the copy stays the same connection.
"""

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Watchdog:
    """Bounds one answer after another: `with watchdog.limit(seconds): ask`, then `watchdog.expired` tells."""

    def __init__(self) -> None:
        self.expired = False  # whether the last answer was cut off
        self._lock = threading.Lock()
        self._connections: list[socket.socket] = []
        self._closed = False

    @contextmanager
    def limit(self, seconds: float) -> Iterator[None]:
        """Hang up on what is watched once so many seconds have passed."""
        with self._lock:
            self.expired = self._closed
        timer = threading.Timer(seconds, self._hang_up)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
            timer.join()  # else it might hang up on the next answer
            for connection in self._connections:
                connection.close()  # the copy alone
            self._connections.clear()

    def watch(self, connection: socket.socket) -> None:
        """Bound this connection too."""
        copy = socket.socket(fileno=os.dup(connection.fileno()))
        with self._lock:
            self._connections.append(copy)
        if self.expired:
            self._hang_up()

    def close(self) -> None:
        """Hang up on what is watched now, from any thread, and on whatever is watched from here."""
        with self._lock:
            self._closed = True
        self._hang_up()

    def _hang_up(self) -> None:
        self.expired = True
        with self._lock:
            for connection in self._connections:
                with suppress(OSError):  # closed by the other end meanwhile
                    connection.shutdown(socket.SHUT_RDWR)
