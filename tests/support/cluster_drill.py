"""The kill drill with workers: coordinator, workers and broker are killed at random, and wires are cut."""

import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from threading import Event
from typing import Literal

from app.runtime.side_effects import system_effects
from core.config.load import load
from core.records import Delivery
from db.schema.connect import connect
from services.delivery.cluster_recovery import recover_dispatched
from tests.bench.distance import Distance
from tests.support.cluster import Broker, Wire, Worker
from tests.support.issue_sending import Sender, Sink, everyone_once, listed, post
from tests.support.smtp_sink import Accepted

Blow = Literal["worker", "coordinator", "broker", "cut"]
CUT_SECONDS = 12.0  # longer than a worker's lease: what it has in hand is given up, and its receipt comes late
SECONDS_DOWN = 0.5  # at most, until what was killed is started again


@dataclass
class ClusterDrill:
    """A drill in the working folder, whose house is prepared: `run()`, then `check()`."""

    folder: Path
    workers: int
    connections: int  # of each
    blows: Sequence[Blow]
    pause: int  # messages between two blows, at most
    sink_words: tuple[str, ...] = ()
    is_far: bool = False  # the relay is 20 ms away
    seed: int = 2016
    server_drops: int = 0  # connections that the server broke off
    struck: Counter[Blow] = field(default_factory=Counter)
    deliveries: list[Delivery] = field(default_factory=list)
    accepted: list[Accepted] = field(default_factory=list)

    def run(self) -> None:
        """Send the issue while blow after blow falls, then to its end."""
        chance = Random(self.seed)
        with ExitStack() as stack:
            broker = stack.enter_context(Broker(self.folder))
            sink = stack.enter_context(Sink(self.folder, *self.sink_words))
            port = stack.enter_context(Distance(sink.port)).port if self.is_far else sink.port
            post(port, f'[cluster]\nbroker = "{broker.address}"\n')
            wires = [stack.enter_context(Wire(self.folder, n, broker.port)) for n in range(self.workers)]
            workers = [
                stack.enter_context(Worker(self.folder, n, self.connections, f"redis://127.0.0.1:{wire.port}/0"))
                for n, wire in enumerate(wires)
            ]
            sender = Sender()
            for blow in self.blows:
                while not sink.wait_for(chance.randint(1, self.pause), sender):
                    if sender.code in (0, 3):
                        break
                    sender = Sender()
                if sender.code is not None:
                    break
                self.struck[blow] += 1
                if blow == "coordinator":
                    sender.kill_after(chance.uniform(0, 0.02))
                    sender = Sender()
                elif blow == "cut":
                    self._cut(chance.choice(wires))
                else:
                    self._kill(broker if blow == "broker" else chance.choice(workers), chance)
            while (code := sender.wait()) not in (0, 3):
                assert code in (1, 11), sender.said()
                sender = Sender()
            self._hear_late_receipts()
            self.deliveries, self.accepted = listed(), sink.accepted()
            self.server_drops = sum(sink.faults().values()) if Path(f"{sink.record}.faults").exists() else 0

    def _hear_late_receipts(self) -> None:
        """As the next tick does: a worker that was cut off says in the end what it had sent."""
        settings = load(Path("casereviews.toml"))
        with closing(connect(settings.database)) as db:
            recover_dispatched(system_effects(), settings, db, Event())

    def _kill(self, process: Broker | Worker, chance: Random) -> None:
        time.sleep(chance.uniform(0, 0.02))
        process.kill()
        time.sleep(chance.uniform(0, SECONDS_DOWN))
        process.start()

    def _cut(self, wire: Wire) -> None:
        wire.cut()
        time.sleep(CUT_SECONDS)
        wire.mend()

    def check(self, readers: int) -> str:
        """Everybody once but those of whom nobody knows, who are few; how many, in words."""
        doubtful = {one.email for one in self.deliveries if one.state == "unknown"}
        cut_off = [one for one in self.deliveries if one.state == "unknown" and one.reply.startswith("interrupted")]
        arrived = doubtful & {taken.recipient for taken in self.accepted}
        figures = f"{len(doubtful)} unknown ({len(cut_off)} by us), of which {len(arrived)} arrived"
        said = f"{dict(self.struck)}, {readers} readers: {figures}; {len(self.accepted)} messages taken"
        assert len(self.deliveries) == readers
        assert {one.state for one in self.deliveries} <= {"sent", "unknown"}, said
        assert len(cut_off) <= self.connections * self.struck["worker"], said
        assert len(doubtful) - len(cut_off) <= self.server_drops, said  # it may drop its last answer, too
        everyone_once(self.deliveries, self.accepted)
        return said
