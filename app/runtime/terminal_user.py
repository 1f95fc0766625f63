"""Terminal user: who is at the terminal, as the operating system names them."""

import os
import pwd
from contextlib import suppress


def terminal_user() -> str:
    """The name of who logged in, and of whom they act as where that is another: "anna", "anna as casereviews"."""
    own = str(os.getuid())
    with suppress(KeyError):  # as in a container: a number without a name
        own = pwd.getpwuid(os.getuid()).pw_name
    with suppress(OSError):  # no terminal: cron, say
        if (login := os.getlogin()) != own:
            return f"{login} as {own}"
    return own
