"""All that `check` looks at, in order."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from app.checking import calendar, configured, domain, machine, mailed, pages, reach, stored
from app.checking.finding import Finding, failure, guarded, ok, warning
from app.world import World
from core.configuration import Configured
from core.settings import Settings, Source
from db.connect import Database
from newsletter.dns import Names

Found = Finding | Iterable[Finding]
Look = tuple[str, Callable[[], Found]]


def local(world: World, found: Configured, file: Path | None) -> Iterator[Finding]:
    """What can be told without asking anybody. With a wrong configuration that is all that is wrong with it."""
    yield from guarded("software", machine.software)
    yield from configured.configuration(found, file)
    settings = found.settings
    if settings is None:
        words = "nothing else was looked at while the configuration is wrong"
        yield warning("the rest", words, "Correct it, then run: casereviews check")
        return
    with stored.database(settings) as (database, db):
        for about, look in _looks(world, settings, database, db):
            yield from guarded(about, look)


def _looks(world: World, settings: Settings, database: Finding, db: Database | None) -> list[Look]:
    now = world.now()
    return [
        ("data directory", lambda: machine.data_directory(settings)),
        ("disk", lambda: machine.disk(settings)),
        ("database", lambda: database),
        ("backups", lambda: stored.backups(settings, db, now)),
        ("clock", lambda: machine.clock(settings, db, now)),
        ("templates", lambda: pages.templates(world, settings)),
        ("support lines", lambda: calendar.support_lines(settings, now)),
        ("sources", lambda: configured.sources(settings, db)),
        ("web", lambda: pages.web(settings)),
        ("mail", lambda: mailed.mail(settings)),
        ("mail.allow_list", lambda: configured.allow_list(settings)),
        ("schedule", lambda: calendar.schedule(settings, now)),
        ("timer", lambda: calendar.timer(settings, db, now)),
    ]


def live(world: World, settings: Settings) -> Iterator[Finding]:
    """What others have to tell: name servers first, then all servers side by side, each for some seconds at most."""
    names = Names()
    without = domain.unreachable(names)
    asked = list(_asked(world, settings, names))
    if without:
        left = ", ".join(needs for needs, _, _ in asked if needs) or "nothing"
        fix = "See /etc/resolv.conf and this machine's network, then run it again."
        yield failure("DNS", f"{without}; not looked at: {left}", fix)
    with ThreadPoolExecutor(max_workers=5) as pool:
        waiting = [pool.submit(guarded, about, look) for needs, about, look in asked if not (needs and without)]
        for one in waiting:
            yield from one.result()


def _asked(world: World, settings: Settings, names: Names) -> Iterator[tuple[str, str, Callable[[], Found]]]:
    """Each look with what of it needs DNS, or nothing, and what it is about."""
    mailed, box = settings.mail.transport == "smtp", settings.bounces
    if mailed:
        needs = f"SPF, DKIM and DMARC of {domain.names_of(settings).sender}"
        yield needs, "DNS", lambda: list(domain.domains(settings, names))
    else:
        yield "", "DNS", lambda: ok("DNS", "not looked at: mail goes to files")
    yield far(settings.mail.host if mailed else ""), "mail log-in", lambda: reach.mail_server(settings, world.now())
    yield far(box.imap_host), "mailbox", lambda: reach.bounce_box(settings)
    for needs, these in _by_need(settings):
        yield needs, "sources", partial(reach.sources, world, settings, these)
    yield far(reach.host_of(settings.base_url)), "pages", lambda: reach.own_pages(world, settings)


def _by_need(settings: Settings) -> Iterator[tuple[str, list[Source]]]:
    """The sources that can be asked without DNS, and the others: each lot one after another, at their sites' pace."""
    hosts = {source.name: far(reach.host_of(source.url)) for source in settings.sources}
    for needs in (False, True):
        if these := [source for source in settings.sources if bool(hosts[source.name]) == needs]:
            yield ", ".join(dict.fromkeys(hosts[source.name] for source in these)), these


def far(host: str) -> str:
    """A host that can only be reached where there is DNS, else nothing."""
    return host if host and reach.needs_names(host) else ""
