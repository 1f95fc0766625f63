"""The verb sign up: somebody asks for the newsletter, and gets a letter to say yes to; within caps."""

import logging
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime, timedelta

from app.addresses import Address
from app.subscribing import Asked, added, taken, wanted
from app.world import World
from core.errors import TooMany
from core.records import Subscriber
from core.settings import Settings, Signup
from core.subscribers import COUNTED, LEFT, Wishes, letter_print, network_of, print_of
from db import asked as counted
from db import post, secrets, subscribers
from db.asked import LETTER, NETWORK
from db.connect import Database, write

log = logging.getLogger("casereviews")
HOUR = timedelta(hours=1)
THERE = ("active", "paused")


def sign_up(
    world: World, settings: Settings, db: Database, text: str, wishes: Wishes, wording: str, network: str
) -> None:
    """Somebody asks on the web: pending until they confirm, and a letter for the post; nothing is sent here.

    Who is subscribed gets a letter that says so, and what they get stays as it is, for this may not be them. The
    same answer and the same work whether or not the address is known. `wording` is the version of the consent;
    `network` the asker's IP address, of which a keyed hash is kept for a day. Raises HouseError for an address
    that is refused, TooMany beyond a cap, then having written nothing; beyond that of one address there is
    simply no letter.
    """
    found, now = taken(text), world.now()
    asked = Asked(wishes, wording, "web", themselves=True)
    with write(db):
        secret = secrets.get(db, "signing")
        counted.forget(db, now - COUNTED)
        neighbours = _neighbours(secret, network, now)
        _refuse_too_many(db, settings.signup, neighbours, now)
        counted.add(db, NETWORK, neighbours[0], now)
        letter = _one_more(db, settings.signup, secret, found, now)
        known, new = subscribers.get(db, found.key), wanted(world, found, asked, now)
        if known:  # the links in old mails stay good
            new = known if known.status in THERE else replace(new, id=known.id, token=known.token)
        left = known is not None and known.status in LEFT
        subscribers.keep_prints(db, [print_of(secret, found.key)] if left else [], "left", now)
        one = subscribers.put(db, new)
        post.add(db, "known" if one.status in THERE else "confirm", one.id, now, letter)


def invite(
    world: World, settings: Settings, db: Database, text: str, asked: Asked, dry: bool = False
) -> tuple[Subscriber, bool, bool]:
    """The operator adds somebody: the subscriber, whether anything changed, whether a letter asks them to confirm.

    As `subscribing.add`, which raises HouseError; whoever is pending gets a letter, again too, within the cap of
    one address.
    """
    found, now = taken(text), world.now()
    with nullcontext() if dry else write(db):
        one, changed = added(world, db, found, asked, dry)
        if dry or one.status != "pending":
            return one, changed, False
        letter = _one_more(db, settings.signup, secrets.get(db, "signing"), found, now)
        post.add(db, "confirm", one.id, now, letter)
    return one, changed, letter


def _refuse_too_many(db: Database, caps: Signup, neighbours: list[str], now: datetime) -> None:
    """Raises TooMany when a network, or everybody together, has asked as often as is allowed."""
    again = "Try again in an hour."
    if counted.count(db, NETWORK, neighbours, now - HOUR) >= caps.per_network_per_hour:
        raise TooMany("too many sign-ups", "from your network", again)
    if counted.total(db, LETTER, now - HOUR) >= caps.per_hour:
        log.warning("no more sign-ups this hour: signup.per_hour is %d", caps.per_hour)
        raise TooMany("too many sign-ups", "just now", again)


def _neighbours(secret: str, network: str, now: datetime) -> list[str]:
    """A network's hashes: today's, and the one an hour ago was counted under."""
    days = dict.fromkeys((now.date(), (now - HOUR).date()))
    return [print_of(secret, network_of(network, day)) for day in days]


def _one_more(db: Database, caps: Signup, secret: str, found: Address, now: datetime) -> bool:
    """Whether an address may have one more letter today; counted if so."""
    mark = letter_print(secret, found.key)
    if counted.count(db, LETTER, [mark], now - COUNTED) >= caps.per_address_per_day:
        return False
    counted.add(db, LETTER, mark, now)
    return True
