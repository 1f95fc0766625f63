"""New file: put in its place whole, and never in that of another, on file systems with hard links and without."""

import errno
import fcntl
import os
from contextlib import suppress
from pathlib import Path


def write_new_file(file: Path, data: bytes) -> bool:
    """Write a file that its owner alone reads; False where there is one, whoever makes it meanwhile. Raises OSError."""
    aside = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        aside.unlink(missing_ok=True)
        aside.touch(mode=0o600, exist_ok=False)
        aside.write_bytes(data)
        move_new_file(aside, file)
    except FileExistsError:
        return False
    finally:
        with suppress(OSError):
            aside.unlink(missing_ok=True)
    return True


def move_new_file(aside: Path, file: Path) -> None:
    """Give a file that was written aside its name; the one it had may stay. Raises FileExistsError, OSError."""
    try:
        file.hardlink_to(aside)  # unlike renaming, it refuses to take the place of another file
    except FileExistsError:
        raise
    except OSError:  # a file system without second names: exFAT, FAT, some that are on the network
        _rename_alone(aside, file)


def _rename_alone(aside: Path, file: Path) -> None:
    """Rename it while nobody else who does so can: they wait for the folder's lock."""
    folder = os.open(file.parent, os.O_RDONLY)
    try:
        with suppress(OSError):  # where folders have no locks either
            fcntl.flock(folder, fcntl.LOCK_EX)
        if os.path.lexists(file):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(file))
        aside.rename(file)
    finally:
        os.close(folder)
