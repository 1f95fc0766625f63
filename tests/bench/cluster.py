"""Benchmark: an issue sent by workers over Redis, beside the embedded sender and beside fewer workers."""

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench import sinkhole
from tests.bench.delivery import CONNECTIONS, SEND, Workload
from tests.bench.distance import Distance
from tests.bench.sinkhole import Sinkhole
from tests.bench.targets import WORKERS_FAR, WORKERS_NEAR, Figure
from tests.bench.turns import Contender, Line, Options, Table, in_turn
from tests.support.cluster import Broker, Worker

NOTES = """\
cluster: the same issue by real Celery workers of {connections} connections each, over a Redis that writes each change
  to its disk before it answers; from the first message to the last, as smtp-sink counts them. Far: the relay is
  {trip:.0f} ms away for all, Redis on this machine. All share its processors: nearby, what is measured is what the
  engine costs."""
ABSENT = "cluster: left out; it needs smtp-sink, redis-server and --large, and takes minutes"
TRIP = 0.050  # seconds
KEY = "only for this benchmark"
FEW = 1_200  # messages, far away: a quarter of a minute by one worker


def bench(options: Options) -> Iterator[str | Figure]:
    """Messages a second, by ratio. Raises Failed."""
    if not options.large or not sinkhole.found() or not shutil.which("redis-server"):
        yield ABSENT
        return
    yield NOTES.format(connections=CONNECTIONS, trip=TRIP * 1000)
    count = FEW if options.quick else 10_000
    with TemporaryDirectory(prefix="casereviews-bench-") as name, Sinkhole(Path(name)) as sink:
        folder = Path(name)
        with Broker(folder) as broker:
            work = Workload(count, 0, folder, sink)
            work.prepare()
            near = _measure(work, broker, folder / "near", sink.port, (0, 1), options.runs)
            yield str(Table("an issue, the relay nearby", count, "messages", near))
            yield Figure(WORKERS_NEAR, near[0].seconds / near[1].seconds)
            few = work if count == FEW else Workload(FEW, 0, folder, sink)
            if few is not work:
                few.prepare()
            with Distance(sink.port, TRIP) as distance:
                far = _measure(few, broker, folder / "far", distance.port, (1, 3), min(options.runs, 3))
            yield str(Table("an issue, the relay far away", FEW, "messages", far))
            yield Figure(WORKERS_FAR, far[0].seconds / far[1].seconds)


def _measure(
    work: Workload, broker: Broker, folder: Path, port: int, sizes: tuple[int, int], runs: int
) -> tuple[Line, ...]:
    """The same issue by so many workers, or by none; each in its turn."""
    folder.mkdir()
    lines: list[Line] = []
    for count in sizes:
        cluster = f'[cluster]\nbroker = "{broker.address}"\nkey = "{KEY}"\n' if count else ""
        there = work.but(f"{folder.name}-{count}", f"port = {work.sink.port}", f"port = {port}", cluster)
        place = folder / f"workers-{count}"
        place.mkdir()
        with ExitStack() as stack:
            for number in range(count):
                more = {"CASEREVIEWS_CLUSTER__KEY": KEY, "CASEREVIEWS_DATA_DIR": str(place)}
                stack.enter_context(Worker(place, number, CONNECTIONS, broker.address, **more)).wait_until_ready()
            title = f"{count} worker{'' if count == 1 else 's'}" if count else "embedded"
            contender = Contender(title, there.turn(SEND), there.receipted, there.seconds)
            lines += in_turn([contender], runs, folder / str(count))
    return tuple(lines)
