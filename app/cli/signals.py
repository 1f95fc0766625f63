"""Signal handlers: graceful stop on SIGTERM or Ctrl-C, forced exit after a time limit."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread, Timer, main_thread
from types import FrameType

REPEAT_SECONDS = 0.01  # seconds until a lost interruption comes again
SHUTDOWN_SECONDS = 9.0  # seconds from a stop signal to the end, whatever is at work
FORCED_EXIT_MESSAGE = b"casereviews: stopped at work; nothing is lost, and what is left goes on with the next run\n"
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
_stop_events: list[Event] = []  # set when we are told to stop, in place of an interruption
_watchers: list[Thread] = []


def install_handlers() -> None:
    """From now on SIGTERM ends a command as Ctrl-C does; one that has not ended in SHUTDOWN_SECONDS is ended.

    A thread watches the clock, since the main one may be inside the name server's or the database's library, where no
    handler runs. It ends the process as a kill would: whatever is at work survives that.
    """
    ours, theirs = os.pipe()
    os.set_blocking(theirs, False)
    signal.set_wakeup_fd(theirs, warn_on_full_buffer=False)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    sys.unraisablehook = _interrupt_again
    _watchers.append(Thread(target=_watch_signals, args=(ours,), name="signals", daemon=True))
    _watchers[0].start()


def lift_time_limit() -> None:
    """From now on no signal ends a command but by its handler: a worker's, which finishes the batches in hand."""
    signal.set_wakeup_fd(-1)


def restore_defaults() -> None:
    """All is done: a signal no longer interrupts anything, it ends the process at once."""
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_DFL)


@contextmanager
def graceful_stop() -> Iterator[Event]:
    """An event that is set when we are told to stop, so that what is in flight can be finished.

    The second signal interrupts. Without `install_handlers` before, as in a test, nothing is changed.
    """
    stop, received = Event(), list[int]()
    if not _watchers:
        yield stop
        return

    def handler(number: int, frame: FrameType | None) -> None:
        received.append(number)  # and no more: no lock is taken in a signal handler
        if len(received) > 1:
            raise KeyboardInterrupt

    before = {number: signal.signal(number, handler) for number in STOP_SIGNALS}
    _stop_events.append(stop)
    try:
        yield stop
    finally:
        _stop_events.remove(stop)
        for number, previous in before.items():
            signal.signal(number, previous)


def _interrupt_again(lost: "sys.UnraisableHookArgs") -> None:
    """An interruption that falls into a callback of the garbage collector is lost there: it comes once more."""
    if lost.exc_type is KeyboardInterrupt:
        Timer(REPEAT_SECONDS, signal.pthread_kill, (main_thread().ident, signal.SIGINT)).start()
    else:
        sys.__unraisablehook__(lost)


def _watch_signals(pipe: int) -> None:
    """Hear of each signal as it comes, wherever the main thread is."""
    while not set(os.read(pipe, 64)) & set(STOP_SIGNALS):
        pass
    for stop in [*_stop_events]:
        import logging  # --help does without

        stop.set()
        logging.getLogger("casereviews").info("told to stop")
    Event().wait(SHUTDOWN_SECONDS)
    with suppress(OSError):
        os.write(2, FORCED_EXIT_MESSAGE)
    os._exit(130)
