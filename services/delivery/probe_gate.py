"""Probe gate: one message at a time until the mail server has taken one; then everybody's.

A server that takes a message's text and never answers leaves that message unknown for good: nobody can tell whether its
reader has it. So a run begins with one message, the probe, and the other connections wait until the server has taken
it. After a silence amid the run whoever met it probes again. A probe that meets silence ends the run: one message is in
doubt, and not one for each connection and try.
"""

from collections.abc import Callable
from threading import Condition

LOOK_SECONDS = 0.2  # between two looks at whether it is time to stop


class ProbeGate:
    """What the connections of one run wait at."""

    def __init__(self) -> None:
        self.is_open = False
        self.has_failed = False  # the probe was met by silence
        self._changed = Condition()
        self._prober: object = None

    def enter(self, who: object, ending: Callable[[], bool]) -> bool:
        """Wait until a connection may send its next message; False when it is time to stop."""
        if self.is_open:  # as for nearly every message
            return not ending()
        with self._changed:
            while not self.is_open and self._prober not in (None, who) and not ending():
                self._changed.wait(LOOK_SECONDS)
            if not self.is_open and not ending():
                self._prober = who
        return not ending()

    def open(self) -> None:
        """The server has taken a message."""
        if self.is_open:
            return
        with self._changed:
            self.is_open, self._prober = True, None
            self._changed.notify_all()

    def close(self, who: object) -> None:
        """A connection met silence after a text: from now on it probes; or its probe has failed."""
        with self._changed:
            self.has_failed = self.has_failed or (not self.is_open and self._prober is who)
            if self.is_open:
                self.is_open, self._prober = False, who

    def leave(self, who: object) -> None:
        """A connection has ended: if it was to probe, another does."""
        with self._changed:
            if self._prober is who:
                self._prober = None
                self._changed.notify_all()
