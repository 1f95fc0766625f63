"""A forked process is one of our own like any other: its streams, folder, environment, signals and end."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.processes import COMMAND, Popen, run

TOLD = """
import json, os, signal, sys
print(json.dumps([os.getcwd(), os.environ.get("SAID"), os.getppid(), os.getsid(0), sys.argv, sys.stdin.read(),
    signal.getsignal(signal.SIGINT) is signal.default_int_handler, signal.getsignal(signal.SIGHUP) is signal.SIG_DFL]))
print("to the operator", file=sys.stderr)
"""
LATE = (
    "import atexit, threading, time; atexit.register(print, 'last'); threading.Thread(target=print, args=['2']).start()"
)


@pytest.mark.parametrize("start", [run, subprocess.run], ids=["forked", "started"])
def test_it_has_a_folder_an_environment_streams_and_signals_of_its_own(start: object, tmp_path: Path) -> None:
    command, env = [sys.executable, "-c", TOLD, "word"], os.environ | {"SAID": "yes"}

    done = start(command, input="typed", capture_output=True, text=True, env=env, cwd=tmp_path)  # type: ignore[operator]

    told = [str(tmp_path), "yes", os.getpid(), os.getsid(0), ["-c", "word"], "typed", True, True]
    assert (done.returncode, json.loads(done.stdout), done.stderr) == (0, told, "to the operator\n")


@pytest.mark.parametrize(
    ("program", "code", "said"),
    [
        ("import sys; sys.exit(3)", 3, ""),
        ("import sys; sys.exit('no')", 1, "no\n"),
        ("1 / 0", 1, "ZeroDivisionError: division by zero\n"),
        ("import os, signal; os.kill(os.getpid(), signal.SIGKILL)", -signal.SIGKILL, ""),
        ("import os; os.kill(os.getppid(), 0)", 0, ""),
    ],
)
def test_how_it_ends_is_known(program: str, code: int, said: str) -> None:
    done = run([sys.executable, "-c", program], capture_output=True, text=True)

    assert (done.returncode, done.stderr[-len(said) :] if said else done.stderr) == (code, said)


def test_it_ends_when_its_threads_have_and_says_its_last_words() -> None:
    assert run([sys.executable, "-c", LATE], capture_output=True, text=True).stdout.split() == ["2", "last"]


def test_one_that_waits_is_killed_with_its_session() -> None:
    command = [sys.executable, "-c", "import os; print(os.getsid(0), flush=True); os.read(0, 1)"]
    with Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True) as process:
        assert int(process.stdout.readline()) == process.pid
        os.killpg(process.pid, signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL


def test_the_program_is_forked_and_says_what_it_always_says() -> None:
    forked, started = (start([COMMAND, "--help"], capture_output=True) for start in (run, subprocess.run))

    assert (forked.returncode, forked.stdout, forked.stderr) == (0, started.stdout, b"")
