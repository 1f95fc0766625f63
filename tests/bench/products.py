"""Products: two commits' code, each in an environment of its run lock, to be measured side by side."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.process import ROOT, Measured, measured
from tests.bench.turns import Failed

Environment = Callable[[Path, Path], Path]  # code, new folder -> where its programs are
PIP = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check")


@dataclass(frozen=True, slots=True)
class Product:
    """A commit's code, and the programs of an environment that has what its run lock names."""

    name: str
    root: Path
    programs: Path

    def run(self, folder: Path, *words: str) -> Measured:
        """What a person types in a folder, measured."""
        return measured([str(self.programs / "casereviews"), *words], folder, self.root)

    def must(self, folder: Path, *words: str) -> Measured:
        """The same, to prepare something. Raises Failed."""
        run = self.run(folder, *words)
        if run.code:
            raise Failed(f"{self.name}: {' '.join(words)}: exit code {run.code}: {run.err.strip()[-500:]}")
        return run


@contextmanager
def pair(revision: str, root: Path = ROOT, environment: Environment | None = None) -> Iterator[tuple[Product, Product]]:
    """The code of this folder, as it is, and that of a revision. Raises Failed; nothing of it stays."""
    unknown = f"{revision}: no such commit here; git log names them, git fetch brings those of others"
    commit = _git(root, unknown, "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}")
    with TemporaryDirectory(prefix="casereviews-bench-") as name:
        folder = Path(name).resolve()
        with worktree(root, commit, folder / "that"):
            codes = {"this": root, f"that ({commit[:8]})": folder / "that"}
            places: dict[bytes, Path] = {}
            products = []
            for title, code in codes.items():
                if not (lock := code / "requirements.txt").exists():
                    raise Failed(f"{revision}: it has no requirements.txt, so that nothing says what it needs")
                if lock.read_bytes() not in places:
                    places[lock.read_bytes()] = (environment or lock_environment)(code, folder / f"env-{len(places)}")
                products.append(Product(title, code, places[lock.read_bytes()]))
            yield products[0], products[1]


@contextmanager
def worktree(root: Path, commit: str, folder: Path) -> Iterator[None]:
    """A commit's files in a folder, for as long as the block lasts."""
    try:
        _git(root, f"{commit}: no work tree of it", "worktree", "add", "--detach", "--quiet", str(folder), commit)
        yield
    finally:
        subprocess.run(["git", "-C", root, "worktree", "remove", "--force", folder], check=False, capture_output=True)


def _git(root: Path, trouble: str, *words: str) -> str:
    try:
        done = subprocess.run(["git", "-C", root, *words], check=False, capture_output=True, text=True)
    except FileNotFoundError as e:
        raise Failed("git is not installed: other commits cannot be had") from e
    if done.returncode:
        raise Failed(": ".join([trouble, *done.stderr.strip().splitlines()[-1:]]))
    return done.stdout.strip()


def lock_environment(code: Path, folder: Path) -> Path:
    """Install what a code's run lock names, by its hashes, and its command."""
    python = str(folder / "bin" / "python")
    for command in (
        [sys.executable, "-m", "venv", str(folder)],
        [python, *PIP, "--require-hashes", "-r", "requirements.txt"],
        [python, *PIP, "--no-deps", "--no-build-isolation", "--editable", "."],
    ):
        done = subprocess.run(command, cwd=code, check=False, capture_output=True, text=True)
        if done.returncode:
            raise Failed(f"no environment of its run lock: {' '.join(command[1:])}: {done.stderr.strip()[-500:]}")
    return folder / "bin"


def introduce(product: Product, folder: Path) -> str:
    """Which code really runs, and whether it is as it was committed. Raises Failed; compiles it on the way."""
    rooms = [str(init.parent) for init in product.root.glob("*/__init__.py") if init.parent.name != "tests"]
    python = str(product.programs / "python")
    measured([python, "-m", "compileall", "-q", *rooms], folder, product.root)
    run = measured([python, "-c", "import app; print(app.__file__)"], folder, product.root)
    if Path(run.out.strip()) != product.root / "app" / "__init__.py":
        raise Failed(f"{product.name}: other code would run: {run.out.strip() or run.err.strip()[-500:]}")
    commit = _git(product.root, "no commit", "log", "-1", "--format=%h %cs %s")
    dirty = ", with changes that are not committed" if _git(product.root, "", "status", "--porcelain") else ""
    return f"{product.name}: {commit}{dirty}\n  runs {run.out.strip()} by {python}"
