"""Bounce handling: what follows from a bounce, a complaint, an unsubscribe by mail."""

import hashlib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from email.utils import parseaddr
from typing import Literal

from core.bounce_rules import (
    Bounce,
    RecipientReport,
    bounce_fingerprint,
    classify_refusal,
    parse_codes,
    redact_reply,
    worst_bounce,
)
from core.config.schema import Settings
from core.records import Delivery, Subscriber
from core.redact import mask_address
from core.refusal_labels import find_label
from core.side_effects import SideEffects
from core.states import ENDED_STATUSES, LEFT_STATUSES, BounceKind, BounceSource, EndedStatus, InboundForm
from core.subscriber_rules import envelope_key
from db.mail import alert_mail, bounces, deliveries, delivery_reports, leave_requests, refusal_labels, subscribers
from db.schema.connect import Database, write_transaction
from newsletter.inbound.bounce_parser import InboundMessage, parse_inbound
from services.delivery.record_bounce import BounceEffect, prior_status, record_bounce
from services.delivery.refusal_labelling import keep_unknown
from services.readers import subscriptions

InboundKind = Literal[BounceKind, "leave"]  # what of a message counts for its reader
KIND_PHRASES: dict[InboundKind, str] = {
    "hard": "a hard bounce: the mailbox is not there",
    "domain": "the domain is not there",
    "soft": "a soft bounce",
    "spam": "refused for what the message or its sender is, which does not count against the reader",
    "unknown": "refused in words that nobody has reviewed, which does not count against the reader",
    "complaint": "a complaint",
    "leave": "asks to leave by mail",
}
NO_EFFECT = BounceEffect()
UNKNOWN_COMMAND = "a mail system's, and not understood: casereviews refusals list; nothing changed"
FORM_PHRASES: dict[InboundForm, str] = {
    "automatic": "an automatic reply or report",
    "other": "neither a bounce nor a complaint",
}


@dataclass(frozen=True, slots=True)
class BounceOutcome:
    """What a message that came back was, and what followed. Neither address nor token in clear."""

    kind: Literal[InboundKind, ""]  # empty: nothing that counts
    words: str  # in one line
    ours: bool = False  # about a message of ours, and read to the end
    email: str = ""  # masked; empty: nobody's
    period: str = ""
    status: Literal[EndedStatus, ""] = ""  # that the subscription has from now on; empty: as before
    why: str = field(default="", repr=False)  # the refusing server's words, scrubbed
    is_held: bool = False  # many are refused alike, and the operator is asked whether it is them or us
    requeued: int = 0  # deliveries that are tried again, this one or others


def handle_message(
    effects: SideEffects, settings: Settings, db: Database, raw: bytes, recipient: str = "", dry: bool = False
) -> BounceOutcome:
    """Read a message that came back, and do what follows from it; a dry run writes nothing.

    `recipient`: where the mail server says it was sent. Only a token of ours says whom it is about: an address
    proves nothing, anybody can write one. Reading it again changes nothing more. Raises StoreError.
    """
    inbound, now = parse_inbound(raw, recipient), effects.now()
    if _is_unsubscribe(inbound, settings):
        return _handle_unsubscribe(db, inbound, now, dry)
    with write_transaction(db, dry):
        return handle_inbound(db, inbound, now)


def handle_inbound(
    db: Database, inbound: InboundMessage, now: datetime, source: BounceSource = "returned"
) -> BounceOutcome:
    """Do what follows from a bounce or complaint, whoever told us of it; inside the caller's transaction."""
    delivery = find_message(db, inbound.tokens)
    if inbound.form == "complaint":
        return _handle_complaint(db, inbound, delivery, now)
    if inbound.unknown_words and delivery:
        words = redact_reply(inbound.unknown_words, (*inbound.tokens, *inbound.asked, *inbound.quoted))
        if not find_label(refusal_labels.listing(db), words):
            keep_unknown(db, inbound.ident, words, now)
            return BounceOutcome("", UNKNOWN_COMMAND)
        inbound = replace(inbound, form="bounce", reports=(RecipientReport("failed", "", words),))
    if inbound.form != "bounce":
        ours = delivery is not None and inbound.form == "automatic"
        return BounceOutcome("", f"{FORM_PHRASES[inbound.form]}; nothing changed", ours)
    if delivery is None:
        return BounceOutcome("", "not ours: no message of ours is named in it; nothing changed")
    return _handle_bounce(db, inbound, delivery, now, source)


def find_message(db: Database, tokens: Iterable[str]) -> Delivery | None:
    """The first delivery of an issue, or alert, that one of these tokens names."""
    found = (deliveries.get_by_token(db, token) or alert_mail.find_delivery(db, token) for token in tokens)
    return next(filter(None, found), None)


def record_refusal(db: Database, delivery_id: int, reply: str, now: datetime) -> BounceOutcome:
    """Count a refusal that the receiving server gave while a message was being sent. Raises StoreError."""
    return record_refusal_of(db, deliveries.get_by_id(db, delivery_id), reply, now)


def record_refusal_of(db: Database, delivery: Delivery | None, reply: str, now: datetime) -> BounceOutcome:
    """The same of an issue's delivery or of an alert."""
    code, enhanced = parse_codes(reply)
    with write_transaction(db):
        kind = classify_refusal(code, enhanced, reply, "", refusal_labels.listing(db))
        subscriber = _find_subscriber(db, delivery)
        if not kind or not delivery or not subscriber:
            return BounceOutcome("", "a refusal that says nothing of the reader; nothing changed")
        why = redact_reply(reply, (delivery.token, subscriber.token))
        effect = record_bounce(db, subscriber, delivery, kind, why, "refusal", now)
        return _make_outcome(subscriber, kind, delivery.period, why, effect)


def _is_unsubscribe(inbound: InboundMessage, settings: Settings) -> bool:
    """Whether it came to the address in List-Unsubscribe, and no machine of a reader's wrote it.

    To that address with a token in it nobody answers by machine: it is no sender's. Mail programs write there for
    their reader, and say that they do (Auto-Submitted; Apple Mail).
    """
    own = parseaddr(settings.mail.unsubscribe_mailbox)[1].lower()
    came_to = {address: re.sub(r"\+[^@]*@|-[\w-]{22}@", "@", address) for address in inbound.to}
    if not own or own not in came_to.values():
        return False
    return inbound.form == "other" or (inbound.form == "automatic" and own not in came_to)


def _handle_unsubscribe(db: Database, inbound: InboundMessage, now: datetime, dry: bool) -> BounceOutcome:
    """End the subscription whose token the message names: an address proves nothing.

    A token in what the message quotes is no wish by itself: who asks, or answers, quotes it too, and so does who was
    passed the newsletter on. Then the writer's own words and address say it; where they do not, and where there is no
    token and the address is a reader's, the operator is asked.
    """
    named = _find_reader(db, inbound.asked)
    subscriber = named or _find_reader(db, (*inbound.readers, *inbound.quoted))
    if subscriber is None:
        subscriber = subscribers.get(db, envelope_key(inbound.sender)) if inbound.sender else None
        return _note_unproven(db, inbound, subscriber, "without a token", now, dry)
    if subscriber.status in LEFT_STATUSES:
        return _make_outcome(subscriber, "leave", "", "")
    is_own_wish = inbound.wish in ("leave", "none") and envelope_key(inbound.sender) == subscriber.key
    if inbound.wish == "stay" or not (named or is_own_wish):
        return _note_unproven(db, inbound, subscriber, "in words that do not say so", now, dry)
    subscriber = subscriber if dry else subscriptions.end_subscription(db, subscriber.token, now)
    return _make_outcome(subscriber, "leave", "", "", BounceEffect("unsubscribed"))


def _find_reader(db: Database, tokens: Sequence[str]) -> Subscriber | None:
    """The reader whom one of these tokens names, also in the small letters in which some gateways write addresses."""
    found = next(filter(None, (subscribers.get_by_token(db, token) for token in tokens)), None)
    return found or subscribers.find_by_lower_token(db, [token for token in tokens if token.islower()])


def _note_unproven(
    db: Database, inbound: InboundMessage, subscriber: Subscriber | None, how: str, now: datetime, dry: bool
) -> BounceOutcome:
    """Keep for the operator that somebody writes to leave, as it seems, and nothing proves it."""
    if subscriber is None or subscriber.status in LEFT_STATUSES:
        return BounceOutcome("", "asks to leave, and names no subscriber's token; nothing changed")
    if not dry:
        with write_transaction(db):
            leave_requests.add(db, subscriber.id, hashlib.sha256(inbound.ident.encode()).hexdigest(), now)
    email = mask_address(subscriber.email)
    words = f"{email}: asks to leave by mail, {how}; the operator is asked: /ops/people"
    return BounceOutcome("", words, email=email)  # it stays in its mailbox, for the operator to read


def _handle_complaint(db: Database, inbound: InboundMessage, delivery: Delivery | None, now: datetime) -> BounceOutcome:
    """A provider tells that a reader pressed "this is spam". Many black out all but our own links."""
    if delivery:
        subscriber, period, about = _find_subscriber(db, delivery), delivery.period, delivery.token
    else:
        subscriber = next(filter(None, (subscribers.get_by_token(db, token) for token in inbound.readers)), None)
        period, about = "", f"{inbound.ident} {subscriber.token if subscriber else ''}"
    if subscriber is None:
        return BounceOutcome("", "a complaint that is not ours; nothing changed", delivery is not None)
    fingerprint, words = bounce_fingerprint(about, "complaint"), "the reader's provider passed on a complaint"
    if subscriber.status in LEFT_STATUSES or bounces.exists(db, fingerprint):
        return _make_outcome(subscriber, "complaint", period, "")
    ended, domain = prior_status(subscriber), subscriber.mailbox.rpartition("@")[2]
    bounces.add(
        db, Bounce(subscriber.id, period, "complaint", now, words, fingerprint, domain, source="provider", ended=ended)
    )
    subscribers.end(db, subscriber.id, "complained", now)  # also who has bounced: they are never brought back
    return _make_outcome(subscriber, "complaint", period, "", BounceEffect("complained"))


def _handle_bounce(
    db: Database, inbound: InboundMessage, delivery: Delivery, now: datetime, source: BounceSource
) -> BounceOutcome:
    subscriber = _find_subscriber(db, delivery)
    if subscriber is None:
        return BounceOutcome("", "about somebody who was erased since; nothing changed", ours=True)
    kind, report = worst_bounce(inbound.reports, subscriber.mailbox, refusal_labels.listing(db))
    why = _failure_reason(report, (*inbound.tokens, *inbound.readers, subscriber.token)) if report else ""
    if not kind:
        about = f"{mask_address(subscriber.email)}, {delivery.period}"
        return BounceOutcome("", f"{about}: a word on the way, no failure ({why}); nothing changed", ours=True)
    if subscriber.status in ENDED_STATUSES:
        return _make_outcome(subscriber, kind, delivery.period, why)
    delivery_reports.mark_bounced(db, delivery.token, f"bounced: {why}")
    effect = record_bounce(db, subscriber, delivery, kind, why, source, now)
    return _make_outcome(subscriber, kind, delivery.period, why, effect)


def _find_subscriber(db: Database, delivery: Delivery | None) -> Subscriber | None:
    return subscribers.get_by_id(db, delivery.subscriber_id) if delivery and delivery.subscriber_id else None


def _failure_reason(report: RecipientReport, tokens: Iterable[str]) -> str:
    """The refusing server's words, after the status where they do not hold it."""
    status = parse_codes(report.status)[1]
    words = report.text if status in report.text else f"{status} {report.text}"
    return redact_reply(words or report.action, tokens)


def _make_outcome(
    subscriber: Subscriber, kind: InboundKind, period: str, why: str, effect: BounceEffect = NO_EFFECT
) -> BounceOutcome:
    who = ", ".join(filter(None, (mask_address(subscriber.email), period)))
    if effect.status:
        then = f"the subscription ends ({effect.status})"
    elif effect.is_held:
        then = f"stays {subscriber.status}: many are refused alike, and it is asked whether it is them or us"
    else:
        then = (
            f"{subscriber.status} already, nothing changed"
            if subscriber.status in ENDED_STATUSES
            else f"stays {subscriber.status}"
        )
    words = f"{who}: {KIND_PHRASES[kind]}{f' ({why})' if why else ''}; {then}"
    known: Literal[InboundKind, ""] = "" if kind == "unknown" else kind
    masked = mask_address(subscriber.email)
    return BounceOutcome(known, words, True, masked, period, effect.status, why, effect.is_held, effect.requeued)
