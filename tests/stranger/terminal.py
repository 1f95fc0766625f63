"""A terminal in which a document's commands are typed, and a second one for what stays up."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Self

END = "that-was-all"
LONGEST = 600.0  # seconds for one command, or until one has ended


class Terminal:
    """`with Terminal(folder, {"HOME": …}) as terminal: said, code = terminal.type("ls")`: one shell for all of it."""

    def __init__(self, folder: Path, environment: Mapping[str, str]) -> None:
        self._shell = subprocess.Popen(
            ["bash", "--noprofile", "--norc"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=folder,
            env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8", **environment},
            text=True,
            start_new_session=True,
        )
        self._left: list[Left] = []

    def type(self, command: str) -> tuple[str, int]:
        """Type a command; what it said on both outputs, and its exit code."""
        assert self._shell.stdin
        assert self._shell.stdout
        late = threading.Timer(LONGEST, self._end)
        late.start()
        self._shell.stdin.write(f"{{ {command}\n}} < /dev/null\necho {END} $?\n")
        self._shell.stdin.flush()
        said: list[str] = []
        for line in self._shell.stdout:
            before, end, code = line.partition(f"{END} ")
            said.append(before)
            if end:
                late.cancel()
                return "".join(said), int(code)
        raise AssertionError(f"{command}: the shell has ended, or it took longer than {LONGEST} s: {''.join(said)}")

    def leave(self, command: str, last: str) -> "Left":
        """Type a command in a second terminal, in the same folder; wait until it has said its `last` line."""
        here, path = (self.type(f"printf %s {name}")[0] for name in ('"$PWD"', '"$PATH"'))
        left = Left(command, Path(here), {**self._environment(), "PATH": path}, last)
        self._left.append(left)
        return left

    def _environment(self) -> dict[str, str]:
        said, _ = self.type("env -0")
        return dict(entry.split("=", 1) for entry in said.split("\0") if "=" in entry)

    def _end(self) -> None:
        os.killpg(self._shell.pid, signal.SIGKILL)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        for one in self._left:
            one.kill()
        self._end()
        self._shell.communicate()


class Left:
    """A command that stays up until Ctrl-C."""

    def __init__(self, command: str, folder: Path, environment: Mapping[str, str], last: str) -> None:
        self._log = folder.parent / "second-terminal.log"
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(
                ["bash", "-c", f"exec {command}"], cwd=folder, env=dict(environment), stdout=log, stderr=log
            )
        until = time.monotonic() + LONGEST
        while last not in self.said().splitlines():
            assert self._process.poll() is None, self.said()
            assert time.monotonic() < until, self.said()
            time.sleep(0.05)

    def said(self) -> str:
        """All it has said."""
        return self._log.read_text("utf-8", "replace")

    def stop(self) -> int:
        """Press Ctrl-C; its exit code."""
        self._process.send_signal(signal.SIGINT)
        return self._process.wait(LONGEST)

    def kill(self) -> None:
        """End it whatever it does."""
        self._process.kill()
        self._process.wait()
