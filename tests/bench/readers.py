"""Benchmark: a list of readers imported, and an issue frozen for them, while another process writes all the time."""

import os
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from random import Random
from select import select
from tempfile import TemporaryDirectory

from tests.bench import listing
from tests.bench.process import Measured, casereviews, measured, module
from tests.bench.targets import FREEZE_LOCK, FREEZE_TIME, IMPORT_MEMORY, IMPORT_TIME, Figure
from tests.bench.turns import Failed, Options

PERIOD = "2016-09"
DATABASE = Path("data/casereviews.db")
WELL_KNOWN = 20  # providers of whom half of the readers have their mailbox
PAUSE = 0.002  # seconds between two writes, or two tries to write
NOTES = """\
readers: {count:,} imported by `casereviews subscribers import`, whole process; an issue frozen for them all, without
  the start of Python. Lock: the longest that a second process, which writes every {pause:g} ms, waited to write."""


def bench(options: Options) -> Iterator[str | Figure]:
    """What there is to print, as it is found. Raises Failed."""
    count = 500 if options.quick else 1_000_000 if options.large else 100_000
    times = 1_000_000 // count
    note = f"{times} x that of {count:,}" if times > 1 else ""
    with TemporaryDirectory(prefix="casereviews-bench-") as name:
        place = Path(name)
        set_up(place, count)
        words = ("subscribers", "import", "readers.csv", "--confirmed", "--consent", "Asked")
        imported, import_lock = _run(casereviews(*words), place)
        frozen, freeze_lock = _run(module("readers", "freeze"), place)
        _check(place, count)
    seconds, cpu = map(float, frozen.out.split())
    yield "\n".join(
        [
            NOTES.format(count=count, pause=PAUSE * 1000),
            f"{'':<20}{'seconds':>9}{'CPU s':>9}{'peak MiB':>10}{'lock s':>9}",
            f"  {'import':<18}{imported.seconds:>9.2f}{imported.cpu:>9.2f}{imported.mib:>10.0f}{import_lock:>9.2f}",
            f"  {'freeze':<18}{seconds:>9.2f}{cpu:>9.2f}{frozen.mib:>10.0f}{freeze_lock:>9.2f}",
        ]
    )
    yield Figure(IMPORT_TIME, imported.cpu * times, note)
    yield Figure(IMPORT_MEMORY, imported.mib, f"{count:,} readers" if times > 1 else "")
    yield Figure(FREEZE_TIME, seconds * times, ", ".join(filter(None, [note, f"{cpu * times:.1f} s of CPU"])))
    yield Figure(FREEZE_LOCK, freeze_lock, f"{count:,} readers" if times > 1 else "")


def set_up(place: Path, count: int, config: str = "") -> None:
    """A house with an approved issue, and a list of readers beside it."""
    if config:
        (place / "casereviews.toml").write_text(config)
    entries = [replace(entry, links=()) for entry in listing.entries(5)]
    (place / "before.html").write_bytes(listing.page(entries[:1]))
    (place / "after.html").write_bytes(listing.page(entries))
    for words in (
        "init",
        "scrape nspcc --from-file before.html --as-of 2016-08-31",
        "scrape nspcc --from-file after.html --as-of 2016-09-20 --accept",
        f"issue build {PERIOD}",
        f"issue approve {PERIOD}",
    ):
        subprocess.run(casereviews(*words.split()), cwd=place, check=True, capture_output=True)
    chance = Random(2026)
    with (place / "readers.csv").open("w", encoding="ascii") as file:
        file.write("email\n")
        for number in range(count):
            own = number % 2
            domain = f"team{chance.randrange(count // 20)}" if own else f"provider{chance.randrange(WELL_KNOWN)}"
            file.write(f"first{chance.randrange(10**9)}.last{number}@{domain}.example.org\n")


def _run(command: list[str], place: Path) -> tuple[Measured, float]:
    """A child, and how long another waited for leave to write at most meanwhile. Raises Failed."""
    with _writing(place) as longest:
        run = measured(command, place)
    if run.code:
        raise Failed(f"{' '.join(command[-2:])}: exit code {run.code}: {run.err[-2000:]}")
    return run, longest[0]


@contextmanager
def _writing(place: Path) -> Iterator[list[float]]:
    """A second process that writes; what it said at its end."""
    longest: list[float] = []
    environment = os.environ | {"PYTHONPATH": str(Path(__file__).parents[2])}
    with subprocess.Popen(
        module("readers", "write"), cwd=place, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as writer:
        assert writer.stdout
        writer.stdout.readline()  # it has begun
        yield longest
        said, _ = writer.communicate("end\n")
        longest.append(float(said))


def _check(place: Path, count: int) -> None:
    """Whether all was done, as a sum of its own says. Raises Failed."""
    with closing(sqlite3.connect(place / DATABASE)) as db:
        found = db.execute("SELECT (SELECT COUNT(*) FROM subscribers), (SELECT COUNT(*) FROM deliveries)").fetchone()
    if found != (count, count):
        raise Failed(f"{found[0]:,} of {count:,} were imported, and the issue is queued for {found[1]:,}")


def freeze() -> None:
    """Freeze the issue; the seconds that it takes, and those of CPU."""
    from app.runtime.side_effects import system_effects
    from core.config.load import load
    from db.schema.connect import connect
    from services.issues.release_issue import release_issue

    settings = load(Path("casereviews.toml"))
    with closing(connect(settings.database)) as db:
        began, used = time.perf_counter(), time.process_time()
        release_issue(system_effects(), settings, db, PERIOD, by_hand=True)
        print(time.perf_counter() - began, time.process_time() - used)


def write() -> None:
    """Write again and again until something is said; the longest wait, in seconds."""
    with closing(sqlite3.connect(DATABASE, timeout=0, isolation_level=None)) as db:
        db.execute("PRAGMA synchronous = NORMAL")
        print("begun", flush=True)
        longest, asked = 0.0, time.perf_counter()
        while not select([sys.stdin], [], [], PAUSE)[0]:
            try:
                db.execute("UPDATE secrets SET value = value WHERE name = 'list-id'")
                longest, asked = max(longest, time.perf_counter() - asked), time.perf_counter()
            except sqlite3.OperationalError:  # somebody else is writing
                pass
    print(longest)


if __name__ == "__main__":
    {"freeze": freeze, "write": write}[sys.argv[1]]()
