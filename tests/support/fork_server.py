"""Fork server: a process with the program loaded, of which others are forked when `tests.support.processes` asks.

python -m tests.support.fork_server NUMBER: the descriptor of a socket. A request is JSON with three descriptors, the
streams of the new process; the answer is the number of the process, and a word from the process itself when it has
what it asked for, and whoever asked for its parent: the process between has died, and who asked takes orphans
(PR_SET_CHILD_SUBREAPER).
"""

import atexit
import gc
import json
import os
import runpy
import signal
import socket
import sys
import threading
import time
from importlib import import_module
from pkgutil import walk_packages
from types import ModuleType
from typing import Any

import app

ALSO = "aiosmtpd.smtp dns.resolver idna encodings.idna tests.support.smtp_sink"
MOST = 1 << 20  # bytes of a request


def preload() -> None:
    """Load all that a command may load."""
    for module in walk_packages(app.__path__, "app."):
        import_module(module.name)
    for name in ALSO.split():
        import_module(name)
    gc.collect()
    gc.freeze()


def serve(asked: socket.socket) -> list[str] | None:
    """Fork what is asked for, until nobody is left to ask. In the new process: its command line."""
    while True:
        raw, streams, *_ = socket.recv_fds(asked, MOST, 3)
        if not raw:
            return None
        if not os.fork():
            between = os.getpid()
            if child := os.fork():
                asked.send(str(child).encode())
                os._exit(0)
            become(request := json.loads(raw), streams)
            while os.getppid() == between:
                time.sleep(0.001)
            asked.send(b"born")
            asked.close()
            return list(request["words"])
        os.wait()
        for stream in streams:
            os.close(stream)


def become(request: dict[str, Any], streams: list[int]) -> None:
    """Take on what a process has of its own."""
    if request["session"]:
        os.setsid()
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.environ.clear()
    os.environ.update(request["env"])
    time.tzset()
    os.chdir(request["cwd"])
    signal.signal(signal.SIGINT, signal.default_int_handler)


def run(words: list[str]) -> None:
    """Do what `python words…` does."""
    how, *rest = words
    if how == "-m":
        sys.argv = rest
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    elif how == "-c":
        sys.argv = ["-c", *rest[1:]]
        main = sys.modules["__main__"] = ModuleType("__main__")
        exec(rest[0], vars(main))
    else:
        sys.argv = words
        runpy.run_path(how, run_name="__main__")


def end(code: int) -> None:
    """As sys.exit, but that nothing is taken apart: of what is loaded that takes ten times as long as the rest."""
    threading._shutdown()  # type: ignore[attr-defined]  # as multiprocessing does at the end of a process
    atexit._run_exitfuncs()
    try:
        for stream in filter(None, (sys.stdout, sys.stderr)):
            stream.flush()
    except (OSError, ValueError):  # nobody reads it any more, or it is closed
        sys.exit(code)
    os._exit(code)


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    preload()
    if words := serve(socket.socket(fileno=int(sys.argv[1]))):
        code: object = None
        try:
            run(words)
        except SystemExit as e:
            code = e.code
        end(code) if isinstance(code := code or 0, int) else sys.exit(code)
