"""World: the outside as one record of callables. Only here is the clock read, chance drawn, time passed."""

import os
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path


def _now() -> datetime:
    return datetime.now(UTC)


def _token() -> str:
    while True:
        token = secrets.token_urlsafe(16)
        if token[0].isalnum():  # it names files and stands in addresses: no dash first
            return token


def _browse(url: str) -> bool:
    import webbrowser  # 20 ms that only two commands need

    return webbrowser.open(url)


def _boot() -> str:
    """What run of the machine this is; where nobody can tell, each process is a run of its own."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return _token()


def _plain() -> bool:
    return bool(os.environ.get("NO_COLOR"))  # https://no-color.org


@dataclass(frozen=True, slots=True)
class World:
    """What a job may ask of the outside. Tests hand in fakes that remember."""

    now: Callable[[], datetime] = _now  # UTC
    clock: Callable[[], float] = time.monotonic  # seconds, for measuring only
    sleep: Callable[[float], None] = time.sleep  # seconds
    token: Callable[[], str] = _token  # 22 characters, 128 bits, safe in an address
    boot: Callable[[], str] = _boot  # the same until the machine is started again
    browse: Callable[[str], bool] = _browse
    plain: Callable[[], bool] = _plain  # whether colours are unwanted; only a terminal gets any
