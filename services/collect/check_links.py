"""Link check: probes the addresses that are due, many hosts at once, storing the state of each."""

from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from core.config.schema import Settings
from core.dates import local_date
from core.link_records import LinkCheck, Probe
from core.side_effects import SideEffects
from db.collection import links, robots, runs
from db.schema.connect import Database, write_transaction
from scraper.fetch import Fetcher, HostSlots, HostTurns, is_private
from services.collect.fetch_policy import fetch_rules
from services.collect.link_codec import LinkTerms
from services.collect.link_probes import LinkProbes, MayGoOn, Sleep, assess_found, group_by_host

if TYPE_CHECKING:
    from services.collect.worker_probes import WorkerProbes

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
    may_go_on: MayGoOn = lambda: True,
) -> list[LinkCheck]:
    """Look at the addresses that are due, at most `limit`; `every`: at all of them, due or not.

    `ids`: instead at those of these reviews, but for the ones looked at since yesterday (before an issue is
    frozen). `minutes`: what that may take, 0 for no end. Many hosts are asked at once, each one request at a time. Each
    finding is written as it comes, also those that came while the run was being interrupted. `progress` hears each;
    `may_go_on` is asked before each request, by any thread. Returns them in the order in which they were due.
    """
    held = select_links(effects, db, limit, ids, every)
    found: dict[str, LinkCheck] = {}

    def store(checked: LinkCheck) -> None:
        if not dry:
            with write_transaction(db):
                links.save(db, checked, effects.now() + _recheck_delay(checked))
        found[checked.url] = checked

    probes = _open_probes(effects, settings, db, held, minutes, may_go_on)
    try:
        with probes:
            for checked in probes:
                store(checked)
                if progress:
                    progress(checked)
    finally:
        for checked in probes.rest():  # as it was interrupted
            store(checked)
    return [found[known.url] for known in held if known.url in found]


def select_links(
    effects: SideEffects,
    db: Database,
    limit: int | None = DEFAULT_LIMIT,
    ids: Collection[int] | None = None,
    every: bool = False,
) -> list[LinkCheck]:
    """What is held of the addresses that `check_addresses` would look at."""
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


def _open_probes(
    effects: SideEffects,
    settings: Settings,
    db: Database,
    held: Collection[LinkCheck],
    minutes: int,
    may_go_on: MayGoOn,
) -> "LinkProbes | WorkerProbes":
    """What looks at addresses; into a private network only where a configured source is on one.

    Silence says nothing of a link where nothing else answers either. The robots.txt of the hosts that reports are on
    are not kept: every scrape would read them all.
    """
    rules, known, offline = fetch_rules(settings, minutes), robots.listing(db), _seems_offline(settings, db)
    private = any(is_private(source.url) for source in settings.sources)

    def assess(probe: Probe, before: LinkCheck) -> LinkCheck:
        return assess_found(probe, before, local_date(effects.now(), settings.zone), offline)

    def open_here(by_host: Iterable[Sequence[LinkCheck]], turns: HostTurns, goes_on: MayGoOn) -> LinkProbes:
        slots = HostSlots(known, turns)

        def open_fetcher(sleep: Sleep, goes_on: MayGoOn) -> Fetcher:
            now, clock = effects.now, effects.clock
            return Fetcher(rules, now=now, clock=clock, sleep=sleep, slots=slots, may_go_on=goes_on, private=private)

        return LinkProbes(by_host, open_fetcher, assess, effects.sleep, goes_on)

    if settings.cluster.is_on:
        from services.collect.worker_probes import WorkerProbes

        terms = LinkTerms(rules, private, offline, local_date(effects.now(), settings.zone))
        return WorkerProbes(settings, group_by_host(held), terms, may_go_on, open_here)
    return open_here(group_by_host(held), HostTurns(), may_go_on)
