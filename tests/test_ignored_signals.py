"""The tests hear signals even where whoever started them ignores these."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
CHILD = "import signal as s; print(s.getsignal(s.SIGINT) is s.default_int_handler, s.getsignal(s.SIGHUP) is s.SIG_DFL)"
PARENT = """
import os, signal, subprocess, sys, tests.ignored_signals as them
them.reset_in_children()
[os.kill(os.getpid(), number) for number in them.SIGNALS]
subprocess.run([sys.executable, "-c", sys.argv[1]])
"""


def test_a_process_that_a_test_starts_does_not_ignore_what_we_do() -> None:
    command = ["sh", "-c", "trap '' INT HUP; exec \"$@\"", "sh", sys.executable, "-c", PARENT, CHILD]

    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stdout, done.stderr) == (0, "True True\n", "")
