"""Side effects a job may ask for: clock, sleep, random tokens, browser, as one record of callables."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal

LockName = Literal[
    "casereviews",
    "delivery",
    "release",
    "scheduler",
    "outside",
    "walk",
    "alerts",
    "download",
    "serve-web",
    "serve-timer",
]


@dataclass(frozen=True, slots=True)
class SideEffects:
    """What a job may ask of the outside. Tests hand in fakes that remember."""

    now: Callable[[], datetime]  # UTC
    clock: Callable[[], float]  # seconds, for measuring only
    sleep: Callable[[float], None]  # seconds
    token: Callable[[], str]  # 22 characters, 128 bits, safe in an address
    machine: Callable[[], str]  # the same for as long as it is the same machine; empty: nobody can tell
    boot: Callable[[], str]  # the same until the machine is started again
    lock: Callable[[Path, LockName], AbstractContextManager[None]]  # of a data directory; raises LockHeld at once
    open_browser: Callable[[str], bool]
    plain: Callable[[], bool]  # whether colours are unwanted; only a terminal gets any
