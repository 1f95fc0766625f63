"""SendGrid: many events a request, under one ECDSA signature of its time and bytes.

https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features
"""

from base64 import b64decode
from functools import lru_cache
from typing import TYPE_CHECKING

from app.web.hooks.webhook_request import (
    ForgedRequest,
    UnreadableRequest,
    Webhook,
    WebhookReading,
    WebhookRequest,
    check_age,
    reading,
    text_at,
    time_at,
)
from core.actions import INSTALL_LIBRARY
from core.bounce_rules import RecipientReport
from core.errors import HouseError
from core.provider_events import ProviderEvent
from core.states import ProviderEventKind

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

KINDS: dict[str, ProviderEventKind] = {
    "delivered": "delivered",
    "bounce": "bounced",
    "spamreport": "complained",
    "unsubscribe": "unsubscribed",
    "group_unsubscribe": "unsubscribed",
}


def read_request(request: WebhookRequest) -> WebhookReading:
    """What one request of the Event Webhook tells."""
    _check_signature(request)
    events = request.json()
    if not isinstance(events, list):
        raise UnreadableRequest("no list of events")
    return reading(map(_read_event, events))


@lru_cache(maxsize=2)
def load_key(text: str) -> "EllipticCurvePublicKey":
    """The public key as SendGrid shows it: base64 of its DER. Raises HouseError."""
    which, fix = (
        "hooks.sendgrid_key",
        "Copy the verification key from SendGrid: Settings, Mail Settings, Event Webhooks.",
    )
    try:
        from cryptography.exceptions import UnsupportedAlgorithm
        from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
        from cryptography.hazmat.primitives.serialization import load_der_public_key
    except ImportError as e:
        raise HouseError("reports need a library that is not installed", "cryptography", action=INSTALL_LIBRARY) from e
    try:
        key = load_der_public_key(b64decode(text, validate=True))
    except (ValueError, UnsupportedAlgorithm) as e:
        raise HouseError("no key that can be read", which, fix) from e
    if not isinstance(key, EllipticCurvePublicKey):
        raise HouseError("not a key of SendGrid's kind", which, fix)
    return key


def _check_signature(request: WebhookRequest) -> None:
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA
    from cryptography.hazmat.primitives.hashes import SHA256

    signed_at = request.header("X-Twilio-Email-Event-Webhook-Timestamp")
    try:
        signature = b64decode(request.header("X-Twilio-Email-Event-Webhook-Signature"), validate=True)
        load_key(request.hooks.sendgrid_key).verify(signature, signed_at.encode() + request.body, ECDSA(SHA256()))
    except (InvalidSignature, ValueError) as e:
        raise ForgedRequest("the signature is wrong") from e
    check_age(request, time_at({"at": signed_at}, "at"))


def _read_event(event: object) -> ProviderEvent | None:
    """An event; none for what is no end of a message. `dropped`: not even tried, by SendGrid's own list."""
    kind = KINDS.get(text_at(event, "event"))
    if kind is None:
        return None
    address, report = text_at(event, "email"), None
    if kind == "bounced":
        words = text_at(event, "reason") or text_at(event, "response")
        status = text_at(event, "status") or ("5.7.1" if text_at(event, "type") == "blocked" else "")
        report = RecipientReport("failed", status, words, address.lower())
    ident = text_at(event, "sg_event_id") or f"{text_at(event, 'sg_message_id')} {kind} {text_at(event, 'timestamp')}"
    return ProviderEvent(
        kind, ident, time_at(event, "timestamp"), address, message_id=text_at(event, "smtp-id"), report=report
    )


WEBHOOK = Webhook(lambda hooks: bool(hooks.sendgrid_key), read_request)
