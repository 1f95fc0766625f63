"""Throttle: a mail server that asks for a slower pace gets one, and no reader's delivery counts as tried for it.

A server that puts a message off for our pace or our name says so of whoever is next: many readers are put off in the
same words. Until it is known that they are many, a reader who may be put off for us is held: the delivery waits a
little, and no try is counted. Of those who stayed few by the run's end a try counts after all, unless the words
themselves say that we are too quick.

The pace has no limit until the server asks for one. Then it is half of what the server took so far, and creeps up with
each message taken. While nothing is taken, each message waits twice as long as the one before it, to find out when the
server takes mail again; then the pace is what it was halved to. What left before the pace was changed gives no further
sign; nor do codes without a word about the pace, unless several come with nothing taken between.
"""

from dataclasses import dataclass, field
from datetime import datetime

from core.bounce_rules import refusal_signature, throttle_sign
from newsletter.mail.transport import DeliveryAnswer

MANY_ALIKE = 3  # readers put off in the same words in one run, which makes it about us
SLOWEST_RATE, FIRST_RATE = 1 / 60, 10.0  # messages a second
FULL_RATE = 200.0  # messages a second; from here on there is no limit again
CREEP = 1.01  # how much faster after each message taken: twice as fast after 70
MAX_SIGNS = 10  # in a row, after which the run ends for now


@dataclass(slots=True)
class AdaptivePace:
    """How many messages a second may leave; `step` counts its slowdowns, so that each message knows what it left at."""

    started_at: datetime
    rate: float | None = None  # None: no limit
    halved: float = 0.0  # what it is when the server takes mail again
    step: int = 0
    taken: int = 0
    signs: int = 0  # slowdowns in a row, without a message taken at the slower pace

    @property
    def is_exhausted(self) -> bool:
        """Whether the server took nothing at any pace, so that it is time to stop."""
        return self.signs >= MAX_SIGNS

    def slow_down(self, step: int, now: datetime) -> None:
        """The server asked for it, when it was given a message that left at this step."""
        if step != self.step:
            return
        if not self.signs:
            measured = self.taken / max((now - self.started_at).total_seconds(), 1.0) or 2.0
            self.halved = min(FIRST_RATE, measured / 2) if self.rate is None else self.rate / 2
        self.rate = max(SLOWEST_RATE, self.rate / 2 if self.rate and self.signs else self.halved)
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
class ThrottleDetector:
    """Who was put off in one run in words that may be about us, by those words."""

    is_patient: bool = True  # False: the issue is old, and who is put off counts as tried
    put_off: dict[str, dict[int, DeliveryAnswer]] = field(default_factory=dict)
    waits: dict[str, int] = field(default_factory=dict)  # how often no mail at all was taken
    known: set[str] = field(default_factory=set)  # with which many were put off
    in_a_row: int = 0  # such answers since a message was taken

    def sort_answers(
        self, answers: list[DeliveryAnswer], mailboxes: dict[int, str]
    ) -> tuple[list[DeliveryAnswer], list[DeliveryAnswer]]:
        """The answers that stand, and those of readers who are put off for us, as far as is known."""
        stand, held = [], []
        for answer in answers:
            for group in self.put_off.values():
                group.pop(answer.id, None)
            if self.is_patient and answer.kind in ("later", "again") and throttle_sign(answer.reply):
                self.put_off.setdefault(self._signature(answer, mailboxes), {})[answer.id] = answer
                held.append(answer)
            else:
                stand.append(answer)
        return stand, held

    def is_slowing(self, answer: DeliveryAnswer, mailboxes: dict[int, str]) -> bool:
        """Whether an answer, sorted already, asks for a slower pace: one of many alike that are about us."""
        sign = throttle_sign(answer.reply) if answer.kind in ("later", "again", "waits") else ""
        self.in_a_row = self.in_a_row + 1 if sign else 0 if answer.kind == "sent" else self.in_a_row
        if not sign:
            return False
        signature = self._signature(answer, mailboxes)
        if answer.kind == "waits":
            self.waits[signature] = self.waits.get(signature, 0) + 1
        if len(self.put_off.get(signature, ())) + self.waits.get(signature, 0) >= MANY_ALIKE:
            self.known.add(signature)
        return signature in self.known and (sign == "pace" or self.in_a_row >= MANY_ALIKE)

    def end(self) -> list[DeliveryAnswer]:
        """The run is over: the answers of those who stayed few, which count as tries after all."""
        few = [group for signature, group in self.put_off.items() if signature not in self.known]
        self.put_off.clear()
        return [answer for group in few for answer in group.values() if throttle_sign(answer.reply) != "pace"]

    def _signature(self, answer: DeliveryAnswer, mailboxes: dict[int, str]) -> str:
        return refusal_signature(answer.reply, mailboxes.get(answer.id, ""))
