"""Link probes side by side: a few threads, each at one host's addresses at a time; what they find comes in a queue.

What makes a check of links long is its politeness: a second between two requests to a host. So the addresses are
grouped by the host's name, and 40 threads take one host after another, each with a fetcher of its own; what they find
comes in a queue to the one thread that writes. What they know of a host (its turn, its last answer, its robots.txt,
that it is silent or wants to be left alone) is one record that all fetchers share, `scraper/fetch/host_slots.py`: a
redirect that leads to a host waits for its turn there as everybody does. A stop ends each thread with the request it is
at, a pause at once; an interruption hangs up on what is being asked, which then says nothing of a link.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from contextvars import copy_context
from dataclasses import replace
from datetime import date
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import Self

from core.errors import FetchError
from core.link_records import LinkCheck, Probe
from scraper.fetch import Fetcher, RunTimeUsed
from scraper.fetch.web_address import host_name, normalise_url
from scraper.link_state import assess_link

HOSTS_AT_ONCE = 40
LONGEST_NAP = 0.25  # seconds of a pause after which it is asked whether the run goes on
HANG_UP_SECONDS = 2.0  # for all threads to end; one that waits for a name server goes with the process
MayGoOn = Callable[[], bool]
Sleep = Callable[[float], None]


class LinkProbes:
    """The findings of a run, in the order they come: read them, then close it, and nothing asks any more.

    Once `may_go_on` says no, or the run's time is used up, each thread ends with the request it is at, and so does
    the reading. Closed before, what is being asked is hung up on: that says nothing of an address.
    """

    def __init__(
        self,
        by_host: Iterable[Sequence[LinkCheck]],
        open_fetcher: Callable[[Sleep, MayGoOn], Fetcher],
        assess: Callable[[Probe, LinkCheck], LinkCheck],
        sleep: Sleep,
        may_go_on: MayGoOn,
    ) -> None:
        self._hosts: SimpleQueue[Sequence[LinkCheck]] = SimpleQueue()
        for held in by_host:
            self._hosts.put(held)
        self._findings: SimpleQueue[LinkCheck | Exception | None] = SimpleQueue()  # None: a thread has ended
        self._assess, self._sleep, self._may_go_on = assess, sleep, may_go_on
        self._closed = Event()
        count = min(HOSTS_AT_ONCE, self._hosts.qsize())
        self._fetchers = [open_fetcher(self._nap, self._goes_on) for _ in range(count)]
        self._threads: list[Thread] = []

    def __enter__(self) -> Self:
        for fetcher in self._fetchers:
            thread = Thread(target=copy_context().run, args=(self._work, fetcher), name="links", daemon=True)
            thread.start()
            self._threads.append(thread)
        return self

    def __iter__(self) -> Iterator[LinkCheck]:
        working = len(self._threads)
        while working:
            finding = self._findings.get()
            if isinstance(finding, Exception):  # nobody foresaw it
                raise finding
            if finding is None:
                working -= 1
            else:
                yield finding

    def hang_up(self) -> None:
        """End what is being asked, from any thread: it says nothing of an address."""
        self._closed.set()
        for fetcher in self._fetchers:
            fetcher.hang_up()

    def __exit__(self, *error: object) -> None:
        self.hang_up()
        for thread in self._threads:
            thread.join(HANG_UP_SECONDS / len(self._threads))

    def rest(self) -> Iterator[LinkCheck]:
        """What was found and not read, once it is closed."""
        with suppress(Empty):
            while True:
                if isinstance(finding := self._findings.get_nowait(), LinkCheck):
                    yield finding

    def _goes_on(self) -> bool:
        return not self._closed.is_set() and self._may_go_on()

    def _nap(self, seconds: float) -> None:
        """Sleep, but no longer than the run goes on."""
        while seconds > 0 and self._goes_on():
            self._sleep(min(seconds, LONGEST_NAP))
            seconds -= LONGEST_NAP

    def _work(self, fetcher: Fetcher) -> None:
        """Look at one host's addresses after another's, until there are none left or the run ends."""
        try:
            with fetcher, suppress(Empty, RunTimeUsed):
                while True:
                    for held in self._hosts.get_nowait():
                        probe = fetcher.probe(held.url)
                        if self._closed.is_set():
                            return  # it may have been hung up on
                        self._findings.put(self._assess(probe, held))
                    fetcher.close()
        except Exception as e:  # for who reads the findings
            self._findings.put(e)
        finally:
            self._findings.put(None)


def assess_found(probe: Probe, known: LinkCheck, today: date, offline: bool) -> LinkCheck:
    """What a look says of a link; `offline`: silence says nothing, since nothing else answers either."""
    if offline and probe.outcome == "failed" and not probe.status:
        probe = replace(probe, outcome="busy", why=f"{probe.why}; no source could be read either")
    return assess_link(probe, known, today)


def group_by_host(held: Iterable[LinkCheck]) -> list[list[LinkCheck]]:
    """The addresses of each host, which are asked one after another: hosts and addresses in the order given."""
    groups: dict[str, list[LinkCheck]] = {}
    for known in held:
        name = ""  # what is no address is asked nowhere
        with suppress(FetchError):
            name = host_name(normalise_url(known.url))
        groups.setdefault(name, []).append(known)
    return list(groups.values())
