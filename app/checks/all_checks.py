"""All checks in order: the local ones, then the live ones that ask other servers."""

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from app.checks import configuration as checks_configuration
from app.checks import (
    database_files,
    domain_records,
    log_in,
    machine,
    mail_login,
    mail_settings,
    manners,
    servers,
    site_settings,
    web_pages,
    webhooks,
    workers,
)
from app.checks import schedule as checks_schedule
from app.checks.finding import Finding, about_relay, failure, ok, run_check, warning
from core.config.load import ConfigResult
from core.config.schema import Settings, Source
from core.side_effects import SideEffects
from db.schema.connect import Database
from newsletter.dns.resolver import DnsResolver
from newsletter.mail.transport import read_routing
from scraper.fetch.web_address import host_name

CheckResult = Finding | Iterable[Finding]
Check = tuple[str, Callable[[], CheckResult]]


def run_local_checks(effects: SideEffects, config: ConfigResult, file: Path | None) -> Iterator[Finding]:
    """What can be told without asking anybody. With a wrong configuration that is all that is wrong with it."""
    yield from run_check("software", machine.check_software)
    yield from checks_configuration.check_configuration(config, file)
    settings = config.settings
    if settings is None:
        words = "nothing else was looked at while the configuration is wrong"
        yield warning("the rest", words, "Correct it, then run: casereviews check")
        return
    with database_files.check_database(settings) as (database, db):
        for about, look in _local_checks(effects, settings, database, db):
            yield from run_check(about, look)


def _local_checks(effects: SideEffects, settings: Settings, database: Finding, db: Database | None) -> list[Check]:
    now = effects.now()
    return [
        ("data directory", lambda: machine.check_data_directory(settings)),
        ("disk", lambda: machine.check_disk(settings)),
        ("database", lambda: database),
        ("journal", lambda: database_files.check_journal(settings)),
        ("backups", lambda: database_files.check_backups(settings, db, now)),
        ("machine", lambda: machine.check_home(effects, settings, db)),
        ("clock", lambda: machine.check_clock(settings, db, now)),
        ("templates", lambda: web_pages.check_templates(effects, settings)),
        ("support lines", lambda: checks_schedule.check_support_lines(settings, db, now)),
        ("sources", lambda: checks_configuration.check_sources(settings, db)),
        ("contact", lambda: manners.check_contact(settings)),
        ("permission", lambda: manners.check_permission(settings)),
        ("site", lambda: site_settings.check_site(settings)),
        ("web", lambda: web_pages.check_web(settings, db)),
        ("log-in", lambda: log_in.check_log_in(settings, db)),
        ("mail", lambda: mail_settings.check_mail(settings, db)),
        ("hooks", lambda: webhooks.check_hooks(settings)),
        ("OAuth", lambda: mail_login.check_tokens(settings)),
        ("mail.allow_list", lambda: checks_configuration.check_allow_list(settings)),
        ("schedule", lambda: checks_schedule.check_schedule(settings, now)),
        ("timer", lambda: checks_schedule.check_timer(settings, db, now)),
    ]


def run_live_checks(effects: SideEffects, settings: Settings) -> Iterator[Finding]:
    """What others have to tell: name servers first, then all servers side by side, each for some seconds at most."""
    names = DnsResolver()
    without = domain_records.dns_failure(names)
    checks = list(_live_checks(effects, settings, names))
    if without:
        skipped = ", ".join(needs for needs, _, _ in checks if needs) or "nothing"
        fix = "See /etc/resolv.conf and this machine's network, then run it again."
        yield failure("DNS", f"{without}; not looked at: {skipped}", fix)
    with ThreadPoolExecutor(max_workers=5) as pool:
        futures = [pool.submit(run_check, about, look) for needs, about, look in checks if not (needs and without)]
        for future in futures:
            yield from future.result()


def _live_checks(
    effects: SideEffects, settings: Settings, names: DnsResolver
) -> Iterator[tuple[str, str, Callable[[], CheckResult]]]:
    """Each look with what of it needs DNS, or nothing, and what it is about."""
    mailed, box = read_routing(settings.mail).reach != "nobody", settings.bounces
    if mailed:
        needs = f"SPF, DKIM and DMARC of {domain_records.mail_domains(settings).sender}"
        yield needs, "DNS", lambda: list(domain_records.check_domains(settings, names))
    else:
        yield "", "DNS", lambda: ok("DNS", "not looked at: mail goes to files")
    yield "", "provider", lambda: list(mail_login.check_providers(settings))
    yield (
        host_needing_dns(host_name(settings.web.oidc.issuer)),
        "log-in by a provider",
        lambda: list(log_in.check_provider_answers(settings)),
    )
    for relay in settings.mail.relay_list:
        yield (
            host_needing_dns(relay.mail.host if mailed else ""),
            about_relay("mail log-in", relay.name),
            partial(servers.check_mail_server, settings, effects.now(), relay.name),
        )
    yield host_needing_dns(settings.cluster.host), "workers", lambda: list(workers.check_workers(settings))
    yield host_needing_dns(box.imap_host), "mailbox", lambda: servers.check_bounce_mailbox(settings)
    for needs, sources in _group_by_dns_need(settings):
        yield needs, "sources", partial(servers.probe_sources, effects, settings, sources)
    if settings.web.replicas:
        needs = next(filter(None, (host_needing_dns(host_name(one)) for one in settings.web.replicas)), "")
        yield needs, "replicas", lambda: list(servers.probe_replicas(effects, settings))
    yield (
        host_needing_dns(host_name(settings.base_url)),
        "pages",
        lambda: servers.probe_own_pages(effects, settings),
    )


def _group_by_dns_need(settings: Settings) -> Iterator[tuple[str, list[Source]]]:
    """The sources that can be asked without DNS, and the others: each lot one after another, at their sites' pace."""
    hosts = {source.name: host_needing_dns(host_name(source.url)) for source in settings.sources}
    for needs in (False, True):
        if sources := [source for source in settings.sources if bool(hosts[source.name]) == needs]:
            yield ", ".join(dict.fromkeys(hosts[source.name] for source in sources)), sources


def host_needing_dns(host: str) -> str:
    """A host that can only be reached where there is DNS, else nothing."""
    return host if host and servers.needs_dns(host) else ""
