"""Worker probes: links looked at by workers, some hosts to a batch; what they find comes to the one that writes.

In place of the threads of `link_probes.py`, and read like them; where no worker takes any, those look. A batch whose
worker died is given again, but for what was found. All links of one host lie in one batch, and a worker takes a
host's turn from the store for each request, so that a redirect to another's host waits there as everybody does.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from time import monotonic
from typing import Self

from core.config.schema import Settings
from core.link_records import LinkCheck
from scraper.fetch import HostTurns
from services.collect.fetch_session import FetchSession, NoWorkers
from services.collect.link_codec import LinkTerms, decode_link, encode_links
from services.collect.link_probes import LinkProbes, MayGoOn

log = logging.getLogger("casereviews")
HOSTS_A_BATCH = 10
OpenHere = Callable[[Iterable[Sequence[LinkCheck]], HostTurns, MayGoOn], LinkProbes]


class WorkerProbes:
    """The findings of a run, in the order they come. Once `may_go_on` says no, or its time is used, reading ends."""

    def __init__(
        self,
        settings: Settings,
        by_host: Iterable[Sequence[LinkCheck]],
        terms: LinkTerms,
        may_go_on: MayGoOn,
        open_here: OpenHere,
    ) -> None:
        from newsletter.cluster.task_queue import CHECK_TASK

        self._terms, self._open_here = terms, open_here
        self._session = FetchSession(settings, CHECK_TASK)
        self._hosts, self._found = list(by_host), list[LinkCheck]()
        self._batches: dict[str, list[Sequence[LinkCheck]]] = {}  # what was not found of them yet
        self._here: LinkProbes | None = None
        self._ends = monotonic() + terms.rules.run_seconds
        self._goes_on: MayGoOn = lambda: may_go_on() and monotonic() < self._ends

    def __enter__(self) -> Self:
        self._session.__enter__()
        return self

    def __iter__(self) -> Iterator[LinkCheck]:
        try:
            while (self._hosts or self._batches) and self._goes_on():
                self._hand_out()
                for name, found in self._session.listen():
                    self._note(name, found)
                while self._found:
                    yield self._found.pop(0)
        except NoWorkers as e:
            log.warning("%s; links are looked at from here", e)
            yield from self._look_here()

    def __exit__(self, *error: object) -> None:
        if self._here:
            self._here.__exit__()
        self._session.__exit__(None, None, None)

    def rest(self) -> Iterator[LinkCheck]:
        """What was found and not read, once it is closed."""
        while self._found:
            yield self._found.pop(0)
        if self._here:
            yield from self._here.rest()

    def _hand_out(self) -> None:
        while self._hosts:
            links, self._hosts = self._hosts[:HOSTS_A_BATCH], self._hosts[HOSTS_A_BATCH:]
            rules = replace(self._terms.rules, run_seconds=self._ends - monotonic())
            self._batches[self._session.give(encode_links(replace(self._terms, rules=rules), links))] = links

    def _note(self, name: str, found: bytes | None) -> None:
        """Something found of a batch, or its end."""
        if found is None:
            self._hosts += self._batches.pop(name)
            return
        link = decode_link(found)
        self._found.append(link)
        hosts = [[one for one in links if one.url != link.url] for links in self._batches[name]]
        self._batches[name] = [links for links in hosts if links]
        if not self._batches[name]:
            del self._batches[name]
            self._session.drop(name)

    def _look_here(self) -> Iterator[LinkCheck]:
        """Look at what is left from here, in the same turns."""
        for name in list(self._batches):
            self._session.drop(name)
            self._hosts += self._batches.pop(name)
        self._here = self._open_here(self._hosts, self._session.turns(self._terms.rules), self._goes_on)
        with self._here:
            yield from self._here
