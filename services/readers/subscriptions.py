"""Subscriptions: add, confirm, end, erase, expire."""

import json
from contextlib import nullcontext
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from core.config.schema import Settings
from core.email_address import EmailAddress, parse_address
from core.errors import HouseError, NotFound
from core.plurals import plural
from core.records import Consent, Subscriber
from core.redact import mask_address
from core.retention_times import ENDED_RETENTION, SIGNUP_COUNT_RETENTION, UNCONFIRMED_RETENTION, UNDO_RETENTION
from core.side_effects import SideEffects
from core.states import ENDED_STATUSES, LEFT_STATUSES, ConsentOrigin, EndedStatus
from core.subscriber_rules import InvalidInput, Preferences, address_digest
from db.mail import delivery_retention, erasures, leave_requests, subscribers, suppressions, transactional
from db.mail import signup_attempts as counted
from db.operator import secrets
from db.schema.connect import Database, enable_secure_delete, truncate_wal, write_transaction
from newsletter.mail import outbox_files
from services.readers.alerts_saved import match_missed
from services.readers.erasure_seal import open_seal, seal_text

DEFAULT_WISHES = Preferences()


@dataclass(frozen=True, slots=True)
class SubscriptionRequest:
    """What is asked for, and on whose word. With `confirmed`, no mail asks the reader again."""

    wishes: Preferences = DEFAULT_WISHES
    consent: str = ""  # the version of the words agreed to, or the operator's own words for it
    how: ConsentOrigin = "operator"
    confirmed: bool = False
    in_person: bool = False  # the reader asks in person: then those who left or were erased may come back


def validate_address(text: str) -> EmailAddress:
    """The address a person typed. Raises HouseError with the reason."""
    try:
        return parse_address(text)
    except InvalidInput as e:
        raise HouseError("this address cannot be used", str(e), "Correct it, and try again.") from e


def add_subscriber(
    effects: SideEffects, db: Database, text: str, request: SubscriptionRequest, dry: bool = False
) -> tuple[Subscriber, bool]:
    """The subscriber of an address, and whether anything changed.

    Pending until they confirm, unless confirmed already. Raises HouseError for an address that is refused,
    and for one that left or was erased, unless they ask themselves.
    """
    address = validate_address(text)
    with nullcontext() if dry else write_transaction(db):
        return add_address(effects, db, address, request, dry)


def add_address(
    effects: SideEffects, db: Database, address: EmailAddress, request: SubscriptionRequest, dry: bool = False
) -> tuple[Subscriber, bool]:
    """As `add_subscriber`, inside the caller's transaction."""
    now, existing = effects.now(), subscribers.get(db, address.key)
    subscriber = make_subscriber(effects, address, request, now)
    digest = address_digest(secrets.get(db, "signing"), address.key)
    left = existing is not None and existing.status in ENDED_STATUSES
    if (left or suppressions.find(db, [digest])) and not (existing and not left) and not request.in_person:
        fix = "They can subscribe again themselves."
        raise HouseError("this address left, or was erased", mask_address(address.email), fix)
    if existing is None:
        return (subscriber if dry else subscribers.add(db, subscriber) or subscriber), True
    if not left and (existing.status != "pending" or not request.confirmed):
        return existing, False
    renewed = replace(subscriber, id=existing.id, token=existing.token)  # the links in old mails stay good
    if not dry:
        suppressions.add(db, [digest] if left else [], "left", now)
        subscribers.update(db, renewed)
    return renewed, True


def make_subscriber(
    effects: SideEffects, address: EmailAddress, request: SubscriptionRequest, now: datetime
) -> Subscriber:
    """The subscriber that is asked for, not stored yet, with a token of their own."""
    return Subscriber(
        email=address.email,
        key=address.key,
        mailbox=address.mailbox,
        token=effects.token(),
        since=now,
        consent=Consent(now, request.consent, request.how, now if request.confirmed else None),
        status="active" if request.confirmed else "pending",
        topics=request.wishes.topics,
        nations=request.wishes.nations,
        edition=request.wishes.edition,
        matching=request.wishes.matching,
        rest=request.wishes.rest,
    )


def find_by_token(db: Database, token: str) -> Subscriber:
    """Whose links carry a token; changes nothing. Raises NotFound."""
    if (subscriber := subscribers.get_by_token(db, token)) is None:
        raise NotFound("no such subscription", "", "The link may be of somebody who was erased since.")
    return subscriber


def confirm_signup(db: Database, token: str, now: datetime) -> Subscriber:
    """The reader says yes: pending becomes active. Any other status stays. Raises NotFound."""
    with write_transaction(db):
        return confirm_known(db, find_by_token(db, token), now)


def confirm_known(db: Database, subscriber: Subscriber, now: datetime) -> Subscriber:
    """As `confirm_signup`, inside the caller's transaction."""
    if subscriber.status != "pending":
        return subscriber
    confirmed = replace(subscriber, status="active", since=now, consent=replace(subscriber.consent, confirmed_when=now))
    subscribers.update(db, confirmed)
    return confirmed


def end_subscription(db: Database, token: str, now: datetime, status: EndedStatus = "unsubscribed") -> Subscriber:
    """A subscription ends. One that has ended by its reader's will stays so; one that bounced is left for good.

    Raises NotFound.
    """
    with write_transaction(db):
        return end_known(db, find_by_token(db, token), now, status)


def end_known(db: Database, subscriber: Subscriber, now: datetime, status: EndedStatus = "unsubscribed") -> Subscriber:
    """As `end_subscription`, inside the caller's transaction."""
    if subscriber.status in LEFT_STATUSES:
        return subscriber
    ended = replace(subscriber, status=status, since=now)
    subscribers.update(db, ended)
    leave_requests.answer(db, subscriber.id, now)
    return ended


def describe_leaving(count: int) -> str:
    """How many readers asked by mail to leave, without proof."""
    return f"{plural(count, 'reader asks', 'readers ask')} by mail to leave, without the token that proves it"


def keep_subscription(db: Database, token: str, now: datetime) -> Subscriber:
    """What asked by mail to leave was not the reader, the operator says. Raises NotFound."""
    with write_transaction(db):
        subscriber = find_by_token(db, token)
        leave_requests.answer(db, subscriber.id, now)
        return subscriber


def erase_subscriber(db: Database, text: str, now: datetime, dry: bool = False, undoable: bool = False) -> bool:
    """Delete all we hold of a person but a keyed hash, so that no list brings them back; False for a stranger.

    A stranger's hash is kept too, and their mail in the outbox is looked for all the same, so that an erasing that
    was interrupted is finished by doing it again. With `undoable`, what an operator may have done by mistake can be
    taken back for a day. Raises HouseError for what is no address, StoreError when a file could not be deleted.
    """
    key = validate_address(text).key
    keys = {key}  # with the address that a reader had before
    with nullcontext() if dry else write_transaction(db):
        subscriber, secret = subscribers.get(db, key), secrets.get(db, "signing")
        if not dry:
            others = [(n, owner, parse_address(to).key) for n, owner, to in transactional.list_other_addresses(db)]
            keys |= {other for _, owner, other in others if subscriber and owner == subscriber.id}
            transactional.delete_many(db, [number for number, _, other in others if other == key])
            digest = address_digest(secret, key)
            if subscriber and undoable:
                held = json.dumps([bool(suppressions.find(db, [digest])), erasures.dump_person(db, subscriber.id)])
                erasures.save_seal(db, digest, seal_text(secret, key, held), now)
            elif subscriber:
                erasures.delete_seal(db, digest)
            suppressions.add(db, [digest], "erased", now)
            delete_subscribers(db, [subscriber] if subscriber else [], now)
    if not dry:
        outbox_files.delete_for_mailboxes(_outbox_folder(db), keys)
        truncate_wal(db)
    return subscriber is not None


def can_undo_erasure(db: Database, text: str, now: datetime) -> bool:
    """Whether somebody with this address was erased within a day. Raises HouseError for what is no address."""
    sealed = erasures.find_seal(db, address_digest(secrets.get(db, "signing"), validate_address(text).key))
    return sealed is not None and now - sealed[1] < UNDO_RETENTION


def undo_erasure(settings: Settings, db: Database, text: str, now: datetime, dry: bool = False) -> Subscriber:
    """Take back that somebody was erased; they are as they were, but for their messages in the outbox.

    Their saved searches are asked about the news of meanwhile. Raises HouseError for whom was not erased within a day,
    or who has subscribed again since.
    """
    address = validate_address(text)
    secret, who = secrets.get(db, "signing"), mask_address(address.email)
    digest = address_digest(secret, address.key)
    with write_transaction(db, dry):
        sealed = erasures.find_seal(db, digest)
        if sealed is None or now - sealed[1] >= UNDO_RETENTION:
            raise HouseError("nobody with this address was erased in the last 24 hours", who, "It cannot be undone.")
        if subscribers.get(db, address.key):
            raise HouseError("this address has subscribed again since it was erased", who, "There is nothing to undo.")
        was_suppressed, held = json.loads(open_seal(secret, address.key, sealed[0]))
        number = erasures.load_person(db, held, now)
        erasures.delete_seal(db, digest)
        if not was_suppressed:
            suppressions.delete(db, digest)
        restored = subscribers.get_by_id(db, number)
        assert restored
        subscribers.update(db, restored)  # for the journal
        match_missed(settings, db, restored, sealed[1], now)
    if not dry:
        truncate_wal(db)
    return restored


def delete_expired(db: Database, now: datetime) -> tuple[int, int]:
    """Delete sign-ups that nobody confirmed in time, and those who left long enough ago; how many of each.

    Of those who left, a keyed hash stays, so that an old list does not bring them back. What the caps counted
    goes after a day, and old emails with what became of them after a week.
    """
    outbox_files.delete_for_mailboxes(
        _outbox_folder(db), [one.key for one in (*_expired_signups(db, now), *_expired_leavers(db, now))]
    )  # first: who, if
    with write_transaction(db):  # interrupted here, is still known the next time
        counted.delete_until(db, now - SIGNUP_COUNT_RETENTION)
        erasures.delete_until(db, now - UNDO_RETENTION)
        transactional.delete_until(db, now - UNCONFIRMED_RETENTION)
        unconfirmed, leavers = _expired_signups(db, now), _expired_leavers(db, now)
        if leavers:
            secret = secrets.get(db, "signing")
            suppressions.add(db, [address_digest(secret, one.key) for one in leavers], "left", now)
        delete_subscribers(db, [*unconfirmed, *leavers], now)
    truncate_wal(db)  # also of what was erased while somebody held the log
    return len(unconfirmed), len(leavers)


def _expired_signups(db: Database, now: datetime) -> list[Subscriber]:
    return subscribers.list_in_status_since(db, ["pending"], now - UNCONFIRMED_RETENTION)


def _expired_leavers(db: Database, now: datetime) -> list[Subscriber]:
    return subscribers.list_in_status_since(db, ENDED_STATUSES, now - ENDED_RETENTION)


def delete_subscribers(db: Database, people: list[Subscriber], now: datetime) -> None:
    """Delete subscribers; of what they were sent, only that somebody got it stays. In the caller's transaction."""
    ids = [one.id for one in people]
    enable_secure_delete(db)
    delivery_retention.detach_subscribers(db, ids)
    subscribers.delete(db, ids, now)


def _outbox_folder(db: Database) -> Path:
    return db.file.parent / "outbox"
