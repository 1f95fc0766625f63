"""Generic webhook, signed by the Standard Webhooks specification: for a provider that is not named here.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md. The body is ours to say:
{"type": "bounced", "timestamp": "2026-11-28T09:00:00Z", "data": {"message_id": "<…>", "recipient": "…", "status":
"5.1.1", "reply": "550 …"}}, with delivered, bounced, complained or unsubscribed as the type; `data` may be a list.
"""

from collections.abc import Iterator
from typing import get_args

from app.web.hooks.webhook_request import (
    ForgedRequest,
    Webhook,
    WebhookReading,
    WebhookRequest,
    list_at,
    reading,
    text_at,
    time_at,
)
from core.bounce_rules import RecipientReport
from core.provider_events import ProviderEvent
from core.states import ProviderEventKind

KINDS: dict[str, ProviderEventKind] = {kind: kind for kind in get_args(ProviderEventKind)}


def read_request(request: WebhookRequest) -> WebhookReading:
    """What one webhook tells."""
    from standardwebhooks import Webhook as Verifier
    from standardwebhooks import WebhookVerificationError

    try:  # ValueError: of a header that is not as it should be
        names = ("webhook-id", "webhook-timestamp", "webhook-signature")
        headers = {name: request.header(name) for name in names}
        Verifier(request.hooks.generic_secret.get_secret_value()).verify(request.body, headers, json_parse=False)
    except (WebhookVerificationError, ValueError) as e:
        raise ForgedRequest("the signature is wrong, or too old") from e
    return reading(_read_events(request.json(), request.header("webhook-id")))


def _read_events(event: object, ident: str) -> Iterator[ProviderEvent | None]:
    kind = KINDS.get(text_at(event, "type").rpartition(".")[2])
    told = list_at(event, "data") or [event.get("data") if isinstance(event, dict) else None]
    for place, data in enumerate(told):
        if kind is None or not isinstance(data, dict):
            yield None
            continue
        address = text_at(data, "recipient")
        report = RecipientReport("failed", text_at(data, "status"), text_at(data, "reply"), address.lower())
        yield ProviderEvent(
            kind,
            f"{ident} {place}",
            time_at(event, "timestamp"),
            address,
            message_id=text_at(data, "message_id"),
            report=report if kind == "bounced" else None,
        )


WEBHOOK = Webhook(lambda hooks: bool(hooks.generic_secret.get_secret_value()), read_request)
