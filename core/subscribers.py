"""The rules about subscribers: what they agree to, ask for and get, who is the same person, when we forget; pure."""

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network

from core.folding import fold_words
from core.records import Review

STATUSES = ("pending", "active", "paused", "unsubscribed", "bounced", "complained")
LEFT = ("unsubscribed", "bounced", "complained")  # they come back by their own wish only
NATIONS = ("England", "Scotland", "Wales", "Northern Ireland")
EDITIONS = ("full", "short")
UNCONFIRMED = timedelta(days=7)  # a sign-up nobody confirmed is forgotten after so long
GONE = timedelta(days=28)  # and a subscriber who left after so long
COUNTED = timedelta(days=1)  # a sign-up counts against the caps for so long, and then nothing of it is kept
TOPICS = 50  # at most, a subscriber
TOPIC = 80  # characters

# What a reader agrees to when they sign up on the web, by version: a consent names the version, so old words stay.
CONSENT_VERSION = "2026-11"
CONSENTS = {
    "2026-11": (
        "Send me this newsletter by email. You keep my address and what I asked for, use them for nothing else and "
        "pass them to nobody. I can unsubscribe by a link in every email, and am forgotten 28 days later."
    )
}


# One mailbox written in several ways, where the provider itself says so. Elsewhere each is its own.
SAME_DOMAIN = {"googlemail.com": "gmail.com"}
WITHOUT_DOTS = {"gmail.com"}
WITHOUT_TAGS = {"gmail.com", "fastmail.com", "proton.me", "protonmail.com", "pm.me"}  # name+tag is name


class Refused(ValueError):
    """What was given cannot be taken; the message is the reason, in one line."""


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a subscriber wants to get."""

    topics: tuple[str, ...] = ()
    nations: tuple[str, ...] = ()
    edition: str = "full"
    matching: bool = False  # mail only when something matches


def wishes(topics: str = "", nations: str = "", edition: str = "", matching: bool = False) -> Wishes:
    """Wishes as a person types them, parted by semicolons. Raises Refused."""
    wanted = edition.strip().casefold() or "full"
    if wanted not in EDITIONS:
        raise Refused(f"no such edition; write {' or '.join(EDITIONS)}")
    found = _parts(topics)
    if len(found) > TOPICS or any(len(topic) > TOPIC for topic in found):
        raise Refused(f"no more than {TOPICS} topics of {TOPIC} characters each")
    if any(unicodedata.category(char)[0] == "C" for topic in found for char in topic):
        raise Refused("a topic holds an invisible character")
    if not all(map(fold_words, found)):
        raise Refused("a topic holds no word")
    return Wishes(found, tuple(_nation(name) for name in _parts(nations)), wanted, matching)


def _parts(text: str) -> tuple[str, ...]:
    parts = (part.strip(" \t") for part in text.split(";"))
    return tuple({part.casefold(): part for part in parts if part}.values())


def _nation(name: str) -> str:
    for nation in NATIONS:
        if name.casefold() == nation.casefold():
            return nation
    raise Refused(f"no such nation; write {', '.join(NATIONS[:-1])} or {NATIONS[-1]}")


def key(local: str, domain: str) -> str:
    """What identifies a mailbox, however it is written: `domain` as A-labels in lower case."""
    domain, local = SAME_DOMAIN.get(domain, domain), local.lower()
    if domain in WITHOUT_TAGS:
        local = local.partition("+")[0] or local
    if domain in WITHOUT_DOTS:
        local = local.replace(".", "")
    return f"{local}@{domain}"


def print_of(secret: str, key: str) -> str:
    """What stays of an erased address: a hash that says nothing without our own secret."""
    return hmac.new(secret.encode(), key.encode(), hashlib.sha256).hexdigest()


def letter_print(secret: str, key: str) -> str:
    """What the cap of an address counts by; not the hash that stays when it is erased."""
    return print_of(secret, f"letter {key}")


def masked(email: str) -> str:
    """An address as a log may show it: r…@example.org."""
    local, at, domain = email.rpartition("@")
    shown = f"{local[:1]}…{at}{domain}" if at else "…"
    return "".join(char if char.isprintable() else "?" for char in shown)


def mask_in(text: str, addresses: Iterable[str]) -> str:
    """A text with these addresses masked wherever they stand in it, in capitals or not: many servers repeat them."""
    for address in addresses:
        text = re.sub(re.escape(address), lambda found: masked(found[0]), text, flags=re.IGNORECASE)
    return text


def network_of(address: str, day: date) -> str:
    """The neighbourhood of an IP address on a day: its /24, or its /64. What is no address is all one neighbour."""
    try:
        found = ip_address(address.strip().partition("%")[0])
    except ValueError:
        return f"network unknown {day}"
    if isinstance(found, IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    return f"network {ip_network((found, 24 if found.version == 4 else 64), strict=False)} {day}"


@dataclass(frozen=True, slots=True, eq=False)
class Searchable:
    """What of a review is searched for a subscriber's topics: made once an issue."""

    text: str  # folded; a space before and after each word, two between parts, so that no phrase spans them
    nation: str | None

    @classmethod
    def of(cls, review: Review) -> "Searchable":
        """A review's title, keywords, summary and sections."""
        title = (review.title, review.publisher, review.name)
        parts = (*title, *review.keywords, review.summary, *(section.text for section in review.sections))
        return cls(f" {'  '.join(' '.join(fold_words(part)) for part in parts)} ", review.nation)


def matches(topics: Iterable[str], nations: Iterable[str], review: Review) -> bool:
    """Whether a review is among what a subscriber asked for: any of the topics, and any of the nations.

    None of either: all. A topic is found as whole words. Where a review's nation is not known, better told than
    missed.
    """
    return wants(tuple(topics), tuple(nations), (Searchable.of(review),))


@lru_cache(10_000)  # many subscribers wish for the same, and memory does not grow with those who do not
def wants(topics: tuple[str, ...], nations: tuple[str, ...], reviews: tuple[Searchable, ...]) -> bool:
    """Whether any of an issue's reviews is among what a subscriber asked for, as `matches` says."""
    words = [f" {' '.join(folded)} " for folded in map(fold_words, topics) if folded]
    return any(
        (not words or any(word in review.text for word in words))
        and (not nations or review.nation is None or review.nation in nations)
        for review in reviews
    )
