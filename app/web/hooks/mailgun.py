"""Mailgun: an HMAC of a time and a token, not of the event: each such pair is taken once.

https://documentation.mailgun.com/docs/mailgun/user-manual/webhooks/securing-webhooks
"""

import hashlib
import hmac
from collections.abc import Iterator

from app.web.hooks.webhook_request import (
    ForgedRequest,
    Webhook,
    WebhookReading,
    WebhookRequest,
    check_age,
    reading,
    same_secret,
    text_at,
    time_at,
)
from core.bounce_rules import RecipientReport
from core.provider_events import ProviderEvent
from core.states import ProviderEventKind
from newsletter.mail.provider_headers import REPORT_KEY

KINDS: dict[str, ProviderEventKind] = {
    "delivered": "delivered",
    "failed": "bounced",
    "complained": "complained",
    "unsubscribed": "unsubscribed",
}


def read_request(request: WebhookRequest) -> WebhookReading:
    """What one webhook tells."""
    body = request.json()
    signed_at, token = text_at(body, "signature", "timestamp"), text_at(body, "signature", "token")
    key = request.hooks.mailgun_key.get_secret_value().encode()
    right = hmac.new(key, f"{signed_at}{token}".encode(), hashlib.sha256).hexdigest()
    if not token or not same_secret(text_at(body, "signature", "signature"), right):
        raise ForgedRequest("the signature is wrong")
    check_age(request, time_at(body, "signature", "timestamp"))
    nonce = hashlib.sha256(f"{signed_at} {token}".encode()).hexdigest()[:32]
    return reading(_read_event(body.get("event-data")), nonce)


def _read_event(event: object) -> Iterator[ProviderEvent | None]:
    kind = KINDS.get(text_at(event, "event"))
    if kind is None or (kind == "bounced" and text_at(event, "severity") != "permanent"):
        yield None  # opened, clicked; or not yet delivered
        return
    address, report = text_at(event, "recipient"), None
    if kind == "bounced":
        status = [
            text_at(event, "delivery-status", name) for name in ("enhanced-code", "code", "message", "description")
        ]
        words = " ".join(filter(None, (status[1], status[2] or status[3])))
        report = RecipientReport("failed", status[0], words, address.lower())
    yield ProviderEvent(
        kind,
        f"{text_at(event, 'id')} {text_at(event, 'timestamp')}",
        time_at(event, "timestamp"),
        address,
        token=text_at(event, "user-variables", REPORT_KEY),
        message_id=text_at(event, "message", "headers", "message-id"),
        return_path=text_at(event, "envelope", "sender"),
        report=report,
    )


WEBHOOK = Webhook(lambda hooks: bool(hooks.mailgun_key.get_secret_value()), read_request, refusal_status=406)
