"""The verbs of a subscription: add, confirm, leave, import, erase, forget."""

from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from app import outbox
from app.addresses import Address, address
from app.readerlist import Problem, Row, readers
from app.world import World
from core.errors import HouseError, NotFound
from core.records import Consent, Subscriber
from core.subscribers import COUNTED, GONE, LEFT, UNCONFIRMED, Refused, Wishes, masked, print_of
from db import asked as counted
from db import deliveries, post, secrets, subscribers
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
    found = taken(text)
    with nullcontext() if dry else write(db):
        return added(world, db, found, asked, dry)


def added(world: World, db: Database, found: Address, asked: Asked, dry: bool = False) -> tuple[Subscriber, bool]:
    """As `add`, inside the caller's transaction."""
    now, known = world.now(), subscribers.get(db, found.key)
    one, mark = wanted(world, found, asked, now), print_of(secrets.get(db, "signing"), found.key)
    left = known is not None and known.status in LEFT
    if (left or subscribers.erased(db, [mark])) and not (known and not left) and not asked.themselves:
        fix = "They can subscribe again themselves."
        raise HouseError("this address left, or was erased", masked(found.email), fix)
    if known is None:
        return (one if dry else subscribers.add(db, one) or one), True
    if not left and (known.status != "pending" or not asked.confirmed):
        return known, False
    again = replace(one, id=known.id, token=known.token)  # the links in old mails stay good
    if not dry:
        subscribers.keep_prints(db, [mark] if left else [], "left", now)
        subscribers.change(db, again)
    return again, True


def wanted(world: World, found: Address, asked: Asked, now: datetime) -> Subscriber:
    """The subscriber that is asked for, not stored yet, with a token of their own."""
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


def reader(db: Database, token: str) -> Subscriber:
    """Whose links carry a token; changes nothing. Raises NotFound."""
    if (known := subscribers.by_token(db, token)) is None:
        raise NotFound("no such subscription", "", "The link may be of somebody who was erased since.")
    return known


def confirm(db: Database, token: str, now: datetime) -> Subscriber:
    """The reader says yes: pending becomes active. Any other status stays. Raises NotFound."""
    with write(db):
        known = reader(db, token)
        if known.status != "pending":
            return known
        yes = replace(known, status="active", since=now, consent=replace(known.consent, confirmed_when=now))
        subscribers.change(db, yes)
        return yes


def leave(db: Database, token: str, now: datetime, status: str = "unsubscribed") -> Subscriber:
    """A subscription ends: unsubscribed, bounced or complained. One that has ended stays so. Raises NotFound."""
    with write(db):
        known = reader(db, token)
        if known.status in LEFT:
            return known
        gone = replace(known, status=status, since=now)
        subscribers.change(db, gone)
        return gone


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
            subscribers.add_all(
                db, (wanted(world, row.address, one, now) for row, one in zip(fresh, asked, strict=True))
            )
    return Imported(len(fresh), len(known), repeated, len(erased), tuple(problems))


def erase(db: Database, text: str, now: datetime, dry: bool = False) -> bool:
    """Delete all we hold of a person but a keyed hash, so that no list brings them back; False for a stranger.

    A stranger's hash is kept too, and their mail in the outbox is looked for all the same, so that an erasing that
    was interrupted is finished by doing it again. Raises HouseError for what is no address, StoreError when a file
    could not be deleted.
    """
    key = taken(text).key
    with nullcontext() if dry else write(db):
        known, secret = subscribers.get(db, key), secrets.get(db, "signing")
        if not dry:
            subscribers.keep_prints(db, [print_of(secret, key)], "erased", now)
            _remove(db, [known] if known else [])
    if not dry:
        outbox.clear(_outbox(db), [key])
        subscribers.scrub(db)
    return known is not None


def forget(db: Database, now: datetime) -> tuple[int, int]:
    """Delete sign-ups that nobody confirmed in time, and those who left long enough ago; how many of each.

    Of those who left, a keyed hash stays, so that an old list does not bring them back. What the caps counted
    goes after a day, and old letters with what became of them after a week.
    """
    outbox.clear(_outbox(db), [one.key for one in (*_unconfirmed(db, now), *_gone(db, now))])  # first: who, if
    with write(db):  # interrupted here, is still known the next time
        counted.forget(db, now - COUNTED)
        post.forget(db, now - UNCONFIRMED)
        unconfirmed, gone = _unconfirmed(db, now), _gone(db, now)
        if gone:
            secret = secrets.get(db, "signing")
            subscribers.keep_prints(db, [print_of(secret, one.key) for one in gone], "left", now)
        _remove(db, [*unconfirmed, *gone])
    subscribers.scrub(db)  # also of what was erased while somebody held the log
    return len(unconfirmed), len(gone)


def _unconfirmed(db: Database, now: datetime) -> list[Subscriber]:
    return subscribers.resting(db, ["pending"], now - UNCONFIRMED)


def _gone(db: Database, now: datetime) -> list[Subscriber]:
    return subscribers.resting(db, LEFT, now - GONE)


def _remove(db: Database, people: list[Subscriber]) -> None:
    """Delete subscribers; of what they were sent, only that somebody got it stays."""
    ids = [one.id for one in people]
    subscribers.overwrite(db)
    deliveries.erase(db, ids)
    subscribers.remove(db, ids)


def _outbox(db: Database) -> Path:
    return db.file.parent / "outbox"
