"""Provider reports: what follows from the events of a mail provider's webhook, each taken once.

A bounce or complaint goes the way of a returned message (`bounce_handling`), whoever tells of it. An event is about the
delivery whose token it gives back: in what we sent along, in our Message-ID, in the return path. One that gives none
back is about the reader with that very address, and then only where it says nothing of another message: many senders
may share an account with the provider.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from core.bounce_rules import classify_report
from core.config.schema import Settings
from core.email_address import parse_address
from core.provider_events import ProviderEvent, TopicConfirmation
from core.records import Delivery, Subscriber
from core.states import HookName
from core.subscriber_rules import InvalidInput
from db.mail import delivery_reports, provider_events, subscribers
from db.schema.connect import Database, write_transaction
from newsletter.inbound.bounce_parser import InboundMessage
from services.delivery import bounce_handling
from services.readers import subscriptions

MAX_EVENT_AGE = timedelta(days=8)  # providers try again for a week at most: what is older is no news
MAX_CLOCK_AHEAD = timedelta(minutes=10)  # by which a provider's clock may be before ours
EVENT_RETENTION = timedelta(days=9)  # of what is known by its digest: longer than anything is taken
_TOKEN = re.compile(r"(?:^|[+.-])([A-Za-z0-9_-]{22})(?=@|$)")

EventOutcome = Literal["delivered", "bounced", "complained", "unsubscribed", "repeated", "outdated", "not ours"]


@dataclass(frozen=True, slots=True)
class ProviderReport:
    """One request of a provider's. Its events are taken all, or none."""

    provider: HookName
    events: Sequence[ProviderEvent]
    nonce: str = ""  # of a signature that does not cover the events; with one that was used before none is taken


@dataclass(frozen=True, slots=True)
class ReportResult:
    """What became of the events of one request."""

    outcomes: Counter[EventOutcome] = field(default_factory=Counter)
    words: list[str] = field(default_factory=list)  # in lines, of what was done; neither address nor token in clear


def take_reports(
    settings: Settings, db: Database, reports: Iterable[ProviderReport], now: datetime
) -> list[ReportResult]:
    """Do what follows from several requests in one transaction. Raises StoreError."""
    with write_transaction(db):
        return [_take_report(settings, db, report, now) for report in reports]


def _take_report(settings: Settings, db: Database, report: ProviderReport, now: datetime) -> ReportResult:
    result, name = ReportResult(), report.provider
    fresh = not report.nonce or provider_events.add(db, name, report.nonce, "request", now)
    for event in report.events:
        if not fresh or not provider_events.add(db, name, event.digest, event.kind, now):
            result.outcomes["repeated"] += 1
        elif event.at and not -MAX_CLOCK_AHEAD <= now - event.at <= MAX_EVENT_AGE:
            result.outcomes["outdated"] += 1
        else:
            outcome, words = _take_event(settings, db, name, event, now)
            result.outcomes[outcome] += 1
            result.words.extend(filter(None, [words]))
    return result


def save_confirmation(db: Database, confirmation: TopicConfirmation) -> None:
    """Keep that a topic of Amazon SNS asks, for the operator to answer. Raises StoreError."""
    with write_transaction(db):
        provider_events.save_confirmation(db, confirmation)


def _take_event(
    settings: Settings, db: Database, provider: HookName, event: ProviderEvent, now: datetime
) -> tuple[EventOutcome, str]:
    delivery = _find_delivery(db, event)
    reader = _find_reader(settings, db, event, delivery)
    if reader is None or (event.at and event.at < reader.consent.when):  # of an earlier subscription
        return "not ours", ""
    match event.kind:
        case "delivered":
            if delivery:
                delivery_reports.confirm_delivered(db, delivery.token, f"delivered, says {provider}")
        case "unsubscribed":
            subscriptions.end_known(db, reader, now)
        case "complained":
            tokens = (delivery.token,) if delivery else ()
            inbound = InboundMessage("complaint", tokens=tokens, readers=(reader.token,), ident=event.digest)
            return "complained", bounce_handling.handle_inbound(db, inbound, now, "provider").words
        case "bounced":
            about = delivery or _delivery_of_address(db, event, reader)
            if about is None or event.report is None:
                return "not ours", ""
            inbound = InboundMessage("bounce", (event.report,), (about.token,), ident=event.digest)
            return "bounced", bounce_handling.handle_inbound(db, inbound, now, "provider").words
    return event.kind, ""


def _find_delivery(db: Database, event: ProviderEvent) -> Delivery | None:
    """The delivery whose token an event gives back, the surest place first."""
    named = event.token, event.message_id.strip("<> ").partition("@")[0], event.return_path.strip("<> ")
    tokens = [token for text in named for token in _TOKEN.findall(text)]
    return bounce_handling.find_message(db, tokens)


def _find_reader(
    settings: Settings, db: Database, event: ProviderEvent, delivery: Delivery | None
) -> Subscriber | None:
    """Whom an event is about; None for nobody we know, and for a message that somebody else sent."""
    if delivery:
        return subscribers.get_by_id(db, delivery.subscriber_id) if delivery.subscriber_id else None
    host = event.message_id.strip("<> ").rpartition("@")[2].lower()
    if host and host != settings.host.lower():
        return None
    try:
        return subscribers.get(db, parse_address(event.address).key)
    except InvalidInput:
        return None


def _delivery_of_address(db: Database, event: ProviderEvent, reader: Subscriber) -> Delivery | None:
    """Of a bounce that names no message: the last one, where the mailbox is gone; all else may be of another's mail."""
    gone = event.report and classify_report(event.report, reader.mailbox) in ("hard", "domain")
    return delivery_reports.get_newest(db, reader.id) if gone else None
