"""Standard streams: opens /dev/null in place of a closed stdin, stdout or stderr."""

import os
import sys

STREAM_NAMES = ("stdin", "stdout", "stderr")


def open_closed_streams() -> None:
    """Open on nothing what is closed of them.

    Else the next file or connection to be opened gets its number, and what is said to it: a message on its way, say.
    Without a stdin `sys.stdin` stays None, so that a command that reads can say so.
    """
    for number, name in enumerate(STREAM_NAMES):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free: this one
            os.set_inheritable(number, True)
            if number:
                setattr(sys, name, os.fdopen(number, "w", encoding="utf-8", closefd=False))
