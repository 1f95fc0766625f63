"""World: the outside as one record of callables. Only here is the clock read, chance drawn, time passed."""

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime


def _now() -> datetime:
    return datetime.now(UTC)


def _token() -> str:
    return secrets.token_urlsafe(16)


def _browse(url: str) -> bool:
    import webbrowser  # 20 ms that only two commands need

    return webbrowser.open(url)


@dataclass(frozen=True, slots=True)
class World:
    """What a job may ask of the outside. Tests hand in fakes that remember."""

    now: Callable[[], datetime] = _now  # UTC
    clock: Callable[[], float] = time.monotonic  # seconds, for measuring only
    sleep: Callable[[float], None] = time.sleep  # seconds
    token: Callable[[], str] = _token  # 22 characters, 128 bits, safe in an address
    browse: Callable[[str], bool] = _browse
