"""Host slots: one request at a time to a host, at its pace, whichever of the fetchers that share them asks."""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from threading import Lock

from core.errors import FetchError
from core.records import Robots
from scraper.fetch.web_address import host_name


class HostTurns:
    """The turns at hosts that other machines ask, too; as it stands, none do."""

    def hold(self, host: str, spacing: float, delay: float | None) -> AbstractContextManager[object]:
        """Held while a host is asked: `spacing` seconds after its last answer, or `delay`, which its robots.txt says.

        `delay`: None where its robots.txt was not read yet.
        """
        return nullcontext()

    def put_off(self, host: str, seconds: float) -> None:
        """Nobody asks the host for so many seconds."""


@dataclass(slots=True)
class HostSlot:
    """The turns at one host, identified by its name. Who holds `turn` waits for nobody else's."""

    turn: Lock = field(default_factory=Lock)  # held from the pause before a request to the end of its answer
    robots_turn: Lock = field(default_factory=Lock)  # held while its robots.txt is asked for: once, for all
    last_answer: float | None = None  # clock after it
    not_before: float = 0.0  # clock; it asked us to wait, or failed just now
    delay: float | None = None  # seconds from answer to request that its robots.txt asks for; None: not read yet
    silent: bool = False  # it did not answer in time

    def pause(self, spacing: float, clock: float) -> float:
        """Seconds until it may be asked; zero or less: now."""
        ready = self.not_before
        if self.last_answer is not None:
            ready = max(ready, self.last_answer + max(spacing, self.delay or 0.0))
        return ready - clock


class HostSlots:
    """All hosts that a run has met, for all its threads."""

    def __init__(self, robots: Mapping[str, Robots] | None = None, turns: HostTurns | None = None) -> None:
        self.robots = dict(robots or {})  # by origin: handed in, and read since
        self.away: dict[str, FetchError] = {}  # origin to why probes leave it alone from here
        self.turns = turns or HostTurns()
        self._slots: dict[str, HostSlot] = {}  # by the host's name

    def of(self, address: str) -> HostSlot:
        """The slot of an address's host."""
        name = host_name(address)
        return self._slots.get(name) or self._slots.setdefault(name, HostSlot())
