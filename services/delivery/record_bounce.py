"""Recorded bounces: what one counts for, with the brake that holds many alike until the operator is asked.

A bounce names a reader, but its cause may be a relay, a domain or us. So a subscription ends at once only by a hard
bounce that is alone (no other reader of its domain is refused in the same words with that issue) and plain (the words
say that the mailbox is not there); else it takes another sign with another issue on another day. And where most of one
domain are refused in the same words, whatever the words, or more readers of one issue are lost than
`core/bounce_brake.py` lets go, all of these bounces are held, those that had ended a subscription already give it
back, and the operator is asked whether it is them or us. It is the same for what a server refuses while we send, what
comes back, and what a provider tells. What was refused and is held, or of two who are most of their domain, is
tried again for a day: if it is taken then, nothing is left to ask.
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from core.bounce_brake import MAX_ENDS_SHARE, MIN_ALIKE, is_most_of_domain, is_too_many
from core.bounce_rules import (
    FULL_WEIGHT_AGE,
    Bounce,
    bounce_fingerprint,
    refusal_signature,
    says_mailbox_is_gone,
    status_after_bounce,
)
from core.records import Delivery, Subscriber
from core.retry import DELIVERY_RETRY
from core.states import SUBSCRIBED_STATUSES, BounceKind, BounceSource, EndedStatus, PriorStatus
from db.mail import audiences, bounce_holds, bounces, mailings, subscribers
from db.mail.bounce_holds import BounceHold
from db.schema.connect import Database
from services.delivery.refusal_labelling import keep_unknown

log = logging.getLogger("casereviews")
GRAVE_KINDS: tuple[BounceKind, ...] = ("hard", "domain")  # two of them end a subscription
CHECKS_PER_DOUBLING = 32
MANY_ALIKE = 1_000  # of more it is asked soon, and all of them are tried again then: to count at each takes time
HELD_RETRY_DELAY = timedelta(hours=1)  # what is held is tried again so long after it was refused, for a day


@dataclass(frozen=True, slots=True)
class BounceEffect:
    """What a bounce has done."""

    status: Literal[EndedStatus, ""] = ""  # that the subscription has from now on; empty: as before
    is_held: bool = False  # whether the operator is asked
    requeued: int = 0  # deliveries that are tried again, this one or others


def record_bounce(
    db: Database,
    reader: Subscriber,
    delivery: Delivery,
    kind: BounceKind,
    words: str,
    source: BounceSource,
    now: datetime,
) -> BounceEffect:
    """Keep a bounce of a delivery, and end its reader's subscription or ask, where it is one too many.

    Inside the caller's transaction. The same bounce read again changes nothing. `words`: the server's, redacted.
    """
    fingerprint = bounce_fingerprint(delivery.token, kind)
    if reader.status not in SUBSCRIBED_STATUSES:
        return BounceEffect()
    if known := bounces.find(db, fingerprint):
        held = known.standing == "held"
        is_retried = source == "refusal" and (held or _may_pass(db, known, bounces.count_alike(db, known)))
        return BounceEffect(is_held=held, requeued=_retry_refused(db, [known], now) if is_retried else 0)
    signature = refusal_signature(words, reader.mailbox)
    domain = reader.mailbox.rpartition("@")[2]
    bounce = Bounce(reader.id, delivery.period, kind, now, words, fingerprint, domain, signature, source)
    bounce = replace(bounce, id=bounces.add(db, bounce))
    if kind == "unknown":
        keep_unknown(db, fingerprint, words, now)
    return BounceEffect() if kind == "complaint" else _judge(db, reader, bounce, now)


def _judge(db: Database, reader: Subscriber, bounce: Bounce, now: datetime) -> BounceEffect:
    """Whether a bounce counts, ends its reader's subscription, or is held with others."""
    hold = bounce_holds.find(db, bounce.period, bounce.domain, bounce.signature)
    alike = 0 if hold else bounces.count_alike(db, bounce)
    if _is_most_of_domain(db, bounce, alike):
        return _open_hold(db, bounce, bounces.list_alike(db, bounce), now, bounce.domain, bounce.signature)
    lone = alike == 1 and says_mailbox_is_gone(bounce.words)
    status = status_after_bounce(bounce.kind, bounces.list_counted(db, reader.id, reader.since), now, lone)
    if hold is None and (status or bounce.kind in GRAVE_KINDS):
        hold = bounce_holds.find(db, bounce.period)
        hold = hold if hold and hold.answer != "them" else None  # what was said of others then
        if hold is None and (members := _list_excess(db, bounce)):
            return _open_hold(db, bounce, members, now)
    if hold and hold.answer != "them":
        return _join_hold(db, bounce, hold, now)
    if hold and bounce.kind in GRAVE_KINDS:
        status = "bounced"  # a person has said so
    if alike == 2 and hold is None:
        _take_back_lone_end(db, bounce, now)
    if status:
        end_by_bounce(db, reader, bounce, now)
        return BounceEffect(status)
    members = bounces.list_alike(db, bounce) if alike == 2 else [bounce]
    return BounceEffect(requeued=_retry_refused(db, members, now) if _may_pass(db, bounce, alike) else 0)


def _may_pass(db: Database, bounce: Bounce, alike: int) -> bool:
    """Whether a refusal is of most of a domain, too few to ask about: it may be over in an hour, so is tried again."""
    if bounce.standing != "counted" or bounce.ended or not 2 <= alike <= MANY_ALIKE:
        return False
    return 2 * alike >= audiences.count_audience(db, bounce.period, bounce.domain, 2 * alike + 1)


def _list_excess(db: Database, bounce: Bounce) -> list[Bounce]:
    """The bounces of an issue that end subscriptions, this one among them, where these are too many; else none."""
    others = [] if bounce.kind in GRAVE_KINDS else [bounce]
    count = bounces.count_grave(db, bounce.period) + len(others)
    if count < 2:  # alone, it may be of the only reader there is
        return []
    audience = audiences.count_audience(db, bounce.period, limit=int(count / MAX_ENDS_SHARE) + 1)  # a day's alerts
    return [*bounces.list_grave(db, bounce.period), *others] if is_too_many(count, audience) else []


def end_by_bounce(db: Database, reader: Subscriber, bounce: Bounce, now: datetime) -> None:
    """A bounce ends its reader's subscription; what it was before is kept with the bounce."""
    bounces.set_ended(db, replace(bounce, ended=prior_status(reader)))
    subscribers.end(db, reader.id, "bounced", now)


def prior_status(reader: Subscriber) -> PriorStatus:
    """The status that a subscription has which is about to end; empty where it has ended already."""
    return "paused" if reader.status == "paused" else "active" if reader.status == "active" else ""


def _is_most_of_domain(db: Database, bounce: Bounce, alike: int) -> bool:
    """Asked at every bounce for as long as they are few, then at every thirtieth of them: to count takes time."""
    if alike < MIN_ALIKE or alike % (alike // CHECKS_PER_DOUBLING or 1):
        return False
    return is_most_of_domain(alike, audiences.count_audience(db, bounce.period, bounce.domain, 2 * alike + 1))


def _open_hold(
    db: Database, bounce: Bounce, members: Sequence[Bounce], now: datetime, domain: str = "", signature: str = ""
) -> BounceEffect:
    """Ask about these bounces; who was ended by one of them is subscribed again."""
    subscribers.take_up_again(db, [one for one in members if one.ended], now)
    number = bounce_holds.open_hold(db, bounce.period, domain, signature, bounce.words, now)
    bounces.set_standing(db, members, "held", number)
    bounce_holds.delete_empty(db, bounce.period)  # whose bounces are all of this domain
    log.warning(
        "%s: many are refused alike%s (%s): is it them or us? See: casereviews status",
        *(bounce.period, f" at {domain}" if domain else "", bounce.words),
    )
    return BounceEffect(is_held=True, requeued=_retry_refused(db, members, now))


def _join_hold(db: Database, bounce: Bounce, hold: BounceHold, now: datetime) -> BounceEffect:
    """One more of those that the operator is asked about, or has said of that it was us."""
    is_open = not hold.answer
    bounces.set_standing(db, [bounce], "held" if is_open else "void", hold.id)
    return BounceEffect(is_held=is_open, requeued=_retry_refused(db, [bounce], now) if is_open else 0)


def _take_back_lone_end(db: Database, bounce: Bounce, now: datetime) -> None:
    """The first of its kind was not alone after all: unless it was its reader's second sign, it ended nothing."""
    first = bounces.list_alike(db, bounce)[0]
    if first.ended and first.kind == "hard":
        signs = bounces.list_counted(db, first.subscriber_id, now - 2 * FULL_WEIGHT_AGE)
        if not status_after_bounce("hard", signs, now):
            subscribers.take_up_again(db, [first], now)
            bounces.set_standing(db, [first], "counted")


def _retry_refused(db: Database, members: Sequence[Bounce], now: datetime) -> int:
    """Try again what was refused while it was sent, for a day: many alike pass, as an hour of a relay's does."""
    ids = [one.subscriber_id for one in members if one.source == "refusal"]
    if not ids:
        return 0
    patience = DELIVERY_RETRY.give_up_after or timedelta()
    count = audiences.requeue_refused(db, members[0].period, ids, now + HELD_RETRY_DELAY, now - patience)
    if count:
        mailings.mark_sending(db, members[0].period)
    return count
