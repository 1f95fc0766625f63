"""Disk advice: what to do about a file that cannot be read or written."""

import errno

DISK_FULL_ERRNOS = {errno.ENOSPC, errno.EDQUOT}
PERMISSION_ERRNOS = {errno.EACCES, errno.EPERM}


def name_file(error: OSError, place: object) -> str:
    """Which file it was and why: one that was open already is not named by the error, so its `place` is."""
    return f"{error.filename or place}: {error.strerror}"


def suggest_fix(error: OSError) -> str:
    """The next thing to do, of an error of reading or writing a file."""
    if error.errno in DISK_FULL_ERRNOS:
        return "Free some space, then try again; nothing half-written was kept."
    if error.errno == errno.EROFS:
        return "Its file system is read-only; let it be written to, then try again."
    if error.errno in PERMISSION_ERRNOS:
        return "Let the user who runs casereviews read and write it."
    return "Make it readable and writable, with room left."
