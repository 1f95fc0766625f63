"""Process lock: one run at a time works on a data directory (flock of a file there)."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.disk_advice import suggest_fix
from core.errors import LockHeld, StoreError
from core.side_effects import LockName


@contextmanager
def process_lock(data_dir: Path, name: LockName = "casereviews") -> Iterator[None]:
    """Only one run at a time works on a data directory. Raises LockHeld at once; a killed run's lock goes with it.

    `name`: casereviews for reading sources, walk for the many pages of one, release for freezing an issue with its
    audience, delivery for sending, scheduler for the timer, outside for those of its jobs that wait for other
    machines, alerts for telling the operator of sources, download for making a copy that is downloaded, serve-* for a
    server.
    """
    file = data_dir / f"{name}.lock"
    try:
        number = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as e:
        raise StoreError("cannot take the lock", f"{file}: {e.strerror}", suggest_fix(e)) from e
    try:
        _lock_file(number, file)
        yield
    finally:
        os.close(number)  # the lock ends with it


def _lock_file(number: int, file: Path) -> None:
    try:
        fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as e:
        raise LockHeld("another run is at work", str(file.parent), "Wait until it ends, then try again.") from e
    except OSError as e:  # a file system that has no locks
        raise StoreError("cannot take the lock", f"{file}: {e.strerror}", suggest_fix(e)) from e
