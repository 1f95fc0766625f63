"""Change of a reader's address: asked for, confirmed at the new one, told at the old one, which can take it back.

Whoever was passed on a newsletter has its token and can ask for this too. So the new mailbox confirms by a link of its
own, the old one is told at once and takes the subscription back by one button for some days, and until they are over
the reader's data is neither shown nor deleted by email. The links in old mails stay good, unless it was taken back.
"""

import hmac
from dataclasses import dataclass, replace
from datetime import datetime

from core.config.schema import Settings
from core.email_address import EmailAddress, parse_address
from core.records import Subscriber
from core.retention_times import MOVE_RETENTION, PROOF_RETENTION
from core.side_effects import SideEffects
from core.states import ENDED_STATUSES, SUBSCRIBED_STATUSES
from core.subscriber_rules import MAX_PROOF_EMAILS, address_digest, proof_token
from db.mail import bounces, subscribers, suppressions, transactional
from db.operator import secrets
from db.schema.connect import Database, write_transaction
from services.readers.fresh_proof import find_letter
from services.readers.signup import claim_email, count_request
from services.readers.subscriptions import delete_subscribers, find_by_token, validate_address


@dataclass(frozen=True, slots=True)
class AddressChange:
    """A subscription, and the address that it may go to."""

    subscriber: Subscriber  # as it is now
    address: EmailAddress


def request_change(effects: SideEffects, settings: Settings, db: Database, token: str, text: str, network: str) -> None:
    """Somebody wants a subscription to go to another address: an email to that, and nothing else, within the caps.

    Whoever is subscribed there already gets an email that says so. The same answer in every case. Raises NotFound,
    HouseError for an address that is refused, LimitExceeded beyond a cap.
    """
    address, now = validate_address(text), effects.now()
    with write_transaction(db):
        one, secret = find_by_token(db, token), secrets.get(db, "signing")
        count_request(db, settings.signup, secret, network, now)
        claimed = claim_email(db, settings.signup, secret, address, now)
        recent = transactional.list_times(db, "address", one.id, now - PROOF_RETENTION)
        wanted = claimed and one.status in SUBSCRIBED_STATUSES and len(recent) < MAX_PROOF_EMAILS
        other = subscribers.get(db, address.key)
        if other and other.id != one.id and other.status in SUBSCRIBED_STATUSES:
            transactional.enqueue(db, "known", other.id, now, wanted)
        else:
            transactional.enqueue(db, "address", one.id, now, wanted, address.email)


def find_change(db: Database, number: int, proof: str, now: datetime) -> AddressChange | None:
    """What the link in the email of this number is to confirm; None where it is no such link, or has been used."""
    one, secret = transactional.find_reader(db, "address", number), secrets.get(db, "signing")
    if one is None or one.status not in SUBSCRIBED_STATUSES:
        return None
    times = dict(transactional.list_times(db, "address", one.id, now - MOVE_RETENTION))
    good = proof_token(secret, "address", number, times[number], one.key) if number in times else ""
    if not (good and hmac.compare_digest(good.encode(), proof.encode())):
        return None
    return AddressChange(one, parse_address(transactional.get_details(db, number)))


def confirm_change(db: Database, number: int, proof: str, now: datetime) -> Subscriber | None:
    """The new mailbox says yes: the subscription goes there, with all that is held of it, and the old one is told.

    None where it is no such link, or somebody has subscribed there since.
    """
    with write_transaction(db):
        change = find_change(db, number, proof, now)
        if change is None or not _make_room(db, change, now):
            return None
        moved = _move(db, change, now)
        if moved.key != change.subscriber.key:
            transactional.enqueue(db, "moved", moved.id, now, details=change.subscriber.email)
        return moved


def find_way_back(db: Database, token: str, proof: str, now: datetime) -> AddressChange | None:
    """What the link in the email to the old address takes back; None where it is no such link. Raises NotFound."""
    one = find_by_token(db, token)
    number = find_letter(db, one, "moved", proof, now - MOVE_RETENTION)
    return AddressChange(one, parse_address(transactional.get_details(db, number))) if number else None


def take_back(effects: SideEffects, db: Database, token: str, proof: str) -> Subscriber | None:
    """The old mailbox did not want this: the subscription comes back, under a token that nobody else has.

    None where it is no such link, or that address has subscribed anew since. Raises NotFound.
    """
    now = effects.now()
    with write_transaction(db):
        change = find_way_back(db, token, proof, now)
        if change is None or not _make_room(db, change, now):
            return None
        renewed = replace(change.subscriber, token=effects.token(), since=now)
        return _move(db, replace(change, subscriber=renewed), now)


def _make_room(db: Database, change: AddressChange, now: datetime) -> bool:
    """Whether nobody else is subscribed at the address; what was there and is not, or not yet, goes."""
    other = subscribers.get(db, change.address.key)
    if other is None or other.id == change.subscriber.id:
        return True
    if other.status in SUBSCRIBED_STATUSES:
        return False
    if other.status in ENDED_STATUSES:
        suppressions.add(db, [address_digest(secrets.get(db, "signing"), other.key)], "left", now)
    delete_subscribers(db, [other], now)
    return True


def _move(db: Database, change: AddressChange, now: datetime) -> Subscriber:
    """The old address is not to be imported again, and what came back from it counts no more. Other links end."""
    one, address = change.subscriber, change.address
    if address.key != one.key:
        secret = secrets.get(db, "signing")
        suppressions.add(db, [address_digest(secret, one.key)], "left", now)
        suppressions.delete(db, address_digest(secret, address.key))
        bounces.void_all(db, one.id)
    numbers = [number for number, owner, _ in transactional.list_other_addresses(db) if owner == one.id]
    transactional.delete_many(db, numbers)
    moved = replace(one, email=address.email, key=address.key, mailbox=address.mailbox)
    subscribers.update(db, moved)
    return moved
