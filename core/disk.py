"""What to do about a disk that does not take what is to be written."""

import errno

FULL = {errno.ENOSPC, errno.EDQUOT}
CLOSED = {errno.EACCES, errno.EPERM}


def remedy(error: OSError) -> str:
    """The next thing to do, of an error of reading or writing a file."""
    if error.errno in FULL:
        return "Free some space, then try again; nothing half-written was kept."
    if error.errno == errno.EROFS:
        return "Its file system is read-only; let it be written to, then try again."
    if error.errno in CLOSED:
        return "Let the user who runs casereviews read and write it."
    return "Make it readable and writable, with room left."
