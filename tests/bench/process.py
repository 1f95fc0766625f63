"""One child process, measured from its start to its end."""

import os
import subprocess
import sys
import sysconfig
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
STARTER = Path(__file__).with_name("starter.py")
LONGEST = 300  # seconds; a child that takes longer is ended, and fails
TO_MIB = 2**20 if sys.platform == "darwin" else 2**10  # what ru_maxrss counts in
SEEN = ("CASEREVIEWS_", "SCRAPY_", "PYTHON")  # variables that would change what a child does


@dataclass(frozen=True, slots=True)
class Measured:
    """What a child took and said."""

    code: int  # as the shell tells it; negative for a signal
    seconds: float
    cpu: float  # seconds of CPU, with that of the children that it waited for
    mib: float  # the most memory it held
    out: str
    err: str


def measured(command: Sequence[str], folder: Path) -> Measured:
    """Run a command in a folder to its end. Peak memory is its own, not that of all children."""
    kept = {name: value for name, value in os.environ.items() if _harmless(name)}
    out, err, answer = folder / "out", folder / "err", folder / "answer"
    start = [sys.executable, "-I", "-S", str(STARTER), str(answer), str(LONGEST), *command]
    with out.open("wb") as stdout, err.open("wb") as stderr:
        subprocess.run(
            start, cwd=folder, env=kept | {"PYTHONPATH": str(ROOT)}, stdout=stdout, stderr=stderr, check=True
        )
    code, seconds, cpu, peak = answer.read_text().split()
    return Measured(int(code), float(seconds), float(cpu), int(peak) / TO_MIB, out.read_text(), err.read_text())


def _harmless(name: str) -> bool:
    return not name.startswith(SEEN) and not name.lower().endswith("_proxy")


def module(name: str, *words: str) -> list[str]:
    """The command that runs a module of this package in this interpreter."""
    return [sys.executable, "-m", f"tests.bench.{name}", *words]


def casereviews(*words: str) -> list[str]:
    """The command that a person types, from the same environment."""
    return [str(Path(sysconfig.get_path("scripts")) / "casereviews"), *words]
