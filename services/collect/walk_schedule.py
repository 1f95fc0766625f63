"""Walk schedule: which sources have a list of many pages, and when all of these are to be walked through."""

from datetime import datetime, timedelta
from zlib import crc32

from core.config.schema import Source
from core.errors import HouseError
from db.collection import crawls, runs, sightings, sources
from db.schema.connect import Database
from scraper.source_kinds import GRAMMAR_VERSION, has_many_pages

SHORT_WALK = 2  # pages: a person who asks for such a list gets all of it, which costs one request more than its front
SHORT_LIST = 200  # reviews that two pages may hold: with more, the last walk was gone on with for its last pages
WALK_WEEKS = 4  # from one walk to the next, each of fetch.full_read_days; and up to one more, by the source's name


def is_paged(source: Source) -> bool:
    """Whether a source's list has many pages; one whose kind cannot be used has none. Loads no parser of our own."""
    try:
        return has_many_pages(source)
    except HouseError:
        return False


def is_walk_due(db: Database, source: Source, full_read_days: int, now: datetime) -> bool:
    """Whether all pages of a source are to be walked through: monthly, each source in a week of its own.

    Sooner where the grammar is another now, a walk was interrupted, or a second one must tell whether what is missing
    has gone. One that was not believed is made again after a week.
    """
    checkpoint, crawl = sources.get(db, source.name, source.url), crawls.get(db, source.name)
    if crawl and crawl.doubted and checkpoint.list_url:
        return not timedelta(0) <= now - crawl.last_page_at < timedelta(days=full_read_days)
    if checkpoint.walked_at is None or checkpoint.grammar != GRAMMAR_VERSION or crawl:
        return True
    days = WALK_WEEKS * full_read_days + crc32(source.name.encode()) % full_read_days
    if sightings.count_missing(db, source.name):
        days = full_read_days
    return not timedelta(0) <= now - checkpoint.walked_at < timedelta(days=days)


def is_short_list(db: Database, source: Source) -> bool:
    """Whether the last walk of a source found a page or two."""
    walked_at = sources.get(db, source.name, source.url).walked_at
    walk = runs.latest_good_by(db, source.name, walked_at) if walked_at else None
    return walk is not None and walk.pages <= SHORT_WALK and walk.seen <= SHORT_LIST
