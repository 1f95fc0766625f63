"""HTTP fetcher for sources: robots.txt, pace, conditional GET, retries, caps."""

import importlib.metadata
import logging
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache
from typing import Self

import requests
import urllib3.exceptions

from core.dates import utc_minute
from core.errors import FetchError, RobotsRefused
from core.link_records import Probe
from core.records import Page, Robots
from scraper.fetch import response_body
from scraper.fetch.connection import deadline_failure, open_session, request_failure
from scraper.fetch.deadline import Watchdog
from scraper.fetch.host_slots import HostSlot, HostSlots, HostTurns
from scraper.fetch.probe import probe_answer, probe_failure
from scraper.fetch.robots_groups import PRODUCT_NAME, parse_robots
from scraper.fetch.rules import (
    MAX_ROBOTS_BYTES,
    RETRY_FIX,
    SOURCE_FIX,
    FetchRules,
    HostSilent,
    RequestDisallowed,
    RequestFailed,
    RequestOptions,
    RunTimeUsed,
    SiteBusy,
)
from scraper.fetch.web_address import host_name, is_private, normalise_url, origin, redirect_target, refuse_private
from scraper.page_kind import recognize_challenge

__all__ = ["FetchRules", "Fetcher", "HostSlots", "HostTurns", "RunTimeUsed", "SiteBusy", "is_private", "user_agent"]

GOOD_STATUSES = {200, 203}  # 203: the same, by way of a proxy that changed it (RFC 9110 §15.3.4)
REDIRECT_STATUSES = {301, 302, 303, 307, 308}
PERMANENT_REDIRECTS = {301, 308}
RETRY_STATUSES = {429, 500, 502, 503, 504}  # worth another try
ROBOTS_LOG_FORMAT = "%s: %s by robots.txt (%s; crawl-delay %g s)"
ROBOTS_MAX_AGE = timedelta(hours=24)  # RFC 9309 §2.4
CHALLENGE_FIX = "The site takes us for an unwelcome robot: ask its owner to let casereviews in."
GONE_FIX = "No page is there: correct the address; a source's stands in casereviews.toml."
STATUS_FIXES = {403: "The site will not let us read it: ask its owner.", 404: GONE_FIX, 410: GONE_FIX}


@cache
def user_agent(contact: str, site: str) -> str:
    """Who asks, for the site's owner: "casereviews/0.1.0 (+site; contact: address)". Plain ASCII."""
    known = [f"+{site}"] if site else []
    known += [f"contact: {contact}"] if contact else []
    name = f"{PRODUCT_NAME}/{importlib.metadata.version(PRODUCT_NAME)}" + (f" ({'; '.join(known)})" if known else "")
    return " ".join(name.split()).encode("ascii", "replace").decode()


class Fetcher:
    """Reads addresses one after another: by robots.txt, at a pace, within limits. Close it after use.

    Several may share `slots`, each in a thread of its own: together they ask a host as one of them would.
    """

    def __init__(
        self,
        rules: FetchRules,
        *,
        now: Callable[[], datetime],
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        robots: Mapping[str, Robots] | None = None,
        slots: HostSlots | None = None,
        may_go_on: Callable[[], bool] = lambda: True,
        log: logging.Logger | None = None,
        private: bool = False,
    ) -> None:
        self.rules = rules
        self.private = private  # whether a probe may look into a private network
        self._slots = slots or HostSlots(robots)
        self.robots = self._slots.robots  # by origin: handed in, and read since
        self.requests = 0  # everything that went out: robots.txt, retries and redirects too
        self.bytes = 0  # of bodies, on the wire
        self.moved: dict[str, str] = {}  # address of a page to the one that it has for good now
        self._now, self._clock, self._sleep = now, clock, sleep
        self._may_go_on = may_go_on  # asked before each request
        self._log = log or logging.getLogger(__name__)
        self._ends = clock() + rules.run_seconds
        self._spacing = rules.spacing
        self._watchdog = Watchdog()
        self._sessions: dict[bool, requests.Session] = {}  # by whether they keep to public addresses

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def close(self) -> None:
        """Close its connections; the next request opens another."""
        for opened in self._sessions.values():
            opened.close()

    def hang_up(self) -> None:
        """End what another thread asks through it now, for good: that and all it asks from here fails."""
        self._watchdog.close()

    @contextmanager
    def walk(self) -> Iterator[None]:
        """Go from page to page of one source: with longer pauses."""
        self._spacing = self.rules.walk_spacing
        try:
            yield
        finally:
            self._spacing = self.rules.spacing

    def get(self, url: str, *, hosts: Collection[str] = (), etag: str = "", last_modified: str = "") -> Page:
        """The page at `url`: status 200 or 203, or 304 when it has not changed since `etag` or `last_modified`.

        Follows redirects to the same host name and to `hosts`, any port. Raises RobotsRefused; SiteBusy, with
        `retry_at`, when the site asks for a longer wait than our patience; RunTimeUsed; else FetchError.
        """
        headers = {"If-None-Match": etag, "If-Modified-Since": last_modified}
        headers = {name: value for name, value in headers.items() if value}
        address = normalise_url(url)
        allowed = {host_name(address), *(name.lower() for name in hosts)}
        errand = RequestOptions(self.rules.max_bytes, self.rules.retries, headers, allowed)
        page = self._follow(address, errand)
        challenge = recognize_challenge(page)
        if (page.status in GOOD_STATUSES and not challenge) or (page.status == 304 and headers):
            if page.moved_to:
                self.moved[url] = page.moved_to
            return replace(page, url=url)
        if challenge:
            raise FetchError(f"answered {page.status} with {challenge}", page.final_url, CHALLENGE_FIX)
        raise FetchError(f"answered {page.status}", page.final_url, STATUS_FIXES.get(page.status, SOURCE_FIX))

    def probe(self, url: str, *, most: int = 65_536) -> Probe:
        """What is at a link's address now: one GET of its first `most` bytes, tried twice at the most.

        Follows redirects to any public host, by each host's robots.txt. A site that did not answer for its
        robots.txt, or asked us to stay away, is not asked again. Raises nothing of the site's, see `outcome`; raises
        RunTimeUsed.
        """
        try:
            address = normalise_url(url)
        except FetchError as e:
            return Probe(url, url, "nowhere", self._now(), why=e.what)
        errand = RequestOptions(
            most,
            min(self.rules.retries, 1),
            # packed bytes would hide the document's size and its beginning
            {"Range": f"bytes=0-{most - 1}", "Accept-Encoding": "identity"},
            whole=False,
            public=not self.private,
            downgrade=True,
        )
        try:
            return probe_answer(url, self._follow(address, errand), most)
        except RunTimeUsed:
            raise
        except FetchError as e:
            return probe_failure(url, e, self._now())

    def _follow(self, start: str, errand: RequestOptions) -> Page:
        """The answer after redirects. Raises RequestDisallowed, RobotsRefused, SiteBusy, RunTimeUsed, FetchError."""
        address, lives_at, permanent = start, "", True
        for _ in range(self.rules.max_redirects + 1):
            if errand.public:
                refuse_private(address)
            if errand.leave:
                self._check_robots(address, errand)
            page = self._fetch_with_retries(address, errand)
            if page.status not in REDIRECT_STATUSES or not page.header("location"):
                return replace(page, moved_to=lives_at) if lives_at else page
            permanent = permanent and page.status in PERMANENT_REDIRECTS
            address = redirect_target(address, page.header("location"), errand, permanent)
            lives_at = address if permanent else lives_at
        raise FetchError(f"redirects more than {self.rules.max_redirects} times", start, SOURCE_FIX)

    def _check_robots(self, address: str, errand: RequestOptions) -> None:
        """Ask robots.txt, and keep to its pace from here. Raises RobotsRefused, SiteBusy, RequestDisallowed."""
        slot, site = self._slots.of(address), origin(address)
        with slot.robots_turn:
            if errand.first_bytes_only and (before := self._slots.away.get(site)):
                raise before.with_traceback(None)  # else it would keep what each thread held as it was raised
            robots = self._robots(site, errand)
        rules = parse_robots(robots.body if robots.status < 300 else "")  # 4xx: everything is allowed (§2.3.1.3)
        allowed, delay = rules.can_fetch(address, PRODUCT_NAME), rules.crawl_delay(PRODUCT_NAME) or 0.0
        slot.delay = delay
        read = f"status {robots.status}, read {utc_minute(robots.fetched_at)}"
        self._log.info(ROBOTS_LOG_FORMAT, address, "allowed" if allowed else "refused", read, delay)
        if not allowed:
            raise RobotsRefused("robots.txt refuses", address, "Ask the site's owner, or drop the source.")
        if delay > self.rules.patience:
            asked = f"{origin(address)} wants {delay:g} s between requests"
            raise RequestDisallowed("crawl-delay beyond our patience", asked, "Raise fetch.patience to read it.")

    def _robots(self, site: str, errand: RequestOptions) -> Robots:
        """The origin's robots.txt, at most a day old. Raises RobotsRefused where it cannot be had, SiteBusy."""
        known = self.robots.get(site)
        if (
            known
            and _is_robots_answer(known.status)
            and timedelta(0) <= self._now() - known.fetched_at < ROBOTS_MAX_AGE
        ):
            return known
        address = f"{site}/robots.txt"
        try:
            page = self._follow(
                address,
                RequestOptions(MAX_ROBOTS_BYTES, errand.retries, whole=False, leave=False, public=errand.public),
            )
            if not _is_robots_answer(page.status):
                raise RequestFailed(f"answered {page.status}", address, status=page.status)
        except (SiteBusy, RunTimeUsed):
            raise
        except FetchError as e:  # unreachable: everything is refused (§2.3.1.4), and nothing is remembered
            self._log.info(ROBOTS_LOG_FORMAT, site, "refused", e.what, 0.0)
            why = f"{e.which} ({e.what})"
            self._slots.away[site] = refused = RobotsRefused("robots.txt cannot be read, so nothing may be", why, e.fix)
            raise refused from e
        text = page.body.decode("utf-8-sig", "replace")
        self.robots[site] = Robots(site, page.status, text, page.fetched_at)
        return self.robots[site]

    def _fetch_with_retries(self, address: str, errand: RequestOptions) -> Page:
        """One answer, with retries. Raises SiteBusy, HostSilent, RunTimeUsed, FetchError."""
        tried = 0
        while True:
            try:
                return self._request_once(address, errand)
            except RequestFailed as e:
                if e.wait > self.rules.patience:
                    self._slots.away[origin(address)] = busy = self._busy(e)
                    raise busy from e
                if not e.again or tried == errand.retries:
                    raise
                pause = self.rules.backoff * 2 ** (tried - 1) if tried else 0.0  # before the first: the pace
                self._log.info("%s", e)
                wait = max(e.wait, min(pause, self.rules.patience))
                self._slots.of(address).not_before = self._clock() + wait  # for whoever else asks it, too
                self._slots.turns.put_off(host_name(address), wait)
            tried += 1

    def _busy(self, e: RequestFailed) -> SiteBusy:
        at = self._now() + timedelta(seconds=e.wait)
        asked = f"{e.which} asks us to wait {e.wait:.0f} s"
        busy = SiteBusy(e.what, asked, f"Come back after {utc_minute(at)} UTC.")
        busy.retry_at = at
        return busy

    def _request_once(self, address: str, errand: RequestOptions) -> Page:
        """One request and its answer. Raises RequestFailed, HostSilent, RunTimeUsed, FetchError."""
        slot = self._slots.of(address)
        with slot.turn:
            if slot.silent:
                raise HostSilent("not asked again", f"{host_name(address)} did not answer in time just now", RETRY_FIX)
            self._keep_pace(slot, address)
            with self._slots.turns.hold(host_name(address), self._spacing, slot.delay):
                if not self._may_go_on():
                    fix = "What is left is read by the next."
                    raise RunTimeUsed("the run was stopped", f"before {address} was read", fix)
                if (left := self._ends - self._clock()) <= 0:
                    raise self._time_used(address)
                self.requests += 1
                try:
                    with self._watchdog.limit(min(self.rules.deadline, left)):
                        return self._ask(address, errand)
                except RequestFailed as e:
                    slot.silent = e.timed_out
                    if self._watchdog.expired and left < self.rules.deadline:
                        raise self._time_used(address) from e
                    raise
                finally:
                    slot.last_answer = self._clock()

    def _ask(self, address: str, errand: RequestOptions) -> Page:
        """One answer, while the watchdog looks. Raises RequestFailed, FetchError."""
        timeout, headers = (self.rules.connect_timeout, self.rules.read_timeout), dict(errand.headers)
        try:
            with self._session(errand.public).get(
                address, headers=headers, timeout=timeout, stream=True, allow_redirects=False
            ) as response:
                lowered = tuple((name.lower(), value) for name, value in response.headers.items())
                page = Page(address, address, response.status_code, lowered, b"", self._now())
                if page.status in RETRY_STATUSES and not recognize_challenge(page):
                    wait = self._retry_after(response.headers.get("Retry-After", ""))
                    raise RequestFailed(f"answered {page.status}", address, wait=wait, status=page.status)
                body = response_body.read_body(address, response, errand, lambda: self._watchdog.expired, self._count)
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError, ValueError) as e:
            raise request_failure(address, e, self.rules, late=self._watchdog.expired) from e
        if body is None:
            raise deadline_failure(address, self.rules)
        return replace(page, body=body, fetched_at=self._now())

    def _time_used(self, address: str) -> RunTimeUsed:
        which = f"{self.rules.run_seconds / 60:g} minutes are over before {address} was read"
        return RunTimeUsed("the time of this run is used up", which, "What is left is read by the next.")

    def _session(self, public: bool) -> requests.Session:
        if public not in self._sessions:
            self._sessions[public] = open_session(self.rules, self._watchdog, public)
        return self._sessions[public]

    def _count(self, arrived: int) -> None:
        self.bytes += arrived

    def _keep_pace(self, slot: HostSlot, address: str) -> None:
        """Wait until the host may be asked. Raises RunTimeUsed where the run ends before."""
        pause = slot.pause(self._spacing, self._clock())
        if self._clock() + max(pause, 0.0) >= self._ends:
            raise self._time_used(address)
        if pause > 0:
            self._sleep(pause)

    def _retry_after(self, asked: str) -> float:
        """Retry-After in seconds (RFC 9110 §10.2.3); 0 when it is absent, past or unreadable."""
        if re.fullmatch("[0-9]{1,9}", asked):
            return float(asked)
        try:
            at = parsedate_to_datetime(asked)
        except (ValueError, OverflowError):
            return 0.0
        return max(0.0, (at.replace(tzinfo=at.tzinfo or UTC) - self._now()).total_seconds())


def _is_robots_answer(status: int) -> bool:
    """Whether an answer to robots.txt says something: rules, or that there are none (RFC 9309 §2.3.1)."""
    return 200 <= status < 300 or 400 <= status < 500
