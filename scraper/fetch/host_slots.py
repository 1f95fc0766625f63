"""Host slots: one request at a time to a host, at its pace, whichever of the fetchers that share them asks."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from threading import Lock

from core.errors import FetchError
from core.records import Robots
from scraper.fetch.web_address import host_name

Turn = AbstractContextManager[object]


@dataclass(slots=True)
class HostSlot:
    """The turns at one host, identified by its name. Who holds `turn` waits for nobody else's."""

    turn: Turn = field(default_factory=Lock)  # held from the pause before a request to the end of its answer
    robots_turn: Lock = field(default_factory=Lock)  # held while its robots.txt is asked for: once, for all
    last_answer: float | None = None  # clock after it
    not_before: float = 0.0  # clock; it asked us to wait, or failed just now
    delay: float = 0.0  # seconds from answer to request that its robots.txt asks for
    silent: bool = False  # it did not answer in time

    def pause(self, spacing: float, clock: float) -> float:
        """Seconds until it may be asked; zero or less: now."""
        ready = self.not_before
        if self.last_answer is not None:
            ready = max(ready, self.last_answer + max(spacing, self.delay))
        return ready - clock


class HostSlots:
    """All hosts that a run has met, for all its threads."""

    def __init__(
        self, robots: Mapping[str, Robots] | None = None, open_turn: Callable[[str], Turn] = lambda host: Lock()
    ) -> None:
        """`open_turn`: what is held while a host is asked, where other machines ask it too."""
        self.robots = dict(robots or {})  # by origin: handed in, and read since
        self.away: dict[str, FetchError] = {}  # origin to why probes leave it alone from here
        self._slots: dict[str, HostSlot] = {}  # by the host's name
        self._open_turn = open_turn

    def of(self, address: str) -> HostSlot:
        """The slot of an address's host."""
        name = host_name(address)
        return self._slots.get(name) or self._slots.setdefault(name, HostSlot(self._open_turn(name)))
