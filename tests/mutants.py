"""Mutation testing: how many mutants of each pure module its own test file kills.

mutmut changes one thing at a time inside the functions of a module and runs the module's tests. A mutant that no test
notices is a line whose meaning nothing holds; some are equivalent, and no test can tell them apart. Run by hand:
`make mutants`, or `make mutants ARGS="grammar --diffs"` for one module and what survived.
"""

import argparse
import contextlib
import json
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from mutmut.configuration import reset_config
from mutmut.mutation.diff_apply import get_diff_for_mutant
from mutmut.mutation.file_mutation import mutate_file_contents
from mutmut.stats import status_by_exit_code
from mutmut.utils.format_utils import get_mutant_name

ROOT = Path(__file__).parents[1]
PACKAGES = ("core", "scraper", "newsletter", "db", "services", "templates", "app")
MODULES = {  # each with the test file that has to hold it
    "scraper/plausibility.py": "tests/scraper/test_plausibility.py",
    "scraper/reconcile.py": "tests/scraper/test_reconcile.py",
    "scraper/grammar.py": "tests/scraper/test_grammar.py",
    "core/bounce_rules.py": "tests/core/test_bounce_rules.py",
    "core/issue_lifecycle.py": "tests/core/test_issue_lifecycle.py",
    "newsletter/issue/compose.py": "tests/newsletter/issue/test_compose.py",
    "newsletter/issue/truncate.py": "tests/newsletter/issue/test_truncate.py",
}
SAMPLE_ABOVE, SAMPLE_SIZE, SAMPLE_SEED = 400, 150, 11  # mutants: of a module with more, so many are drawn
TARGET = 85  # per cent
KILLED = ("killed", "timeout")


def copy_tree(module: str, scratch: Path) -> None:
    """The tree as it is, told to mutate this module alone and to run its own tests."""
    for folder in (*PACKAGES, "tests"):
        shutil.copytree(ROOT / folder, scratch / folder, ignore=shutil.ignore_patterns("__pycache__"))
    settings = {
        "source_paths": list(PACKAGES),
        "only_mutate": [module],
        "pytest_add_cli_args": ["-p", "no:xdist", "-p", "no:cacheprovider"],
        "pytest_add_cli_args_test_selection": [MODULES[module]],
        "use_git_change_detection": False,
    }
    lines = (f"{key} = {json.dumps(value)}\n" for key, value in settings.items())  # JSON of these is TOML, too
    project = (ROOT / "pyproject.toml").read_text()
    (scratch / "pyproject.toml").write_text(f"{project}\n[tool.mutmut]\n{''.join(lines)}")


def mutant_names(module: str) -> list[str]:
    """All mutants of the module; the working folder is the copy, here and below."""
    made = mutate_file_contents(module, Path(module).read_text()).mutant_names
    return [get_mutant_name(Path(module), name) for name in made]


def run_mutants(module: str, names: Sequence[str]) -> dict[str, str]:
    """Each mutant's fate, as mutmut calls it."""
    command = [str(Path(sys.executable).with_name("mutmut")), "run", "--max-children", "1", *names]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(f"mutmut failed on {module}:\n{done.stdout[-4_000:]}{done.stderr[-4_000:]}")
    codes = json.loads(Path("mutants", f"{module}.meta").read_text())["exit_code_by_key"]
    return {name: status_by_exit_code[codes[name]] for name in names}


def print_survivors(module: str, fates: dict[str, str]) -> None:
    for name, fate in fates.items():
        if fate not in KILLED:
            diff = get_diff_for_mutant(name, path=module).splitlines()[2:]
            print(f"# {name}: {fate}", *(line for line in diff if line.startswith(("+", "-"))), sep="\n")


def measure(module: str, diffs: bool) -> float:
    """Print the module's row of the table; the share killed, per cent."""
    names, note = mutant_names(module), ""
    if len(names) > SAMPLE_ABOVE:
        note = f"  a sample of {len(names):,}, seed {SAMPLE_SEED}"
        names = sorted(random.Random(SAMPLE_SEED).sample(names, SAMPLE_SIZE))
    fates = run_mutants(module, names)
    killed = sum(fate in KILLED for fate in fates.values())
    share = 100 * killed / len(names)
    print(f"{module:<32} {len(names):>8,} {killed:>7,} {len(names) - killed:>9,} {share:>6.1f}{note}", flush=True)
    if diffs:
        print_survivors(module, fates)
    return share


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("modules", nargs="*", help="of the modules, those whose path has one of these words: grammar")
    parser.add_argument("--diffs", action="store_true", help="print each mutant that survived")
    asked = parser.parse_args()
    print(f"{'module':<32} {'mutants':>8} {'killed':>7} {'survived':>9} {'%':>6}", flush=True)
    below = []
    for module in MODULES:
        if not asked.modules or any(word in module for word in asked.modules):
            with tempfile.TemporaryDirectory() as folder:
                copy_tree(module, Path(folder))
                reset_config()
                with contextlib.chdir(folder):
                    if measure(module, asked.diffs) < TARGET:
                        below.append(module)
    if below:
        raise SystemExit(f"Below {TARGET} %: {', '.join(below)}. What survived: make mutants ARGS='--diffs'")


if __name__ == "__main__":
    main()
