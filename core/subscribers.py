"""The rules about subscribers: what may be asked for, who is the same person, when we forget; pure."""

import hashlib
import hmac
import unicodedata
from dataclasses import dataclass
from datetime import timedelta

STATUSES = ("pending", "active", "paused", "unsubscribed", "bounced", "complained")
LEFT = ("unsubscribed", "bounced", "complained")  # they come back by their own wish only
NATIONS = ("England", "Scotland", "Wales", "Northern Ireland")
EDITIONS = ("full", "short")
UNCONFIRMED = timedelta(days=7)  # a sign-up nobody confirmed is forgotten after so long
GONE = timedelta(days=28)  # and a subscriber who left after so long
TOPICS = 50  # at most, a subscriber
TOPIC = 80  # characters

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


def masked(email: str) -> str:
    """An address as a log may show it: r…@example.org."""
    local, at, domain = email.rpartition("@")
    shown = f"{local[:1]}…{at}{domain}" if at else "…"
    return "".join(char if char.isprintable() else "?" for char in shown)
