"""Contenders taking turns, and the table of their medians."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from tests.bench.process import Measured, measured


class Failed(Exception):
    """A contender that did not do its job, so that its time means nothing."""


@dataclass(frozen=True, slots=True)
class Options:
    """What the person asked for."""

    runs: int = 5
    quick: bool = False  # a small workload: it shows that the benchmark works, not how fast anything is
    scrapy: bool = True
    large: bool = False  # also what takes minutes to prepare


@dataclass(frozen=True, slots=True)
class Contender:
    """One way of doing the job. Each turn has an empty folder of its own."""

    name: str
    command: Callable[[Path], Sequence[str]]  # puts what it needs into the folder; not timed
    complaint: Callable[[Path, Measured], str]  # why the job is not done; empty when it is
    seconds: Callable[[Measured], float] = lambda run: run.seconds  # or what the child itself measured


@dataclass(frozen=True, slots=True)
class Line:
    """A contender's medians."""

    name: str
    seconds: float
    cpu: float  # seconds
    mib: float


@dataclass(frozen=True, slots=True)
class Table:
    """The contenders of one job; the first is ours, or what the others are measured against."""

    title: str
    count: int  # entries, messages, pages: what the rate counts
    unit: str
    lines: tuple[Line, ...]

    def __str__(self) -> str:
        ours = self.lines[0].seconds
        rows = [f"{self.title:<46}{'seconds':>9}{self.unit + '/s':>12}{'ratio':>8}{'CPU s':>9}{'peak MiB':>10}"]
        rows += [
            f"  {line.name:<44}{line.seconds:>9.3f}{self.count / line.seconds:>12,.0f}"
            f"{line.seconds / ours:>8.2f}{line.cpu:>9.3f}{line.mib:>10.0f}"
            for line in self.lines
        ]
        return "\n".join(rows)


def in_turn(contenders: Sequence[Contender], runs: int, folder: Path) -> tuple[Line, ...]:
    """A B C, A B C, …: so that a slow moment of the machine falls on all. Raises Failed."""
    taken: dict[str, list[tuple[float, float, float]]] = {contender.name: [] for contender in contenders}
    for contender, place in _turns(contenders, runs, folder):
        run = measured(contender.command(place), place)
        why = f"exit code {run.code}: {run.err.strip()[-2000:]}" if run.code else contender.complaint(place, run)
        if why:
            raise Failed(f"{contender.name}: {why}")
        taken[contender.name].append((contender.seconds(run), run.cpu, run.mib))
    return tuple(Line(name, *map(median, zip(*figures, strict=True))) for name, figures in taken.items())


def _turns(contenders: Sequence[Contender], runs: int, folder: Path) -> Iterator[tuple[Contender, Path]]:
    for turn in range(runs):
        for number, contender in enumerate(contenders):
            place = folder / f"{turn}-{number}"
            place.mkdir(parents=True)
            yield contender, place
