"""Transactional email delivery: confirmations and alerts leave the queue, each at most once."""

import logging
from collections.abc import Iterator
from datetime import timedelta
from email.utils import parseaddr
from threading import Event
from typing import assert_never

from core.bounce_rules import redact_reply, throttle_sign
from core.config.schema import Settings
from core.dates import compact_utc
from core.email_address import parse_address
from core.errors import HouseError
from core.records import Receipt
from core.redact import mask_address
from core.retry import TRANSACTIONAL_RETRY
from core.side_effects import SideEffects
from core.states import (
    MAILABLE_STATUSES,
    SUBSCRIBED_STATUSES,
    UNDELIVERED_STATES,
    AnswerKind,
    DeliveryRoute,
    DeliveryState,
    SubscriberStatus,
    TransactionalKind,
)
from core.subscriber_rules import proof_token
from db.mail import transactional
from db.mail.transactional import TransactionalMail
from db.operator import secrets
from db.schema.connect import Database
from newsletter.mail.confirm_message import build_confirm_message
from newsletter.mail.provider_headers import provider_headers
from newsletter.mail.transport import ConnectionLost, DeliveryAnswer, Parcel, Session, Transport, read_routing, route
from services.delivery import machine_guard
from services.delivery.alert_composer import AlertComposer
from services.delivery.machine_guard import describe_away_typed
from services.delivery.send_rate import SendRate
from services.issues import build_issue

log = logging.getLogger("casereviews")
CLAIM_LEASE = timedelta(hours=1)  # an email in hand for longer was dropped by a killed process
STOPPED_REPLY = "stopped before it was sent"
VALID_STATUSES: dict[TransactionalKind, tuple[SubscriberStatus, ...]] = {
    "confirm": ("pending",),
    "known": ("active", "paused"),
    "data": MAILABLE_STATUSES,
    "erase": MAILABLE_STATUSES,
    "alert": ("active",),
    "search": ("pending", "active", "paused"),
    "address": SUBSCRIBED_STATUSES,
    "moved": SUBSCRIBED_STATUSES,
}
MAX_REFUSALS = 3  # alerts in a row that servers refuse, and not for their readers' sake, before a pass ends


def send_due(
    effects: SideEffects,
    settings: Settings,
    db: Database,
    stop: Event | None = None,
    alerts: bool = False,
) -> int:
    """Send the emails that are due, or write them to the outbox; how many left. `stop` ends it before the next one.

    `alerts`: those of saved searches; else what somebody waits for.

    Any number of processes may do so at once: each email is claimed, durably, before its bytes leave, and one that
    a killed process held is never sent again, since it may have arrived. One that is not taken for now is tried
    again for a day. Never raises for the mail server: what it said is logged, and kept with the email. Raises
    SettingsError for an allow_list that is none.
    """
    if not transactional.has_due(db, effects.now(), alerts):
        return 0
    if machine_guard.is_away(effects, settings, db):
        log.error("emails about subscriptions wait: %s", describe_away_typed(settings, db))
        return 0
    read_routing(settings.mail).listed_keys()  # before anything is claimed
    return _TransactionalRun(effects, settings, db, stop or Event(), alerts).go()


class _TransactionalRun:
    """One pass over the queue."""

    def __init__(self, effects: SideEffects, settings: Settings, db: Database, stop: Event, of_alerts: bool) -> None:
        self.effects, self.settings, self.db, self.stop, self.of_alerts = effects, settings, db, stop, of_alerts
        self.alerts = AlertComposer(settings, db)
        self.wording = build_issue.current_wording(settings)
        self.rate = SendRate(effects, settings.mail, db, stop.is_set)
        self.sessions: dict[DeliveryRoute, Session] = {}
        self.in_hand: dict[int, TransactionalMail] = {}  # claimed, and without a receipt
        self.left = 0
        self.ended = False  # the server wants no more for now, or does not answer
        self.held_back = False  # the alert in hand is not to leave as it is
        self.refusals = 0  # in a row, of alerts

    def go(self) -> int:
        try:
            for one in self._claim_due():
                if not self._process_email(one) or self.ended:
                    break
        finally:
            for via in [*self.sessions]:
                self._close_session(via)
        return self.left

    def _claim_due(self) -> Iterator[TransactionalMail]:
        """What is due, claimed one by one, without what has been overtaken: a sign-up confirmed meanwhile."""
        while not self.stop.is_set() and (
            one := transactional.claim(self.db, self.effects.now(), self.effects.now() + CLAIM_LEASE, self.of_alerts)
        ):
            if one.subscriber.status in VALID_STATUSES[one.kind]:
                yield one
            else:
                transactional.delete(self.db, one.id)

    def _process_email(self, one: TransactionalMail) -> bool:
        """One email's way; whether to go on with the next."""
        self.in_hand, self.held_back = {one.id: one}, False
        way_out = route(self.settings, _mailbox(one))
        try:
            parcel = self.alerts.compose(one, self.effects.now()) if one.kind == "alert" else self._make_parcel(one)
            if parcel is None:  # what it was to tell is no more
                transactional.delete(self.db, one.id)
                return True
            self._session(way_out).deliver(iter([parcel]), self._mark, ahead=False)
            if one.id in self.in_hand:  # it was time to stop before its turn came
                self._note(one, "waits", STOPPED_REPLY)
        except ConnectionLost:
            self._close_session(way_out.via)  # the next email gets a new connection
            if self.held_back:
                self._note(one, "waits", STOPPED_REPLY)
        except (HouseError, OSError) as e:  # an email that cannot be made or left anywhere must not stop the caller
            log.error("an email about a subscription could not be sent: %s", redact_reply(str(e), (), _addresses(one)))
            self._note(one, "again", str(e))
            return False
        return True

    def _make_parcel(self, one: TransactionalMail) -> Parcel:
        assert one.kind != "alert"
        reader, now = one.subscriber, self.effects.now()
        raw = provider_headers(self.settings.mail.providers) + build_confirm_message(
            one.kind,
            self.wording,
            to=_mailbox(one),
            token=reader.token,
            identity=f"{one.kind}-{one.id}.{compact_utc(one.asked_at)}",
            host=self.settings.host,
            date=now.astimezone(self.settings.zone),
            paused=reader.status == "paused",
            proof=self._make_proof(one),
            number=one.id,
            moved_to=mask_address(reader.email),
        )
        return Parcel(one.id, parseaddr(self.settings.mail.sender)[1], _mailbox(one), raw, f"{one.kind}-{one.id}")

    def _make_proof(self, one: TransactionalMail) -> str:
        if one.kind == "confirm" or one.kind == "known" or one.kind == "alert":
            return ""
        return proof_token(secrets.get(self.db, "signing"), one.kind, one.id, one.asked_at, one.subscriber.key)

    def _session(self, way_out: Transport) -> Session:
        """The open one. Raises MailUnavailable, MailRefused, and HouseError for a DKIM key that cannot sign."""
        if way_out.via not in self.sessions:
            self.sessions[way_out.via] = way_out.open(self.rate)
        return self.sessions[way_out.via]

    def _close_session(self, via: DeliveryRoute) -> None:
        if session := self.sessions.pop(via, None):
            session.close()

    def _mark(self, answers: list[DeliveryAnswer], parcel: Parcel | None) -> bool:
        """Write what became of an email; False when its reader was erased meanwhile, or it is not to leave as it is."""
        self.held_back = bool(parcel and self.in_hand[parcel.id].kind == "alert" and not self.alerts.may_leave(parcel))
        if self.held_back:
            return False
        self.left += sum(answer.kind == "sent" for answer in answers)
        self.ended = any(answer.kind == "unknown" or throttle_sign(answer.reply) == "pace" for answer in answers)
        noted = [self._note(one := self.in_hand.pop(a.id), self._judge(one, a), a.reply) for a in answers]
        return all(noted)

    def _judge(self, one: TransactionalMail, answer: DeliveryAnswer) -> AnswerKind:
        """What an answer is to count as: an alert that is refused for no fault of its reader's is tried again."""
        if one.kind != "alert" or answer.kind != "refused":
            self.refusals = 0 if answer.kind == "sent" else self.refusals
            return answer.kind
        if self.alerts.is_of_reader(one, answer.reply, self.effects.now()):
            return "refused"
        self.refusals += 1
        self.ended = self.ended or self.refusals >= MAX_REFUSALS
        return "later"

    def _note(self, one: TransactionalMail, kind: AnswerKind, reply: str) -> bool:
        now = self.effects.now()
        state: DeliveryState
        match kind:
            case "again" | "later" | "waits":
                late = TRANSACTIONAL_RETRY.is_exhausted(now - one.asked_at, one.attempts)
                state, due_at = "failed" if late else "queued", now + TRANSACTIONAL_RETRY.delay(one.attempts)
            case "sent" | "refused" | "unknown":
                state, due_at = kind, now
            case never:
                assert_never(never)
        if one.kind == "alert" and state in ("queued", "failed"):
            self.alerts.give_back(one)  # nothing of it has left
        words = redact_reply(reply, addresses=_addresses(one))
        if state in UNDELIVERED_STATES:
            log.warning("the email to %s is %s: %s", mask_address(_mailbox(one)), state, words)
        return transactional.save_receipt(self.db, Receipt(one.id, state, words, due_at), now)


def _mailbox(one: TransactionalMail) -> str:
    """Where an email goes: to its reader, or to the address that they want to have, or had."""
    return parse_address(one.details).mailbox if one.kind in ("address", "moved") else one.subscriber.mailbox


def _addresses(one: TransactionalMail) -> tuple[str, str, str]:
    return one.subscriber.email, one.subscriber.mailbox, _mailbox(one)
