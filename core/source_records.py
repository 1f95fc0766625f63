"""Source records: what is known of a source from its reads."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True, slots=True)
class SourceCheckpoint:
    """What we hold of a source's address: enough to ask for it politely. Identified by name and address."""

    source: str
    url: str
    etag: str = ""
    last_modified: str = ""
    sha256: str = ""  # of the last good page
    grammar: int = 0  # the grammar that last read it
    read_at: datetime | None = None  # the last full read that was good, UTC
    baseline_at: datetime | None = None  # the source's first good read, UTC
    not_before: datetime | None = None  # the site asked us to stay away until then (Retry-After), UTC
    # of a source of many pages
    walked_at: datetime | None = None  # the last good walk through all of them, UTC; None: one is due
    list_url: str = ""  # where its list begins, as that walk found it
    total: int | None = None  # how many entries it last said that it lists


@dataclass(frozen=True, slots=True)
class Leftover:
    """Words of a page that could not be given to one entry for certain; for the operator. Identified by the words."""

    words: str  # as published
    why: str  # "not understood", say
    may_be_entry: bool = True  # else they are a sentence; not stored


@dataclass(frozen=True, slots=True)
class Run:
    """What one read of one source did. Identified by source and start."""

    source: str
    started_at: datetime  # UTC
    pages: int = 0
    seen: int = 0
    new: int = 0
    changed: int = 0
    missing: int = 0
    unchanged: int = 0
    not_modified: int = 0
    quarantined: int = 0
    problems: tuple[str, ...] = ()
    bytes: int = 0
    requests: int = 0
    seconds: float = 0.0
    failed: bool = False  # the address could not be read at all
    paused: bool = False  # a catalogue of which this time only a part was read
    baseline: bool = False  # the source's first read: what is new is known from now on, and no news
    moved_to: str = ""  # the address that the source has for good now, as its site says; never stored
    ended: int = 0  # reviews that its source covers no longer: nothing is said of them. Not stored
    frozen: bool = False  # read well, and its list has not changed for longer than it ever did. Not stored
    covered: tuple[str, ...] = ()  # the years of which it lists all: absence of any other says nothing
    leftovers: tuple[Leftover, ...] = ()  # words of the page that are no entry for certain
    lost: tuple[int, ...] = ()  # ids of reviews shown before and not now, where so many are not believed to have gone


@dataclass(frozen=True, slots=True)
class SourceCoverage:
    """For how much of a month one source was read well, identified by the source's name. Days are local ones."""

    source: str
    required: bool = True  # no issue without it
    begun_at: datetime | None = None  # UTC; its first good read: what it listed then was there before
    begun: date | None = None  # the day of that; None: never read well
    last: date | None = None  # its last good read up to the month's end
    next: date | None = None  # its first good read after the month's end
    last_read: date | None = None  # its last good read of all
    failing: bool = False  # the last attempt to read it was in vain, or not believed
    frozen_since: date | None = None  # nothing was added to its list for longer than ever
