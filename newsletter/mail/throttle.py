"""Throttle: a mail server that asks for a slower pace gets one, and no reader's delivery counts as tried for it.

A server that puts a message off for our pace or our name says so of whoever is next: many readers are put off in the
same words. Until it is known that they are many, a reader who may be put off for us is held: the delivery waits a
little, and no try is counted. Of those who stayed few by the run's end a try counts after all, unless the words
themselves say that we are too quick.

The pace has no limit until the server asks for one. Then it is half of what the server took so far, and creeps up with
each message taken. While nothing is taken, each message waits twice as long as the one before it, to find out when the
server takes mail again; then the pace is what it was halved to. What left before the pace was changed gives no further
sign; nor do codes without a word about the pace, unless several come with nothing taken between.

Where all who are put off in the same words are of one large mailbox provider, it is that provider which asks for a
slower pace, whose words our relay passes on: its readers alone are slowed. Who of them comes up too early is told when
to come up again, and all others go on at full speed.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.bounce_rules import refusal_signature, throttle_sign
from core.mailbox_providers import find_mailbox_provider
from newsletter.mail.transport import DeliveryAnswer

MANY_ALIKE = 3  # readers put off in the same words in one run, which makes it about us
SLOWEST_RATE, FIRST_RATE = 1 / 60, 10.0  # messages a second
FULL_RATE = 200.0  # messages a second; from here on there is no limit again
CREEP = 1.01  # how much faster after each message taken: twice as fast after 70
MAX_SIGNS = 10  # in a row, after which the run ends for now
MAX_HOLD = timedelta(minutes=5)  # a provider's reader comes up again after so long at the latest: it may be faster then
CATCH_UP = timedelta(seconds=1)  # readers of a provider who come up late leave together, so many seconds' worth


@dataclass(slots=True)
class AdaptivePace:
    """How many messages a second may leave; `step` counts its slowdowns, so that each message knows what it left at."""

    started_at: datetime
    rate: float | None = None  # None: no limit
    halved: float = 0.0  # what it is when the server takes mail again
    step: int = 0
    taken: int = 0
    signs: int = 0  # slowdowns in a row, without a message taken at the slower pace
    words: str = ""  # the server's, when it last asked for one; no address in them

    @property
    def is_exhausted(self) -> bool:
        """Whether the server took nothing at any pace, so that it is time to stop."""
        return self.signs >= MAX_SIGNS

    def slow_down(self, step: int, now: datetime, words: str = "") -> None:
        """The server asked for it in these words, when it was given a message that left at this step."""
        if step != self.step:
            return
        if not self.signs:
            measured = self.taken / max((now - self.started_at).total_seconds(), 1.0) or 2.0
            self.halved = min(FIRST_RATE, measured / 2) if self.rate is None else self.rate / 2
        self.words, self.rate = words, max(SLOWEST_RATE, self.rate / 2 if self.rate and self.signs else self.halved)
        self.step += 1
        self.signs += 1

    def note_taken(self, step: int) -> None:
        """A message that left at this step was taken."""
        self.taken += 1
        if step != self.step or self.rate is None:
            return
        self.rate = max(self.rate, self.halved) if self.signs else self.rate * CREEP
        self.rate = None if self.rate >= FULL_RATE else self.rate
        self.signs = 0


@dataclass(slots=True)
class ProviderPace:
    """How many messages a second may leave to one provider's readers, and when the next one may."""

    pace: AdaptivePace
    next_at: datetime | None = None
    last_turn: datetime | None = None  # that was given to a reader

    def find_turn(self, now: datetime) -> datetime | None:
        """When a reader who comes up now is to come up again; None: their message may leave."""
        rate = self.pace.rate
        if rate is None:
            return None
        interval = timedelta(seconds=1 / rate)
        next_at = max(self.next_at or now, now - CATCH_UP)
        if next_at <= now and not self.pace.is_exhausted:
            self.next_at = next_at + interval
            return None
        turn = max(next_at, self.last_turn + interval if self.last_turn else now)
        self.last_turn = min(turn, now + MAX_HOLD)
        return self.last_turn

    def has_turns(self, now: datetime) -> bool:
        """Whether readers are about to come up again, and it is worth while to wait for them."""
        return not self.pace.is_exhausted and self.last_turn is not None and now <= self.last_turn + CATCH_UP


@dataclass(slots=True)
class ThrottleDetector:
    """Who was put off in one run in words that may be about us, by those words."""

    is_patient: bool = True  # False: the issue is old, and who is put off counts as tried
    put_off: dict[str, dict[int, DeliveryAnswer]] = field(default_factory=dict)
    providers: dict[str, set[str]] = field(default_factory=dict)  # whose readers they are; empty: of no large one
    waits: dict[str, int] = field(default_factory=dict)  # how often no mail at all was taken
    known: set[str] = field(default_factory=set)  # with which many were put off
    in_a_row: dict[str, int] = field(default_factory=dict)  # such answers since a provider's message was taken; "": any

    def sort_answers(
        self, answers: list[DeliveryAnswer], mailboxes: dict[int, str]
    ) -> tuple[list[DeliveryAnswer], list[DeliveryAnswer]]:
        """The answers that stand, and those of readers who are put off for us, as far as is known."""
        stand, held = [], []
        for answer in answers:
            for group in self.put_off.values():
                group.pop(answer.id, None)
            if self.is_patient and answer.kind in ("later", "again") and throttle_sign(answer.reply):
                signature, mailbox = self._signature(answer, mailboxes), mailboxes.get(answer.id, "")
                self.put_off.setdefault(signature, {})[answer.id] = answer
                self.providers.setdefault(signature, set()).add(find_mailbox_provider(mailbox))
                held.append(answer)
            else:
                stand.append(answer)
        return stand, held

    def is_slowing(self, answer: DeliveryAnswer, mailboxes: dict[int, str]) -> bool:
        """Whether an answer, sorted already, asks for a slower pace: one of many alike that are about us."""
        if answer.kind == "sent" and not self.in_a_row:  # as of nearly every message
            return False
        sign = throttle_sign(answer.reply) if answer.kind in ("later", "again", "waits") else ""
        for scope in {find_mailbox_provider(mailboxes.get(answer.id, "")), ""}:
            if sign:
                self.in_a_row[scope] = self.in_a_row.get(scope, 0) + 1
            elif answer.kind == "sent":
                self.in_a_row.pop(scope, None)
        if not sign:
            return False
        signature = self._signature(answer, mailboxes)
        if answer.kind == "waits":
            self.waits[signature] = self.waits.get(signature, 0) + 1
        if len(self.put_off.get(signature, ())) + self.waits.get(signature, 0) >= MANY_ALIKE:
            self.known.add(signature)
        in_a_row = self.in_a_row.get(self.find_scope(answer, mailboxes), 0)
        return signature in self.known and (sign == "pace" or in_a_row >= MANY_ALIKE)

    def find_scope(self, answer: DeliveryAnswer, mailboxes: dict[int, str]) -> str:
        """The provider that an answer, sorted already, is about; empty: the relay, for it says the same of others."""
        providers = self.providers.get(self._signature(answer, mailboxes), set())
        return "" if answer.kind == "waits" or len(providers) != 1 else next(iter(providers))

    def end(self) -> list[DeliveryAnswer]:
        """The run is over: the answers of those who stayed few, which count as tries after all."""
        few = [group for signature, group in self.put_off.items() if signature not in self.known]
        self.put_off.clear()
        return [answer for group in few for answer in group.values() if throttle_sign(answer.reply) != "pace"]

    def _signature(self, answer: DeliveryAnswer, mailboxes: dict[int, str]) -> str:
        return refusal_signature(answer.reply, mailboxes.get(answer.id, ""))
