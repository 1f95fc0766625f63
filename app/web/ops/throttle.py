"""How often somebody may try a password: a few times at once, then after longer and longer waits."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

FREE = 5  # wrong tries of one network before it waits
FREE_OF_ALL = 50  # wrong tries of all networks together
FIRST, LONGEST = timedelta(minutes=1), timedelta(hours=1)  # a network's waits, doubling
FIRST_OF_ALL, LONGEST_OF_ALL = timedelta(seconds=1), timedelta(minutes=1)  # short: nobody shuts the operator out
FORGOTTEN = timedelta(days=1)  # after the last wrong try
MOST = 10_000  # networks that are remembered


@dataclass(frozen=True, slots=True)
class Tries:
    """The wrong tries in a row, and the last of them."""

    count: int = 0
    last: datetime | None = None  # UTC


class Throttle:
    """The wrong tries of this process. A try before its time is not looked at, so it does not count either."""

    def __init__(self) -> None:
        self._of: dict[str, Tries] = {}
        self._all = Tries()
        self._known: set[str] = set()  # networks that knew the password: the tries of others do not hold them up
        self._turn = Lock()

    def may(self, network: str, now: datetime) -> bool:
        """Whether a network's try is looked at now."""
        with self._turn:
            own = _over(self._of.get(network, Tries()), FREE, FIRST, LONGEST, now)
            return own and (network in self._known or _over(self._all, FREE_OF_ALL, FIRST_OF_ALL, LONGEST_OF_ALL, now))

    def wrong(self, network: str, now: datetime) -> None:
        """A try was wrong."""
        with self._turn:
            if len(self._of) >= MOST:
                self._of = {one: tries for one, tries in self._of.items() if not _forgotten(tries, now)}
            if len(self._of) >= MOST:
                self._of.clear()  # all of them together still wait
            self._of[network] = _one_more(self._of.get(network, Tries()), now)
            self._all = _one_more(self._all, now)

    def right(self, network: str) -> None:
        """A try was right: its network begins anew."""
        with self._turn:
            self._of.pop(network, None)
            if len(self._known) < MOST:
                self._known.add(network)


def _one_more(tries: Tries, now: datetime) -> Tries:
    return Tries(1 if _forgotten(tries, now) else tries.count + 1, now)


def _forgotten(tries: Tries, now: datetime) -> bool:
    return tries.last is None or abs(now - tries.last) >= FORGOTTEN  # far ahead: the clock was put back


def _over(tries: Tries, free: int, first: timedelta, longest: timedelta, now: datetime) -> bool:
    """Whether the wait after these tries is over."""
    if tries.last is None or tries.count < free:
        return True
    doublings = min(tries.count - free, 20)
    return now - tries.last >= min(first * (1 << doublings), longest) or tries.last - now > longest
