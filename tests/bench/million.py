"""Benchmark: a house of a million readers beside one of a hundred thousand: work on all of them, memory, the desk."""

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event
from typing import NamedTuple

from werkzeug.test import Client

from app.runtime.side_effects import system_effects
from app.web import create_app
from core.config.load import load
from core.config.schema import WebSettings
from core.states import DeliveryState
from db.mail import deliveries, subscribers
from db.schema.connect import connect
from services.delivery.deliver_issue import deliver_issues
from tests.app.web.operator import HASH
from tests.bench import desk, houses, large_desk, readers, sinkhole
from tests.bench.process import Measured, casereviews, measured, module
from tests.bench.readers import DATABASE, PERIOD
from tests.bench.sinkhole import Sinkhole
from tests.bench.targets import MILLION_MEMORY, MILLION_PAGES, MILLION_TIME, Figure
from tests.bench.turns import Failed, Options

NOW = datetime(2016, 10, 2, 9, tzinfo=UTC)  # in the month after that of the issue, by the clock of the desk
SHARE = 5  # of so many readers one has the issue when the rest is measured
NOTES = """\
million: {few:,} readers, and {many:,}: imported, an issue frozen for them all, sent to every fifth into smtp-sink on
  loopback, all else with the others still waiting; whole processes, peak memory their own. Erased: one reader.
  Ratio: the second in times of the first. The pages of the desk, among them counts of bounces, of searches that readers
  saved, of alerts that wait, are each asked for {runs} times in turn."""
ABSENT = f"million: left out; it needs Postfix's smtp-sink, and more than little data. {sinkhole.HOW_TO_GET_IT}."
PROVIDER = "provider7.example.org"  # one of the twenty that half of the readers are at
CONFIG = houses.CONFIG.format(url=houses.NOWHERE, spacing=0) + houses.SMTP


class Work(NamedTuple):
    """What one kind of work took, at each size of house."""

    name: str
    few: Measured
    many: Measured

    @property
    def time(self) -> float:
        """CPU of the larger house in times of the smaller one's."""
        return self.many.cpu / self.few.cpu

    @property
    def memory(self) -> float:
        """The same of peak memory."""
        return self.many.mib / self.few.mib

    def __str__(self) -> str:
        figures = "".join(f"{one.seconds:>9.2f}{one.cpu:>9.2f}{one.mib:>7.0f}" for one in (self.few, self.many))
        return f"  {self.name:<10}{figures}{self.time:>8.2f}{self.memory:>8.2f}"


def bench(options: Options) -> Iterator[str | Figure]:
    """What there is to print, as it is found. Raises Failed."""
    if options.quick or not sinkhole.found():
        yield ABSENT
        return
    few, many = (100_000, 1_000_000) if options.large else (10_000, 100_000)
    runs = options.runs * 2 - 1
    with TemporaryDirectory(prefix="casereviews-bench-") as name, Sinkhole(Path(name)) as sink:
        places = Path(name, "few"), Path(name, "many")
        taken = [dict(do_work(place, count, sink.port)) for place, count in zip(places, (few, many), strict=True)]
        works = [Work(name, taken[0][name], taken[1][name]) for name in taken[0]]
        head = "".join(f"{word:>{width}}" for word, width in (("seconds", 9), ("CPU s", 9), ("MiB", 7)) * 2)
        rows = [f"{'':<12}{head}{'CPU':>8}{'MiB':>8}", *map(str, works)]
        yield "\n".join([NOTES.format(few=few, many=many, runs=runs), *rows])
        note = "" if options.large else f"{few:,} and {many:,}"
        slowest, largest = max(works, key=lambda one: one.time), max(works, key=lambda one: one.memory)
        yield Figure(MILLION_TIME, slowest.time, "; ".join(filter(None, [slowest.name, note])))
        yield Figure(MILLION_MEMORY, largest.memory, "; ".join(filter(None, [largest.name, note])))
        said, worst, page = compare_desks(places, runs)
        yield said
        yield Figure(MILLION_PAGES, worst, "; ".join(filter(None, [page, note])))


def do_work(place: Path, count: int, port: int) -> Iterator[tuple[str, Measured]]:
    """Each kind of work on a house that is made for it, in a folder that is. Raises Failed."""
    place.mkdir()
    readers.set_up(place, count, CONFIG.format(port=port))
    last = (place / "readers.csv").read_text("ascii").splitlines()[-1]
    works: dict[str, tuple[list[str], Callable[[], int], int]] = {
        "import": (casereviews(*houses.IMPORT), partial(_count_readers, place), count),
        "freeze": (module("readers", "freeze"), partial(_count_deliveries, place, "queued"), count),
        "send": (module("million", str(count // SHARE)), partial(_count_deliveries, place, "sent"), count // SHARE),
        "backup": (casereviews("backup", "copy.db"), lambda: (place / "copy.db").stat().st_size, 1),
        "erase": (casereviews("subscribers", "erase", last, "--yes"), lambda: -_count_readers(place), 1 - count),
    }
    for name, (command, outcome, least) in works.items():
        run = measured(command, place)
        if run.code or outcome() < least:
            raise Failed(f"{name}, {count:,} readers: exit code {run.code}, {outcome():,}: {run.err[-2000:]}")
        yield name, run


def _count_readers(place: Path) -> int:
    with closing(connect(place / DATABASE)) as db:
        return sum(subscribers.counts(db).values())


def _count_deliveries(place: Path, state: DeliveryState) -> int:
    with closing(connect(place / DATABASE)) as db:
        return deliveries.counts(db, PERIOD)[state]


def compare_desks(places: tuple[Path, Path], runs: int) -> tuple[str, float, str]:
    """The desks of two houses, page by page: what there is to print, the worst ratio, and which page has it."""
    with ExitStack() as opened:
        clients: list[Client] = []
        paths: dict[str, str] = {}
        for place in places:
            settings = load(place / "casereviews.toml").replace(
                data_dir=place / DATABASE.parent, web=WebSettings(password_hash=HASH)
            )
            db = opened.enter_context(closing(connect(settings.database)))
            large_desk.run_all(db, (large_desk.BOUNCES, large_desk.SEARCHES, *large_desk.WAITING), PERIOD)
            app = create_app(system_effects(now=lambda: NOW), settings)
            clients.append(desk.log_in(app))
            paths = desk.list_pages(app, PERIOD, "nspcc", PROVIDER)
        return desk.compare_pages(paths, clients, runs)


def send(count: int) -> None:
    """Send the issue to so many of its readers, or some more."""
    stop, settings = Event(), load(Path("casereviews.toml"))

    def stop_at(done: Counter[DeliveryState]) -> None:
        if done["sent"] >= count:
            stop.set()

    with closing(connect(settings.database)) as db:
        print(deliver_issues(system_effects(), settings, db, [PERIOD], stop, stop_at))


if __name__ == "__main__":
    send(int(sys.argv[1]))
