"""Link records: what a look at a link's address showed, what is known of the address."""

from dataclasses import dataclass
from datetime import date, datetime

from core.states import LinkState, ProbeOutcome


@dataclass(frozen=True, slots=True)
class Probe:
    """What one look at a link's address showed, identified by the address and the time. Never stored."""

    url: str  # as asked for
    final_url: str  # after redirects
    outcome: ProbeOutcome
    seen_at: datetime  # UTC
    status: int = 0  # HTTP; 0 when there was no answer
    content_type: str = ""  # the header, as sent
    size: int | None = None  # bytes of the whole document, where the server tells
    first: bytes = b""  # its first bytes
    why: str = ""  # one line, where it did not answer


@dataclass(frozen=True, slots=True)
class LinkCheck:
    """What is known of a link's address, identified by the address."""

    url: str
    state: LinkState = "unchecked"
    status: int = 0  # HTTP; 0 when there was no answer
    media: str = ""  # "application/pdf"; empty when not known
    size: int | None = None  # bytes
    pages: int | None = None
    why: str = ""  # one line for a person; empty where there is nothing to say
    checked_at: datetime | None = None  # UTC; None: never
    failures: int = 0  # days in a row on which it failed
    first_failed_on: date | None = None  # the first and the last of those days
    last_failed_on: date | None = None
    dead_since: date | None = None  # the day it was found dead; None: it is not
    unsettled: bool = False  # the last look told too little: look again tomorrow
    had_document: bool = False  # whether a document was ever seen there, whatever came since
    reviews: tuple[int, ...] = ()  # the numbers of the reviews that link to it, the withdrawn left out
