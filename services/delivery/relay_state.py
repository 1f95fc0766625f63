"""Relay state: what the connections to one relay share in a run.

Each relay is judged by itself: what one refuses, puts off or leaves without an answer says nothing of the others.
"""

from collections.abc import Iterable
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime
from threading import Event
from typing import TYPE_CHECKING, Self

from core.actions import WAY_OUT, Action
from core.bounce_rules import redact_reply
from core.errors import HouseError, MailRefused, MailSilent, MailUnavailable
from core.mailbox_providers import MAILBOX_PROVIDERS
from db.mail.relay_paces import StoredPace
from newsletter.mail.block_detector import BlockDetector
from newsletter.mail.smtp import SmtpTransport
from newsletter.mail.throttle import AdaptivePace, ProviderPace, ThrottleDetector
from services.delivery.probe_gate import ProbeGate

if TYPE_CHECKING:
    from newsletter.cluster.cluster_transport import ClusterTransport


@dataclass
class RelayPaces:
    """How fast a relay takes mail, and that of each large provider's readers; for all issues that are sent together."""

    relay: AdaptivePace
    providers: dict[str, ProviderPace]
    stored: dict[str, float] = field(default_factory=dict)  # as they are written down, by providers

    @classmethod
    def begin(cls, now: datetime, known: Iterable[StoredPace] = ()) -> Self:
        """Those with which a run begins: no limit, but for what is known of runs before."""
        by_provider = {one.provider: one for one in known}

        def begun(provider: str) -> AdaptivePace:
            if one := by_provider.get(provider):
                return AdaptivePace(now, one.resumed_rate, one.resumed_rate, words=one.words)
            return AdaptivePace(now)

        stored = {provider: one.rate for provider, one in by_provider.items()}
        return cls(begun(""), {name: ProviderPace(begun(name)) for name in MAILBOX_PROVIDERS}, stored)


@dataclass
class RelayState:
    """A relay in a run, identified by its name."""

    way_out: "SmtpTransport | ClusterTransport"
    paces: RelayPaces
    detector: BlockDetector = field(default_factory=BlockDetector)  # the refusals that may be of us
    throttles: ThrottleDetector = field(default_factory=ThrottleDetector)
    gate: ProbeGate = field(default_factory=ProbeGate)
    halt: Event = field(default_factory=Event)  # nothing more goes by this relay
    workers: list[Future[str]] = field(default_factory=list)
    is_settled: bool = True  # what it left open is written down
    slowed: str = ""  # its words, where it took nothing at any pace
    down: str = ""  # why connections to it were given up
    is_down: bool = False  # all were
    error: HouseError | None = None  # that it would not have us, or will never do as it is set up
    sent: int = 0

    @property
    def name(self) -> str:
        """As it is configured; empty: the only one."""
        return self.way_out.name

    @property
    def connections(self) -> int:
        """How many it may have; workers have theirs, and one session here stands for them all."""
        return 1 if self.way_out.is_shared else self.way_out.mail.connections

    @property
    def is_limited(self) -> bool:
        """Whether each message waits for its turn, so that none is asked for ahead."""
        return self.paces.relay.rate is not None or not self.gate.is_open

    @property
    def is_out(self) -> bool:
        """Whether nothing more can go by it in this run."""
        return bool(self.error or self.is_down or self.slowed or self.detector.verdict or self.gate.has_failed)

    @property
    def words(self) -> str:
        """Why it could not be used for a while, or to the end."""
        return f"it puts everybody off: {redact_reply(self.slowed)}" if self.slowed else self.down

    def held_ids(self) -> list[int]:
        """The deliveries that it refused or put off, of which nothing is decided yet."""
        put_off = (number for group in self.throttles.put_off.values() for number in group)
        return [*dict.fromkeys((*self.detector.pending, *put_off))]

    def forget(self, numbers: Iterable[int]) -> None:
        """Nothing is to be decided of these any more."""
        groups = [self.detector.pending, *self.throttles.put_off.values()]
        if any(groups):
            for number in numbers:
                for group in groups:
                    group.pop(number, None)

    def fault(self) -> HouseError | None:
        """Why it is out for more than a while; None: it is not, or is only down."""
        if self.detector.verdict:
            where = f"{self.way_out.where} ({redact_reply(self.detector.verdict)})"
            fix = "It must take mail from us: see [mail], or what it says. Nothing is lost."
            action = Action(WAY_OUT, "Try again now", "Then type the same again.")
            return MailRefused("the mail server refuses everybody, so it must be us", where, fix, action)
        if self.gate.has_failed:
            fix = "Nobody knows whether it has the last one, so nothing more is sent but one in each run: see its log."
            return MailSilent("the mail server was given a message and did not answer", self.way_out.where, fix)
        return self.error

    def describe_fault(self) -> str:
        """Why it is out, in a sentence without a command; empty: it is not."""
        if not self.is_out:
            return ""
        down = MailUnavailable("the mail server cannot be used", f"{self.way_out.where} ({self.words})")
        return (self.fault() or down).sentence
