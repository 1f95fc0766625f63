"""Transactional email delivery: confirmations leave the queue, each at most once."""

import logging
from collections.abc import Callable, Iterator
from datetime import timedelta
from email.utils import parseaddr
from typing import assert_never

from core.config.schema import Settings
from core.dates import compact_utc
from core.errors import HouseError
from core.records import Receipt, Subscriber
from core.side_effects import SideEffects
from core.states import UNDELIVERED_STATES, AnswerKind, DeliveryState, SubscriberStatus, TransactionalKind
from core.subscriber_rules import mask_address, mask_in
from db.mail import transactional
from db.mail.transactional import TransactionalMail
from db.schema.connect import Database
from newsletter.mail.confirm_message import build_confirm_message
from newsletter.mail.dkim import make_signer
from newsletter.mail.merge import dot_stuff
from newsletter.mail.smtp import ConnectionLost, DeliveryAnswer, Parcel, SmtpConnection, write_message
from services.delivery.deliver_issue import allow_list_keys
from services.issues import build_issue

log = logging.getLogger("casereviews")
CLAIM_LEASE = timedelta(hours=1)  # a letter in hand for longer was dropped by a killed process
RETRY_INTERVALS = tuple(timedelta(minutes=m) for m in (1, 5, 15, 30, 60, 120, 240))  # after each try; the last recurs
MAX_RETRY_TIME = timedelta(days=1)  # after it was asked for
MAX_ATTEMPTS = 20  # at most: of one asked for while the clock was ahead, nobody knows how long ago that was
OUTBOX_REPLY = "written to the outbox"
VALID_STATUSES: dict[TransactionalKind, tuple[SubscriberStatus, ...]] = {
    "confirm": ("pending",),
    "known": ("active", "paused"),
}


def send_due(effects: SideEffects, settings: Settings, db: Database) -> int:
    """Send the letters that are due, or write them to the outbox; how many left.

    Any number of processes may do so at once: each letter is claimed, durably, before its bytes leave, and one that
    a killed process held is never sent again, since it may have arrived. One that is not taken for now is tried
    again for a day. Never raises for the mail server: what it said is logged, and kept with the letter. Raises
    SettingsError for an allow_list that is none.
    """
    return _TransactionalRun(effects, settings, db).go() if transactional.has_due(db, effects.now()) else 0


class _TransactionalRun:
    """One pass over the queue."""

    def __init__(self, effects: SideEffects, settings: Settings, db: Database) -> None:
        self.effects, self.settings, self.db = effects, settings, db
        self.wording = build_issue.current_wording(settings)
        self.host = settings.host
        self.allowed = set(allow_list_keys(settings))
        self.sign: Callable[[bytes], bytes] | None = None
        self.line: SmtpConnection | None = None
        self.held: dict[int, TransactionalMail] = {}
        self.left = 0

    def go(self) -> int:
        try:
            for one in self._claim_due():
                if not self._process_email(one):
                    break
        finally:
            self._close_connection()
        return self.left

    def _claim_due(self) -> Iterator[TransactionalMail]:
        """What is due, claimed one by one, without what has been overtaken: a sign-up confirmed meanwhile."""
        while one := transactional.claim(self.db, self.effects.now(), self.effects.now() + CLAIM_LEASE):
            if one.subscriber.status in VALID_STATUSES[one.kind]:
                yield one
            else:
                transactional.delete(self.db, one.id)

    def _process_email(self, one: TransactionalMail) -> bool:
        """One letter's way; whether to go on with the next."""
        try:
            raw = self._build_message(one)
            if not self._is_live(one.subscriber):
                return self._write_to_outbox(one, raw)
            self._send_by_smtp(one, raw)
        except ConnectionLost:
            self._close_connection()  # the next letter gets a new connection
        except (HouseError, OSError) as e:  # a letter that cannot be made or left anywhere must not stop the caller
            log.error("an email about a subscription could not be sent: %s", mask_in(str(e), _addresses(one)))
            self._note(one, "again", str(e))
            return False
        return True

    def _build_message(self, one: TransactionalMail) -> bytes:
        reader, now = one.subscriber, self.effects.now()
        return build_confirm_message(
            one.kind,
            self.wording,
            to=reader.mailbox,
            token=reader.token,
            identity=f"{one.kind}-{one.id}.{compact_utc(one.asked_at)}",
            host=self.host,
            date=now.astimezone(self.settings.zone),
            paused=reader.status == "paused",
        )

    def _is_live(self, reader: Subscriber) -> bool:
        mail = self.settings.mail
        return mail.transport == "smtp" and (mail.live or reader.key in self.allowed)

    def _write_to_outbox(self, one: TransactionalMail, raw: bytes) -> bool:
        file = write_message(self.settings.data_dir / "outbox", f"{one.kind}-{one.id}", raw)
        self.left += 1
        if not self._note(one, "sent", OUTBOX_REPLY):
            file.unlink(missing_ok=True)  # erased meanwhile: nothing with the address stays
        return True

    def _send_by_smtp(self, one: TransactionalMail, raw: bytes) -> None:
        """Raises Dropped when the connection is of no more use, MailDown and MailRefused."""
        mail = self.settings.mail
        if self.sign is None:
            key = mail.dkim_key.get_secret_value()
            self.sign = make_signer(mail.dkim_domain, mail.dkim_selector, key) if mail.dkim_domain else bytes
        data = dot_stuff(self.sign(raw))
        self.line = self.line or SmtpConnection(mail)
        self.held = {one.id: one}
        parcel = Parcel(one.id, parseaddr(mail.sender)[1], one.subscriber.mailbox, data)
        self.line.deliver(iter([parcel]), self._mark, ahead=False)

    def _close_connection(self) -> None:
        if self.line:
            self.line.close()
        self.line = None

    def _mark(self, answers: list[DeliveryAnswer], parcel: Parcel | None) -> bool:
        for answer in answers:
            self._note(self.held[answer.id], answer.kind, answer.reply)
            self.left += answer.kind == "sent"
        return True

    def _note(self, one: TransactionalMail, kind: AnswerKind, reply: str) -> bool:
        """Write what became of a letter; False when its reader was erased meanwhile."""
        now, due_at = self.effects.now(), None
        state: DeliveryState
        match kind:
            case "sent" | "refused" | "unknown":
                state = kind
            case "again" | "later" | "waits":
                late = now - one.asked_at >= MAX_RETRY_TIME or one.attempts >= MAX_ATTEMPTS
                state = "failed" if late else "queued"
                due_at = now + RETRY_INTERVALS[min(one.attempts, len(RETRY_INTERVALS)) - 1]
            case _:
                assert_never(kind)
        words = mask_in(reply, _addresses(one))
        if state in UNDELIVERED_STATES:
            log.warning("the email to %s is %s: %s", mask_address(one.subscriber.email), state, words)
        return transactional.save_receipt(self.db, Receipt(one.id, state, words, due_at), now)


def _addresses(one: TransactionalMail) -> tuple[str, str]:
    return one.subscriber.email, one.subscriber.mailbox
