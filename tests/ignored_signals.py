"""Signals that whoever started the tests ignores (nohup, a CI server, a script's &): those that tests start hear them.

A process inherits what is ignored, and at its start gives up what is handled. So these are handled here, by doing as
little as before, and each process that a test starts has them at their default.
"""

import signal
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGHUP)


def reset_in_children() -> None:
    """From now on the processes that we start do not ignore SIGINT and SIGHUP; we go on as we did."""
    for number in SIGNALS:
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, _ignore)


def _ignore(number: int, frame: FrameType | None) -> None:
    """Go on."""
