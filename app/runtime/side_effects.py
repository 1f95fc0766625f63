"""Side effects (clock, sleep, random tokens, lock, browser): the only place where they happen."""

import os
import sys
import time
from contextlib import AbstractContextManager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from core.side_effects import LockName, SideEffects


def _utc_now() -> datetime:
    return datetime.now(UTC)


def _random_token() -> str:
    from base64 import urlsafe_b64encode

    while True:  # as of secrets.token_urlsafe(16), which imports hashlib and random: 8 ms
        token = urlsafe_b64encode(os.urandom(16)).rstrip(b"=").decode()
        if token[0].isalnum():  # it names files and stands in addresses: no dash first
            return token


def _take_lock(data_dir: Path, name: LockName) -> AbstractContextManager[None]:
    from app.runtime.lock import process_lock

    return process_lock(data_dir, name)


def _open_browser(url: str) -> bool:
    import webbrowser  # 20 ms that only two commands need

    screens = ("DISPLAY", "WAYLAND_DISPLAY")
    if sys.platform.startswith("linux") and not any(map(os.environ.get, screens)):
        return False  # over SSH, say: it would find a browser of text, which takes the terminal
    return webbrowser.open(url)


def _read_boot_id() -> str:
    """What run of the machine this is; where nobody can tell, each process is a run of its own."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip()
    except OSError:
        return _random_token()


def _read_machine_id() -> str:
    """What machine this is: machine-id(5); empty where there is none, as in a container."""
    with suppress(OSError, UnicodeDecodeError):
        return Path("/etc/machine-id").read_text("ascii").strip()
    return ""


def _colours_unwanted() -> bool:
    return bool(os.environ.get("NO_COLOR"))  # https://no-color.org


SYSTEM = SideEffects(
    now=_utc_now,
    clock=time.monotonic,
    sleep=time.sleep,
    token=_random_token,
    machine=_read_machine_id,
    boot=_read_boot_id,
    lock=_take_lock,
    open_browser=_open_browser,
    plain=_colours_unwanted,
)


def system_effects(**overrides: Any) -> SideEffects:
    """The machine's own clock, chance and waiting; `overrides`: fields of SideEffects that a caller replaces."""
    return replace(SYSTEM, **overrides)
