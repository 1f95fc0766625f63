"""Front of a long list: its first pages, up to what is known already.

A list of thousands of reports is walked through once a month; on other days its front tells what is new. The first
page is asked for with the validators of the last, or for what was edited since where the site can tell. A page that
shows nothing unknown ends it, unless the list says that it holds more than it did: then the rest is somewhere behind.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from core.config.schema import Source
from core.errors import FetchError
from core.records import Page, PageReading, Review
from core.source_records import SourceCheckpoint
from db.collection import sightings
from db.schema.connect import Database
from scraper.adapter import Adapter, load_adapter
from scraper.fetch import Fetcher
from scraper.identity import sighting_digest
from services.collect.crawl import is_page_failure
from services.collect.read_request import ReadContext
from services.collect.validate_read import join_readings, parse_page

MAX_FRONT_PAGES = 40  # with more that is new it is no front
SINCE_MARGIN = timedelta(days=2)  # a site's clock and zone may be others than ours


@dataclass(slots=True)
class Front:
    """What the front of a list showed."""

    pages: list[Page] = field(default_factory=list)
    readings: list[PageReading] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)  # why its last page is not believed
    gaps: list[str] = field(default_factory=list)  # what it leaves out, in words
    total: int | None = None  # entries that the list says it holds
    walk_due: bool = False  # something has gone, or more is new than a front shows

    @property
    def reading(self) -> PageReading:
        """What its pages yield together. It is a part of the list, so that the list's total says nothing of it."""
        joined = replace(join_readings(self.readings), total=None)
        return joined if joined.reviews or joined.waiting or joined.leftovers else replace(joined, lists_none=True)


@dataclass(frozen=True, slots=True)
class _KnownEntries:
    """What a source has shown before."""

    keys: frozenset[str]
    digests: frozenset[str]
    taken_down: frozenset[str]  # keys
    total: int | None  # entries that the list said it held

    def is_known(self, review: Review) -> bool:
        """Whether the source showed this of a review before, word for word."""
        return sighting_digest(review) in self.digests or review.key in self.taken_down


def read_front(context: ReadContext, checkpoint: SourceCheckpoint, fetcher: Fetcher) -> Front:
    """Read a list from its beginning up to what is known. Raises FetchError where the network fails or it refuses.

    A page that has not changed since the last read is its only one.
    """
    source, adapter = context.source, load_adapter(context.source)
    known = _list_known(context.db, source, checkpoint)
    front, begin = Front(), _front_address(context, checkpoint, adapter)
    left, asked = [begin], set[str]()
    while left and len(front.pages) < MAX_FRONT_PAGES:
        url = left.pop(0)
        asked.add(url)
        page = (
            _get_page(context, checkpoint, fetcher, url) if url == begin else _get_next(source, adapter, fetcher, url)
        )
        if isinstance(page, str):
            front.gaps += [page] if page else []
            continue
        front.pages.append(page)
        if page.not_modified:
            return front
        front.problems, reading = parse_page(context, page)
        if front.problems:
            return front
        front.readings.append(reading)
        if url == begin and begin == (checkpoint.list_url or source.url):
            front.total = reading.total
        leads_to = adapter.follow(page) if adapter.follow else ()
        unknown = _unknown_urls(leads_to, adapter, known, _has_more(front, known))
        left = list(dict.fromkeys(url for url in (*unknown, *left) if url not in asked))
    front.walk_due = bool(left) or _has_shrunk(front, known)
    return front


def _list_known(db: Database, source: Source, checkpoint: SourceCheckpoint) -> _KnownEntries:
    entries = sightings.list_entries(db, source.name)
    return _KnownEntries(
        frozenset(key for key, _, _ in entries),
        frozenset(digest for _, digest, _ in entries),
        frozenset(key for key, _, down in entries if down),
        checkpoint.total,
    )


def _front_address(context: ReadContext, checkpoint: SourceCheckpoint, adapter: Adapter) -> str:
    url = checkpoint.list_url or context.source.url
    if adapter.changed_since and checkpoint.read_at and checkpoint.read_at <= context.now:
        return adapter.changed_since(url, checkpoint.read_at - SINCE_MARGIN)
    return url


def _get_page(context: ReadContext, checkpoint: SourceCheckpoint, fetcher: Fetcher, url: str) -> Page:
    """The first page, conditional for as long as its validators are trusted."""
    age = context.now - checkpoint.read_at if checkpoint.read_at else None
    trusted = age is not None and timedelta(0) <= age < timedelta(days=context.settings.fetch.full_read_days)
    if not trusted or url != (checkpoint.list_url or context.source.url):
        return fetcher.get(url, hosts=context.source.hosts)
    return fetcher.get(url, hosts=context.source.hosts, etag=checkpoint.etag, last_modified=checkpoint.last_modified)


def _get_next(source: Source, adapter: Adapter, fetcher: Fetcher, url: str) -> Page | str:
    """A further page; else why it is left out, in words: nothing for an address past the last page."""
    try:
        return fetcher.get(url, hosts=source.hosts)
    except FetchError as e:
        if e.what == f"answered {adapter.past_end_status}":
            return ""
        if not is_page_failure(e):
            raise
        return f"{url} is left out: {e}"


def _has_more(front: Front, known: _KnownEntries) -> bool:
    """Whether more that is unknown may stand behind the last page read."""
    reviews = front.readings[-1].reviews
    if not all(map(known.is_known, reviews)):
        return True
    grown = front.total - known.total if front.total is not None and known.total is not None else 0
    return grown > len({review.key for reading in front.readings for review in reading.reviews} - known.keys)


def _has_shrunk(front: Front, known: _KnownEntries) -> bool:
    return front.total is not None and known.total is not None and front.total < known.total


def _unknown_urls(leads_to: Sequence[str], adapter: Adapter, known: _KnownEntries, more: bool) -> list[str]:
    """Of the addresses that a page leads to, those of unknown entries, and of further lists if there may be more."""
    keys = [adapter.entry_key(url) if adapter.entry_key else "" for url in leads_to]
    new = any(key and key not in known.keys for key in keys)
    return [url for url, key in zip(leads_to, keys, strict=True) if (key not in known.keys if key else more or new)]
