"""Slow clients: so many that drip and so many that say nothing. Arguments: port, how many of each."""

import selectors
import socket
import sys
import time

REQUEST = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: "
PAUSE = 1.0  # seconds between two bytes


def main(port: str, drips: str, idle: str) -> None:
    """Say "connected" once all are, then go on until the end of the process."""
    ready = selectors.DefaultSelector()
    for number in range(int(drips) + int(idle)):
        _connect(ready, int(port), number < int(drips))
    print("connected", flush=True)
    while True:
        next_at = time.monotonic() + PAUSE
        while (left := next_at - time.monotonic()) > 0:
            for key, _ in ready.select(left):  # it was cut off
                ready.unregister(key.fileobj)
                key.fileobj.close()  # type: ignore[union-attr]  # a socket
                _connect(ready, int(port), key.data)
        for key in list(ready.get_map().values()):
            if key.data:
                _drip(key.fileobj)  # type: ignore[arg-type]  # a socket


def _connect(ready: selectors.BaseSelector, port: int, drips: bool) -> None:
    made = socket.create_connection(("127.0.0.1", port), 60)
    if drips:
        made.sendall(REQUEST)
    ready.register(made, selectors.EVENT_READ, drips)


def _drip(connection: socket.socket) -> None:
    try:
        connection.sendall(b"x")
    except OSError:
        return  # it is seen as readable, too


if __name__ == "__main__":
    main(*sys.argv[1:])
