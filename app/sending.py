"""One connection's part of a run of deliveries: claim, stamp, mark, send, receipt."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import parseaddr
from threading import Event, Lock

from app import bouncing, issuing
from app.refusals import Row
from app.world import World
from core.errors import MailDown
from core.records import Claim, Receipt
from core.settings import Settings
from db import deliveries, issues, takedowns
from db.connect import Database, write
from newsletter.render import render
from newsletter.send import Answer, Dropped, Line, Parcel
from newsletter.signing import signer
from newsletter.stamp import Stamp, dotted

BATCH = 50  # deliveries that one connection claims at a time
BACKOFF = tuple(timedelta(minutes=m) for m in (1, 5, 15, 30, 60, 120, 240))  # after each try; the last again and again
GIVEN_UP = timedelta(days=1)  # after the first try
RECONNECTS = 3  # in a row without one message sent, after which a connection is given up
PUT_BACK = 3600.0  # seconds that the last message may seem to lie ahead; more: the clock was put back
HELD = timedelta(hours=1)  # a refusal that may be of us is tried again then, should nobody decide about it before
NAP = 0.2  # seconds between two looks at whether to stop


@dataclass
class Run:
    """One issue on its way: what its connections share. `turn` is held by whoever writes."""

    world: World
    settings: Settings
    period: str
    stop: Event
    boot: str
    turn: Lock = field(default_factory=Lock)  # SQLite would have the others sleep
    done: Counter[str] = field(default_factory=Counter)
    halt: Event = field(default_factory=Event)  # of this run only; `stop` is whoever's who started it
    stamps: dict[str, Stamp] = field(default_factory=dict)
    without: list[int] | None = None  # the reviews taken down that the stamps leave out
    row: Row = field(default_factory=Row)  # the refusals that may be of us

    @property
    def ending(self) -> bool:
        """Whether no further message is to leave."""
        return self.stop.is_set() or self.halt.is_set()

    def stamped(self, db: Database) -> dict[str, Stamp]:
        """A stamp for each edition, made anew when a review was taken down since. While it is our turn."""
        down = takedowns.all_ids(db)
        if self.without != down:
            kept = issuing.stored(self.settings, db, self.period)
            words = issuing.framed(self.settings, kept)
            date = (issues.frozen_at(db, self.period) or self.world.now()).astimezone(self.settings.zone)
            self.stamps = {
                edition: Stamp(
                    render(kept.issue, words, "email", short=edition == "short"),
                    words,
                    host=self.settings.host,
                    date=date,
                )
                for edition in ("full", "short")
            }
            self.without = down
        return self.stamps


class Sender:
    """One connection and its own view of the database."""

    def __init__(self, run: Run, db: Database, keys: list[str] | None) -> None:
        self.run, self.db, self.keys = run, db, keys
        self.mail = run.settings.mail
        self.held: dict[int, str] = {}  # claimed, and without a receipt; the mailbox of each
        self.sent = 0
        self.without: list[int] | None = None  # the reviews taken down when what is held was stamped
        self.sign, self.return_path = signer_of(run.settings), return_path(run.settings)

    def work(self) -> str:
        """Send until nothing is due or `stop` is set; why the server could not be used, where it could not.

        Raises MailRefused when the server will not have us, MailDown when it will never do as it is set up.
        """
        drops, before = 0, 0
        while not self.run.ending and self._anything():
            try:
                self._send()
            except (Dropped, MailDown) as e:
                if isinstance(e, MailDown) and e.lasting:
                    raise
                drops, before = (1, self.sent) if self.sent > before else (drops + 1, before)
                if drops > RECONNECTS:
                    return e.which if isinstance(e, MailDown) else str(e)
                self._rest(2.0 ** (drops - 2))
        return ""

    def _send(self) -> None:
        line = Line(self.mail)
        try:
            line.deliver(self._parcels(), self._mark, ahead=not self.mail.rate_per_minute)
        finally:
            line.close()
            self._release()

    def _anything(self) -> bool:
        with self.run.turn:
            return deliveries.due(self.db, self.run.period, self.run.world.now(), self.keys) > 0

    def _parcels(self) -> Iterator[Parcel]:
        """What is due, stamped as it is asked for; at the pace that is allowed."""
        run, rate = self.run, self.mail.rate_per_minute
        limit = min(BATCH, 1 + rate // 60) if rate else BATCH  # a second's worth: what is held too long grows old
        while True:
            with run.turn:
                claims = deliveries.claim(self.db, run.period, run.boot, run.world.now(), limit, self.keys)
                stamps = run.stamped(self.db) if claims else {}
                self.without = run.without
            self.held.update((claim.id, claim.mailbox) for claim in claims)
            for claim in claims:
                if not self._wait_for_pace():
                    return
                yield self._parcel(claim, stamps[claim.edition])
            if not claims:
                return

    def _parcel(self, claim: Claim, stamp: Stamp) -> Parcel:
        who = (claim.mailbox, claim.token, claim.message_token)
        data = dotted(self.sign(stamp(*who))) if self.sign else stamp.ready(*who)
        return Parcel(claim.id, self.return_path(claim.message_token), claim.mailbox, data)

    def _mark(self, answers: list[Answer], parcel: Parcel | None) -> bool:
        """Write what became of parcels, and that the next one leaves now; whether it may.

        It may not when its reader has left, or a review was taken down since it was stamped.
        """
        run, now = self.run, self.run.world.now()
        answers = [answer for answer in answers if answer.kind != "waits"]  # as if they had not been tried
        with run.turn:
            stand, doubtful = run.row.sift(answers, self.held, self._said)
            receipts = [_receipt(self.db, answer, now) for answer in stand]
            run.done.update(receipt.state for receipt in receipts)
            receipts += [Receipt(one.id, "queued", one.reply, now + HELD, counts=False) for one in doubtful]
            if run.row.verdict:
                run.halt.set()
            stale = parcel is not None and takedowns.all_ids(self.db) != self.without
            may = deliveries.step(self.db, receipts, parcel.id if parcel and not stale else None, now) and not stale
            for answer in stand:
                if answer.kind == "refused":
                    bouncing.refused(self.db, answer.id, answer.reply, now)
        for answer in answers:
            self.held.pop(answer.id, None)
        self.sent += sum(answer.kind == "sent" for answer in answers)
        return may

    def _said(self, number: int) -> str:
        delivery = deliveries.by_id(self.db, number)
        return delivery.reply if delivery else ""

    def _release(self) -> None:
        """What was claimed and not begun waits again."""
        if self.held:
            with self.run.turn:
                deliveries.release(self.db, self.held)
            self.held.clear()

    def _wait_for_pace(self) -> bool:
        """Wait for this message's turn, counted from the last one of any run; False when it is time to stop."""
        rate, run = self.mail.rate_per_minute, self.run
        if rate:
            with run.turn, write(self.db):
                now, last = run.world.now().timestamp(), deliveries.pace(self.db)
                if last > now + PUT_BACK + self.mail.connections * 60 / rate:
                    last = now
                slot = max(now, last + 60 / rate)
                deliveries.keep_pace(self.db, slot)
            self._rest(slot - run.world.now().timestamp())
        return not run.ending

    def _rest(self, seconds: float) -> None:
        """Sleep, but wake when it is time to stop."""
        while seconds > 0 and not self.run.ending:
            self.run.world.sleep(min(seconds, NAP))
            seconds -= NAP


def decide(run: Run, db: Database, whole: bool) -> None:
    """Write what became of the refusals that were held, when no connection is at work any more.

    `whole`: all who were due were tried. Else, and where it is us, they are queued as if they had not been tried, but
    after those who were not: should one of these be taken, a later run knows better.
    """
    now = run.world.now()
    taken_before = deliveries.ended(db, run.period, ["sent"], "smtp") > 0
    stand = run.row.end(taken_before) if whole else []
    receipts = [_receipt(db, answer, now) for answer in stand]
    receipts += [Receipt(one.id, "queued", one.reply, now, counts=False) for one in run.row.held.values()]
    if receipts:
        deliveries.step(db, receipts, None, now)
        run.done.update(receipt.state for receipt in receipts)
    for answer in stand:
        bouncing.refused(db, answer.id, answer.reply, now)


def _receipt(db: Database, answer: Answer, now: datetime) -> Receipt:
    """What to write of an answer: what was not taken is tried again, sooner and later, for a day."""
    if answer.kind in ("sent", "refused", "unknown"):
        return Receipt(answer.id, answer.kind, answer.reply)
    if answer.ours:
        return Receipt(answer.id, "queued", answer.reply, now, counts=False)
    tries, first = deliveries.tries(db, answer.id)
    if first and now - first >= GIVEN_UP:
        return Receipt(answer.id, "failed", answer.reply)
    at_once = answer.kind == "again" and not tries
    wait = timedelta() if at_once else BACKOFF[min(tries, len(BACKOFF) - 1)]
    return Receipt(answer.id, "queued", answer.reply, now + wait)


def return_path(settings: Settings) -> Callable[[str], str]:
    """Where the bounces of a message token go: an address of its own when bounce_address is set."""
    if not (own := settings.mail.bounce_address):
        sender = parseaddr(settings.mail.sender)[1]
        return lambda token: sender
    local, _, domain = parseaddr(own)[1].rpartition("@")
    return lambda token: f"{local}+{token}@{domain}"


def signer_of(settings: Settings) -> Callable[[bytes], bytes] | None:
    """What signs our mail, where we do. Raises HouseError for a key or name that cannot."""
    mail = settings.mail
    if not mail.dkim_domain:
        return None
    return signer(mail.dkim_domain, mail.dkim_selector, mail.dkim_key.get_secret_value())
