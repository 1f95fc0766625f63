"""Worker fetcher: pages of a walk that workers read, one after another, where there are any."""

import logging
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Self

from core.config.schema import Settings
from core.errors import FetchError
from core.records import Page, Robots
from scraper.fetch import Fetcher, FetchRules, HostSlots
from scraper.fetch.web_address import host_name
from services.collect.fetch_session import FetchSession, NoWorkers
from services.collect.page_codec import PageAnswer, PageRequest, decode_answer, encode_request

log = logging.getLogger("casereviews")
MAX_DEATHS = 3  # workers that die of a page before it is given up


class WorkerFetcher(Fetcher):
    """A fetcher that lets workers read what is read within `walk`; it takes the turns at hosts that they take."""

    def __init__(
        self,
        settings: Settings,
        rules: FetchRules,
        *,
        now: Callable[[], datetime],
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        robots: Mapping[str, Robots],
    ) -> None:
        from newsletter.cluster.task_queue import READ_TASK

        self._workers = FetchSession(settings, READ_TASK)
        slots = HostSlots(robots, self._workers.turns(rules))
        super().__init__(rules, now=now, clock=clock, sleep=sleep, slots=slots)
        self._walks, self._is_alone = False, False

    def __enter__(self) -> Self:
        self._workers.__enter__()
        return super().__enter__()

    def __exit__(self, *error: object) -> None:
        super().__exit__(*error)
        self._workers.__exit__(None, None, None)

    @contextmanager
    def walk(self) -> Iterator[None]:
        """Go from page to page of one source, read by workers: with longer pauses."""
        self._walks = True
        try:
            with super().walk():
                yield
        finally:
            self._walks = False

    def get(self, url: str, *, hosts: Collection[str] = (), etag: str = "", last_modified: str = "") -> Page:
        """As a fetcher does, and with its errors."""
        if self._walks and not self._is_alone:
            try:
                return self._take(url, self._ask_workers(url, tuple(hosts), etag, last_modified))
            except NoWorkers as e:
                log.warning("%s; pages are read from here", e)
                self._is_alone = True
        return super().get(url, hosts=hosts, etag=etag, last_modified=last_modified)

    def _ask_workers(self, url: str, hosts: tuple[str, ...], etag: str, last_modified: str) -> PageAnswer:
        """What the address answered a worker. Raises NoWorkers, FetchError."""
        names = {host_name(url), *hosts}
        robots = tuple(one for one in self.robots.values() if host_name(one.origin) in names)
        for _ in range(MAX_DEATHS):
            rules = replace(self.rules, spacing=self._spacing, run_seconds=self._ends - self._clock())
            name = self._workers.give(encode_request(PageRequest(rules, url, hosts, etag, last_modified, robots)))
            try:
                if (found := self._await(name)) is not None:
                    return decode_answer(found)
            finally:
                self._workers.drop(name)
        raise FetchError("not read", f"{MAX_DEATHS} workers ended while they read {url}", "See the logs of workers.")

    def _await(self, name: str) -> bytes | None:
        """What is found of a batch; None: its worker ended before."""
        while True:
            for told, found in self._workers.listen():
                if told == name:
                    return found

    def _take(self, url: str, answer: PageAnswer) -> Page:
        """The page, as if it had been read here. Raises FetchError."""
        self.requests += answer.requests
        self.bytes += answer.bytes
        self.robots.update({one.origin: one for one in answer.robots})
        if isinstance(answer.found, FetchError):
            raise answer.found
        if answer.found.moved_to:
            self.moved[url] = answer.found.moved_to
        return answer.found
