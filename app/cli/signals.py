"""What signals do to a command: it ends in order, and in time."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread
from types import FrameType

LONGEST = 9.0  # seconds from SIGTERM to the end, whatever is at work
LATE = b"casereviews: stopped at work; nothing is lost, and what is left goes on with the next run\n"
STOPS = (signal.SIGTERM, signal.SIGINT)
_gentle: list[Event] = []  # set when we are told to stop, in place of an interruption
_watched: list[Thread] = []


def orderly() -> None:
    """From now on SIGTERM ends a command as Ctrl-C does; one that has not ended in LONGEST seconds is ended.

    A thread watches the clock, since the main one may be inside the name server's or the database's library, where no
    handler runs. It ends the process as a kill would: whatever is at work survives that.
    """
    ours, theirs = os.pipe()
    os.set_blocking(theirs, False)
    signal.set_wakeup_fd(theirs, warn_on_full_buffer=False)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    _watched.append(Thread(target=_watch, args=(ours,), name="signals", daemon=True))
    _watched[0].start()


def over() -> None:
    """All is done: a signal no longer interrupts anything, it ends the process at once."""
    for number in STOPS:
        signal.signal(number, signal.SIG_DFL)


@contextmanager
def gently() -> Iterator[Event]:
    """An event that is set when we are told to stop, so that what is in flight can be finished.

    The second signal interrupts. Without `orderly` before, as in a test, nothing is changed.
    """
    stop, told = Event(), list[int]()
    if not _watched:
        yield stop
        return

    def handler(number: int, frame: FrameType | None) -> None:
        told.append(number)  # and no more: no lock is taken in a signal handler
        if len(told) > 1:
            raise KeyboardInterrupt

    before = {number: signal.signal(number, handler) for number in STOPS}
    _gentle.append(stop)
    try:
        yield stop
    finally:
        _gentle.remove(stop)
        for number, known in before.items():
            signal.signal(number, known)


def _watch(pipe: int) -> None:
    """Hear of each signal as it comes, wherever the main thread is."""
    while numbers := os.read(pipe, 64):
        for stop in _gentle:
            if set(numbers) & set(STOPS):
                stop.set()
        if signal.SIGTERM in numbers:
            break
    Event().wait(LONGEST)
    with suppress(OSError):
        os.write(2, LATE)
    os._exit(130)
