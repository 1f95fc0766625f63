"""Refusals in a row with nobody taken: whether they are of the readers, or of us."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from core.address_patterns import IN_REPLY
from core.bounces import codes, weigh
from newsletter.send import Answer

MANY = 20  # readers in a row whom no server of sound mind refuses alike for their own sake
FEW = 3  # a whole list of so many, or fewer, may well be refused
_US = re.compile(
    r"\brelay|\brcpthosts\b|\bblocked\b|\blisted\b|\bspamhaus\b|\bpolicy\b|access denied|\bdenied by\b|not permitted"
    r"|not (allowed|authori[sz]ed)|\bunauthenticated\b|not verified|does not match",
    re.I,
)
Of = tuple[int, str, str]  # a refusal's codes, and its words without what differs from one reader to the next


def of_us(reply: str) -> bool:
    """Whether a refusal may be of us: our address, our name, what we send. One that says the reader is gone may not."""
    code, enhanced = codes(reply)
    kind = weigh(code, enhanced, reply, "")
    words = IN_REPLY.sub(" ", reply)
    return kind == "spam" or (kind != "hard" and (enhanced.startswith("5.7.") or _US.search(words) is not None))


def alike(reply: str, mailbox: str) -> Of:
    """The same for two refusals that differ only in whom they name, and in numbers, hosts and marks with a digit."""
    domain = re.escape(mailbox.rpartition("@")[2])
    words = re.sub(domain, " ", IN_REPLY.sub(" ", reply), flags=re.IGNORECASE).lower()
    return *codes(reply), " ".join(re.findall(r"[^\W\d_]+", re.sub(r"\S*\d\S*", " ", words)))


@dataclass(slots=True)
class Row:
    """The refusals of one run that may be of us, for as long as nobody is taken after them.

    They are no one's fault until it is known: a refused message was not delivered, so it can be tried again. It is
    us when MANY readers in a row, of more than one domain, are refused alike; or all whom the run tried, more than
    FEW, where nothing of the issue was taken before. Who was put off for this before, and is refused alike after
    others were taken, is refused for good.
    """

    verdict: str = ""  # the server's words, once it is us
    held: dict[int, Answer] = field(default_factory=dict)
    of: Of | None = None
    domains: set[str] = field(default_factory=set)
    taken: bool = False  # whether a message of this run was, or of another issue since those here were put off
    alone: bool = True  # whether all that was answered so far are the refusals in this row

    def sift(
        self, answers: list[Answer], mailboxes: dict[int, str], said: Callable[[int], str]
    ) -> tuple[list[Answer], list[Answer]]:
        """The answers that stand, with those of a row that has ended; and those that are held for now.

        `said`: the reply that is kept with a delivery.
        """
        stand: list[Answer] = []
        for answer in answers:
            mailbox = mailboxes.get(answer.id, "")
            if answer.kind == "refused" and mailbox and self._may_be_us(answer, mailbox, said):
                stand += self._hold(answer, mailbox)
                continue
            self.taken = self.taken or answer.kind == "sent"
            self.alone = self.alone and answer.kind == "again"
            if answer.kind in ("sent", "refused") and not self.verdict:
                stand += self.give_up()
            stand.append(answer)
        return stand, [answer for answer in answers if answer.id in self.held]

    def _may_be_us(self, answer: Answer, mailbox: str, said: Callable[[int], str]) -> bool:
        if not of_us(answer.reply):
            return False
        before = said(answer.id) if self.taken else ""
        return not before or alike(before, mailbox) != alike(answer.reply, mailbox)

    def _hold(self, answer: Answer, mailbox: str) -> list[Answer]:
        """Add to the row, or begin another; what was in the one before."""
        of, ended = alike(answer.reply, mailbox), list[Answer]()
        if self.held and of != self.of and not self.verdict:
            ended, self.alone = self.give_up(), False
        self.of = of
        self.held[answer.id] = answer
        self.domains.add(mailbox.rpartition("@")[2].lower())
        if len(self.held) >= MANY and len(self.domains) > 1:
            self.verdict = self.verdict or answer.reply
        return ended

    def give_up(self) -> list[Answer]:
        """The refusals of the row: they are of the readers after all."""
        given = list(self.held.values())
        self.held.clear()
        self.domains.clear()
        return given

    def end(self, taken_before: bool) -> list[Answer]:
        """The run has tried all whom it had: what is of the readers. `taken_before`: some message of the issue was."""
        if len(self.held) > FEW and len(self.domains) > 1 and self.alone and not taken_before:
            self.verdict = self.verdict or next(iter(self.held.values())).reply
        return [] if self.verdict else self.give_up()
