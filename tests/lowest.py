"""python -m tests.lowest: the lower bounds of pyproject.toml are true.

Installs, in a folder that is gone afterwards, the lowest version that is allowed of every run-time dependency and of
those of the extras; imports every module of ours, and what each imports only when it is used; and runs the first
commands in an empty folder. A call that only an unusual road makes is not seen by this.
One line if all is well; exits 1 otherwise.
"""

import re
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

from tests.release import COMMANDS, ROOT, Amiss, packages, project, ran, typed

OWN = {"dev", "bench", "build"}  # extras of those who work on it, not of those who run it
IMPORT = """
import ast, importlib, pathlib, pkgutil, sys

def for_types_only(node):
    return isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)

def within(node):
    yield node
    for part in ast.iter_child_nodes(node):
        if not for_types_only(part):
            yield from within(part)

count = 0
for top in sys.argv[1:]:
    for found in pkgutil.walk_packages(importlib.import_module(top).__path__, f"{top}."):
        if found.name.endswith(".__main__"):
            continue
        source = pathlib.Path(importlib.import_module(found.name).__file__).read_text("utf-8")
        for node in within(ast.parse(source)):
            if isinstance(node, ast.Import) or isinstance(node, ast.ImportFrom) and not node.level:
                exec(ast.unparse(node), {})
        count += 1
print(count)
"""


def main() -> int:
    """Install, import and run; say what was done."""
    began = monotonic()
    try:
        with TemporaryDirectory(prefix="casereviews-lowest-") as name:
            said = tried(Path(name).resolve())
    except Amiss as e:
        print(f"FAILED with the lowest versions: {e}", file=sys.stderr)
        return 1
    print(f"lowest versions: {said}, in {monotonic() - began:.0f} s")
    return 0


def tried(folder: Path) -> str:
    """Do it all in an empty folder; what was done. Raises Amiss."""
    tools, house, place = folder / "tools", folder / "house", folder / "empty"
    for environment, more in ((tools, []), (house, ["--without-pip"])):
        ran([sys.executable, "-m", "venv", *more, str(environment)], folder)
    ran([str(tools / "bin" / "python"), "-m", "pip", "install", "--quiet", "uv"], folder)
    uv = [str(tools / "bin" / "uv"), "--quiet", "pip"]
    there = ["--python", str(house / "bin" / "python")]
    ran([*uv, "install", *there, "--resolution", "lowest-direct", f"{ROOT}[{','.join(extras())}]"], folder)
    place.mkdir()
    modules = ran([str(house / "bin" / "python"), "-P", "-c", IMPORT, *packages(ROOT)], place).strip()
    for words, needed in COMMANDS:
        typed(house, place, words, needed)
    at = dict(re.findall(r"^(\S+)==(\S+)$", ran([*uv, "freeze", *there], folder), re.M))
    return f"{len(at)} packages, {modules} modules and their late imports, {len(COMMANDS)} commands run"


def extras() -> list[str]:
    """The extras of those who run it."""
    return sorted(set(project(ROOT)["optional-dependencies"]) - OWN)


if __name__ == "__main__":
    sys.exit(main())
