"""Benchmark: how long a command takes before it begins, what it imports for that, and how much room it all takes."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.process import ROOT, Measured, casereviews
from tests.bench.turns import Contender, Failed, Line, Options, in_turn

NOTES = """\
starting: processes from their start to their end, medians of {runs} in turn, the files in the system's cache; Python's
  own compiled modules are there too. Ratio: seconds, in times of the interpreter that does nothing."""
TOP = 10
LINE = re.compile(r"import time:\s+(\d+) \|\s+(\d+) \| ( *)(\S+)")
OURS = ("core", "scraper", "newsletter", "db", "templates", "app")


def bench(options: Options) -> Iterator[str]:
    """What there is to print, as it is found. Raises Failed."""
    runs = options.runs if options.quick or options.runs != 5 else 21
    with TemporaryDirectory(prefix="casereviews-bench-") as name:
        folder = Path(name)
        yield _table(in_turn(_contenders(), runs, folder / "turns"), runs)
        house = folder / "house"
        house.mkdir()
        _set_up(house)
        for words in ("--help", "status"):
            yield _imports(words, house)
    yield _room()


def _contenders() -> list[Contender]:
    def typed(*words: str) -> Contender:
        return Contender(f"casereviews {' '.join(words)}", _in_a_house(casereviews(*words)), _silent)

    def python(code: str) -> Contender:
        return Contender(f"python -c '{code}'", lambda _: [sys.executable, "-c", code], _well)

    return [python("pass"), python("import click"), typed("--version"), typed("--help"), typed("status")]


def _in_a_house(command: Sequence[str]) -> Callable[[Path], Sequence[str]]:
    def prepared(place: Path) -> Sequence[str]:
        _set_up(place)
        return command

    return prepared


def _set_up(place: Path) -> None:
    subprocess.run(casereviews("init"), cwd=place, check=True, capture_output=True)


def _well(place: Path, run: Measured) -> str:
    return run.err


def _silent(place: Path, run: Measured) -> str:
    return run.err or ("" if run.out.strip() else "it said nothing")


def _table(lines: Sequence[Line], runs: int) -> str:
    bare = lines[0].seconds
    rows = [f"{'start to end':<46}{'seconds':>9}{'ratio':>8}{'more ms':>10}{'peak MiB':>10}"]
    rows += [
        f"  {line.name:<44}{line.seconds:>9.3f}{line.seconds / bare:>8.2f}{(line.seconds - bare) * 1000:>10.0f}"
        f"{line.mib:>10.0f}"
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
