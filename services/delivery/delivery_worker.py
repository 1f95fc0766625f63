"""Delivery worker: one connection merges, sends, writes receipts.

Each worker has a connection of its own to the mail server. What they share is one run: a lock, under which one of them
at a time uses the one connection to the database; the claimed deliveries, one claim for all workers, since a claim
waits for the disk; one commit for all marks that are waited for; and the merge templates, one for each edition. A
worker takes a few of what is claimed, merges each reader's token into the template, hands the parcels to its
connection, and turns each answer into a receipt: taken is sent, refused for good is refused, not now is tried again at
growing intervals for a day, and no answer is unknown. Refusals pass the block detector first: they may be of us and not
of the reader.

Who is put off for our pace waits without a try counted, while the run goes slower. No message is asked for ahead of its
turn while the pace is limited, or while the run waits at the probe gate for the server to take one.
"""

from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parseaddr
from threading import Event, Lock

from core.config.schema import Settings
from core.errors import MailUnavailable
from core.records import Claim, Receipt
from core.retry import DELIVERY_RETRY, THROTTLE_DELAY
from core.side_effects import SideEffects
from core.states import DeliveryState, MessageMark
from db.collection import takedowns
from db.files.journal import MessageJournal
from db.mail import deliveries
from db.schema.connect import Database, write_transaction
from newsletter.mail.block_detector import BlockDetector
from newsletter.mail.throttle import AdaptivePace, ThrottleDetector
from newsletter.mail.transport import AudienceShare, ConnectionLost, DeliveryAnswer, Parcel, Session
from services.delivery.issue_templates import IssueTemplates, load_templates
from services.delivery.probe_gate import ProbeGate
from services.delivery.send_rate import SendRate

CLAIM_BATCH = 50  # deliveries that are claimed at a time for each connection
TAKE_BATCH = 5  # claimed deliveries that a connection takes at a time: so few that all come to an end together
MAX_RECONNECTS = 3  # in a row without one message sent, after which a connection is given up
HOLD_TIME = timedelta(hours=1)  # a refusal that may be of us is tried again then, should nobody decide about it before


@dataclass
class DeliveryRun:
    """One issue on its way: what its connections share. `turn` is held by whoever uses the database or the claims."""

    effects: SideEffects
    settings: Settings
    period: str
    stop: Event
    boot: str
    pace: AdaptivePace
    turn: Lock = field(default_factory=Lock)  # SQLite would have the others sleep
    connections: int = 1
    claims: deque[Claim] = field(default_factory=deque)  # that no connection has taken yet
    done: Counter[DeliveryState] = field(default_factory=Counter)
    halt: Event = field(default_factory=Event)  # of this run only; `stop` is whoever's who started it
    marks: deque["PendingMark"] = field(default_factory=deque)
    templates: IssueTemplates | None = None
    excluded_ids: list[int] | None = None  # the reviews taken down that the templates leave out
    detector: BlockDetector = field(default_factory=BlockDetector)  # the refusals that may be of us
    throttles: ThrottleDetector = field(default_factory=ThrottleDetector)
    gate: ProbeGate = field(default_factory=ProbeGate)
    slowed: str = ""  # the server's words, where it took nothing at any pace
    journal: MessageJournal = field(init=False)  # beside the database

    def __post_init__(self) -> None:
        self.journal = MessageJournal(self.settings.data_dir, self.period)

    @property
    def ending(self) -> bool:
        """Whether no further message is to leave."""
        return self.stop.is_set() or self.halt.is_set()

    @property
    def is_limited(self) -> bool:
        """Whether each message waits for its turn, so that none is asked for ahead."""
        return self.pace.rate is not None or not self.gate.is_open

    def take_claims(self, db: Database, keys: Sequence[str] | None, limited: bool) -> list[Claim]:
        """The next deliveries for one connection. While it is our turn."""
        if not self.claims:
            rate = self.settings.mail.rate_per_minute
            # a second's worth: what is held too long grows old
            wanted = min(CLAIM_BATCH, 1 + rate // 60) if rate else CLAIM_BATCH * self.connections
            now = self.effects.now()
            self.claims += deliveries.claim(db, self.period, self.boot, now, 1 if limited else wanted, keys)
        return [self.claims.popleft() for _ in range(min(1 if limited else TAKE_BATCH, len(self.claims)))]

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

    def __init__(self, run: DeliveryRun, db: Database, share: AudienceShare) -> None:
        self.run, self.db, self.share = run, db, share
        self.rate = SendRate(run.effects, run.settings.mail, db, lambda: run.ending, run.turn)
        self.claimed: dict[int, str] = {}  # without a receipt; the mailbox of each
        self.begun: dict[int, str] = {}  # the message tokens of those whose bytes may have left, without an answer
        self.sent = 0
        self.step = 0  # of the run's pace, at which the last message left
        self.excluded_ids: list[int] | None = None  # the reviews taken down when what is claimed was merged
        self.return_path = make_return_path(run.settings)

    def work(self) -> str:
        """Send until nothing is due or `stop` is set; why the server could not be used, where it could not.

        Raises MailRefused when the server will not have us, MailUnavailable when it will never do as it is set up.
        """
        try:
            return self._send_due()
        finally:
            self.run.gate.leave(self)

    def _send_due(self) -> str:
        drops, before = 0, 0
        while not self.run.ending and self._has_due():
            try:
                self._send()
            except (ConnectionLost, MailUnavailable) as e:
                if isinstance(e, MailUnavailable) and e.is_permanent:
                    raise
                drops, before = (1, self.sent) if self.sent > before else (drops + 1, before)
                if drops > MAX_RECONNECTS:
                    return e.which if isinstance(e, MailUnavailable) else str(e)
                self.rate.sleep(2.0 ** (drops - 2))
        return ""

    def _send(self) -> None:
        session = self.share.way_out.open(self._take_turn)
        try:
            while True:
                limited = self.run.is_limited
                session.deliver(self._parcels(session, limited), self._mark, ahead=not limited)
                if self.run.ending or limited == self.run.is_limited:
                    return
                self._release_claims()
        finally:
            session.close()
            self._release_claims()

    def _take_turn(self) -> bool:
        """Wait until one more message may leave; False when it is time to stop."""
        run = self.run
        if run.is_limited or run.settings.mail.rate_per_minute:
            may = self.rate(60 * (run.pace.rate or 0.0)) and run.gate.enter(self, lambda: run.ending)
        else:  # as for nearly every message
            may = not run.ending
        self.step = run.pace.step
        return may

    def _has_due(self) -> bool:
        run = self.run
        with run.turn:
            now = run.effects.now()
            return bool(run.claims) or deliveries.count_due(self.db, run.period, now, self.share.keys, limit=1) > 0

    def _parcels(self, session: Session, limited: bool) -> Iterator[Parcel]:
        """What is due, merged as it is asked for, while the run is as limited as it was."""
        run = self.run
        while run.is_limited == limited:
            with run.turn:
                claims = run.take_claims(self.db, self.share.keys, limited)
                if not claims:
                    return
                templates = run.current_templates(self.db)
                self.excluded_ids = run.excluded_ids
            self.claimed.update((claim.id, claim.mailbox) for claim in claims)
            for claim in claims:
                if run.is_limited != limited:
                    return
                return_path = self.return_path(claim.message_token)
                yield make_parcel(run.period, claim, templates, return_path, session)

    def _mark(self, answers: list[DeliveryAnswer], parcel: Parcel | None) -> bool:
        """Write what became of parcels, and that the next one leaves now; whether it may.

        It may not when its reader has left, or a review was taken down since it was merged.
        """
        mark = PendingMark(self, answers, parcel)
        self.run.marks.append(mark)
        with self.run.turn:
            if not mark.is_written:
                write_marks(self.run, self.db)
        if mark.error:
            raise mark.error
        for answer in mark.tried:
            self.claimed.pop(answer.id, None)
        self.sent += sum(answer.kind == "sent" for answer in answers)
        return mark.may

    def judge(self, mark: "PendingMark", now: datetime) -> None:
        """Decide what is written of answers, and how the run goes on. While it is our turn."""
        run = self.run
        stand, doubtful = run.detector.sort_answers(mark.tried, self.claimed, self._last_try)
        mark.stand, put_off = run.throttles.sort_answers(stand, self.claimed)
        self._follow_server(mark.answers, now)
        receipts = [_make_receipt(self.db, answer, now) for answer in mark.stand]
        for receipt in receipts:
            run.done[receipt.state] += 1
        receipts += [Receipt(one.id, "queued", one.reply, now + HOLD_TIME, counts=False) for one in doubtful]
        receipts += [Receipt(one.id, "queued", one.reply, now + THROTTLE_DELAY, counts=False) for one in put_off]
        if run.detector.verdict:
            run.halt.set()
        mark.receipts = receipts

    def _follow_server(self, answers: list[DeliveryAnswer], now: datetime) -> None:
        """Go on as fast as the server's answers allow, or not at all."""
        run = self.run
        for answer in answers:
            if answer.kind == "sent":
                run.pace.note_taken(self.step)
                run.gate.open()
            elif answer.kind == "unknown":
                run.gate.close(self)
            if run.throttles.is_slowing(answer, self.claimed):
                run.pace.slow_down(self.step, now)
                run.slowed = answer.reply if run.pace.is_exhausted else ""
        if run.slowed or run.gate.has_failed:
            run.halt.set()

    def list_returns(self, mark: "PendingMark") -> Iterator[tuple[MessageMark, str]]:
        """What the server did not take may leave again: said before it is queued again."""
        for one in mark.answers:
            if one.kind not in ("sent", "unknown") and one.id in self.begun:
                yield "back", self.begun.pop(one.id)

    def list_departures(self, mark: "PendingMark") -> Iterator[tuple[MessageMark, str]]:
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
            ids = set(self.claimed)
            if run.is_limited or run.ending:
                ids.update(claim.id for claim in run.claims)
                run.claims.clear()
            if ids:
                deliveries.release_claims(self.db, ids)
        self.claimed.clear()


@dataclass(slots=True, eq=False)
class PendingMark:
    """What a connection waits for: that its answers are written down, and that its next message leaves."""

    worker: DeliveryWorker
    answers: list[DeliveryAnswer]
    parcel: Parcel | None
    tried: list[DeliveryAnswer] = field(init=False)  # those that wait are as if they had not been
    stand: list[DeliveryAnswer] = field(default_factory=list)
    receipts: list[Receipt] = field(default_factory=list)
    may: bool = False
    is_written: bool = False
    error: BaseException | None = None  # why it is not

    def __post_init__(self) -> None:
        self.tried = [answer for answer in self.answers if answer.kind != "waits"]


def write_marks(run: DeliveryRun, db: Database) -> None:
    """Write in one commit what all connections wait for, so that they wait for one commit and not for each other's.

    While it is our turn: whoever comes next finds theirs written.
    """
    marks, now = [run.marks.popleft() for _ in range(len(run.marks))], run.effects.now()
    try:
        for mark in marks:
            mark.worker.judge(mark, now)
        run.journal.write(entry for mark in marks for entry in mark.worker.list_returns(mark))
        with write_transaction(db):
            for mark in marks:
                following = mark.parcel.id if mark.parcel else None
                down = mark.worker.excluded_ids or ()
                mark.may = deliveries.write_progress(db, mark.receipts, following, now, down)
        run.journal.write(entry for mark in marks for entry in mark.worker.list_departures(mark))
        for mark in marks:
            run.record_refusals(db, mark.stand, now)
    except BaseException as e:  # none of their messages leaves
        for mark in marks:
            mark.error = e
    for mark in marks:
        mark.is_written = True


def make_parcel(period: str, claim: Claim, templates: IssueTemplates, return_path: str, session: Session) -> Parcel:
    """A claimed delivery as it goes to a transport."""
    wire_form = session.takes_wire_form
    data = templates.merge(claim, wire_form, session.signer)
    return Parcel(claim.id, return_path, claim.mailbox, data, f"{period}/{claim.message_token}", wire_form)


def decide_refusals(run: DeliveryRun, db: Database, whole: bool) -> None:
    """Write what became of the refusals that were held, when no connection is at work any more.

    `whole`: all who were due were tried. Else, and where it is us, they are queued as if they had not been tried, but
    after those who were not: should one of these be taken, a later run knows better.
    """
    now = run.effects.now()
    stand = []
    if whole and run.detector.pending:
        stand += run.detector.end(taken_before=deliveries.count_requeueable(db, run.period, ["sent"], "smtp") > 0)
    stand += run.throttles.end()
    receipts = [_make_receipt(db, answer, now) for answer in stand]
    receipts += [Receipt(one.id, "queued", one.reply, now, counts=False) for one in run.detector.pending.values()]
    if receipts:
        deliveries.record_progress(db, receipts, None, now)
        run.done.update(receipt.state for receipt in receipts)
    run.record_refusals(db, stand, now)


def _make_receipt(db: Database, answer: DeliveryAnswer, now: datetime) -> Receipt:
    """What to write of an answer: what was not taken is tried again, sooner and later, for a day."""
    if answer.kind == "sent" or answer.kind == "refused" or answer.kind == "unknown":
        return Receipt(answer.id, answer.kind, answer.reply)
    if answer.ours:
        return Receipt(answer.id, "queued", answer.reply, now, counts=False)
    tries, first = deliveries.get_attempts(db, answer.id)
    if first and DELIVERY_RETRY.is_exhausted(now - first):
        return Receipt(answer.id, "failed", answer.reply)
    wait = timedelta() if answer.kind == "again" and not tries else DELIVERY_RETRY.delay(tries + 1)
    return Receipt(answer.id, "queued", answer.reply, now + wait)


def make_return_path(settings: Settings) -> Callable[[str], str]:
    """Where the bounces of a message token go: an address of its own when bounce_address is set."""
    if not (own := settings.mail.bounce_address):
        sender = parseaddr(settings.mail.sender)[1]
        return lambda token: sender
    local, _, domain = parseaddr(own)[1].rpartition("@")
    return lambda token: f"{local}{settings.mail.recipient_delimiter}{token}@{domain}"
