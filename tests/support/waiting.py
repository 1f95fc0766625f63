"""Waiting for what will come: HANG only ends a test that hangs, so that no test fails because its machine is busy."""

import re
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")
HANG = 600.0  # seconds that nothing takes, however busy the machine


def until(value: Callable[[], T], otherwise: Callable[[], object] = lambda: "it did not happen") -> T:
    """Wait for something; its value once that is true. What hangs fails the test with what `otherwise` says."""
    end = time.monotonic() + HANG
    while not (now := value()):
        assert time.monotonic() < end, otherwise()
        time.sleep(0.01)
    return now


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Hold some work to so many seconds of its own computing, many times what it takes."""
    began = time.thread_time()
    yield
    assert time.thread_time() - began < seconds


def deliver(process: "subprocess.Popen[Any]", number: int) -> None:
    """Send a process a signal, and wait until it has it."""
    process.send_signal(number)
    until(lambda: process.poll() is not None or not _pending(process.pid, number))


def _pending(pid: int, number: int) -> bool:
    masks = re.findall(r"^(?:ShdPnd|SigPnd):\s*(\w+)$", Path(f"/proc/{pid}/status").read_text(), re.M)
    return any(int(mask, 16) >> (number - 1) & 1 for mask in masks)
