"""Scrape of the chosen sources, one after another."""

import logging
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta

from core.config.schema import Settings, Source
from core.errors import HouseError, NotFound
from core.log_fields import bind_log_fields
from core.records import Robots
from core.side_effects import SideEffects
from core.source_records import Run
from db.collection import robots, runs
from db.schema.connect import Database, as_store_error, enlarge_cache, undo_in_memory, write_transaction
from scraper.fetch import Fetcher, RunTimeUsed
from scraper.fetch.web_address import host_name
from services.collect.fetch_policy import fetch_rules
from services.collect.read_request import ReadContext, ReadRequest, read_instant
from services.collect.read_source import read_source

log = logging.getLogger("casereviews")
NSPCC_YEAR_URL = "https://www.nspcc.org.uk/preventing-abuse/child-protection-system/case-reviews/{year}/"


def select_sources(settings: Settings, names: Collection[str]) -> list[Source]:
    """The configured sources of these names, all of them when there are none. Raises NotFound."""
    known = [source.name for source in settings.sources]
    for name in names:
        if name not in known:
            raise NotFound("no such source", name, f"The configuration has: {', '.join(known)}")
    return [source for source in settings.sources if not names or source.name in names]


def select_year_lists(settings: Settings, names: Collection[str], years: Iterable[int]) -> list[Source]:
    """The older years' lists of the chosen sources, each a source of its own: nspcc-2016.

    Raises NotFound where a source's year lists are not known.
    """
    lists = []
    for source in select_sources(settings, names):
        host = host_name(source.url)
        address = source.year_url or (NSPCC_YEAR_URL if host.endswith("nspcc.org.uk") else "")
        if "{year}" not in address and not names and len(settings.sources) > 1:
            continue  # not every source has older lists; whoever wants this one's names it
        if "{year}" not in address:
            fix = "Set its year_url, with {year} in it."
            raise NotFound("no address of older years' lists", source.name, fix)
        lists += [
            source.replace(
                name=f"{source.name}-{year}", url=address.replace("{year}", str(year)), hosts=(*source.hosts, host)
            )
            for year in years
        ]
    return lists


def unread_sources(settings: Settings, db: Database, lists: Iterable[Source], now: datetime) -> list[Source]:
    """The lists not read well lately: those that a resumed backfill has still to read."""
    lately = now - timedelta(days=settings.fetch.full_read_days)
    last = [(source, runs.latest(db, source.name, good=True)) for source in lists]
    return [source for source, run in last if run is None or run.started_at < lately]


def scrape_sources(
    effects: SideEffects,
    settings: Settings,
    db: Database,
    read_these: Sequence[Source],
    request: ReadRequest | None = None,
    progress: Callable[[Run], None] | None = None,
) -> list[Run]:
    """Read the sources, each by itself: one that fails does not stop the others. One Run a source, in order.

    Those for which no time was left, or before which the request was ended, have none.
    """
    request, runs = request or ReadRequest(), []
    enlarge_cache(db)
    undo_in_memory(db)
    known_robots = robots.listing(db)
    now = read_instant(effects, settings, request.as_of)
    with _open_fetcher(effects, settings, request, known_robots) as fetcher:
        for source in read_these:
            if not request.may_go_on():
                break
            with bind_log_fields(source=source.name):
                try:
                    runs.append(_read_safely(ReadContext(effects, settings, db, source, request, now), fetcher))
                except RunTimeUsed as e:
                    log.info("%s", e)
                    break
            if progress:
                progress(runs[-1])
            _store_robots(db, fetcher, known_robots, request)
    return runs


def _open_fetcher(
    effects: SideEffects, settings: Settings, request: ReadRequest, robots: Mapping[str, Robots]
) -> Fetcher:
    """What reads addresses: with workers where there are any."""
    rules, now, clock, sleep = fetch_rules(settings, request.minutes), effects.now, effects.clock, effects.sleep
    if settings.cluster.is_on:
        from services.collect.worker_fetcher import WorkerFetcher

        return WorkerFetcher(settings, rules, now=now, clock=clock, sleep=sleep, robots=robots)
    return Fetcher(rules, now=now, clock=clock, sleep=sleep, robots=robots)


def _read_safely(context: ReadContext, fetcher: Fetcher) -> Run:
    """Read a source; whatever goes wrong with it is said of it, and the others are read all the same."""
    try:
        return read_source(context, fetcher)
    except HouseError:
        raise  # our own: the file that was named, the database, the disk
    except Exception as e:  # nobody foresaw it: it must not stop the others, nor go unnoticed
        if ours := as_store_error(e):
            raise ours from e
        log.exception("reading %s failed", context.source.name)
        run = Run(context.source.name, context.now, failed=True, problems=(f"unexpected: {type(e).__name__}: {e}",))
        if not context.request.dry:
            with write_transaction(context.db):
                runs.add(context.db, run)
        return run


def _store_robots(db: Database, fetcher: Fetcher, known_robots: dict[str, Robots], request: ReadRequest) -> None:
    changed = [one for origin, one in fetcher.robots.items() if known_robots.get(origin) != one]
    known_robots.update({one.origin: one for one in changed})
    if changed and not request.dry:
        with write_transaction(db):
            robots.save(db, changed)
