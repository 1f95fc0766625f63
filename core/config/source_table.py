"""Source table: the keys of a source in the configuration."""

import re
from typing import Annotated
from urllib.parse import urlsplit

from core.address_patterns import PLAIN
from core.config.settings_table import SettingsTable
from core.config.value_forms import MISSING, limits, pattern
from core.states import Detail, Nation

MAX_DAYS = 36_500  # days: "for ever" in a calendar that ends
Days = Annotated[int, limits(1, MAX_DAYS)]
DaysOrNone = Annotated[int, limits(0, MAX_DAYS)]  # 0: not at all
Share = Annotated[float, limits(0, 1)]
SourceName = Annotated[
    str, pattern(r"^[a-z0-9][a-z0-9-]*$", "write it in small letters, digits and dashes, as nspcc-2")
]


def check_web_address(value: str) -> str:
    """An address whose host and port can be ones. Raises ValueError."""
    parts = urlsplit(value)
    if parts.port == 0:
        raise ValueError("port 0 is none")
    if ":" in (parts.hostname or ""):
        from ipaddress import IPv6Address

        IPv6Address((parts.hostname or "").partition("%")[0])
    return value


def _check_plain_address(value: str) -> str:
    """One email address without a name, or nothing. Raises ValueError."""
    if value and not PLAIN.fullmatch(value):
        raise ValueError("write one plain address as news@example.org")
    return value


PlainAddress = Annotated[str, _check_plain_address]
SourceAddress = Annotated[
    str, pattern(r"^https?://[^\s/]+", "write it as https://learning.nspcc.org.uk/case-reviews"), check_web_address
]


def _check_only(value: str) -> str:
    try:
        re.compile(value)
    except re.error as e:
        raise ValueError(f"no regular expression: {e}; write words with | between: review|SPR") from e
    return value


class Source(SettingsTable):
    """A place that announces reviews, identified by name."""

    name: SourceName = MISSING
    kind: str = "nspcc-listing"
    url: SourceAddress = MISSING
    collection: str = ""  # whose reviews these are, in an issue of several collections; the newsletter's when empty
    library_email: PlainAddress = ""  # who is asked for its reports; the newsletter's where `collection` is empty too
    detail: Detail | None = None  # how much of a review is passed on; the newsletter's when None
    year_url: str = ""  # the address of an older year's list, with {year} in it; the NSPCC's for its own list
    stale_days: Days | None = None  # not read well for longer: overdue; fetch.stale_days when None
    required: bool | None = None  # no issue without a good read of it; None: the first source only
    complete: bool | None = None  # the page lists all it covers; None: yes unless it is the monthly update
    hosts: tuple[str, ...] = ()  # further hosts it may redirect to
    fewest: Share = 0.5  # share of the reviews shown before that a read must still show
    fewest_text: Share = 0.5  # share of the entries that must have what the kind needs
    publisher: str = ""  # who publishes these reviews, where the page does not say
    nation: Nation | None = None  # of the publisher; None: known by its area, or not at all
    review_kind: str = ""  # what these reviews are called, where the page does not say: "Child practice review"
    only: Annotated[str, _check_only] = (
        ""  # a regular expression that a title must match, in capitals or not; all when empty
    )
    filter: str = ""  # of kind "homicide-reviews": one of the library's own, "were any children present: yes"
    # of kind "links", CSS selectors: an entry, and within it
    item: str = ""  # each document link when empty
    title: str = ""  # a heading, or the first words, when empty
    date: str = ""  # a date that stands by itself when empty
    link: str = ""  # documents, or else all links, when empty
    group: str = ""  # the headings above several entries: a year, or the review that the documents below are of
    until: str = ""  # what ends the list, or an entry that begins with a heading; the next such one when empty
    none: str = ""  # the sentence that says that nothing is listed now

    @property
    def lists_all(self) -> bool:
        """Whether a review that is absent from the page has gone from the collection."""
        return "monthly" not in self.url if self.complete is None else self.complete
