"""Link check: probes the addresses that are due, one by one, storing the state of each."""

from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta

from core.config.schema import Settings
from core.dates import local_date
from core.records import LinkCheck
from core.side_effects import SideEffects
from db.collection import links, robots, runs
from db.schema.connect import Database, write_transaction
from scraper.fetch import Fetcher, RunTimeUsed, is_private
from scraper.link_state import assess_link
from services.collect.fetch_policy import fetch_rules

DEFAULT_LIMIT = 50  # addresses a run
RECHECK_INTERVAL = timedelta(days=30)  # the slow cycle
RECHECK_UNREACHED = timedelta(days=7)  # for what we could not reach: the site may come back
RECHECK_SOON = timedelta(hours=20)  # so that a daily run comes after it, even one that starts a little early


def check_addresses(
    effects: SideEffects,
    settings: Settings,
    db: Database,
    *,
    limit: int | None = DEFAULT_LIMIT,
    ids: Collection[int] | None = None,
    every: bool = False,
    dry: bool = False,
    minutes: int = 0,
    progress: Callable[[LinkCheck], object] | None = None,
    may_go_on: Callable[[], bool] = lambda: True,
) -> list[LinkCheck]:
    """Look at the addresses that are due, at most `limit`; `every`: at all of them, due or not.

    `ids`: instead at those of these reviews, but for the ones looked at since yesterday (before an issue is
    frozen). `minutes`: what that may take, 0 for no end. Each is written before the next is asked, so that a run that
    is killed loses none. `progress` hears each, and `may_go_on` is asked after each. Returns them in the order asked.
    """
    held = select_links(effects, db, limit, ids, every)
    if not held:
        return []
    found = []
    with _make_fetcher(effects, settings, db, minutes) as fetcher, suppress(RunTimeUsed):
        for checked in _probe_links(effects, settings, fetcher, held, _seems_offline(settings, db)):
            if not dry:
                with write_transaction(db):
                    links.save(db, checked, effects.now() + _recheck_delay(checked))
            found.append(checked)
            if progress:
                progress(checked)
            if not may_go_on():
                break
    return found


def select_links(
    effects: SideEffects,
    db: Database,
    limit: int | None = DEFAULT_LIMIT,
    ids: Collection[int] | None = None,
    every: bool = False,
) -> list[LinkCheck]:
    """What is held of the addresses that `check` would look at."""
    most = -1 if limit is None else limit
    if ids is not None:
        return links.list_for_reviews(db, ids, before=effects.now() - RECHECK_SOON, limit=most)
    return links.list_all(db, most) if every else links.list_due(db, effects.now(), most)


def _recheck_delay(checked: LinkCheck) -> timedelta:
    """How long an address is left alone after a look."""
    if checked.unsettled:
        return RECHECK_SOON
    return RECHECK_UNREACHED if checked.failures else RECHECK_INTERVAL


def _seems_offline(settings: Settings, db: Database) -> bool:
    """Whether no source could be read the last time: it is our own network, most likely, that is down."""
    last = [run for source in settings.sources if (run := runs.latest(db, source.name))]
    return bool(last) and all(run.failed for run in last)


def _probe_links(
    effects: SideEffects, settings: Settings, fetcher: Fetcher, held: Collection[LinkCheck], offline: bool
) -> Iterator[LinkCheck]:
    """Each address as it is found now. Silence says nothing of a link where nothing else answers either."""
    for known in held:
        probe = fetcher.probe(known.url)
        if offline and probe.outcome == "failed" and not probe.status:
            probe = replace(probe, outcome="busy", why=f"{probe.why}; no source could be read either")
        yield assess_link(probe, known, local_date(effects.now(), settings.zone))


def _make_fetcher(effects: SideEffects, settings: Settings, db: Database, minutes: int) -> Fetcher:
    """A fetcher that looks into a private network only where a configured source is on one.

    The robots.txt of the hosts that reports are on are not kept: every scrape would read them all.
    """
    return Fetcher(
        fetch_rules(settings, minutes),
        now=effects.now,
        clock=effects.clock,
        sleep=effects.sleep,
        robots=robots.listing(db),
        private=any(is_private(source.url) for source in settings.sources),
    )
