"""Fetch rules: politeness limits, options of a request, errors of a fetch."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from core.errors import FetchError
from core.sizes import MAX_PAGE_BYTES

RETRY_FIX = "Try again later; nothing was changed."
SOURCE_FIX = "Correct the source's address, or ask the site's owner."
MAX_ROBOTS_BYTES = 500 * 1024  # RFC 9309 §2.5: the rest need not be read


@dataclass(frozen=True, slots=True)
class FetchRules:
    """How politely, and how patiently, addresses are read."""

    user_agent: str
    spacing: float = 1.0  # seconds between two requests to one host
    walk_spacing: float = 5.0  # the same, from page to page of one source
    connect_timeout: float = 5.0  # seconds
    read_timeout: float = 20.0  # seconds of silence
    deadline: float = 120.0  # seconds for one answer, all told
    retries: int = 4
    backoff: float = 1.0  # seconds before the second retry, doubling
    patience: float = 120.0  # seconds we are willing to be told to wait
    run_seconds: float = math.inf  # for all that one fetcher asks
    max_bytes: int = MAX_PAGE_BYTES  # of one body, decompressed
    max_redirects: int = 5


@dataclass(frozen=True, slots=True)
class RequestOptions:
    """What is wanted of an address and of wherever it redirects to."""

    most: int  # bytes of body, decompressed
    retries: int
    headers: Mapping[str, str] = field(default_factory=dict)
    hosts: Collection[str] | None = None  # that redirects may lead to; None: anywhere
    whole: bool = True  # a longer body is an error; else it is cut
    leave: bool = True  # robots.txt is asked first; robots.txt itself needs no leave
    public: bool = False  # never into a private network
    downgrade: bool = False  # a redirect may go from https down to http

    @property
    def first_bytes_only(self) -> bool:
        """Whether the first bytes of a link are wanted and no more."""
        return self.leave and not self.whole


class SiteBusy(FetchError):
    """The site asks us to stay away for longer than we wait: come back at `retry_at`."""

    retry_at: datetime | None = None  # UTC


class HostSilent(FetchError):
    """A host that did not answer in time earlier in this run: it is not asked again."""


class RunTimeUsed(FetchError):
    """The time that a run may take is used up: what is left is for the next."""


class RequestDisallowed(FetchError):
    """An address that we do not ask, by our own rules."""


class RequestFailed(FetchError):
    """A request that came to nothing, worth `again` another try after as many seconds as the site asked for."""

    def __init__(
        self,
        what: str,
        which: str,
        fix: str = RETRY_FIX,
        *,
        again: bool = True,
        wait: float = 0.0,
        status: int = 0,
        timed_out: bool = False,
    ) -> None:
        super().__init__(what, which, fix)
        self.again, self.wait = again, wait
        self.timed_out = timed_out  # its host is asked nothing more in this run
        self.status = status  # HTTP; 0 when there was no whole answer
