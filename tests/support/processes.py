"""Python processes that start in no time: forked from one that has the program loaded, tests.support.fork_server.

`Popen` and `run` are those of subprocess in all else: a child of ours with streams, a folder, an environment, signals
and an end of its own. A command that is not the program's or Python's, or that changes how Python starts, is started
by subprocess; but what runs it may be unshare or setpriv. A test of what a process loads, or of how it starts, takes
subprocess itself.
"""

import atexit
import ctypes
import json
import os
import socket
import subprocess
import sys
import sysconfig
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any

from tests.support.waiting import HANG

ROOT = Path(__file__).parents[2]
COMMAND = Path(sysconfig.get_path("scripts")) / "casereviews"
TAKE_ORPHANS = 36  # PR_SET_CHILD_SUBREAPER
STARTING = ("PYTHON", "LC_", "LANG")  # variables that Python reads as it starts
_one_at_a_time = Lock()


class Popen(subprocess.Popen[Any]):
    """As subprocess's, which calls _execute_child for the start alone."""

    def _execute_child(self, args: Any, executable: Any, *more: Any) -> None:
        preexec_fn, _, _, cwd, env, _, _, shell, *pipes = more[:14]
        session = more[-2]
        words = [os.fspath(word) for word in args] if not shell and not isinstance(args, str) else []
        env = dict(os.environ if env is None else env)
        first, words = _divided(words)
        if not preexec_fn and words and _starts_alike(env):
            reading, _, _, writing, _, telling = pipes
            streams = [number if stream == -1 else stream for number, stream in enumerate((reading, writing, telling))]
            request = {"words": words, "cwd": os.fspath(cwd or Path.cwd()), "env": env, "session": session}
            self.pid = _fork(_server(first), json.dumps(request).encode(), streams)
            self._child_created = True
            self._close_pipe_fds(*pipes)  # type: ignore[attr-defined]
        else:
            super()._execute_child(args, executable, *more)  # type: ignore[misc]


def run(
    words: list[Any], *, input: Any = None, timeout: float | None = None, check: bool = False, **more: Any
) -> subprocess.CompletedProcess[Any]:
    """As subprocess.run."""
    if more.pop("capture_output", False):
        more |= {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    if input is not None:
        more["stdin"] = subprocess.PIPE
    with Popen(words, **more) as process:
        try:
            out, err = process.communicate(input, timeout)
        except BaseException:
            process.kill()
            raise
    done = subprocess.CompletedProcess(words, process.returncode, out, err)
    if check:
        done.check_returncode()
    return done


def _divided(words: list[str]) -> tuple[tuple[str, ...], list[str]]:
    """What is to run Python, and what Python is to run; nothing where that is something else."""
    if words[:1] == [sys.executable] and words[1:2] in (["-c"], ["-m"]):
        return (), words[1:]
    if words[:1] not in (["unshare"], ["setpriv"], [str(COMMAND)]) or str(COMMAND) not in words:
        return (), []
    at = words.index(str(COMMAND))
    return tuple(words[:at]), words[at:]


def _starts_alike(env: Mapping[str, str]) -> bool:
    """Whether Python starts in an environment as it did in ours."""
    first, second = (
        {name: value for name, value in one.items() if name.startswith(STARTING)} for one in (env, _environment())
    )
    return first == second


@cache
def _environment() -> dict[str, str]:
    return dict(os.environ)


@cache
def _server(first: tuple[str, ...]) -> socket.socket:
    """The socket of a fork server, being started by what is to run it; it ends when we do."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    ours.settimeout(HANG)
    command = [*first, sys.executable, "-m", "tests.support.fork_server", str(theirs.fileno())]
    with theirs:
        process = subprocess.Popen(command, cwd=ROOT, env=_environment(), pass_fds=[theirs.fileno()])
    atexit.register(process.wait)
    atexit.register(ours.close)
    return ours


def _fork(server: socket.socket, request: bytes, streams: list[int]) -> int:
    prctl = ctypes.CDLL(None, use_errno=True).prctl
    with _one_at_a_time:
        prctl(TAKE_ORPHANS, 1, 0, 0, 0)
        try:
            socket.send_fds(server, [request], streams)
            child = int(server.recv(64))
            assert server.recv(64) == b"born"
        finally:
            prctl(TAKE_ORPHANS, 0, 0, 0, 0)
    return child
