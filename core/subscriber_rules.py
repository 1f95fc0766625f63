"""Subscriber rules: preferences, consent texts, mailbox identity, topic matching; pure."""

import unicodedata
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from ipaddress import IPv6Address, ip_address, ip_network
from typing import NamedTuple

from core.folding import fold_words
from core.records import Review
from core.states import EDITIONS, NATIONS, RESTS_OF_ISSUE, Edition, LinkKind, Nation, RestOfIssue
from core.thesaurus import find_term, wish_phrases
from core.topics import misspelt_topic

MAX_PROOF_EMAILS = 3  # of a kind, in PROOF_RETENTION
MAX_TOPICS = 50  # at most, a subscriber
MAX_TOPIC_CHARS = 80  # characters

# What a reader agrees to when they sign up on the web, by version: a consent names the version, so old words stay.
CONSENT_VERSION = "2026-11"
CONSENT_TEXTS = {
    "2026-11": (
        "Send me this newsletter by email. You keep my address and what I asked for, use them for nothing else and "
        "pass them to nobody. I can unsubscribe by a link in every email, and am forgotten 28 days later."
    )
}


# One mailbox written in several ways, where the provider itself says so. Elsewhere each is its own.
DOMAIN_ALIASES = {"googlemail.com": "gmail.com"}
DOTLESS_DOMAINS = {"gmail.com"}
PLUS_TAG_DOMAINS = {"gmail.com", "fastmail.com", "proton.me", "protonmail.com", "pm.me"}  # name+tag is name


class InvalidInput(ValueError):
    """What was given cannot be taken; the message is the reason, in one line."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a subscriber wants to get."""

    topics: tuple[str, ...] = ()
    nations: tuple[Nation, ...] = ()
    edition: Edition = "full"
    matching: bool = False  # mail only when something matches
    rest: RestOfIssue = "lines"  # what they get of the reviews that do not match


def parse_preferences(
    topics: str = "", nations: str = "", edition: str = "", matching: bool = False, rest: str = ""
) -> Preferences:
    """Wishes as a person types them, parted by semicolons. Raises InvalidInput."""
    wanted = next((one for one in EDITIONS if one == (edition.strip().casefold() or "full")), None)
    if wanted is None:
        raise InvalidInput(f"no such edition; write {' or '.join(EDITIONS)}")
    others = next((one for one in RESTS_OF_ISSUE if one == (rest.strip().casefold() or "lines")), None)
    if others is None:
        raise InvalidInput("no such choice for the rest of an issue; write full, lines or none")
    found = _split_list(topics)
    if len(found) > MAX_TOPICS or any(len(topic) > MAX_TOPIC_CHARS for topic in found):
        raise InvalidInput(f"no more than {MAX_TOPICS} topics of {MAX_TOPIC_CHARS} characters each")
    if any(unicodedata.category(char)[0] == "C" for topic in found for char in topic):
        raise InvalidInput("a topic holds an invisible character")
    if not all(map(fold_words, found)):
        raise InvalidInput("a topic holds no word")
    return Preferences(found, tuple(_match_nation(name) for name in _split_list(nations)), wanted, matching, others)


def refuse_misspelt_topics(wishes: Preferences) -> Preferences:
    """The same wishes, as an operator or a list has them. Raises InvalidInput for one that is all but a known topic.

    A reader's own words are theirs: they may mean a word that is near a topic.
    """
    for topic in wishes.topics:
        if (near := misspelt_topic(topic)) and not find_term(topic):  # "maternal mental health" is a word of the field
            raise InvalidInput(f"no such topic as {topic!r}; did you mean {near}?")
    return wishes


def _split_list(text: str) -> tuple[str, ...]:
    parts = (part.strip(" \t") for part in text.split(";"))
    return tuple({part.casefold(): part for part in parts if part}.values())


def _match_nation(name: str) -> Nation:
    for nation in NATIONS:
        if name.casefold() == nation.casefold():
            return nation
    raise InvalidInput(f"no such nation; write {', '.join(NATIONS[:-1])} or {NATIONS[-1]}")


def mailbox_key(local: str, domain: str) -> str:
    """What identifies a mailbox, however it is written: `domain` as A-labels in lower case."""
    domain, local = DOMAIN_ALIASES.get(domain, domain), local.lower()
    if domain in PLUS_TAG_DOMAINS:
        local = local.partition("+")[0] or local
    if domain in DOTLESS_DOMAINS:
        local = local.replace(".", "")
    return f"{local}@{domain}"


def envelope_key(mailbox: str) -> str:
    """The same for a mailbox as it stands on an envelope or in a report."""
    local, _, domain = mailbox.strip().rpartition("@")
    return mailbox_key(local, domain.lower().rstrip("."))


def _keyed_digest(secret: str, text: str) -> bytes:
    import hmac  # with OpenSSL: 4 ms that most commands do not need

    return hmac.digest(secret.encode(), text.encode(), "sha256")


def address_digest(secret: str, key: str) -> str:
    """What stays of an erased address: a hash that says nothing without our own secret."""
    return _keyed_digest(secret, key).hex()


def message_tokens(secret: str, period: str) -> Callable[[str], str]:
    """What names a reader's message of an issue, by their key, in its Message-ID and return path.

    Any second copy has the same. 22 characters, the first a letter: it names files and stands in addresses.
    """
    from hashlib import blake2b  # as above; keyed (RFC 7693), half of an HMAC's time for each of a million

    beginning = blake2b(f"message {period} ".encode(), key=secret.encode(), digest_size=16)

    def token(key: str) -> str:
        digest = beginning.copy()
        digest.update(key.encode())
        return f"m{urlsafe_b64encode(digest.digest()).decode()[:21]}"

    return token


def proof_token(secret: str, kind: LinkKind, number: int, asked_at: datetime, key: str) -> str:
    """What the link in one email proves: that whoever follows it reads the mailbox. 22 characters."""
    what = f"proof {kind} {number} {asked_at.isoformat()} {key}"
    return urlsafe_b64encode(_keyed_digest(secret, what)).decode()[:22]


def rate_limit_digest(secret: str, key: str) -> str:
    """What the cap of an address counts by; not the hash that stays when it is erased.

    A mailbox without its tag at every domain, since most servers deliver name+tag to name.
    """
    local, _, domain = key.rpartition("@")
    return address_digest(secret, f"letter {local.partition('+')[0] or local}@{domain}")


def network_key(address: str, day: date) -> str:
    """The neighbourhood of an IP address on a day: its /24, or its /48. What is no address is all one neighbour."""
    try:
        found = ip_address(address.strip().partition("%")[0])
    except ValueError:
        return f"network unknown {day}"
    if isinstance(found, IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    return f"network {ip_network((found, 24 if found.version == 4 else 48), strict=False)} {day}"


@dataclass(frozen=True, slots=True, eq=False)
class SearchText:
    """What of a review is searched for a subscriber's topics: made once an issue."""

    text: str  # folded; a space before and after each word, two between parts, so that no phrase spans them
    nation: Nation | None

    @classmethod
    def of(cls, review: Review) -> "SearchText":
        """A review's title, keywords, summary and sections."""
        title = (review.title, review.publisher, review.name)
        parts = (*title, *review.keywords, review.summary, *(section.text for section in review.sections))
        return cls(f" {'  '.join(' '.join(fold_words(part)) for part in parts)} ", review.nation)


class MetWish(NamedTuple):
    """Which of a subscriber's wishes a review meets, in their own words; neither where they wish for nothing."""

    topics: tuple[str, ...] = ()
    nation: Nation | None = None  # None: they wish for none, or the review's is not known


def met_wish(topics: Iterable[str], nations: tuple[Nation, ...], review: SearchText) -> MetWish | None:
    """The wishes that a review meets, any of the topics and any of the nations; None: it is not what was asked for.

    No topics, or no nations: all. A topic is found as whole words, or as other words for the same. Where a review's
    nation is not known, better told than missed.
    """
    if nations and review.nation is not None and review.nation not in nations:
        return None
    asked = [(topic, phrases) for topic in topics if (phrases := wish_phrases(topic))]
    met = tuple(topic for topic, phrases in asked if any(f" {phrase} " in review.text for phrase in phrases))
    return MetWish(met, review.nation if nations else None) if met or not asked else None


@lru_cache(10_000)  # many subscribers wish for the same, and memory does not grow with those who do not
def matches_any(topics: tuple[str, ...], nations: tuple[Nation, ...], reviews: tuple[SearchText, ...]) -> bool:
    """Whether any of an issue's reviews is among what a subscriber asked for, as `met_wish` says."""
    return any(met_wish(topics, nations, review) is not None for review in reviews)
