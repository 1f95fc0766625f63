"""Webhook request: what a provider sent, what is read from it, why it is refused; JSON read with care."""

import hmac
import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from core.config.hook_table import HookSettings
from core.provider_events import ProviderEvent, TopicConfirmation

MAX_SIGNATURE_AGE = timedelta(hours=25)  # a provider tries again for a day at most, some with the first signature
MAX_CLOCK_AHEAD = timedelta(minutes=10)  # by which a provider's clock may be before ours
MAX_DATE = 253_402_300_799.0  # seconds: the last that a datetime can be


class ForgedRequest(Exception):
    """Nobody proves that the provider sent it, or it was sent too long ago. Its words name no reader."""


class UnreadableRequest(Exception):
    """The provider sent it, and it is not what we know of its reports."""


class NotNow(Exception):
    """It cannot be told yet whether the provider sent it: it is to be sent again."""


@dataclass(frozen=True, slots=True)
class WebhookRequest:
    """One POST to a hook."""

    header: Callable[[str], str]  # the value of a name, whatever its letters' case; empty where there is none
    body: bytes = field(repr=False)
    hooks: HookSettings
    now: datetime  # UTC
    certificate: Callable[[str], bytes]  # the PEM at an address of Amazon's; raises NotNow

    def json(self) -> Any:
        """The body. Raises UnreadableRequest."""
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as e:
            raise UnreadableRequest("no JSON") from e


@dataclass(frozen=True, slots=True)
class WebhookReading:
    """What a request tells."""

    events: tuple[ProviderEvent, ...] = ()
    ignored: int = 0  # of its events, those that say nothing of a reader: opened, queued, tried again later
    nonce: str = ""  # of a signature that does not cover the events
    confirmation: TopicConfirmation | None = None


@dataclass(frozen=True, slots=True)
class Webhook:
    """How a provider's requests are read."""

    is_set: Callable[[HookSettings], bool]  # without its secret there is no such hook
    read: Callable[[WebhookRequest], WebhookReading]  # raises ForgedRequest, UnreadableRequest, NotNow
    refusal_status: int = 403  # which makes the provider give up


def reading(events: Iterable[ProviderEvent | None], nonce: str = "") -> WebhookReading:
    """The events that mean something, and how many do not."""
    every = list(events)
    known = tuple(event for event in every if event)
    return WebhookReading(known, len(every) - len(known), nonce)


def same_secret(given: str, secret: str) -> bool:
    """Whether two texts are the same, in a time that does not tell where they differ."""
    return bool(secret) and hmac.compare_digest(given.encode("utf-8", "replace"), secret.encode())


def check_age(request: WebhookRequest, signed_at: datetime | None) -> None:
    """Raises ForgedRequest for a signature that is too old, or of a time that is not yet."""
    if signed_at is None or not -MAX_CLOCK_AHEAD <= request.now - signed_at <= MAX_SIGNATURE_AGE:
        raise ForgedRequest("signed too long ago, or a clock is wrong")


def text_at(value: Any, *path: str) -> str:
    """The text or number that stands so deep in objects; empty where there is none. No half of a character is left."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    if isinstance(value, str):
        return value if value.isascii() else value.encode("utf-8", "replace").decode()
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else ""


def list_at(value: Any, *path: str) -> list[Any]:
    """The list that stands so deep in objects; empty where there is none."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, list) else []


def time_at(value: Any, *path: str) -> datetime | None:
    """The instant that stands there, as ISO 8601 or in seconds since 1970; UTC; None where there is none."""
    text = text_at(value, *path)
    try:
        seconds = float(text)
    except ValueError:
        try:
            found = datetime.fromisoformat(text)
            return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
        except (ValueError, OverflowError):  # no instant, or one before the year 1
            return None
    return datetime.fromtimestamp(seconds, UTC) if 0 < seconds < MAX_DATE else None
