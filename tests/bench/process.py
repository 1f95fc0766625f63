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
LONGEST = 900  # seconds; a child that takes longer is ended, and fails
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


def measured(command: Sequence[str], folder: Path, root: Path = ROOT) -> Measured:
    """Run a command in a folder to its end, with the code of `root`. Peak memory is its own, not its children's."""
    out, err, answer = folder / "out", folder / "err", folder / "answer"
    start = [sys.executable, "-I", "-S", str(STARTER), str(answer), str(LONGEST), *command]
    with out.open("wb") as stdout, err.open("wb") as stderr:
        subprocess.run(start, cwd=folder, env=environment(root), stdout=stdout, stderr=stderr, check=True)
    code, seconds, cpu, peak = answer.read_text().split()
    return Measured(int(code), float(seconds), float(cpu), int(peak) / TO_MIB, out.read_text(), err.read_text())


def environment(root: Path = ROOT) -> dict[str, str]:
    """The variables of a child that runs the code of `root`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(SEEN)}
    return {name: value for name, value in kept.items() if not name.lower().endswith("_proxy")} | {
        "PYTHONPATH": str(root)
    }


def module(name: str, *words: str) -> list[str]:
    """The command that runs a module of this package in this interpreter."""
    return [sys.executable, "-m", f"tests.bench.{name}", *words]


def casereviews(*words: str) -> list[str]:
    """The command that a person types, from the same environment."""
    return [str(Path(sysconfig.get_path("scripts")) / "casereviews"), *words]
