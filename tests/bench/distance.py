"""A server far away: a relay on loopback that hands on each byte so many seconds after it came, either way."""

import asyncio
import selectors
import smtplib
import subprocess
import sys
import time
from collections import deque
from statistics import median
from typing import Self

from tests.bench.process import ROOT

ROUND_TRIP = 0.020  # seconds
LOOKS = 20  # at how long a round trip takes


class Distance:
    """`with Distance(port) as far:` what is on `port` is on `far.port`, too, a round trip away."""

    def __init__(self, port: int, seconds: float = ROUND_TRIP) -> None:
        self._target, self._seconds = port, seconds

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "tests.bench.distance", str(self._target), str(self._seconds / 2)]
        self._process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout
        self.port = int(self._process.stdout.readline())
        return self

    def __exit__(self, *error: object) -> None:
        self._process.terminate()
        self._process.communicate()

    def round_trip(self) -> float:
        """Seconds that one takes, the relay's and the machine's own time with it."""
        looks = []
        with smtplib.SMTP("127.0.0.1", self.port) as server:
            for _ in range(LOOKS):
                began = time.perf_counter()
                server.noop()
                looks.append(time.perf_counter() - began)
        return median(looks)


class _Delay(asyncio.Protocol):
    """One end of a connection; what comes here leaves at the other end later."""

    def __init__(self, seconds: float) -> None:
        self._seconds, self._loop = seconds, asyncio.get_running_loop()
        self._waiting: deque[tuple[float, bytes]] = deque()  # when it leaves; nothing: the end
        self.other: _Delay
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self._waiting.append((self._loop.time() + self._seconds, data))
        if len(self._waiting) == 1:
            self._loop.call_at(self._waiting[0][0], self._pass_on)

    def connection_lost(self, error: Exception | None) -> None:
        self.data_received(b"")

    def _pass_on(self) -> None:
        while self._waiting and self._waiting[0][0] <= self._loop.time():
            data = self._waiting.popleft()[1]
            if data:
                self.other.transport.write(data)
            else:
                self.other.transport.close()
        if self._waiting:
            self._loop.call_at(self._waiting[0][0], self._pass_on)


class _Near(_Delay):
    """The end that a client connects to: it reads once the other end is there."""

    def __init__(self, port: int, seconds: float) -> None:
        super().__init__(seconds)
        self._port = port

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self.transport.pause_reading()
        self._task = self._loop.create_task(self._reach())

    async def _reach(self) -> None:
        self.other = _Delay(self._seconds)
        self.other.other = self
        await self._loop.create_connection(lambda: self.other, "127.0.0.1", self._port)
        self.transport.resume_reading()


async def _serve(port: int, seconds: float) -> None:
    server = await asyncio.get_running_loop().create_server(lambda: _Near(port, seconds), "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    # epoll waits for whole milliseconds, which would make a round trip longer by one
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(selectors.SelectSelector())) as runner:
        runner.run(_serve(int(sys.argv[1]), float(sys.argv[2])))
