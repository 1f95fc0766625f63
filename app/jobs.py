"""The verb scrape: which sources, one after another."""

import logging
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from app import logs, notices
from app.asked import Asked, Reading, instant
from app.reading import read
from app.world import World
from core.errors import HouseError, NotFound
from core.records import Robots, Run
from core.settings import Settings, Source
from db import sources
from db.connect import Database, trouble, write
from scraper.adapter import KINDS
from scraper.fetch import Fetcher, Rules, user_agent

log = logging.getLogger("casereviews")
YEAR_LIST = "https://www.nspcc.org.uk/preventing-abuse/child-protection-system/case-reviews/{year}/"


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


def of_years(settings: Settings, names: Collection[str], years: Iterable[int]) -> list[Source]:
    """The older years' lists of the chosen sources, each a source of its own: nspcc-2016.

    Raises NotFound where a source's year lists are not known.
    """
    found = []
    for source in chosen(settings, names):
        host = urlsplit(source.url).hostname or ""
        address = source.year_url or (YEAR_LIST if host.endswith("nspcc.org.uk") else "")
        if "{year}" not in address and not names and len(settings.sources) > 1:
            continue  # not every source has older lists; whoever wants this one's names it
        if "{year}" not in address:
            fix = "Set its year_url, with {year} in it."
            raise NotFound("no address of older years' lists", source.name, fix)
        found += [
            source.model_copy(
                update={
                    "name": f"{source.name}-{year}",
                    "url": address.replace("{year}", str(year)),
                    "hosts": (*source.hosts, host),
                }
            )
            for year in years
        ]
    return found


def unread(settings: Settings, db: Database, lists: Iterable[Source], now: datetime) -> list[Source]:
    """The lists not read well lately: those that a resumed backfill has still to read."""
    lately = now - timedelta(days=settings.fetch.full_read_days)
    last = [(source, sources.last_run(db, source.name, good=True)) for source in lists]
    return [source for source, run in last if run is None or run.started_at < lately]


def scrape(
    world: World,
    settings: Settings,
    db: Database,
    read_these: Sequence[Source],
    asked: Asked | None = None,
    progress: Callable[[Run], None] | None = None,
) -> list[Run]:
    """Read the sources, each by itself: one that fails does not stop the others. One Run a source, in order."""
    asked, runs = asked or Asked(), []
    held = sources.robots(db)
    now = instant(world, settings, asked.as_of)
    with Fetcher(rules(settings), now=world.now, clock=world.clock, sleep=world.sleep, robots=held) as fetcher:
        for source in read_these:
            with logs.bound(source=source.name):
                runs.append(_read_or_say(Reading(world, settings, db, source, asked, now), fetcher))
            if progress:
                progress(runs[-1])
            _keep_robots(db, fetcher, held, asked)
    if not asked.dry and not (asked.file and all(run.quarantined for run in runs)):
        notices.tell(world, settings, db, now)
    return runs


def _read_or_say(reading: Reading, fetcher: Fetcher) -> Run:
    """Read a source; whatever goes wrong with it is said of it, and the others are read all the same."""
    try:
        return read(reading, fetcher)
    except HouseError:
        raise  # of the house itself: the file that was named, the database, the disk
    except Exception as e:  # nobody foresaw it: it must not stop the others, nor go unnoticed
        if ours := trouble(e):
            raise ours from e
        log.exception("reading %s failed", reading.source.name)
        run = Run(reading.source.name, reading.now, failed=True, problems=(f"unexpected: {type(e).__name__}: {e}",))
        if not reading.asked.dry:
            with write(reading.db):
                sources.add_run(reading.db, run)
        return run


def _keep_robots(db: Database, fetcher: Fetcher, held: dict[str, Robots], asked: Asked) -> None:
    found = [robots for origin, robots in fetcher.robots.items() if held.get(origin) != robots]
    held.update({robots.origin: robots for robots in found})
    if found and not asked.dry:
        with write(db):
            sources.keep_robots(db, found)


def rules(settings: Settings) -> Rules:
    """How addresses are read, from the configuration."""
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
