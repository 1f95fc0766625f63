"""Postfix's smtp-sink on loopback, watched: how many messages it took, and how long from the first to the last."""

import os
import re
import shutil
import socket
import subprocess
import time
from pathlib import Path
from threading import Event, Thread
from typing import NamedTuple, Self

from tests.bench.turns import Failed

PLACES = ("/usr/sbin", "/usr/libexec/postfix", "/usr/lib/postfix")  # which few have in their PATH
LOOK = 0.002  # seconds between two looks at the counter
HOW_TO_GET_IT = "Debian, Ubuntu: apt-get install postfix; its server need not run"


class Taken(NamedTuple):
    """What was taken between two looks."""

    messages: int
    seconds: float  # from the first message to the last


def found() -> str:
    """Where smtp-sink is; empty when it is not installed."""
    places = os.pathsep.join((os.environ.get("PATH", ""), *PLACES))
    return shutil.which("smtp-sink", path=places) or ""


class Sinkhole:
    """`with Sinkhole(folder) as sink:` it takes mail on `sink.port` and throws it away, but counts.

    It is told of each message by the file that smtp-sink's running count goes to.
    """

    def __init__(self, folder: Path) -> None:
        self._count = folder / "count"
        self._stop = Event()
        self._first = self._last = 0.0
        self._before = 0
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])

    def begin(self) -> None:
        """Watch from now on."""
        self._before, self._first, self._last = self._messages(), 0.0, 0.0
        self._stop.clear()
        self._thread = Thread(target=self._watch, daemon=True)
        self._thread.start()

    def end(self) -> Taken:
        """Stop watching: what was taken meanwhile."""
        self._stop.set()
        self._thread.join()
        return Taken(self._messages() - self._before, self._last - self._first)

    def _watch(self) -> None:
        size = self._count.stat().st_size
        while not self._stop.wait(LOOK):
            now = self._count.stat().st_size
            if now > size:
                self._last = time.perf_counter()
                self._first = self._first or self._last
                size = now

    def _messages(self) -> int:
        """The last count; it is written over and over on one line."""
        with self._count.open("rb") as file:
            file.seek(max(0, self._count.stat().st_size - 200))
            counts = re.findall(rb"mesg=([0-9]+)", file.read())
        return int(counts[-1]) if counts else 0

    def __enter__(self) -> Self:
        user = ["-u", "nobody"] if os.getuid() == 0 else []
        with self._count.open("wb") as out:
            command = [found(), *user, "-c", f"127.0.0.1:{self.port}", "1000"]
            self._process = subprocess.Popen(command, stdout=out, stderr=subprocess.DEVNULL)
        for _ in range(500):
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return self
            except OSError:
                time.sleep(0.01)
        self._process.kill()
        raise Failed(f"smtp-sink does not answer on port {self.port}")

    def __exit__(self, *error: object) -> None:
        self._process.terminate()
        self._process.wait()
