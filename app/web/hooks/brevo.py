"""Brevo: its webhooks are not signed, and carry a token of ours in a header (Bearer).

https://developers.brevo.com/docs/transactional-webhooks and https://developers.brevo.com/docs/secured-webhooks
"""

import re
from collections.abc import Iterator

from app.web.hooks.webhook_request import (
    ForgedRequest,
    Webhook,
    WebhookReading,
    WebhookRequest,
    list_at,
    reading,
    same_secret,
    text_at,
    time_at,
)
from core.bounce_rules import RecipientReport
from core.provider_events import ProviderEvent
from core.states import ProviderEventKind

KINDS: dict[str, ProviderEventKind] = {
    "delivered": "delivered",
    "hard_bounce": "bounced",
    "soft_bounce": "bounced",
    "invalid_email": "bounced",
    "spam": "complained",
    "complaint": "complained",
    "unsubscribe": "unsubscribed",
    "unsubscribed": "unsubscribed",
}
_OWN_ID = re.compile(r"@[^@]*\b(mailin\.fr|brevo\.com|sendinblue\.com)>?$")  # a Message-ID that Brevo put in its place


def read_request(request: WebhookRequest) -> WebhookReading:
    """What one webhook tells: one event, or a batch of them."""
    kind, _, given = request.header("Authorization").partition(" ")
    if kind.lower() != "bearer" or not same_secret(given.strip(), request.hooks.brevo_token.get_secret_value()):
        raise ForgedRequest("the token is wrong")
    body = request.json()
    return reading(_read_events(body if isinstance(body, list) else list_at(body, "events") or [body]))


def _read_events(events: list[object]) -> Iterator[ProviderEvent | None]:
    for event in events:
        name, address = text_at(event, "event"), text_at(event, "email")
        kind, report = KINDS.get(name), None
        if kind is None:
            yield None  # opened, clicked, deferred, blocked by Brevo's own list
            continue
        if kind == "bounced":
            words, status = text_at(event, "reason").strip(), "5.1.3" if name == "invalid_email" else ""
            report = RecipientReport("failed", status, words, address.lower())
        milliseconds = text_at(event, "ts_epoch")  # the only one of its times that is surely UTC
        at = time_at({"at": milliseconds[:-3] if len(milliseconds) > 11 else milliseconds}, "at")
        message_id = text_at(event, "message-id")
        yield ProviderEvent(
            kind,
            f"{name} {message_id} {address} {milliseconds or text_at(event, 'ts_event')}",
            at,
            address,
            token=text_at(event, "X-Mailin-custom"),
            message_id="" if _OWN_ID.search(message_id) else message_id,
            report=report,
        )


WEBHOOK = Webhook(lambda hooks: bool(hooks.brevo_token.get_secret_value()), read_request)
