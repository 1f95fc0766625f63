"""Benchmark: how long a command takes before it begins, what it imports for that, and how much room it all takes."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.process import ROOT, Measured, casereviews, measured, module
from tests.bench.reading import PAIR, SCRAPE, Workload
from tests.bench.targets import READ_304, START_HELP, START_LIST, START_STATUS, START_TICK, Figure
from tests.bench.turns import Contender, Failed, Line, Options, in_turn

NOTES = """\
starting: processes from their start to their end, medians of {runs} in turn, the files in the system's cache; Python's
  own compiled modules are there too. Ratio: CPU, in times of the interpreter that does nothing. The house has read a
  page of 100 entries; the tick has nothing to do."""
LOOKS = ("reviews list", "subscribers list", "issue list", "sources list")
TICKS = 3  # until nothing is due: what was read is looked at again
TOP = 10
LINE = re.compile(r"import time:\s+(\d+) \|\s+(\d+) \| ( *)(\S+)")
OURS = ("core", "scraper", "newsletter", "db", "templates", "app")


def bench(options: Options) -> Iterator[str | Figure]:
    """What there is to print, as it is found. Raises Failed."""
    runs = options.runs if options.quick or options.runs != 5 else 21
    with TemporaryDirectory(prefix="casereviews-bench-") as name:
        folder = Path(name)
        work = Workload(100, folder)
        with work.site:
            _settle(work)
            lines = in_turn(_contenders(work), runs, folder / "turns")
            yield _table(lines, runs)
            yield from _figures({line.name: line.cpu / lines[0].cpu for line in lines})
            for words in ("--help", "status"):
                yield _imports(words, folder / "warm")
            if options.scrapy and find_spec("scrapy"):
                yield from _unchanged(work, options.runs)
    yield _room()


def _settle(work: Workload) -> None:
    """Have the house do whatever is due; its reports are on the site that serves the page. Raises Failed."""
    work.body = work.body.replace(b"https://library.nspcc.org.uk/", work.site.url("/").encode())
    work.prepare()
    warm = work.folder / "warm"
    file = warm / "casereviews.toml"
    file.write_text(f'machine = "bench"\n{file.read_text()}')  # which stays what it is in each copy of the folder
    for _ in range(TICKS):
        run = measured(casereviews("tick"), warm)
    if run.out or run.err:
        raise Failed(f"a tick still has something to do: {run.out}{run.err}")
    work.asked()


def _contenders(work: Workload) -> list[Contender]:
    def typed(words: str, complaint: Callable[[Path, Measured], str] = _silent) -> Contender:
        return Contender(f"casereviews {words}", _in_a_house(work, casereviews(*words.split())), complaint)

    def python(code: str) -> Contender:
        return Contender(f"python -c '{code}'", lambda _: [sys.executable, "-c", code], _well)

    first = [python("pass"), python("import click"), typed("--version"), typed("--help"), typed("status")]
    return [*first, typed("tick", _well), *(typed(words, lambda *_: "") for words in LOOKS)]  # a list may be empty


def _in_a_house(work: Workload, command: Sequence[str]) -> Callable[[Path], Sequence[str]]:
    def prepared(place: Path) -> Sequence[str]:
        work.house("warm", place)
        return command

    return prepared


def _well(place: Path, run: Measured) -> str:
    return run.err or run.out


def _silent(place: Path, run: Measured) -> str:
    return run.err or ("" if run.out.strip() else "it said nothing")


def _figures(ratios: dict[str, float]) -> Iterator[Figure]:
    yield Figure(START_STATUS, ratios["casereviews status"])
    yield Figure(START_TICK, ratios["casereviews tick"])
    longest = max(LOOKS, key=lambda words: ratios[f"casereviews {words}"])
    yield Figure(START_LIST, ratios[f"casereviews {longest}"], f"the longest of the lists: {longest}")
    yield Figure(START_HELP, ratios["casereviews --help"])


def _unchanged(work: Workload, runs: int) -> Iterator[str | Figure]:
    """A source that answers 304, beside Scrapy that reads its page and stores the same."""

    def spider(folder: Path) -> Sequence[str]:
        return module("spider", work.site.url("/listing"), "theirs.db")

    def asked(paths: list[str]) -> Callable[[Path, Measured], str]:
        return lambda folder, run: "" if (said := work.asked()) == paths else f"asked for {said}, not {paths}"

    work.asked()
    ours, theirs = in_turn(
        [
            Contender("casereviews scrape, answered 304", _in_a_house(work, SCRAPE), asked(PAIR[1:])),
            Contender("Scrapy, 100 entries", spider, asked(PAIR)),
        ],
        runs,
        work.folder / "unchanged",
    )
    rows = [f"{'unchanged source':<46}{'seconds':>9}{'CPU s':>8}{'peak MiB':>10}"]
    rows += [f"  {line.name:<44}{line.seconds:>9.3f}{line.cpu:>8.3f}{line.mib:>10.0f}" for line in (ours, theirs)]
    yield "\n".join(rows)
    yield Figure(READ_304, ours.cpu / theirs.cpu)


def _table(lines: Sequence[Line], runs: int) -> str:
    bare = lines[0].cpu
    rows = [f"{'start to end':<46}{'seconds':>9}{'CPU ms':>8}{'ratio':>8}{'peak MiB':>10}"]
    rows += [
        f"  {line.name:<44}{line.seconds:>9.3f}{line.cpu * 1000:>8.0f}{line.cpu / bare:>8.1f}{line.mib:>10.0f}"
        for line in lines
    ]
    return "\n".join([NOTES.format(runs=runs), *rows])


def _imports(words: str, house: Path) -> str:
    """How many modules a command imports, and which take longest, each with what it imports itself."""
    command = [sys.executable, "-X", "importtime", *casereviews(words)]
    done = subprocess.run(command, cwd=house, capture_output=True, text=True, check=False)
    found = [(int(own), int(all_), len(deep), name) for own, all_, deep, name in LINE.findall(done.stderr)]
    if done.returncode or not found:
        raise Failed(f"casereviews {words}: exit code {done.returncode}: {done.stderr[-500:]}")
    mine = sum(name.partition(".")[0] in OURS for *_, name in found)
    total = sum(own for own, *_ in found)
    longest = sorted(found, key=lambda one: -one[1])[:TOP]
    rows = [
        f"casereviews {words}: {len(found)} modules, of which {mine} are ours, {total / 1000:.0f} ms of imports as -X "
        "importtime counts them, which takes time itself"
    ]
    rows += [f"{'with all that they import':<46}{'ms':>9}{'itself':>8}"]
    rows += [f"  {name:<44}{all_ / 1000:>9.1f}{own / 1000:>8.1f}" for own, all_, _, name in longest]
    return "\n".join(rows)


def _room() -> str:
    """How much room the packages of the lock take, the largest by name, and ours."""
    locked = re.findall(r"^([A-Za-z0-9._-]+)==", (ROOT / "requirements.txt").read_text("utf-8"), re.M)
    sizes = {name: size for name in locked if (size := _size(name))}
    ours = sum(
        file.stat().st_size
        for name in OURS
        for file in (ROOT / name).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    )
    largest = sorted(sizes, key=lambda name: -sizes[name])[:5]
    room = f"{sum(sizes.values()) / 1e6:.1f} MB for the {len(sizes)} packages of the lock"
    return (
        f"room: {room}, {ours / 1e6:.1f} MB for ours\n"
        f"  largest: {', '.join(f'{name} {sizes[name] / 1e6:.1f} MB' for name in largest)}"
    )


def _size(name: str) -> int:
    """Bytes of an installed package; 0 where it is not installed, being for another system."""
    try:
        files = metadata.files(name) or []
    except metadata.PackageNotFoundError:
        return 0
    return sum(path.stat().st_size for file in files if (path := Path(str(file.locate()))).is_file())
