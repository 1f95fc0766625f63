"""Block detector: whether refusals in a row blame the subscribers or us as the sender.

A refusal names a reader, but its cause may be us: our address on a blocklist, our name without its records. No reader
may lose a subscription by that, so that a refusal which may be of us is held for as long as others in the same words
follow it; hosts, numbers and the reader's address are left out of the comparison. Once a message is taken, or one is
refused in other words, the row has ended, and its refusals were of the readers after all. It is us when twenty in a
row, of more than one domain, are refused alike, or when everybody is whom the run tried, more than three, where
nothing of the issue was taken before: the run stops, nobody counts as bounced, and the operator is told in the
server's words.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from core.address_patterns import IN_REPLY
from core.bounce_rules import classify_refusal, parse_codes
from newsletter.mail.transport import DeliveryAnswer

BLOCK_THRESHOLD = 20  # readers in a row whom no server of sound mind refuses alike for their own sake
SMALL_AUDIENCE = 3  # a whole list of so many, or fewer, may well be refused
_SENDER_PATTERN = re.compile(
    r"\brelay|\brcpthosts\b|\bblocked\b|\blisted\b|\bspamhaus\b|\bpolicy\b|access denied|\bdenied by\b|not permitted"
    r"|not (allowed|authori[sz]ed)|\bunauthenticated\b|not verified|does not match",
    re.I,
)
RefusalSignature = tuple[
    int, str, str
]  # a refusal's codes, and its words without what differs from one reader to the next


def blames_sender(reply: str) -> bool:
    """Whether a refusal may be of us: our address, our name, what we send. One that says the reader is gone may not."""
    code, enhanced = parse_codes(reply)
    kind = classify_refusal(code, enhanced, reply, "")
    words = IN_REPLY.sub(" ", reply)
    return kind == "spam" or (
        kind != "hard" and (enhanced.startswith("5.7.") or _SENDER_PATTERN.search(words) is not None)
    )


def refusal_signature(reply: str, mailbox: str) -> RefusalSignature:
    """The same for two refusals that differ only in whom they name, and in numbers, hosts and marks with a digit."""
    domain = re.escape(mailbox.rpartition("@")[2])
    words = re.sub(domain, " ", IN_REPLY.sub(" ", reply), flags=re.IGNORECASE).lower()
    return *parse_codes(reply), " ".join(re.findall(r"[^\W\d_]+", re.sub(r"\S*\d\S*", " ", words)))


@dataclass(slots=True)
class BlockDetector:
    """The refusals of one run that may be of us, for as long as nobody is taken after them.

    They are no one's fault until it is known: a refused message was not delivered, so it can be tried again. It is
    us when MANY readers in a row, of more than one domain, are refused alike; or all whom the run tried, more than
    FEW, where nothing of the issue was taken before. Who was put off for this before, and is refused alike after
    others were taken, is refused for good.
    """

    verdict: str = ""  # the server's words, once it is us
    pending: dict[int, DeliveryAnswer] = field(default_factory=dict)
    signature: RefusalSignature | None = None
    domains: set[str] = field(default_factory=set)
    any_taken: bool = False  # whether a message of this run was, or of another issue since those here were put off
    only_refusals: bool = True  # whether all that was answered so far are the refusals in this row

    def sort_answers(
        self, answers: list[DeliveryAnswer], mailboxes: dict[int, str], stored_reply: Callable[[int], str]
    ) -> tuple[list[DeliveryAnswer], list[DeliveryAnswer]]:
        """The answers that stand, with those of a row that has ended; and those that are held for now.

        `stored_reply`: the reply that is kept with a delivery.
        """
        stand: list[DeliveryAnswer] = []
        for answer in answers:
            mailbox = mailboxes.get(answer.id, "")
            if answer.kind == "refused" and mailbox and self._blames_sender(answer, mailbox, stored_reply):
                stand += self._hold_refusal(answer, mailbox)
                continue
            self.any_taken = self.any_taken or answer.kind == "sent"
            self.only_refusals = self.only_refusals and answer.kind == "again"
            if answer.kind in ("sent", "refused") and not self.verdict:
                stand += self.release_refusals()
            stand.append(answer)
        return stand, [answer for answer in answers if answer.id in self.pending]

    def _blames_sender(self, answer: DeliveryAnswer, mailbox: str, stored_reply: Callable[[int], str]) -> bool:
        if not blames_sender(answer.reply):
            return False
        before = stored_reply(answer.id) if self.any_taken else ""
        return not before or refusal_signature(before, mailbox) != refusal_signature(answer.reply, mailbox)

    def _hold_refusal(self, answer: DeliveryAnswer, mailbox: str) -> list[DeliveryAnswer]:
        """Add to the row, or begin another; what was in the one before."""
        signature, ended = refusal_signature(answer.reply, mailbox), list[DeliveryAnswer]()
        if self.pending and signature != self.signature and not self.verdict:
            ended, self.only_refusals = self.release_refusals(), False
        self.signature = signature
        self.pending[answer.id] = answer
        self.domains.add(mailbox.rpartition("@")[2].lower())
        if len(self.pending) >= BLOCK_THRESHOLD and len(self.domains) > 1:
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
        if len(self.pending) > SMALL_AUDIENCE and len(self.domains) > 1 and self.only_refusals and not taken_before:
            self.verdict = self.verdict or next(iter(self.pending.values())).reply
        return [] if self.verdict else self.release_refusals()
