"""Process lock: one run at a time works on a data directory."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from core.disk_advice import suggest_fix
from core.errors import LockHeld, StoreError
from core.side_effects import LockName


@contextmanager
def process_lock(data_dir: Path, name: LockName = "casereviews") -> Iterator[None]:
    """Only one run at a time works on a data directory. Raises LockHeld at once; a killed run's lock goes with it.

    `name`: casereviews for reading sources, walk for the many pages of one, delivery for sending, release for freezing
    an issue, scheduler for the timer, outside for those of its jobs that wait for other machines, alerts for telling
    the operator of sources, download for making a copy that is downloaded, serve-* for a server.
    """
    lock = FileLock(data_dir / f"{name}.lock")
    try:
        lock.acquire(timeout=0)
    except Timeout as e:
        raise LockHeld("another run is at work", str(data_dir), "Wait until it ends, then try again.") from e
    except OSError as e:
        raise StoreError("cannot take the lock", f"{lock.lock_file}: {e.strerror}", suggest_fix(e)) from e
    try:
        yield
    finally:
        lock.release()
