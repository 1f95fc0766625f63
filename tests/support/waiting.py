"""Waiting for what will come: HANG only ends a test that hangs, so that no test fails because its machine is busy."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
HANG = 120.0  # seconds that nothing takes, however busy the machine


def until(value: Callable[[], T], otherwise: Callable[[], object] = lambda: "it did not happen") -> T:
    """Wait for something; its value once that is true. What hangs fails the test with what `otherwise` says."""
    end = time.monotonic() + HANG
    while not (now := value()):
        assert time.monotonic() < end, otherwise()
        time.sleep(0.01)
    return now
