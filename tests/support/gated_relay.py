"""Gated relay: a mail server whose answers to whole messages wait until a test lets them go."""

import time

from tests.support.waiting import until


class Gate:
    """What a `Server` says; who waits, in the order they came. `gate.release(who)`, or `gate.open()` for all.

    The first message is answered at once: before it is, a run sends no other.
    """

    def __init__(self, most: int = 0) -> None:
        self.waiting: list[str] = []
        self.times: list[float] = []  # Unix seconds, when they came
        self._most = most  # it opens by itself once so many have come
        self._released, self._is_open = set[str](), False

    def __call__(self, verb: str, who: str) -> str:
        if verb == ".":
            self.times.append(time.time())
            if len(self.times) == 1:
                return ""
            self.waiting.append(who)
            self._is_open = self._is_open or len(self.waiting) == self._most
            until(lambda: self._is_open or who in self._released)
        return ""

    def release(self, who: str) -> None:
        """Answer one."""
        self._released.add(who)

    def open(self) -> None:
        """Answer all, also who comes later."""
        self._is_open = True
