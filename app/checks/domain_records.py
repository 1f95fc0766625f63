"""Checks of DNS records: MX, SPF, DKIM, DMARC of the newsletter's domains."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from app.checks.finding import Finding, about_relay, failure, ok, run_check, warning
from app.checks.mail_settings import SPECIAL_USE_DOMAINS, domain_of, is_loopback
from core.config.schema import MailSettings, Settings
from newsletter.dns import dmarc, spf
from newsletter.dns.dmarc import DmarcPolicy
from newsletter.dns.resolver import DnsLookupFailed, DnsResolver
from newsletter.mail.dkim import load_public_key

RELAY_ADVICE = "where mail.host hands on to another server, ask for that server's words"


@dataclass(frozen=True, slots=True)
class MailDomains:
    """The domains that a receiver compares."""

    sender: str  # of mail.sender: what the reader sees
    path: str  # of the return path, which SPF is about
    signatures: tuple[str, ...]  # of the DKIM signatures, by all relays; an empty one where we do not sign


def mail_domains(settings: Settings) -> MailDomains:
    """The newsletter's own."""
    mail = settings.mail
    sender = domain_of(mail.sender)
    signatures = tuple(dict.fromkeys(one.mail.dkim_domain.lower() for one in mail.relay_list))
    return MailDomains(sender, domain_of(mail.bounce_address) or sender, signatures)


def check_domains(settings: Settings, names: DnsResolver) -> Iterator[Finding]:
    """A line for each kind of record. Asks nothing of a domain that is not on the internet."""
    ours = mail_domains(settings)
    if "." not in ours.sender or ours.sender.rpartition(".")[2] in SPECIAL_USE_DOMAINS:
        yield warning("DNS", f"{ours.sender or 'mail.sender'} is no domain of the internet", "Set mail.sender.")
        return
    yield from run_check("MX", lambda: _check_mx(settings, ours, names))
    yield from run_check("SPF", lambda: _check_spf(settings, ours, names))
    for relay in settings.mail.relay_list:
        about = about_relay("DKIM in DNS", relay.name)
        yield from run_check(about, partial(_check_dkim_record, relay.mail, about, names))
    yield from run_check("DMARC", lambda: _check_dmarc(ours, names))


def _check_mx(settings: Settings, ours: MailDomains, names: DnsResolver) -> Finding:
    """Whether answers and bounces can come back (RFC 5321 §5.1: without MX the domain's own numbers count)."""
    answers = domain_of(settings.mail.reply_to) or domain_of(settings.first_operator) or ours.sender
    deaf = [domain for domain in dict.fromkeys((answers, ours.path)) if not _accepts_mail(domain, names)]
    if deaf:
        words = f"{' and '.join(deaf)} can receive no mail: answers or bounces are lost"
        fix = "Make an MX record for it, or take another mail.reply_to or mail.bounce_address."
        return failure("MX", words, fix)
    return ok("MX", f"{' and '.join(dict.fromkeys((answers, ours.path)))} can receive answers and bounces")


def _accepts_mail(domain: str, names: DnsResolver) -> bool:
    servers = names.servers(domain)
    return any(servers) if servers else bool(names.numbers(domain))


def _check_spf(settings: Settings, ours: MailDomains, names: DnsResolver) -> list[Finding]:
    hosts = list(dict.fromkeys(one.mail.host for one in settings.mail.relay_list))
    texts = spf.find_records(names, ours.path)
    if not texts:
        named = " ".join(f"a:{host}" for host in hosts)
        fix = f'Make a TXT record at {ours.path}: "v=spf1 {named} -all"; {RELAY_ADVICE}.'
        return [failure("SPF", f"{ours.path} has no record that says who may send for it", fix)]
    if len(texts) > 1:
        fix = "Join them to one: two count as an error (RFC 7208 §4.5)."
        return [failure("SPF", f"{ours.path} has {len(texts)} records", fix)]
    record = spf.parse_record(ours.path, texts[0])
    costs, end = spf.count_lookups(names, record), spf.resolve_ending(names, record)
    broken = _spf_record_failure(record, costs, end)
    return [broken] if broken else [_check_spf_coverage(host, record, end, names) for host in hosts]


def _spf_record_failure(record: spf.SpfRecord, costs: spf.LookupCosts, end: str) -> Finding | None:
    where = f"the record of {record.domain}"
    if record.bad:
        return failure("SPF", f"{where} has {record.bad!r}, which is no word of SPF", "Correct it.")
    if costs.broken:
        words = f"{where} includes {', '.join(costs.broken)}, where there is not one good record"
        return failure("SPF", words, "Take that out: it makes the whole record an error.")
    if costs.lookups > spf.MAX_LOOKUPS:
        words = f"{where} needs {costs.lookups} look-ups, and receivers make {spf.MAX_LOOKUPS} (RFC 7208 §4.6.4)"
        return failure("SPF", words, "Take out what no longer sends, or write ip4: and ip6: in place of include:.")
    if end == "+all":
        return failure("SPF", f"{where} ends in +all: anybody may send for you", "End it with -all or ~all.")
    return None


def _check_spf_coverage(host: str, record: spf.SpfRecord, end: str, names: DnsResolver) -> Finding:
    """Whether a mail server's own numbers are among those that may send."""
    record_words = f"{record.domain}: {record.text}"
    loose = end not in ("-all", "~all", "redirect")
    if loose:
        return warning("SPF", f"{record_words}: forbids nobody to send for you", "End it with -all or ~all.")
    numbers = () if is_loopback(host) else names.numbers(host)
    if not numbers:
        return ok("SPF", f"{record_words}; whether it covers the server that sends cannot be known from here")
    verdicts = {number: spf.check_host(names, record, number) for number in numbers}
    refused = [number for number, verdict in verdicts.items() if verdict in ("fail", "softfail", "neutral")]
    if refused and len(refused) == len(numbers):
        words = f"{record_words}; {host} ({', '.join(refused)}) is not among those that may send"
        fix = f"Add a:{host} to it; or, {RELAY_ADVICE}."
        return warning("SPF", words, fix)
    sure = "covers" if "pass" in verdicts.values() else "may cover"
    return ok("SPF", f"{record_words}; {sure} {host}")


def _check_dkim_record(mail: MailSettings, about: str, names: DnsResolver) -> Finding:
    if not mail.dkim_domain:
        return ok(about, "not looked at: we do not sign, and a relay's own selector is not known here")
    at = f"{mail.dkim_selector}._domainkey.{mail.dkim_domain}"
    public = load_public_key(mail.dkim_key.get_secret_value())
    put = f'Make a TXT record at {at}: "v=DKIM1; k=rsa; p={public.forms[0]}"'
    texts = names.texts(at)
    if not texts:
        return failure(about, f"nothing stands at {at}, so our signatures prove nothing", put)
    if len(texts) > 1:
        return failure(about, f"{len(texts)} records stand at {at}; there must be one", put)
    if trouble := dmarc.dkim_key_problem(texts[0], public.forms):
        return failure(about, f"the record at {at} does not prove our signatures: {trouble}", put)
    if "y" in dmarc.parse_tags(texts[0]).get("t", "").split(":"):
        return warning(about, f"the record at {at} says t=y, for testing only", "Take t=y out of it.")
    return ok(about, f"{at} holds our key")


def _check_dmarc(ours: MailDomains, names: DnsResolver) -> Finding:
    policies = dmarc.find_policies(names, ours.sender)
    if not policies:
        fix = f'Make a TXT record at _dmarc.{ours.sender}: "v=DMARC1; p=none"; large providers ask for one.'
        return warning("DMARC", f"{ours.sender} and the domains above it have no policy", fix)
    if len(policies) > 1:
        words = f"{len(policies)} records stand at _dmarc.{policies[0].domain}: they count as none"
        return failure("DMARC", words, "Leave one (RFC 7489 §6.6.3).")
    policy = policies[0]
    if policy.asked not in dmarc.POLICY_VALUES:
        words = f"the record at _dmarc.{policy.domain} says p={policy.asked or '(nothing)'}"
        return failure("DMARC", words, f"Write p= as one of {', '.join(dmarc.POLICY_VALUES)}.")
    return _check_alignment(ours, policy)


def _check_alignment(ours: MailDomains, policy: DmarcPolicy) -> Finding:
    """Whether the return path's domain or the signature's counts as the sender's: one of them must."""
    by_path, by_key = (
        policy.aligned(ours.sender, ours.path, "aspf"),
        all(policy.aligned(ours.sender, one, "adkim") for one in ours.signatures),
    )
    whose = (
        f"p={policy.asked} at _dmarc.{policy.domain}{'' if policy.own else ', the nearest domain above that has one'}"
    )
    if by_path or by_key:
        ways = " and ".join(way for way, aligned in (("SPF", by_path), ("DKIM", by_key)) if aligned)
        alone = "" if by_key else "; forwarded mail passes only where the mail server signs"
        return ok("DMARC", f"{whose}; {ours.sender} is proved by {ways}{alone}")
    signature = ", ".join(filter(None, ours.signatures)) or "a signature"
    words = f"{whose}; neither {ours.path} (return path) nor {signature} counts as {ours.sender}"
    fix = "Take mail.bounce_address or mail.dkim_domain from the sender's own domain; or have the mail server sign."
    return failure("DMARC", words, fix) if policy.asked != "none" else warning("DMARC", words, fix)


def dns_failure(names: DnsResolver) -> str:
    """Why there is no DNS at all; empty where there is some."""
    try:
        return "" if names.alive() else "no name server answers"
    except DnsLookupFailed as e:
        return f"{e.what}: {e.which}"
