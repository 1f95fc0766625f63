"""Amazon SES: bounces, complaints and deliveries that it publishes through SNS.

https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html, and notification-contents.html
"""

import json
import logging
from collections.abc import Iterator
from typing import Any

from app.web.hooks.sns_signature import CONFIRMATION_URL, check_signature
from app.web.hooks.webhook_request import (
    ForgedRequest,
    UnreadableRequest,
    Webhook,
    WebhookReading,
    WebhookRequest,
    list_at,
    reading,
    text_at,
    time_at,
)
from core.bounce_rules import RecipientReport
from core.provider_events import ProviderEvent, TopicConfirmation
from core.ses_events import is_complaint, read_bounce
from core.states import ProviderEventKind
from newsletter.mail.provider_headers import REPORT_KEY

log = logging.getLogger("casereviews")


def read_request(request: WebhookRequest) -> WebhookReading:
    """What an SNS notice tells."""
    notice = request.json()
    if not isinstance(notice, dict):
        raise UnreadableRequest("no notice of SNS")
    check_signature(request, notice)
    topic, kind = text_at(notice, "TopicArn"), text_at(notice, "Type")
    if kind == "SubscriptionConfirmation":
        url = text_at(notice, "SubscribeURL")
        if not CONFIRMATION_URL.fullmatch(url):
            raise ForgedRequest("the address to confirm at is not Amazon's")
        return WebhookReading(confirmation=TopicConfirmation(topic, url, request.now))
    if kind == "UnsubscribeConfirmation":
        log.warning("Amazon SNS says that %s no longer reports to us; subscribe it again if that was not you", topic)
        return WebhookReading(ignored=1)
    try:
        event = json.loads(text_at(notice, "Message"))
    except (ValueError, RecursionError):
        return WebhookReading(ignored=1)  # the words with which SES tries out a topic
    return reading(_read_event(event, text_at(notice, "MessageId")))


def _read_event(event: Any, ident: str) -> Iterator[ProviderEvent | None]:
    """An event for each recipient it is about."""
    kind = text_at(event, "eventType") or text_at(event, "notificationType")
    if kind == "Bounce":
        for one in list_at(event, "bounce", "bouncedRecipients"):
            report = read_bounce(event["bounce"], one) if isinstance(one, dict) else None
            yield _make_event("bounced", event, "bounce", ident, report.recipient, report) if report else None
    elif kind == "Complaint" and isinstance(event.get("complaint"), dict) and is_complaint(event["complaint"]):
        for one in list_at(event, "complaint", "complainedRecipients"):
            yield _make_event("complained", event, "complaint", ident, text_at(one, "emailAddress"))
    elif kind == "Delivery":
        for address in list_at(event, "delivery", "recipients"):
            yield _make_event("delivered", event, "delivery", ident, str(address))
    elif kind == "Subscription" and _leaves(event):
        for address in list_at(event, "mail", "destination"):
            yield _make_event("unsubscribed", event, "subscription", ident, str(address))
    else:
        yield None


def _make_event(
    kind: ProviderEventKind, event: Any, part: str, ident: str, address: str, report: RecipientReport | None = None
) -> ProviderEvent:
    address = text_at({"address": address}, "address")
    headers = [
        text_at(one, "value")
        for one in list_at(event, "mail", "headers")
        if text_at(one, "name").lower() == "message-id"
    ]
    return ProviderEvent(
        kind,
        f"{ident} {address}",
        time_at(event, part, "timestamp"),
        address,
        token=next(map(str, list_at(event, "mail", "tags", REPORT_KEY)), ""),
        message_id=headers[0] if headers else text_at(event, "mail", "commonHeaders", "messageId"),
        return_path=text_at(event, "mail", "source"),
        report=report,
    )


def _leaves(event: Any) -> bool:
    """Whether a reader left by a link of Amazon's."""
    match event:
        case {"subscription": {"newTopicPreferences": {"unsubscribeAll": True}}}:
            return True
    return False


WEBHOOK = Webhook(lambda hooks: bool(hooks.ses_topics), read_request)
