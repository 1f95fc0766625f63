"""Login throttle: exponential back-off after wrong passwords, by network, or by browser where that was in before."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from threading import Lock

FREE_TRIES = 5  # wrong tries at one account of one network, or of one known browser, before it waits
FREE_TRIES_TOTAL = 50  # wrong tries of all networks together
FIRST_WAIT, LONGEST_WAIT = timedelta(minutes=1), timedelta(hours=1)  # a network's waits, doubling
FIRST_WAIT_TOTAL, LONGEST_WAIT_TOTAL = (
    timedelta(seconds=1),
    timedelta(minutes=1),
)  # short: nobody shuts the operator out
FORGET_AFTER = timedelta(days=1)  # after the last wrong try
MAX_NETWORKS = 10_000  # networks that are remembered
MAX_BROWSERS = 1_000  # known browsers with wrong tries that are remembered


@dataclass(frozen=True, slots=True)
class WrongTries:
    """The wrong tries in a row, and the last of them."""

    count: int = 0
    last: datetime | None = None  # UTC


class LoginThrottle:
    """The wrong tries of this process. A try before its time is not looked at, so it does not count either.

    A known browser carries our signature that it was logged in to the account before: its tries and those of strangers
    are counted apart, so that neither holds up the other.
    """

    def __init__(self) -> None:
        self._by_network: dict[str, WrongTries] = {}
        self._by_browser: dict[str, WrongTries] = {}
        self._total = WrongTries()
        self._known: set[str] = set()  # networks that knew the password: the tries of others do not hold them up
        self._lock = Lock()

    def allows(self, network: str, now: datetime) -> bool:
        """Whether a network's try is looked at now."""
        with self._lock:
            own_wait_over = _own_wait_is_over(self._by_network.get(network, WrongTries()), now)
            return own_wait_over and (
                network in self._known
                or _wait_is_over(self._total, FREE_TRIES_TOTAL, FIRST_WAIT_TOTAL, LONGEST_WAIT_TOTAL, now)
            )

    def record_failure(self, network: str, now: datetime) -> None:
        """A try was wrong."""
        with self._lock:
            self._by_network = _make_room(self._by_network, MAX_NETWORKS, now)
            if len(self._by_network) >= MAX_NETWORKS:
                self._by_network.clear()  # all of them together still wait
            self._by_network[network] = _add_try(self._by_network.get(network, WrongTries()), now)
            self._total = _add_try(self._total, now)

    def record_success(self, network: str) -> None:
        """A try was right: its network begins anew."""
        with self._lock:
            self._by_network.pop(network, None)
            if len(self._known) < MAX_NETWORKS:
                self._known.add(network)

    def allows_known(self, browser: str, now: datetime) -> bool:
        """Whether a known browser's try is looked at now; one that must wait may try as a stranger does."""
        with self._lock:
            return _own_wait_is_over(self._by_browser.get(browser, WrongTries()), now)

    def begin_known(self, browser: str, now: datetime) -> bool:
        """The same of a try that is looked at beside others: it counts as wrong until it is said to be right."""
        with self._lock:
            allowed = _own_wait_is_over(self._by_browser.get(browser, WrongTries()), now)
            if allowed:
                self._add_known(browser, now)
            return allowed

    def record_known_failure(self, browser: str, now: datetime) -> None:
        """A try of a known browser was wrong."""
        with self._lock:
            self._add_known(browser, now)

    def _add_known(self, browser: str, now: datetime) -> None:
        self._by_browser = _make_room(self._by_browser, MAX_BROWSERS, now)
        self._by_browser[browser] = _add_try(self._by_browser.get(browser, WrongTries()), now)

    def record_known_success(self, browser: str) -> None:
        """A try of a known browser was right: it begins anew."""
        with self._lock:
            self._by_browser.pop(browser, None)


def _make_room(tries: dict[str, WrongTries], most: int, now: datetime) -> dict[str, WrongTries]:
    """The same, without what is forgotten where there are too many."""
    return tries if len(tries) < most else {who: one for who, one in tries.items() if not _is_forgotten(one, now)}


def _add_try(tries: WrongTries, now: datetime) -> WrongTries:
    return WrongTries(1 if _is_forgotten(tries, now) else tries.count + 1, now)


def _is_forgotten(tries: WrongTries, now: datetime) -> bool:
    return tries.last is None or abs(now - tries.last) >= FORGET_AFTER  # far ahead: the clock was put back


def _own_wait_is_over(tries: WrongTries, now: datetime) -> bool:
    return _wait_is_over(tries, FREE_TRIES, FIRST_WAIT, LONGEST_WAIT, now)


def _wait_is_over(tries: WrongTries, free: int, first: timedelta, longest: timedelta, now: datetime) -> bool:
    """Whether the wait after these tries is over."""
    if tries.last is None or tries.count < free:
        return True
    doublings = min(tries.count - free, 20)
    return now - tries.last >= min(first * (1 << doublings), longest) or tries.last - now > longest
