"""docs/performance.md: its table of results, written anew with what a run measured."""

import os
import platform
import re
import sqlite3
from collections.abc import Iterable
from datetime import date
from pathlib import Path

from tests.bench.process import ROOT
from tests.bench.targets import TARGETS, Figure, Target

FILE = ROOT / "docs" / "performance.md"
HEAD = "| row | figure | target | met | of what | date | machine |\n|---|--:|--:|---|---|---|--:|\n"
MACHINES = "\n\n## Machines\n"
Cells = tuple[str, ...]


def machine() -> str:
    """What a figure depends on: the processor, the memory, the system, Python and SQLite; not whose it is."""
    info = Path("/proc/cpuinfo")
    models = re.findall(r"^model name\s*: (.*)", info.read_text(), re.M) if info.exists() else []
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    kernel = re.match(r"[\d.]*\d", platform.release())
    return (
        f"{os.cpu_count()} × {models[0].strip() if models else platform.machine()}, {memory:.0f} GiB; "
        f"{platform.system()} {kernel[0] if kernel else ''}, "
        f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version}"
    )


def updated(text: str, figures: Iterable[Figure], day: date, where: str) -> str:
    """The document with these figures in place of earlier ones of the same rows; the others stay."""
    before, _, after = text.partition(HEAD)
    table, _, listed = after.partition(MACHINES)
    machines = [line.partition(". ")[2] for line in listed.splitlines() if line]
    rows = {cells[0]: cells for line in table.splitlines() if (cells := _cells(line))}
    for figure in figures:
        if where not in machines:
            machines.append(where)
        note = f" ({figure.note})" if figure.note else ""
        measured = ("yes" if figure.met else "no", figure.target.unit + note, f"{day}", f"{machines.index(where) + 1}")
        rows[figure.target.work] = (figure.target.work, figure.text, figure.target.wanted, *measured)
    lines = [f"| {' | '.join(_row(target, rows.get(target.work)))} |" for target in TARGETS]
    numbered = [f"{number}. {name}" for number, name in enumerate(machines, 1)]
    return before + HEAD + "\n".join(lines) + MACHINES + "\n".join(["", *numbered, ""])


def _cells(line: str) -> Cells:
    return tuple(cell.strip() for cell in line.strip("|").split("|"))


def _row(target: Target, row: Cells | None) -> Cells:
    """What is known of a target; a figure that was measured against another one says nothing of it."""
    if row and row[2] == target.wanted:
        return row
    return (target.work, "–", target.wanted, "–", target.unit, "–", "–")


def write(figures: Iterable[Figure]) -> None:
    """Put these figures, of today, into the document, and a line for each new target."""
    FILE.write_text(updated(FILE.read_text("utf-8"), figures, date.today(), machine()), "utf-8")
