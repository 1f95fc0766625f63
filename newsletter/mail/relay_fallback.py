"""Relay fallback: a message goes by the first relay that works, in the order in which they are written.

For what is sent one by one: confirmations, test sends, messages to the operator. What a relay may have taken is never
given to another: only what it surely has not, since it could not be reached, would not have us, or asked nothing of the
message yet.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass

from core.bounce_rules import redact_reply
from core.errors import MailRefused, MailUnavailable
from core.states import DeliveryRoute
from newsletter.mail.smtp import SmtpConnection, SmtpTransport
from newsletter.mail.transport import ConnectionLost, DeliveryAnswer, Mark, Pace, Parcel

log = logging.getLogger("casereviews")


@dataclass(frozen=True, slots=True)
class RelayFallback:
    """Several relays as one way out."""

    relays: tuple[SmtpTransport, ...]
    via: DeliveryRoute = "smtp"

    @property
    def where(self) -> str:
        """Host and port of each."""
        return ", ".join(relay.where for relay in self.relays)

    def open(self, pace: Pace) -> "FallbackSession":
        """A session, whose connections are opened as they are needed."""
        return FallbackSession(self.relays, pace)

    def take_back(self, name: str) -> None:
        """Nothing: what a server took is gone."""


class FallbackSession:
    """Connections to several relays, for one message at a time."""

    takes_wire_form = False
    takes_merged = False
    signer = None  # each connection signs for itself

    def __init__(self, relays: tuple[SmtpTransport, ...], pace: Pace) -> None:
        self._relays, self._pace = relays, pace
        self._connections: dict[str, SmtpConnection] = {}

    def deliver(self, parcels: Iterator[Parcel], mark: Mark, ahead: bool = True) -> None:
        """Send parcels one after another. Raises as a connection does, when no relay would have one."""
        for parcel in parcels:
            self._deliver_one(parcel, mark)

    def _deliver_one(self, parcel: Parcel, mark: Mark) -> None:
        failures: list[tuple[list[DeliveryAnswer], Exception | None]] = []
        for relay in self._relays:
            answers, error, stopped = self._try_relay(relay, parcel, mark)
            if stopped or not (error or answers) or any(one.kind not in ("again", "waits") for one in answers):
                failures = [(answers, error)]
                break
            failures.append((answers, error))
            why = error or " ".join(one.reply for one in answers)
            log.warning("relay %s: %s", relay.name, redact_reply(str(why), addresses=[parcel.to]))
        answers, error = failures[0]
        if answers:
            mark(answers, None)
        if error:
            raise error

    def _try_relay(
        self, relay: SmtpTransport, parcel: Parcel, mark: Mark
    ) -> tuple[list[DeliveryAnswer], Exception | None, bool]:
        """What a relay made of a message, why its connection ended, and whether `mark` held the message back."""
        answers, stopped = list[DeliveryAnswer](), False

        def note(given: list[DeliveryAnswer], following: Parcel | None) -> bool:
            nonlocal stopped
            answers.extend(given)
            stopped = following is not None and not mark([], following)
            return not stopped

        try:
            if relay.name not in self._connections:
                self._connections[relay.name] = relay.open(self._pace)
            self._connections[relay.name].deliver(iter([parcel]), note, ahead=False)
        except (ConnectionLost, MailRefused, MailUnavailable) as e:
            if connection := self._connections.pop(relay.name, None):
                connection.close()
            return answers, e, stopped
        return answers, None, stopped

    def close(self) -> None:
        """End all connections, politely where that is still possible."""
        for connection in self._connections.values():
            connection.close()
        self._connections.clear()
