"""The verb check-links: look at addresses, one by one, and write down what each is good for."""

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from datetime import timedelta

from app import jobs
from app.world import World
from core.dates import local_date
from core.records import Checked
from core.settings import Settings
from db import links, sources
from db.connect import Database, write
from scraper.fetch import Fetcher, is_private
from scraper.links import judge

LIMIT = 50  # addresses a run
EVERY = timedelta(days=30)  # the slow cycle
WEEKLY = timedelta(days=7)  # for what is dead because nobody answered: the site may come back
TOMORROW = timedelta(hours=20)  # so that a daily run comes after it, even one that starts a little early


def check(
    world: World,
    settings: Settings,
    db: Database,
    *,
    limit: int | None = LIMIT,
    ids: Collection[int] | None = None,
    every: bool = False,
    dry: bool = False,
    progress: Callable[[Checked], object] | None = None,
) -> list[Checked]:
    """Look at the addresses that are due, at most `limit`; `every`: at all of them, due or not.

    `ids`: instead at those of these reviews, but for the ones looked at since yesterday (before an issue is
    frozen). Each is written before the next is asked, so that a run that is killed loses none. `progress`
    hears each. Returns them in the order asked.
    """
    held = asked(world, db, limit, ids, every)
    if not held:
        return []
    found = []
    with _fetcher(world, settings, db) as fetcher:
        for checked in _looked_at(world, settings, fetcher, held, _offline(settings, db)):
            if not dry:
                with write(db):
                    links.keep(db, checked, world.now() + _rest(checked))
            found.append(checked)
            if progress:
                progress(checked)
    return found


def asked(
    world: World, db: Database, limit: int | None = LIMIT, ids: Collection[int] | None = None, every: bool = False
) -> list[Checked]:
    """What is held of the addresses that `check` would look at."""
    most = -1 if limit is None else limit
    if ids is not None:
        return links.of_reviews(db, ids, before=world.now() - TOMORROW, limit=most)
    return links.every(db, most) if every else links.due(db, world.now(), most)


def _rest(checked: Checked) -> timedelta:
    """How long an address is left alone after a look."""
    if checked.unsettled:
        return TOMORROW
    return WEEKLY if checked.failures else EVERY


def _offline(settings: Settings, db: Database) -> bool:
    """Whether no source could be read the last time: it is our own network, most likely, that is down."""
    runs = [run for source in settings.sources if (run := sources.last_run(db, source.name))]
    return bool(runs) and all(run.failed for run in runs)


def _looked_at(
    world: World, settings: Settings, fetcher: Fetcher, held: Collection[Checked], offline: bool
) -> Iterator[Checked]:
    """Each address as it is found now. Silence says nothing of a link where nothing else answers either."""
    for known in held:
        probe = fetcher.probe(known.url)
        if offline and probe.outcome == "failed" and not probe.status:
            probe = replace(probe, outcome="busy", why=f"{probe.why}; no source could be read either")
        yield judge(probe, known, local_date(world.now(), settings.zone))


def _fetcher(world: World, settings: Settings, db: Database) -> Fetcher:
    """A fetcher that looks into a private network only where a configured source is on one.

    The robots.txt of the hosts that reports are on are not kept: every scrape would read them all.
    """
    return Fetcher(
        jobs.rules(settings),
        now=world.now,
        clock=world.clock,
        sleep=world.sleep,
        robots=sources.robots(db),
        private=any(is_private(source.url) for source in settings.sources),
    )
