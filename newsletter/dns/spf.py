"""SPF check: who may send for a domain (RFC 7208)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from typing import Protocol

from core.states import SpfResult

MAX_LOOKUPS = 10  # look-ups that a receiver makes before it gives up (§4.6.4)
COUNT_LIMIT = 100  # look-ups: whatever needs so many is refused everywhere
MAX_DEPTH = 10  # records within records: more than may be looked up anyway
LOOKUP_MECHANISMS = ("include", "a", "mx", "ptr", "exists")  # mechanisms that cost a look-up
TERM_PATTERN = re.compile(r"([+?~-]?)([A-Za-z][A-Za-z0-9_.-]*)(?:([:=])([^\s]*?))?((?:/\d{1,3})?(?://\d{1,3})?)")
QUALIFIER_RESULTS: dict[str, SpfResult] = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}


class DnsLookups(Protocol):
    """Who answers for names: newsletter.dns.resolver.Names."""

    def texts(self, name: str) -> tuple[str, ...]: ...
    def servers(self, name: str) -> tuple[str, ...]: ...
    def numbers(self, name: str) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class SpfTerm:
    """One word of a record: a mechanism with its qualifier, or a modifier."""

    qualifier: str
    name: str
    value: str
    sizes: str = ""  # "/24//64"
    modifier: bool = False


@dataclass(frozen=True, slots=True)
class SpfRecord:
    """A domain's SPF record, read."""

    domain: str
    text: str
    terms: tuple[SpfTerm, ...] = ()
    bad: str = ""  # the first word that is none of SPF's: receivers then take the record for an error

    @property
    def end(self) -> str:
        """What it says of everybody else: "-all", "~all", "?all", "+all", "redirect", or nothing."""
        last = next((term for term in self.terms if term.name == "all" and not term.modifier), None)
        if last:
            return f"{last.qualifier}all"
        return "redirect" if self.onward else ""

    @property
    def onward(self) -> str:
        """The domain that it redirects to where it has no "all" (§6.1), or nothing."""
        return next((term.value for term in self.terms if term.name == "redirect" and term.modifier), "")


def find_records(names: DnsLookups, domain: str) -> tuple[str, ...]:
    """The texts at a domain that are SPF records; there must be exactly one (§4.5). Raises DnsLookupFailed."""
    return tuple(text for text in names.texts(domain) if re.match(r"v=spf1(?: |\Z)", text, re.I))


def parse_record(domain: str, text: str) -> SpfRecord:
    """A record's words (§4.6.1)."""
    terms, bad = [], ""
    for word in text.split()[1:]:
        found = TERM_PATTERN.fullmatch(word)
        if not found or not _is_valid_term(found):
            bad = bad or word
            continue
        sign, name, between, value, sizes = found.groups()
        terms.append(SpfTerm(sign or "+", name.lower(), value or "", sizes, between == "="))
    return SpfRecord(domain, text, tuple(terms), bad)


def _is_valid_term(found: re.Match[str]) -> bool:
    sign, name, between, value, sizes = found.groups()
    if between == "=":
        return not sign  # unknown modifiers are passed over (§6)
    if name.lower() in ("ip4", "ip6"):
        return _is_network(name[2], f"{value}{sizes}")
    if name.lower() in ("include", "exists"):
        return bool(value) and not sizes
    if name.lower() == "all":
        return not between and not sizes
    return name.lower() in ("a", "mx", "ptr") and bool(value) == bool(between)


def _is_network(version: str, text: str) -> bool:
    try:
        return str(ip_network(text, strict=False).version) == version
    except ValueError:
        return False


def resolve_ending(names: DnsLookups, record: SpfRecord, deep: int = 0) -> str:
    """How a record ends, wherever it is redirected to. Raises DnsLookupFailed."""
    if record.end != "redirect" or "%" in record.onward or deep > MAX_DEPTH:
        return record.end
    texts = find_records(names, record.onward)
    return resolve_ending(names, parse_record(record.onward, texts[0]), deep + 1) if len(texts) == 1 else record.end


@dataclass
class LookupCosts:
    """How many look-ups a record and all it includes may cost; `broken` names what they lead to in vain.

    Of records that include themselves no more than several times what is allowed is counted.
    """

    lookups: int = 0
    broken: list[str] = field(default_factory=list)


def count_lookups(names: DnsLookups, record: SpfRecord, deep: int = 0) -> LookupCosts:
    """Count a record's look-ups, those of the records it includes too. Raises DnsLookupFailed."""
    found = LookupCosts()
    for term in record.terms:
        further = term.name == "redirect" and record.end == "redirect"
        if not (further if term.modifier else term.name in LOOKUP_MECHANISMS):
            continue
        found.lookups += 1
        if found.lookups > COUNT_LIMIT:
            break
        if term.name in ("include", "redirect") and "%" not in term.value and deep < MAX_DEPTH:
            texts = find_records(names, term.value)
            within = parse_record(term.value, texts[0]) if len(texts) == 1 else None
            if within is None or within.bad:
                found.broken.append(term.value)
                continue
            inner = count_lookups(names, within, deep + 1)
            found.lookups += inner.lookups
            found.broken += inner.broken
    return found


def check_host(names: DnsLookups, record: SpfRecord, number: str, deep: int = 0) -> SpfResult:
    """What the record says of mail from a number: pass, fail, softfail, neutral, permerror; unknown for macros.

    Raises DnsLookupFailed.
    """
    if record.bad or deep > MAX_DEPTH:
        return "permerror"
    doubt = False  # whether a word that we cannot judge may have matched before
    for term in record.terms:
        matched = False if term.modifier else _term_matches(names, record.domain, term, number, deep)
        doubt = doubt or matched is None
        if matched:
            said = QUALIFIER_RESULTS[term.qualifier]
            return "unknown" if doubt and said != "pass" else said
    if doubt:
        return "unknown"
    return _check_domain(names, record.onward, number, deep) if record.onward else "neutral"


def _check_domain(names: DnsLookups, domain: str, number: str, deep: int) -> SpfResult:
    if "%" in domain:
        return "unknown"
    texts = find_records(names, domain)
    return check_host(names, parse_record(domain, texts[0]), number, deep + 1) if len(texts) == 1 else "permerror"


def _term_matches(names: DnsLookups, domain: str, term: SpfTerm, number: str, deep: int) -> bool | None:
    """Whether a mechanism means a number; None where that depends on more than we know (ptr, macros)."""
    if "%" in term.value or term.name in ("ptr", "exists"):
        return None
    if term.name == "all":
        return True
    if term.name in ("ip4", "ip6"):
        return _in_network(number, term.value + term.sizes)
    if term.name == "include":
        found = _check_domain(names, term.value, number, deep)
        return None if found in ("unknown", "permerror") else found == "pass"
    hosts = [term.value or domain] if term.name == "a" else names.servers(term.value or domain)
    return any(
        _in_network(number, one)
        for host in hosts[:MAX_LOOKUPS]
        if host
        for one in _with_prefixes(names.numbers(host), term.sizes)
    )


def _with_prefixes(numbers: tuple[str, ...], sizes: str) -> Iterator[str]:
    """Numbers with the prefix lengths of "/24//64"."""
    four, _, six = sizes.partition("//")
    for number in numbers:
        length = f"/{six}" if ":" in number and six else four if ":" not in number else ""
        yield f"{number}{length}"


def _in_network(number: str, network: str) -> bool:
    try:
        return ip_address(number) in ip_network(network, strict=False)
    except ValueError:
        return False
