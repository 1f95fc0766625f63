"""Block detector: whether refusals in a row blame the subscribers or us as the sender.

A refusal names a reader, but its cause may be us: our address on a blocklist, our name without its records, a relay
that answers "no such user" to everybody for an hour. No reader may lose a subscription by that, so that a refusal,
whatever its words, is held for as long as others in the same words follow it; hosts, numbers and the reader's address
are left out of the comparison. Once a message is taken, or one is refused in other words, the row has ended, and its
refusals were of the readers after all. It is us when twenty in a row are refused alike, of more than one domain where
the issue's readers are of more than one; or when everybody is whom the run tried, more than three, where nothing of the
issue was taken before: the run stops, nobody counts as bounced, and the operator is told in the server's words.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from core.bounce_rules import refusal_signature
from newsletter.mail.transport import DeliveryAnswer

BLOCK_THRESHOLD = 20  # readers in a row whom no server of sound mind refuses alike for their own sake
SMALL_AUDIENCE = 3  # a whole list of so many, or fewer, may well be refused


@dataclass(slots=True)
class BlockDetector:
    """The refusals of one run, for as long as nobody is taken after them.

    They are no one's fault until it is known: a refused message was not delivered, so it can be tried again. Who was
    put off for this before, and is refused alike after others were taken, is refused for good; so is who was refused
    alike when it was tried before.
    """

    verdict: str = ""  # the server's words, once it is us
    pending: dict[int, DeliveryAnswer] = field(default_factory=dict)
    signature: str = ""  # what the refusals of the row have in common
    domains: set[str] = field(default_factory=set)
    has_one_domain: Callable[[], bool] = lambda: False  # whether all readers of the issue are of one domain
    any_taken: bool = False  # whether a message of this run was, or of another issue since those here were put off
    only_refusals: bool = True  # whether all that was answered so far are the refusals in this row

    def sort_answers(
        self, answers: list[DeliveryAnswer], mailboxes: dict[int, str], last_try: Callable[[int], tuple[str, int]]
    ) -> tuple[list[DeliveryAnswer], list[DeliveryAnswer]]:
        """The answers that stand, with those of a row that has ended; and those that are held for now.

        `last_try`: the reply that is kept with a delivery, and how many tries were counted.
        """
        stand: list[DeliveryAnswer] = []
        for answer in answers:
            mailbox = mailboxes.get(answer.id, "")
            if answer.kind == "refused" and mailbox and self._may_be_of_us(answer, mailbox, last_try):
                stand += self._hold_refusal(answer, mailbox)
                continue
            self.any_taken = self.any_taken or answer.kind == "sent"
            self.only_refusals = self.only_refusals and answer.kind == "again"
            if answer.kind in ("sent", "refused") and not self.verdict:
                stand += self.release_refusals()
            stand.append(answer)
        return stand, [answer for answer in answers if answer.id in self.pending]

    def _may_be_of_us(self, answer: DeliveryAnswer, mailbox: str, last_try: Callable[[int], tuple[str, int]]) -> bool:
        before, tries = last_try(answer.id)
        known = before and (self.any_taken or tries)
        return not known or refusal_signature(before, mailbox) != refusal_signature(answer.reply, mailbox)

    def _hold_refusal(self, answer: DeliveryAnswer, mailbox: str) -> list[DeliveryAnswer]:
        """Add to the row, or begin another; what was in the one before."""
        signature, ended = refusal_signature(answer.reply, mailbox), list[DeliveryAnswer]()
        if self.pending and signature != self.signature and not self.verdict:
            ended, self.only_refusals = self.release_refusals(), False
        self.signature = signature
        self.pending[answer.id] = answer
        self.domains.add(mailbox.rpartition("@")[2].lower())
        if len(self.pending) >= BLOCK_THRESHOLD and (len(self.domains) > 1 or self.has_one_domain()):
            self.verdict = self.verdict or answer.reply
        return ended

    def release_refusals(self) -> list[DeliveryAnswer]:
        """The refusals of the row: they are of the readers after all."""
        given = list(self.pending.values())
        self.pending.clear()
        self.domains.clear()
        return given

    def end(self, taken_before: bool) -> list[DeliveryAnswer]:
        """The run has tried all whom it had: what is of the readers. `taken_before`: some message of the issue was."""
        if len(self.pending) > SMALL_AUDIENCE and self.only_refusals and not taken_before:
            self.verdict = self.verdict or next(iter(self.pending.values())).reply
        return [] if self.verdict else self.release_refusals()
