"""Checks of servers: SMTP log-in, IMAP mailbox, sources, our own pages; nothing is sent or stored."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from ipaddress import ip_address

from app.checks.finding import Finding, about_relay, failure, ok, run_check, warning
from app.checks.mail_settings import is_loopback
from core.config.schema import Settings, Source
from core.dates import from_iso, local_minute
from core.plurals import plural
from core.side_effects import SideEffects
from newsletter.mail.transport import read_routing
from newsletter.oauth.mail_token import bounce_tokens, sending_tokens
from scraper.fetch import Fetcher
from services.collect.fetch_policy import fetch_rules

ANSWER_TIMEOUT = 10.0  # seconds for an answer
CERTIFICATE_NOTICE = timedelta(days=14)  # before a certificate's end
PROBE_BYTES = 4_096  # bytes of a page
OLD_COPY = timedelta(hours=1)  # of a replica, from which on it says so itself


def needs_dns(host: str) -> bool:
    """Whether a host can only be reached where there is DNS."""
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return not is_loopback(host)
    return False


def check_mail_server(settings: Settings, now: datetime, relay: str = "") -> Finding:
    """Log in where mail leaves, or at one relay of several, and hang up."""
    from newsletter.mail.smtp_login import greet_server

    mail, about = settings.mail.find_relay(relay) if relay else settings.mail, about_relay("mail log-in", relay)
    if read_routing(mail).reach == "nobody":
        return ok(about, "not tried: mail goes to files")
    greeting = greet_server(mail.replace(timeout=min(mail.timeout, ANSWER_TIMEOUT)), sending_tokens(settings, mail))
    size = f"messages up to {greeting.largest / 1_000_000:,.0f} MB" if greeting.largest else "no limit told"
    words = (
        f"{mail.host}:{mail.port}, {greeting.secured or 'in clear'}, "
        f"{'logged in as ' + mail.username if mail.username else 'no log-in'}; "
        f"{'PIPELINING, ' if greeting.pipelining else 'no PIPELINING, '}{size}"
    )
    if greeting.expires and greeting.expires - now < CERTIFICATE_NOTICE:
        ends = f"{words}; its certificate ends on {local_minute(greeting.expires, settings.zone)}"
        return warning(about, ends, "Have it renewed: no mail leaves after that.")
    return ok(about, words)


def check_bounce_mailbox(settings: Settings) -> Finding:
    """Log in where bounces are read and open both folders; that of the processed is made where it is not there."""
    from newsletter.inbound import imap

    box = settings.bounces
    if not box.imap_host:
        return ok("mailbox", "none is read")
    hasty = box.replace(imap_timeout=min(box.imap_timeout, ANSWER_TIMEOUT))
    with imap.open_mailbox(hasty, bounce_tokens(settings)) as mailbox:
        processed = mailbox.open_processed()
        here = plural(mailbox.count, "message", thousands=",")
    return ok("mailbox", f"{box.imap_folder} at {box.imap_host}:{box.imap_port}, {here}; ours go to {processed}")


def probe_sources(effects: SideEffects, settings: Settings, sources: list[Source]) -> Iterator[Finding]:
    """Ask each source's robots.txt, then for the beginning of its page."""
    with _make_fetcher(effects, settings) as fetcher:
        for source in sources:
            yield from run_check(f"source {source.name}", partial(_probe_source, source, fetcher))


def _probe_source(source: Source, fetcher: Fetcher) -> Finding:
    about, probe = f"source {source.name}", fetcher.probe(source.url, most=PROBE_BYTES)
    if probe.outcome == "answered" and 200 <= probe.status < 300:
        moved = "" if probe.final_url == probe.url else f", moved to {probe.final_url}"
        return ok(about, f"{probe.url} answers, and its robots.txt lets us read it{moved}")
    if probe.outcome == "busy":
        return warning(about, f"{probe.why or probe.url}: it asks us to come back later", "Wait: it is tried again.")
    why = probe.why or f"{probe.url} answered {probe.status}"
    fix = "Ask the site's owner." if probe.outcome == "refused" else "Correct the source's url, or try again later."
    return failure(about, why, fix)


def probe_own_pages(effects: SideEffects, settings: Settings) -> Finding:
    """Whether the pages answer where links in mail lead: asked from here, which a reader is not."""
    address = f"{settings.base_url}/healthz"
    with _make_fetcher(effects, settings, spacing=0.0) as fetcher:
        probe = fetcher.probe(address, most=PROBE_BYTES)
    if probe.outcome == "answered" and probe.status in (200, 203):
        return ok("pages", f"{settings.base_url} answers")
    if probe.status == 503:
        return warning("pages", f"{address} says that not all is well", "See: casereviews status")
    why = probe.why or f"{address} answered {probe.status}"
    fix = "Start them with: casereviews serve. Then see the proxy, the certificate and DNS."
    return warning("pages", f"not reached from here: {why}", fix)


def probe_replicas(effects: SideEffects, settings: Settings) -> Iterator[Finding]:
    """Whether each replica answers, and how old the copy is that it reads."""
    with _make_fetcher(effects, settings, spacing=0.0) as fetcher:
        for replica in settings.web.replicas:
            yield from run_check(f"replica {replica}", partial(_probe_replica, effects.now(), replica, fetcher))


def _probe_replica(now: datetime, replica: str, fetcher: Fetcher) -> Finding:
    about, probe = f"replica {replica}", fetcher.probe(f"{replica}/healthz", most=PROBE_BYTES)
    if probe.status == 503:
        return warning(about, "it cannot read its copy", "See what brings the copy there: docs/scaling.md.")
    if probe.outcome != "answered":
        return warning(about, f"not reached from here: {probe.why}", "See its log: casereviews serve --replica.")
    try:
        as_of = json.loads(probe.first)["copy"]["as_of"]
    except (ValueError, KeyError, TypeError):
        return warning(about, f"what answers is no replica (status {probe.status})", "Correct web.replicas.")
    if as_of is None:
        return warning(about, "it does not know how old its copy is", "See what brings the copy there.")
    age = now - from_iso(as_of)
    words = f"its copy is {plural(max(0, int(age.total_seconds())), 'second', thousands=',')} old"
    if age > OLD_COPY:
        return warning(about, words, "See what brings the copy there: docs/scaling.md.")
    return ok(about, words)


def _make_fetcher(effects: SideEffects, settings: Settings, spacing: float | None = None) -> Fetcher:
    """One that asks once, waits little and may look at this machine too."""
    rules = fetch_rules(settings)
    hasty = replace(
        rules,
        spacing=rules.spacing if spacing is None else spacing,
        connect_timeout=min(rules.connect_timeout, ANSWER_TIMEOUT),
        read_timeout=min(rules.read_timeout, ANSWER_TIMEOUT),
        deadline=min(rules.deadline, ANSWER_TIMEOUT),
        patience=min(rules.patience, ANSWER_TIMEOUT),
        retries=0,
    )
    return Fetcher(hasty, now=effects.now, clock=effects.clock, sleep=effects.sleep, private=True)
