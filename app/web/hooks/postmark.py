"""Postmark: its webhooks are not signed, so that a password stands in their address (HTTP Basic).

https://postmarkapp.com/developer/webhooks/webhooks-overview
"""

from base64 import b64decode
from collections.abc import Iterator

from app.web.hooks.webhook_request import (
    ForgedRequest,
    Webhook,
    WebhookReading,
    WebhookRequest,
    reading,
    same_secret,
    text_at,
    time_at,
)
from core.bounce_rules import RecipientReport
from core.provider_events import ProviderEvent
from core.states import ProviderEventKind
from newsletter.mail.provider_headers import REPORT_KEY

# What a type of bounce says where the server's words do not: its status (RFC 3463). All other types are no failure.
BOUNCE_STATUSES = {
    "HardBounce": "",
    "SoftBounce": "",
    "Unknown": "",
    "DnsError": "4.4.3",
    "BadEmailAddress": "5.1.3",
    "Blocked": "5.7.1",
    "DMARCPolicy": "5.7.1",
    "SpamNotification": "5.7.1",
    "VirusNotification": "5.7.1",
}
_TIMES = ("DeliveredAt", "BouncedAt", "ChangedAt")


def read_request(request: WebhookRequest) -> WebhookReading:
    """What one webhook tells."""
    kind, _, given = request.header("Authorization").partition(" ")
    try:
        password = b64decode(given, validate=True).decode().partition(":")[2] if kind.lower() == "basic" else ""
    except ValueError:
        password = ""
    if not same_secret(password, request.hooks.postmark_password.get_secret_value()):
        raise ForgedRequest("the password in its address is wrong")
    return reading(_read_event(request.json()))


def _read_event(event: object) -> Iterator[ProviderEvent | None]:
    record, bounce_type = text_at(event, "RecordType"), text_at(event, "Type")
    address = text_at(event, "Email") or text_at(event, "Recipient")
    kind, report = _event_kind(event, record, bounce_type), None
    if kind is None:
        yield None
        return
    if kind == "bounced":
        words = text_at(event, "Details").partition(";")
        report = RecipientReport(
            "failed", BOUNCE_STATUSES[bounce_type], (words[2] or words[0]).strip(), address.lower()
        )
    at = next((text for name in _TIMES if (text := text_at(event, name))), "")
    ident = text_at(event, "ID") or f"{text_at(event, 'MessageID')} {address} {at}"
    yield ProviderEvent(
        kind,
        f"{record} {ident}",
        time_at({"at": at}, "at"),
        address,
        token=text_at(event, "Metadata", REPORT_KEY),
        report=report,
    )


def _event_kind(event: object, record: str, bounce_type: str) -> ProviderEventKind | None:
    if record == "Delivery":
        return "delivered"
    if record == "SpamComplaint" or (record == "Bounce" and bounce_type == "SpamComplaint"):
        return "complained"
    if record == "Bounce":
        leaves = bounce_type == "Unsubscribe"
        return "unsubscribed" if leaves else "bounced" if bounce_type in BOUNCE_STATUSES else None
    if record == "SubscriptionChange" and isinstance(event, dict) and event.get("SuppressSending") is True:
        by_reader = text_at(event, "Origin") == "Recipient"  # not by Postmark after a bounce, nor by us
        return "unsubscribed" if by_reader and text_at(event, "SuppressionReason") == "ManualSuppression" else None
    return None


WEBHOOK = Webhook(lambda hooks: bool(hooks.postmark_password.get_secret_value()), read_request)
