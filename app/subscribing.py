"""The verbs of a subscription: add, confirm, leave, import, erase, forget."""

from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime

from app.addresses import Address, address
from app.readerlist import Problem, Row, readers
from app.world import World
from core.errors import HouseError, NotFound
from core.records import Consent, Subscriber
from core.subscribers import GONE, LEFT, UNCONFIRMED, Refused, Wishes, masked, print_of
from db import secrets, subscribers
from db.connect import Database, write

EVERYTHING = Wishes()


@dataclass(frozen=True, slots=True)
class Asked:
    """What is asked for, and on whose word. With `confirmed`, no mail asks the reader again."""

    wishes: Wishes = EVERYTHING
    consent: str = ""  # the version of the words agreed to, or the operator's own words for it
    how: str = "operator"  # web, operator, import
    confirmed: bool = False
    themselves: bool = False  # the reader asks in person: then those who left or were erased may come back


@dataclass(frozen=True, slots=True)
class Imported:
    """What became of a list of readers."""

    added: int = 0
    known: int = 0  # there before, of whatever status: left as they are
    repeated: int = 0  # further rows of the same mailbox
    erased: int = 0  # erased or left before, so not taken
    problems: tuple[Problem, ...] = ()


def taken(text: str) -> Address:
    """The address a person typed. Raises HouseError with the reason."""
    try:
        return address(text)
    except Refused as e:
        raise HouseError("this address cannot be used", str(e), "Correct it, and try again.") from e


def add(world: World, db: Database, text: str, asked: Asked, dry: bool = False) -> tuple[Subscriber, bool]:
    """The subscriber of an address, and whether anything changed.

    Pending until they confirm, unless confirmed already. Raises HouseError for an address that is refused,
    and for one that left or was erased, unless they ask themselves.
    """
    found, now = taken(text), world.now()
    with nullcontext() if dry else write(db):
        wanted, known = _wanted(world, found, asked, now), subscribers.get(db, found.key)
        mark = print_of(secrets.get(db, "signing"), found.key)
        left = known is not None and known.status in LEFT
        if (left or subscribers.erased(db, [mark])) and not (known and not left) and not asked.themselves:
            fix = "They can subscribe again themselves."
            raise HouseError("this address left, or was erased", masked(found.email), fix)
        if known is None:
            return (wanted if dry else subscribers.add(db, wanted) or wanted), True
        if not left and (known.status != "pending" or not asked.confirmed):
            return known, False
        again = replace(wanted, id=known.id, token=known.token)  # the links in old mails stay good
        if not dry:
            if left:
                subscribers.keep_prints(db, [mark], "left", now)
            subscribers.change(db, again)
        return again, True


def _wanted(world: World, found: Address, asked: Asked, now: datetime) -> Subscriber:
    return Subscriber(
        email=found.email,
        key=found.key,
        mailbox=found.mailbox,
        token=world.token(),
        since=now,
        consent=Consent(now, asked.consent, asked.how, now if asked.confirmed else None),
        status="active" if asked.confirmed else "pending",
        topics=asked.wishes.topics,
        nations=asked.wishes.nations,
        edition=asked.wishes.edition,
        matching=asked.wishes.matching,
    )


def confirm(db: Database, token: str, now: datetime) -> Subscriber:
    """The reader says yes: pending becomes active. Any other status stays. Raises NotFound."""
    with write(db):
        known = _of(db, token)
        if known.status != "pending":
            return known
        yes = replace(known, status="active", since=now, consent=replace(known.consent, confirmed_when=now))
        subscribers.change(db, yes)
        return yes


def leave(db: Database, token: str, now: datetime, status: str = "unsubscribed") -> Subscriber:
    """A subscription ends: unsubscribed, bounced or complained. One that has ended stays so. Raises NotFound."""
    with write(db):
        known = _of(db, token)
        if known.status in LEFT:
            return known
        gone = replace(known, status=status, since=now)
        subscribers.change(db, gone)
        return gone


def _of(db: Database, token: str) -> Subscriber:
    if (known := subscribers.by_token(db, token)) is None:
        raise NotFound("no such subscription", "", "The link may be of somebody who was erased since.")
    return known


def bring_in(world: World, db: Database, file: bytes, consent: str, dry: bool = False) -> Imported:
    """Import a list of readers who agreed, as the operator states: all good rows at once, in one transaction.

    Nobody who is known is changed; nobody who left or was erased comes back. Raises HouseError for a file
    that is no such list.
    """
    rows: dict[str, Row] = {}
    problems, repeated = [], 0
    for row in readers(file):
        if isinstance(row, Problem):
            problems.append(row)
        elif row.address.key in rows:
            repeated += 1
        else:
            rows[row.address.key] = row
    now = world.now()
    with nullcontext() if dry else write(db):
        known, secret = subscribers.known(db, rows), secrets.get(db, "signing")
        marks = {print_of(secret, key): key for key in rows if key not in known}
        erased = {marks[mark] for mark in subscribers.erased(db, marks)}
        fresh = [row for key, row in rows.items() if key not in known and key not in erased]
        if not dry:
            asked = [Asked(row.wishes, consent, "import", confirmed=True) for row in fresh]
            wanted = (_wanted(world, row.address, one, now) for row, one in zip(fresh, asked, strict=True))
            subscribers.add_all(db, wanted)
    return Imported(len(fresh), len(known), repeated, len(erased), tuple(problems))


def erase(db: Database, text: str, now: datetime, dry: bool = False) -> bool:
    """Delete all we hold of a person but a keyed hash, so that no list brings them back; False for a stranger.

    A stranger's hash is kept too. Raises HouseError for what is no address.
    """
    key = taken(text).key
    with nullcontext() if dry else write(db):
        known, secret = subscribers.get(db, key), secrets.get(db, "signing")
        if not dry:
            subscribers.keep_prints(db, [print_of(secret, key)], "erased", now)
            subscribers.remove(db, [known.id] if known else [])
    if not dry:
        subscribers.scrub(db)
    return known is not None


def forget(db: Database, now: datetime) -> tuple[int, int]:
    """Delete sign-ups that nobody confirmed in time, and those who left long enough ago; how many of each.

    Of those who left, a keyed hash stays, so that an old list does not bring them back.
    """
    with write(db):
        unconfirmed = subscribers.resting(db, ["pending"], now - UNCONFIRMED)
        if gone := subscribers.resting(db, LEFT, now - GONE):
            secret = secrets.get(db, "signing")
            subscribers.keep_prints(db, [print_of(secret, one.key) for one in gone], "left", now)
        subscribers.remove(db, [one.id for one in (*unconfirmed, *gone)])
    if unconfirmed or gone:
        subscribers.scrub(db)
    return len(unconfirmed), len(gone)
