"""The verb scrape, and the lock that lets one run work at a time."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from app.reading import Asked, Reading, instant, read
from app.world import World
from core.errors import Locked, NotFound, StoreError
from core.records import Run
from core.settings import Settings, Source
from db import sources
from db.connect import Database, write
from scraper.adapter import KINDS
from scraper.fetch import Fetcher, Rules, user_agent


@contextmanager
def lock(data_dir: Path) -> Iterator[None]:
    """Only one run at a time works on a data directory. Raises Locked at once; a killed run's lock goes with it."""
    held = FileLock(data_dir / "casereviews.lock")
    try:
        held.acquire(timeout=0)
    except Timeout as e:
        raise Locked("another run is at work", str(data_dir), "Wait until it ends, then try again.") from e
    except OSError as e:
        raise StoreError("cannot take the lock", f"{held.lock_file}: {e.strerror}", "Make the folder writable.") from e
    try:
        yield
    finally:
        held.release()


def chosen(settings: Settings, names: Collection[str]) -> list[Source]:
    """The configured sources of these names, all of them when there are none. Raises NotFound."""
    known = [source.name for source in settings.sources]
    for name in names:
        if name not in known:
            raise NotFound("no such source", name, f"The configuration has: {', '.join(known)}")
    for source in settings.sources:
        if source.kind not in KINDS:
            raise NotFound("no such kind of source", source.kind, f"Kinds: {', '.join(KINDS)}")
    return [source for source in settings.sources if not names or source.name in names]


def scrape(
    world: World, settings: Settings, db: Database, names: Collection[str] = (), asked: Asked | None = None
) -> list[Run]:
    """Read the sources, each by itself: one that fails does not stop the others. One Run a source, in order."""
    asked = asked or Asked()
    held = sources.robots(db)
    now = instant(world, settings, asked.as_of)
    with Fetcher(_rules(settings), now=world.now, clock=world.clock, sleep=world.sleep, robots=held) as fetcher:
        runs = [read(Reading(world, settings, db, source, asked, now), fetcher) for source in chosen(settings, names)]
        found = [robots for origin, robots in fetcher.robots.items() if held.get(origin) != robots]
    if found and not asked.dry:
        with write(db):
            sources.keep_robots(db, found)
    return runs


def _rules(settings: Settings) -> Rules:
    fetch = settings.fetch
    return Rules(
        user_agent=user_agent(fetch.contact or settings.operator or settings.mail.sender, settings.base_url),
        spacing=fetch.spacing,
        connect_timeout=fetch.connect_timeout,
        read_timeout=fetch.read_timeout,
        deadline=fetch.deadline,
        retries=fetch.retries,
        backoff=fetch.backoff,
        patience=fetch.patience,
    )
