"""Sign-up on the web: a pending subscription with a confirmation email, within rate limits."""

import logging
from contextlib import nullcontext
from dataclasses import replace
from datetime import datetime, timedelta

from core.config.schema import Settings, SignupSettings
from core.email_address import EmailAddress
from core.errors import LimitExceeded
from core.records import Subscriber
from core.retention_times import SIGNUP_COUNT_RETENTION
from core.side_effects import SideEffects
from core.states import ENDED_STATUSES, SUBSCRIBED_STATUSES, TransactionalKind
from core.subscriber_rules import Preferences, address_digest, network_key, rate_limit_digest
from db.mail import signup_attempts as counted
from db.mail import subscribers, suppressions, transactional
from db.mail.signup_attempts import BY_ADDRESS, BY_NETWORK
from db.operator import secrets
from db.schema.connect import Database, write_transaction
from services.readers.subscriptions import SubscriptionRequest, add_address, make_subscriber, validate_address

log = logging.getLogger("casereviews")
ONE_HOUR = timedelta(hours=1)
DOUBLE_CLICK = timedelta(seconds=10)  # the same form in so short a time is one that was sent twice


def sign_up(
    effects: SideEffects,
    settings: Settings,
    db: Database,
    text: str,
    wishes: Preferences,
    wording: str,
    network: str,
    search: str = "",
) -> None:
    """Somebody asks on the web: pending until they confirm, and an email in the queue; nothing is sent here.

    Who is subscribed gets an email that says so, and what they get stays as it is, for this may not be them. The
    same answer and the same work whether or not the address is known. `wording` is the version of the consent;
    `network` the asker's IP address, of which a keyed hash is kept for a day. Raises HouseError for an address
    that is refused, LimitExceeded beyond a cap, then having written nothing; beyond that of one address there is
    simply no email, nor is there a second one for a form that was sent twice. `search`: a search to be saved, as JSON;
    the email asks whoever it is to confirm that, and what somebody known gets stays as it is.
    """
    address, now = validate_address(text), effects.now()
    request = SubscriptionRequest(wishes, wording, "web", in_person=True)
    with write_transaction(db):
        secret = secrets.get(db, "signing")
        count_request(db, settings.signup, secret, network, now)
        existing, fresh = subscribers.get(db, address.key), make_subscriber(effects, address, request, now)
        if existing:  # the links in old mails stay good
            fresh = _renew(existing, fresh, bool(search))
        left = existing is not None and existing.status in ENDED_STATUSES
        suppressions.add(db, [address_digest(secret, address.key)] if left else [], "left", now)
        subscriber = subscribers.upsert(db, fresh)
        known: TransactionalKind = "known" if subscriber.status in SUBSCRIBED_STATUSES else "confirm"
        kind: TransactionalKind = "search" if search else known
        is_repeated = transactional.is_under_way(db, kind, subscriber.id, now - DOUBLE_CLICK, search)
        claimed = not is_repeated and claim_email(db, settings.signup, secret, address, now)
        transactional.enqueue(db, kind, subscriber.id, now, claimed, search)


def _renew(existing: Subscriber, fresh: Subscriber, keep_wishes: bool) -> Subscriber:
    if existing.status in SUBSCRIBED_STATUSES:
        return existing
    if keep_wishes:
        return replace(existing, status=fresh.status, since=fresh.since, consent=fresh.consent)
    return replace(fresh, id=existing.id, token=existing.token)


def invite(
    effects: SideEffects, settings: Settings, db: Database, text: str, request: SubscriptionRequest, dry: bool = False
) -> tuple[Subscriber, bool, bool]:
    """The operator adds somebody: the subscriber, whether anything changed, whether an email asks them to confirm.

    As `add_subscriber`, which raises HouseError; whoever is pending gets an email, again too, within the cap of one
    address.
    """
    address, now = validate_address(text), effects.now()
    with nullcontext() if dry else write_transaction(db):
        subscriber, changed = add_address(effects, db, address, request, dry)
        if dry or subscriber.status != "pending":
            return subscriber, changed, False
        claimed = claim_email(db, settings.signup, secrets.get(db, "signing"), address, now)
        transactional.enqueue(db, "confirm", subscriber.id, now, claimed)
    return subscriber, changed, claimed


def count_request(db: Database, caps: SignupSettings, secret: str, network: str, now: datetime) -> None:
    """Count what somebody asks for against the caps of their network and of all. Raises LimitExceeded beyond one."""
    counted.delete_until(db, now - SIGNUP_COUNT_RETENTION)
    neighbours = _network_hashes(secret, network, now)
    _refuse_too_many(db, caps, neighbours, now)
    counted.add(db, BY_NETWORK, neighbours[0], now)


def _refuse_too_many(db: Database, caps: SignupSettings, neighbours: list[str], now: datetime) -> None:
    """Raises LimitExceeded when a network, or everybody together, has asked as often as is allowed.

    So that a few networks cannot shut out all others, half of what all may ask is for the first of each network: once
    further ones have taken the other half, each network has its equal share of that.
    """
    again, hour_ago = "Try again in an hour.", now - ONE_HOUR
    from_here = counted.count_of_keys(db, BY_NETWORK, neighbours, hour_ago)
    asked, networks = counted.count_of_kind(db, BY_NETWORK, hour_ago), counted.count_of_hashes(db, BY_NETWORK, hour_ago)
    half = caps.per_hour // 2
    share = caps.per_network_per_hour if asked - networks < half else max(1, half // networks)
    if asked - networks >= half + half // 2:  # and at last none: new ones with a share each would take all, too
        share = 1
    if from_here >= min(share, caps.per_network_per_hour):
        raise LimitExceeded("too many sign-ups", "from your network", again)
    if counted.count_of_kind(db, BY_ADDRESS, hour_ago) >= caps.per_hour:
        log.warning("no more sign-ups this hour: signup.per_hour is %d", caps.per_hour)
        raise LimitExceeded("too many sign-ups", "just now", again)


def _network_hashes(secret: str, network: str, now: datetime) -> list[str]:
    """A network's hashes: today's, and the one an hour ago was counted under."""
    days = dict.fromkeys((now.date(), (now - ONE_HOUR).date()))
    return [address_digest(secret, network_key(network, day)) for day in days]


def claim_email(db: Database, caps: SignupSettings, secret: str, address: EmailAddress, now: datetime) -> bool:
    """Whether an address may have one more email today; counted if so."""
    mark = rate_limit_digest(secret, address.key)
    if counted.count_of_keys(db, BY_ADDRESS, [mark], now - SIGNUP_COUNT_RETENTION) >= caps.per_address_per_day:
        return False
    counted.add(db, BY_ADDRESS, mark, now)
    return True
