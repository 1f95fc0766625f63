"""A broker, workers, and a network between them that can be cut: real processes, for drills that kill them."""

import os
import shutil
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from typing import Any, Self

import pytest
import redis

from tests.support.processes import COMMAND, Popen
from tests.support.waiting import HANG, until


def free_port() -> int:
    """A port that nobody has."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


class KillableProcess:
    """A process group that is killed and started again, with a log, in a folder."""

    def __init__(self, name: str, folder: Path, env: dict[str, str] | None = None) -> None:
        self.name, self.folder, self.env = name, folder, env or {}
        self._process: subprocess.Popen[Any] | None = None

    def command(self) -> list[str]:
        """What is run."""
        raise NotImplementedError

    def start(self) -> None:
        """Start it."""
        with (self.folder / f"{self.name}.log").open("ab") as log:
            env = {**os.environ, **self.env}
            how: dict[str, Any] = {"stdout": log, "stderr": log, "start_new_session": True, "env": env}
            how["cwd"] = self.folder
            self._process = Popen(self.command(), **how)

    def signal(self, number: int) -> None:
        """Send a signal to the whole group."""
        assert self._process
        os.killpg(self._process.pid, number)

    def kill(self) -> None:
        """End it at once: SIGKILL."""
        self.signal(signal.SIGKILL)
        assert self._process
        self._process.wait(HANG)

    def ask_to_end(self) -> None:
        """Have it end what it does, and then itself: SIGTERM."""
        assert self._process
        self._process.terminate()

    @property
    def alive(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.poll() is None

    def said(self) -> str:
        """All that it has said."""
        return (self.folder / f"{self.name}.log").read_text("utf-8", "replace")

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        if self.alive:
            self.signal(signal.SIGCONT)
            self.kill()


class Broker(KillableProcess):
    """Debian's redis-server on a port of its own; what it is told is on its disk."""

    def __init__(self, folder: Path, *words: str) -> None:
        if not shutil.which("redis-server"):
            pytest.skip("redis-server is not installed (Debian: apt-get install redis-server)")
        super().__init__("redis", folder)
        self.port, self.words = free_port(), words
        (folder / "redis").mkdir(exist_ok=True)

    @property
    def address(self) -> str:
        """What `cluster.broker` is set to."""
        return f"redis://127.0.0.1:{self.port}/0"

    def command(self) -> list[str]:
        where = ["--port", str(self.port), "--bind", "127.0.0.1", "--dir", str(self.folder / "redis")]
        return ["redis-server", *where, "--appendonly", "yes", "--save", "", *self.words]

    def start(self) -> None:
        super().start()
        with redis.Redis(port=self.port) as client:
            until(lambda: _answers(client), self.said)

    def kept(self) -> bytes:
        """All that is on its disk."""
        return b"".join(file.read_bytes() for file in sorted((self.folder / "redis").rglob("*.aof")))

    def changes(self) -> list[list[bytes]]:
        """Every change that is on its disk, in the order in which they were made: [b"SET", b"name", b"value"]."""
        found, stream = list[list[bytes]](), BytesIO(self.kept())
        with suppress(ValueError):  # at the end, where one is being written
            for head in iter(stream.readline, b""):
                found.append([stream.read(int(stream.readline()[1:]) + 2)[:-2] for _ in range(int(head[1:]))])
        return found


def _answers(client: "redis.Redis") -> bool:
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False


class Worker(KillableProcess):
    """`casereviews worker` in a folder."""

    def __init__(self, folder: Path, number: int, connections: int, broker: str = "", **env: str) -> None:
        super().__init__(f"worker{number}", folder, env | ({"CASEREVIEWS_CLUSTER__BROKER": broker} if broker else {}))
        self.connections = connections

    def command(self) -> list[str]:
        return [str(COMMAND), "worker", "--concurrency", str(self.connections), "--name", self.name]

    def wait_until_ready(self) -> None:
        """Wait until it takes work."""
        until(lambda: "[queues]" in self.said() or not self.alive, self.said)
        assert self.alive, self.said()


class Wire(KillableProcess):
    """A proxy to a port; stopped, it is a network that swallows everything: `wire.cut()`, `wire.mend()`."""

    def __init__(self, folder: Path, number: int, target: int) -> None:
        super().__init__(f"wire{number}", folder)
        self.port, self._target = free_port(), target

    def command(self) -> list[str]:
        return [sys.executable, "-m", "tests.support.wire", str(self.port), str(self._target)]

    def start(self) -> None:
        super().start()
        until(lambda: "ready" in self.said(), self.said)

    def cut(self) -> None:
        """Nothing comes through, and nobody is told."""
        self.signal(signal.SIGSTOP)

    def mend(self) -> None:
        """What was sent meanwhile comes through, late."""
        self.signal(signal.SIGCONT)


class Rabbit(KillableProcess):
    """Debian's rabbitmq-server, with a name and ports of its own."""

    PROGRAM = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")  # the one in the path wants to be another user

    def __init__(self, folder: Path) -> None:
        if not self.PROGRAM.exists():
            pytest.skip("rabbitmq-server is not installed (Debian: apt-get install rabbitmq-server)")
        self.port, home = free_port(), folder / "rabbit"
        home.mkdir()
        (home / "plugins").write_text("[].\n")
        own = {"HOME": home, "RABBITMQ_MNESIA_BASE": home, "RABBITMQ_LOG_BASE": home, "RABBITMQ_PID_FILE": home / "pid"}
        own |= {
            "RABBITMQ_ENABLED_PLUGINS_FILE": home / "plugins",
            "RABBITMQ_NODENAME": f"casereviews{self.port}@localhost",
        }
        own |= {"RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1", "RABBITMQ_NODE_PORT": self.port}
        own |= {"RABBITMQ_DIST_PORT": free_port(), "ERL_EPMD_PORT": free_port(), "ERL_EPMD_ADDRESS": "127.0.0.1"}
        super().__init__("rabbit", folder, {name: str(value) for name, value in own.items()})

    @property
    def address(self) -> str:
        """What `cluster.broker` is set to."""
        return f"amqp://guest:guest@127.0.0.1:{self.port}//"

    def command(self) -> list[str]:
        return ["sh", "-c", f"epmd & exec {self.PROGRAM}"]  # left to itself it starts an epmd that outlives it

    def start(self) -> None:
        super().start()
        until(lambda: _greets(self.port) or not self.alive, self.said)
        assert self.alive, self.said()


def _greets(port: int) -> bool:
    """Whether a broker answers, as AMQP begins."""
    try:
        with socket.create_connection(("127.0.0.1", port), HANG) as one:
            one.sendall(b"AMQP\x00\x00\x09\x01")
            return bool(one.recv(1))
    except OSError:
        return False
