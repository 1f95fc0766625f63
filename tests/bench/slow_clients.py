"""Benchmark: readers of `casereviews serve` beside clients that drip and clients that say nothing; its memory then."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from tests.bench.archive import PERIOD
from tests.bench.load import Asked, Load, measure
from tests.bench.process import casereviews, module
from tests.bench.targets import SERVE_MEMORY, SLOW_CLIENTS, Figure
from tests.bench.turns import Failed, Options

NOTES = """\
slow clients: {drips} clients send a byte of their request now and then, {idle} say nothing; who is cut off comes again.
  Meanwhile {requests:,} requests over 16 kept connections, half of them for pages that are rendered; medians of {runs}.
Memory: the most that `casereviews serve`, timer and pages, held until then."""
CONFIGURATION = """\
[[sources]]
name = "bench"
kind = "nspcc-listing"
url = "http://127.0.0.1:9/"
[fetch]
retries = 0
"""


def beside_slow_clients(house: Path, options: Options) -> Iterator[str | Figure]:
    """The readers' p99 with and without them. Raises Failed."""
    drips, idle, each = (50, 20, 200) if options.quick else (500, 200, 2000)
    (house / "casereviews.toml").write_text(CONFIGURATION)
    alone, beside = [], []
    with _serve(house) as (port, process):
        _read(port, each, 0)
        for turn in range(1, options.runs + 1):
            alone.append(_read(port, each, 2 * turn))
            with _slow(port, drips, idle):
                beside.append(_read(port, each, 2 * turn + 1))
        memory = _peak_mib(process.pid)
    yield NOTES.format(drips=drips, idle=idle, requests=each, runs=options.runs)
    rows = [f"{'slow clients':<46}{'requests/s':>12}{'p50 ms':>9}{'p99 ms':>9}"]
    for name, loads in (("beside none", alone), ("beside slow clients", beside)):
        rate, p50, p99 = (median(getattr(one, field) for one in loads) for field in ("rate", "p50", "p99"))
        rows.append(f"  {name:<44}{rate:>12,.0f}{p50:>9.1f}{p99:>9.1f}")
    yield "\n".join(rows)
    note = f"beside {drips} and {idle}" if options.quick else ""
    yield Figure(SLOW_CLIENTS, median(one.p99 for one in beside) / median(one.p99 for one in alone), note)
    yield Figure(SERVE_MEMORY, memory)


def _read(port: int, count: int, turn: int) -> Load:
    paths = (f"/issues/{PERIOD}" if number % 2 else f"/reviews/7?{turn}.{number}" for number in range(count))
    return measure(port, [Asked(path) for path in paths])


@contextmanager
def _serve(house: Path) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    command = casereviews("--data-dir", str(house), "serve", "--port", "0")
    with (house / "serve.log").open("w") as log:
        process = subprocess.Popen(command, cwd=house, stdout=subprocess.PIPE, stderr=log, text=True)
    try:
        assert process.stdout
        line = process.stdout.readline()
        if not line.startswith("The pages answer at "):
            raise Failed(f"casereviews serve: {(house / 'serve.log').read_text().strip()[-500:]}")
        yield int(line.partition(";")[0].rpartition(":")[2]), process
    finally:
        process.kill()
        process.communicate()


@contextmanager
def _slow(port: int, drips: int, idle: int) -> Iterator[None]:
    process = subprocess.Popen(module("drip", str(port), str(drips), str(idle)), stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        if process.stdout.readline() != "connected\n":
            raise Failed("the slow clients were not let in")
        yield
        if process.poll() is not None:
            raise Failed("the slow clients went away")
    finally:
        process.kill()
        process.communicate()


def _peak_mib(pid: int) -> float:
    """The most memory that a process and those below it held."""
    status = Path(f"/proc/{pid}/status").read_text()
    peak = next(int(line.split()[1]) for line in status.splitlines() if line.startswith("VmHWM:"))
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return peak / 2**10 + sum(_peak_mib(int(child)) for child in children)
