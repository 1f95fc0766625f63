"""Delivery worker: one connection merges, sends, writes receipts.

Each worker has a connection of its own to the mail server. What they share is one run: a lock, under which one of them
at a time uses the one connection to the database; the claimed deliveries (`claim_queue.py`); the marks that are waited
for, written together; and the merge templates, one for each edition. A worker takes a few of what is claimed, merges
each reader's token into the template (`parcel_making.py`), hands the parcels to its connection, and turns each answer
into a receipt: taken is sent, refused for good is refused, not now is tried again at growing intervals for a day, and
no answer is unknown. Refusals pass the block detector first: they may be of us and not of the reader.

Who is put off for our pace waits without a try counted, while the run goes slower. No message is asked for ahead of its
turn while the pace is limited, or while the run waits at the probe gate for the server to take one. All of this is each
relay's own (`relay_state.py`); where one large provider alone asks for a slower pace, only its readers wait for theirs.
"""

import logging
from collections import Counter, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property
from threading import Event, Lock
from typing import TYPE_CHECKING

from core.bounce_rules import redact_reply
from core.config.schema import Settings
from core.errors import MailUnavailable
from core.mailbox_providers import find_mailbox_provider
from core.records import Claim, Receipt
from core.retry import DELIVERY_RETRY, THROTTLE_DELAY
from core.side_effects import SideEffects
from core.states import DeliveryState, MessageMark
from db.collection import takedowns
from db.files.journal import MessageJournal
from db.mail import deliveries, relay_tallies
from db.schema.connect import Database
from newsletter.mail.transport import AudienceShare, ConnectionLost, DeliveryAnswer, Mark, Parcel, Session
from services.delivery.claim_queue import ClaimQueue
from services.delivery.issue_templates import IssueTemplates, load_templates
from services.delivery.parcel_making import ClaimBatch, make_parcel, make_return_path, sign_ahead, take_pipe
from services.delivery.pending_marks import PendingMark, write_held, write_marks
from services.delivery.relay_state import RelayPaces, RelayState
from services.delivery.send_rate import SendRate

if TYPE_CHECKING:
    from socket import socket

log = logging.getLogger("casereviews")
TAKE_BATCH, SIGN_BATCH = 5, 10  # that a connection takes at a time, so few that all end together; where a process signs
MAX_RECONNECTS = 3  # in a row without one message sent, after which a connection is given up
MIN_TURN_WAIT = 0.5  # seconds between two looks at whether a provider's readers come up
HOLD_TIME = timedelta(hours=1)  # a refusal that may be of us is tried again then, should nobody decide about it before


@dataclass
class DeliveryRun:
    """One issue on its way: what its connections share. `turn` is held by whoever uses the database or the claims."""

    effects: SideEffects
    settings: Settings
    period: str
    stop: Event
    boot: str
    paces: dict[str, RelayPaces]  # of the relays, by their names
    turn: Lock = field(default_factory=Lock)  # SQLite would have the others sleep
    connections: int = 1
    done: Counter[DeliveryState] = field(default_factory=Counter)
    halt: Event = field(default_factory=Event)  # of this run only; `stop` is whoever's who started it
    marks: deque[PendingMark] = field(default_factory=deque)
    held_receipts: list[Receipt] = field(default_factory=list)  # of messages taken, written down with the next ones
    templates: IssueTemplates | None = None
    excluded_ids: list[int] | None = None  # the reviews taken down that the templates leave out
    relays: list[RelayState] = field(default_factory=list)  # that it goes by, in the order written
    pipes: "deque[socket]" = field(default_factory=deque)  # to the process that signs, which no connection uses yet
    claims: ClaimQueue = field(init=False)  # that no connection has taken yet
    journal: MessageJournal = field(init=False)  # beside the database

    def __post_init__(self) -> None:
        self.claims = ClaimQueue(self)
        self.journal = MessageJournal(self.settings.data_dir, self.period)

    @property
    def ending(self) -> bool:
        """Whether no further message is to leave."""
        return self.stop.is_set() or self.halt.is_set()

    def has_others(self, relay: RelayState) -> bool:
        """Whether the run goes on by other relays when nothing more can go by this one."""
        return any(not other.is_out for other in self.relays if other is not relay)

    @property
    def is_blocked(self) -> bool:
        """Whether it ended since a relay refuses everybody."""
        return any(relay.detector.verdict for relay in self.relays)

    def record_refusals(self, db: Database, answers: Iterable[DeliveryAnswer], now: datetime) -> None:
        """Count for their readers what was refused, once its receipt is written. While it is our turn."""
        for answer in answers:
            if answer.kind == "refused":
                from services.delivery import bounce_handling  # what reads bounces takes time to load

                requeued = bounce_handling.record_refusal(db, answer.id, answer.reply, now).requeued
                self.done["queued"] += requeued
                self.done["refused"] = max(0, self.done["refused"] - requeued)

    def current_templates(self, db: Database) -> IssueTemplates:
        """Each edition's message as stored, read again when a review was taken down since. While it is our turn."""
        down = takedowns.list_ids(db)
        if self.templates is None or self.excluded_ids != down:
            self.templates, self.excluded_ids = load_templates(self.settings, db, self.period), down
        return self.templates


class DeliveryWorker:
    """One connection and its own view of the database."""

    def __init__(self, run: DeliveryRun, db: Database, share: AudienceShare, relay: RelayState) -> None:
        self.run, self.db, self.share, self.relay = run, db, share, relay
        self.rate = SendRate(run.effects, run.settings.mail, db, lambda: self.ending, run.turn)
        self.claimed: dict[int, str] = {}  # without a receipt; the mailbox of each
        self.begun: dict[int, str] = {}  # the message tokens of those whose bytes may have left, without an answer
        self.sent = 0
        self.step = 0  # of the relay's pace, at which the last message left
        self.provider_steps: dict[int, int] = {}  # of their providers' paces, where these were slowed
        self.is_provider_busy = False  # the last answer put off a large provider's reader: it, and not the relay
        self.excluded_ids: list[int] | None = None  # the reviews taken down when what is claimed was merged
        self.pipe = take_pipe(run.pipes, relay.way_out.mail)  # to the process that signs, where there is one

    @property
    def ending(self) -> bool:
        """Whether no further message is to leave by this relay."""
        return self.run.ending or self.relay.halt.is_set()

    def work(self) -> str:
        """Send until nothing is due or `stop` is set; why the server could not be used, where it could not.

        Raises MailRefused when the server will not have us, MailUnavailable when it will never do as it is set up.
        """
        try:
            return self._send_due()
        finally:
            self.relay.gate.leave(self)

    def _send_due(self) -> str:
        drops, before = 0, 0
        while not self.ending and (self._has_due() or self._await_turn()):
            try:
                self._send()
            except (ConnectionLost, MailUnavailable) as e:
                if isinstance(e, MailUnavailable) and e.is_permanent:
                    raise
                if self.is_provider_busy:  # whose pace has it by now
                    self.is_provider_busy = False
                    continue
                drops, before = (1, self.sent) if self.sent > before else (drops + 1, before)
                if drops > MAX_RECONNECTS:
                    return e.which if isinstance(e, MailUnavailable) else str(e)
                self.rate.sleep(2.0 ** (drops - 2))
        return ""

    def _send(self) -> None:
        session = self.relay.way_out.open(self._take_turn)
        try:
            while True:
                limited, self.excluded_ids = self.relay.is_limited, None
                session.deliver(self._parcels(session, limited), self._session_mark, ahead=not limited)
                if self.ending or (limited == self.relay.is_limited and not self._await_turn()):
                    return
                self._release_claims()
        finally:
            session.close()
            self._release_claims()

    @cached_property
    def _session_mark(self) -> Mark:
        """What hears of parcels; of batches, where one session hands out all of them."""
        if not self.relay.way_out.is_shared:
            return self.mark
        from services.delivery.batch_marks import BatchMarks

        return BatchMarks(self)

    def _take_turn(self, relay: str) -> bool:
        """Wait until one more message may leave; False when it is time to stop."""
        pace = self.relay.paces.relay
        if self.relay.is_limited or self.relay.way_out.mail.rate_per_minute:
            may = self.rate(relay, 60 * (pace.rate or 0.0)) and self.relay.gate.enter(self, lambda: self.ending)
        else:  # as for nearly every message
            may = not self.ending
        self.step = pace.step
        return may

    def _await_turn(self) -> bool:
        """Wait for the readers whom their provider's pace puts off; False where none is about to come up."""
        now = self.run.effects.now()
        next_ones = [one.next_at or now for one in self.relay.paces.providers.values() if one.has_turns(now)]
        if not next_ones or self.ending:
            return False
        self.rate.sleep(max(MIN_TURN_WAIT, (min(next_ones) - now).total_seconds()))
        return not self.ending

    def _has_due(self) -> bool:
        run = self.run
        with run.turn:
            now = run.effects.now()
            return run.claims.has_any() or deliveries.count_due(self.db, run.period, now, self.share.keys, limit=1) > 0

    def _parcels(self, session: Session, limited: bool) -> Iterator[Parcel]:
        """What is due, while the relay is as limited as it was; merged and signed as it is asked for."""
        run, relay, return_path = self.run, self.relay, make_return_path(self.run.settings)
        batches = self._take_batches(limited)
        if session.signer and self.pipe and not limited:
            batches = sign_ahead(batches, self.pipe, session.signer)
        for batch in batches:
            if relay.way_out.is_shared and self.excluded_ids not in (None, batch.excluded_ids):
                return  # what workers have in hand is taken back first
            self.excluded_ids = batch.excluded_ids
            for claim, signed in batch.messages:
                if relay.is_limited != limited:
                    return
                if self._may_leave(claim):
                    sender = return_path(claim.message_token)
                    yield make_parcel(run.period, claim, batch.templates, sender, session, signed)

    def _take_batches(self, limited: bool) -> Iterator[ClaimBatch]:
        """A few of what is due at a time, while the relay is as limited as it was."""
        run, relay, rate = self.run, self.relay, self.relay.way_out.mail.rate_per_minute
        most = 1 if limited else SIGN_BATCH if self.pipe else TAKE_BATCH
        while relay.is_limited == limited:
            with run.turn:
                claims = run.claims.take(self.db, self.share.keys, most, rate)
                if not claims:
                    return
                for claim in claims:  # what becomes of it is not for its last answer to say any more
                    relay.detector.pending.pop(claim.id, None)
                for other in run.relays:
                    if other is not relay:
                        other.forget(claim.id for claim in claims)
                batch = ClaimBatch(claims, run.current_templates(self.db), run.excluded_ids)
            self.claimed.update((claim.id, claim.mailbox) for claim in claims)
            yield batch

    def _may_leave(self, claim: Claim) -> bool:
        """Whether its provider's pace lets a message leave; else its reader comes up again in their turn."""
        providers = self.relay.paces.providers
        if not any(one.pace.rate for one in providers.values()):  # as nearly always
            return True
        with self.run.turn:
            if not (provider := providers.get(find_mailbox_provider(claim.mailbox))):
                return True
            turn = provider.find_turn(self.run.effects.now())
            self.provider_steps[claim.id] = provider.pace.step
            if turn:
                deliveries.postpone_claims(self.db, [(claim.id, turn)])
                self.claimed.pop(claim.id)
            return turn is None

    def mark(self, answers: list[DeliveryAnswer], parcel: Parcel | None) -> bool:
        """Write what became of parcels, and that the next one leaves now; whether it may.

        It may not when its reader has left, or a review was taken down since it was merged.
        """
        mark = PendingMark(self, answers, parcel)
        self.run.marks.append(mark)
        with self.run.turn:
            if not mark.is_written:
                write_marks(self.run, self.db)
        if mark.error:
            self.run.halt.set()  # before what was claimed waits again, which another connection could take
            raise mark.error
        for answer in mark.tried:
            self.claimed.pop(answer.id, None)
        self.sent += sum(answer.kind == "sent" for answer in answers)
        return mark.may

    def judge(self, mark: PendingMark, now: datetime) -> None:
        """Decide what is written of answers, and how the run goes on. While it is our turn."""
        relay = self.relay
        stand, doubtful = relay.detector.sort_answers(mark.tried, self.claimed, self._last_try)
        mark.stand, put_off = relay.throttles.sort_answers(stand, self.claimed)
        self.is_provider_busy = any(find_mailbox_provider(self.claimed.get(one.id, "")) for one in put_off)
        self._follow_server(mark.answers, now)
        receipts = [_make_receipt(self.db, answer, now, relay.name) for answer in mark.stand]
        for receipt in receipts:
            self.run.done[receipt.state] += 1
        for wait, held in ((HOLD_TIME, doubtful), (THROTTLE_DELAY, put_off)):
            receipts += [Receipt(o.id, "queued", o.reply, now + wait, counts=False, relay=relay.name) for o in held]
        if relay.detector.verdict:
            relay.halt.set()
        mark.receipts = receipts

    def _follow_server(self, answers: list[DeliveryAnswer], now: datetime) -> None:
        """Go on as fast as the server's answers allow, or not at all."""
        relay = self.relay
        for answer in answers:
            provider_step = self.provider_steps.pop(answer.id, 0)
            if answer.kind == "sent":
                relay.sent += 1
                relay.paces.relay.note_taken(self.step)
                if provider := relay.paces.providers.get(find_mailbox_provider(self.claimed.get(answer.id, ""))):
                    provider.pace.note_taken(provider_step)
                relay.gate.open()
            elif answer.kind == "unknown" and not answer.ours:  # else a worker died, and the server was not silent
                relay.gate.close(self)
            if relay.throttles.is_slowing(answer, self.claimed):
                self._slow_down(answer, provider_step, now)
        if relay.slowed or relay.gate.has_failed:
            relay.halt.set()

    def _slow_down(self, answer: DeliveryAnswer, provider_step: int, now: datetime) -> None:
        """Halve the pace of the provider whose words these are, or of all."""
        relay, words = self.relay, redact_reply(answer.reply, addresses=[self.claimed.get(answer.id, "")])
        if provider := relay.paces.providers.get(relay.throttles.find_scope(answer, self.claimed)):
            provider.pace.slow_down(provider_step, now, words)
            if provider.pace.is_exhausted:
                log.warning("nothing more for a while to readers of one provider: %s", words)
        else:
            relay.paces.relay.slow_down(self.step, now, words)
            relay.slowed = answer.reply if relay.paces.relay.is_exhausted else ""

    def list_returns(self, mark: PendingMark) -> Iterator[tuple[MessageMark, str]]:
        """What the server did not take may leave again: said before it is queued again."""
        for one in mark.answers:
            if one.kind not in ("sent", "unknown") and one.id in self.begun:
                yield "back", self.begun.pop(one.id)

    def list_departures(self, mark: PendingMark) -> Iterator[tuple[MessageMark, str]]:
        """What the server took, and what leaves next: said before its first byte does."""
        for one in mark.answers:
            if one.kind == "sent" and one.id in self.begun:
                yield "sent", self.begun.pop(one.id)
        if mark.parcel and mark.may:
            self.begun[mark.parcel.id] = token = mark.parcel.name.rpartition("/")[2]
            yield "begun", token

    def _last_try(self, number: int) -> tuple[str, int]:
        delivery = deliveries.get_by_id(self.db, number)
        return (delivery.reply, delivery.attempts) if delivery else ("", 0)

    def _release_claims(self) -> None:
        """What was claimed and not begun waits again; what no connection has taken, too, once there is no hurry."""
        run = self.run
        with run.turn:
            ids = self.claimed.keys() - self.begun.keys()
            if run.ending or all(one.is_limited or one.halt.is_set() for one in run.relays):
                ids.update(run.claims.clear())
            if ids:
                deliveries.release_claims(self.db, ids)
        self.claimed.clear()
        self.provider_steps.clear()


def settle_relay(run: DeliveryRun, db: Database, relay: RelayState) -> None:
    """Write what became of the refusals that were held of a relay, when no connection to it is at work any more.

    Where not all who were due were tried, or it is us, they are queued as if they had not been tried: after those who
    were not, so that a later run knows better should one of these be taken. Of a relay that is out nothing is kept
    where others go on: they know nothing of what it said.
    """
    with run.turn:
        write_held(run, db)
        now, whole = run.effects.now(), not (relay.down or relay.halt.is_set() or run.ending)
        stand = []
        if whole and relay.detector.pending:
            stand += relay.detector.end(relay_tallies.has_taken(db, run.period, relay.name))
        if relay.is_out and run.has_others(relay):
            receipts = [Receipt(number, "queued", "", now, counts=False) for number in relay.held_ids()]
        else:
            stand += relay.throttles.end()
            receipts = [_make_receipt(db, answer, now, relay.name) for answer in stand]
            held = relay.detector.pending.values()
            receipts += [Receipt(one.id, "queued", one.reply, now, counts=False, relay=relay.name) for one in held]
            run.done.update(receipt.state for receipt in receipts)
        relay.forget(relay.held_ids())
        if receipts:
            deliveries.record_receipts(db, receipts, now)
        run.record_refusals(db, stand, now)
        relay.is_settled = True


def _make_receipt(db: Database, answer: DeliveryAnswer, now: datetime, relay: str) -> Receipt:
    """What to write of an answer: what was not taken is tried again, sooner and later, for a day."""
    if answer.kind == "sent" or answer.kind == "refused" or answer.kind == "unknown":
        return Receipt(answer.id, answer.kind, answer.reply, relay=relay)
    if answer.ours:
        return Receipt(answer.id, "queued", answer.reply, now, counts=False)
    tries, first = deliveries.get_attempts(db, answer.id)
    if first and DELIVERY_RETRY.is_exhausted(now - first):
        return Receipt(answer.id, "failed", answer.reply, relay=relay)
    wait = timedelta() if answer.kind == "again" and not tries else DELIVERY_RETRY.delay(tries + 1)
    return Receipt(answer.id, "queued", answer.reply, now + wait, relay=relay)
