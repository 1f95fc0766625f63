"""python -m tests.release [--quick] [--keep DIR]: is this a release? Builds it, installs it elsewhere, and runs it.

The wheel is built from the source distribution, and that from a copy of the files that git knows or would take. It is
installed with the locked packages into an empty environment, and run in an empty folder without the sources; then with
pipx, which knows no lock. --quick: the locked packages are lent by this environment instead of being installed, and
there is no pipx. Exits 1 at the first thing amiss.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import zipfile
from collections.abc import Iterator, Mapping
from email.parser import HeaderParser
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic
from typing import Any

ROOT = Path(__file__).parents[1]
KINDS = (
    ".py",
    ".css",
    ".js",
    ".json",
    ".toml",
    ".html",
    ".txt",
    ".svg",
    ".png",
    ".ico",
    ".xml",
    ".md",
)  # that may be in it
NEEDED = ("app/cli/casereviews.toml", "templates/web/base.html", "templates/email/issue.html")
COMMANDS = (  # what is typed, and what must be said
    ("--version", "casereviews "),
    ("--help", "Exit codes:"),
    ("--data-dir demo demo --once --no-browser", "The issue: file://"),
    ("init", "wrote casereviews.toml"),
    ("check", "no failures"),
    ("status", "nspcc was not read yet"),
)
LICENSE = "MIT"
SEEN = re.compile(r"PATH|LANG|SSL_CERT_FILE|TMPDIR|PIP_.*|UV_.*|(?i:.*_proxy)")  # variables that commands are handed


class Amiss(Exception):
    """It is no release."""


def main() -> int:
    """Go through it all, telling what is done."""
    parser = argparse.ArgumentParser(prog="python -m tests.release", description="Is this a release?")
    parser.add_argument("--quick", action="store_true", help="lend this environment's packages; nothing is downloaded")
    parser.add_argument("--keep", type=Path, help="put the wheel and the source distribution here")
    asked = parser.parse_args()
    began = monotonic()
    try:
        with TemporaryDirectory(prefix="casereviews-release-") as name:
            for said in steps(Path(name).resolve(), asked.quick, asked.keep):
                print(f"{monotonic() - began:6.1f} s  {said}", flush=True)
    except Amiss as e:
        print(f"FAILED: {e}", file=sys.stderr)
        return 1
    return 0


def steps(folder: Path, quick: bool, keep: Path | None) -> Iterator[str]:
    """Do it all in an empty folder; a line for each thing that is right. Raises Amiss."""
    source = folder / "source"
    yield f"copied {copied(source)} files of the sources"
    wheel, archive = built(source, folder)
    size = f"{archive.stat().st_size:,} bytes"
    yield f"built {archive.name} ({size}), and from it {wheel.name} ({wheel.stat().st_size:,})"
    yield f"the wheel holds {contents(wheel, source)} files: those of our packages, all of them, and nothing else"
    yield f"its metadata is that of pyproject.toml; version {version(wheel, source)} fits CHANGELOG.md"
    yield f"both carry the licence, {licence(wheel, archive)}"
    house = folder / "environment"
    yield f"installed {installed(house, source, wheel, quick)}"
    yield sizes(house)
    place = folder / "empty"
    place.mkdir()
    for words, needed in COMMANDS:
        first = typed(house, place, words, needed)
        yield f"casereviews {words}: {first}"
    yield f"all of it ran from {elsewhere(house, place)}"
    if not quick:
        yield f"pipx install {wheel.name}: {by_pipx(folder / 'pipx', wheel)}"
    if keep:
        keep.mkdir(parents=True, exist_ok=True)
        yield f"kept in {keep}: " + ", ".join(Path(shutil.copy(file, keep)).name for file in (wheel, archive))


def copied(to: Path) -> int:
    """Copy what git knows or would take, as it is now, or all where there is no git; how many files."""
    if not (ROOT / ".git").exists():
        shutil.copytree(ROOT, to, ignore=shutil.ignore_patterns(".*", "__pycache__", "*.egg-info", "data", "dist"))
        return sum(file.is_file() for file in to.rglob("*"))
    listed = ran(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], ROOT)
    names = [name for name in listed.split("\0") if name and (ROOT / name).is_file()]
    for name in names:
        (to / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / name, to / name)
    return len(names)


def built(source: Path, folder: Path) -> tuple[Path, Path]:
    """The wheel, made from the source distribution, and that. With the lock's hatchling, offline."""
    ran([sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", str(folder / "sdist")], source)
    (archive,) = (folder / "sdist").iterdir()
    with tarfile.open(archive) as packed:
        packed.extractall(folder / "unpacked", filter="data")
    (unpacked,) = (folder / "unpacked").iterdir()
    offline = ["--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check", "--quiet"]
    ran([sys.executable, "-m", "pip", "wheel", *offline, "-w", str(folder / "wheel"), str(unpacked)], folder)
    (wheel,) = (folder / "wheel").iterdir()
    return wheel, archive


def contents(wheel: Path, source: Path) -> int:
    """How many files of ours the wheel holds: exactly those of our packages."""
    with zipfile.ZipFile(wheel) as packed:
        held = {name for name in packed.namelist() if ".dist-info/" not in name}
    ours = {
        str(file.relative_to(source))
        for name in packages(source)
        for file in (source / name).rglob("*")
        if file.is_file()
    }
    wrong = [f"{name} is missing" for name in sorted(ours - held)] + [
        f"{name} is too much" for name in sorted(held - ours)
    ]
    wrong += [f"{name} is missing" for name in NEEDED if name not in held]
    wrong += [f"{name} is of no kind that we know" for name in sorted(held) if not name.endswith(KINDS)]
    if wrong:
        raise Amiss(f"the wheel: {'; '.join(wrong)}")
    return len(held)


def packages(source: Path) -> list[str]:
    """The names of our packages."""
    found: list[str] = _toml(source)["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    return found


def project(source: Path) -> dict[str, Any]:
    """What pyproject.toml says of us."""
    return _toml(source)["project"]


def version(wheel: Path, source: Path) -> str:
    """The version: the same in the wheel, the project and the changelog, where that is not of what is to come."""
    ours = project(source)
    with zipfile.ZipFile(wheel) as packed:
        about, points = (
            next(packed.read(name).decode() for name in packed.namelist() if name.endswith(f".dist-info/{file}"))
            for file in ("METADATA", "entry_points.txt")
        )
    said = HeaderParser().parsestr(about)
    newest = re.search(r"^## \[(.+?)\]", (source / "CHANGELOG.md").read_text("utf-8"), re.M)
    checks = {
        "name": said["Name"] == ours["name"],
        "version": said["Version"] == ours["version"],
        "CHANGELOG.md": bool(newest) and newest[1] in ("Unreleased", ours["version"]),
        "Private :: Do Not Upload": "Private :: Do Not Upload" in (said.get_all("Classifier") or []),
        "dependencies": len([one for one in said.get_all("Requires-Dist") or [] if "extra ==" not in one])
        == len(ours["dependencies"]),
        "console script": "casereviews = app.cli:main" in points,
    }
    if wrong := [name for name, right in checks.items() if not right]:
        raise Amiss(f"the metadata: {', '.join(wrong)}")
    return str(ours["version"])


def licence(wheel: Path, archive: Path) -> str:
    """The licence, whose text is in the wheel and in the source distribution. Raises Amiss."""
    with zipfile.ZipFile(wheel) as packed:
        names = packed.namelist()
        about = HeaderParser().parsestr(packed.read(next(n for n in names if n.endswith("/METADATA"))).decode())
    with tarfile.open(archive) as unpacked:
        names += unpacked.getnames()
    checks = {
        f"License-Expression: {LICENSE}": about["License-Expression"] == LICENSE,
        "LICENSE in the wheel": any(name.endswith(".dist-info/licenses/LICENSE") for name in names),
        "LICENSE in the source distribution": archive.name.removesuffix(".tar.gz") + "/LICENSE" in names,
    }
    if wrong := [name for name, right in checks.items() if not right]:
        raise Amiss(f"the licence: {', '.join(wrong)}")
    return LICENSE


def by_pipx(folder: Path, wheel: Path) -> str:
    """Install the wheel as `pipx install` does, with the newest packages that its bounds allow, and run it."""
    folder.mkdir()
    own = {"PIPX_HOME": str(folder / "home"), "PIPX_BIN_DIR": str(folder / "bin"), "PIPX_MAN_DIR": str(folder / "man")}
    own |= {"PIP_NO_COMPILE": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}  # what does not run is not to be compiled
    ran([sys.executable, "-m", "pipx", "install", "--python", sys.executable, str(wheel)], folder, own)
    (folder / "empty").mkdir()
    first, *_ = [typed(folder, folder / "empty", words, needed) for words, needed in COMMANDS]
    return f"{first}; {len(COMMANDS)} commands ran"


def installed(house: Path, source: Path, wheel: Path, quick: bool) -> str:
    """Make an environment with the locked packages and the wheel; what is in it."""
    ran([sys.executable, "-m", "venv", "--without-pip", str(house)], house.parent)
    pip = [sys.executable, "-m", "pip", "--python", str(house / "bin" / "python"), "install", "--quiet"]
    pip += ["--disable-pip-version-check"]
    if quick:
        lent = Path(sysconfig.get_path("purelib"))
        (site(house) / "lent.pth").write_text(f"{lent}\n")  # .pth files in there are not read: our sources stay away
        how = f"the wheel; the packages are those of {lent}"
    else:
        ran([*pip, "--require-hashes", "-r", str(source / "requirements.txt")], house)
        how = "the lock, hashes checked, and the wheel"
    ran([*pip, "--no-deps", "--no-index", str(wheel)], house)
    return how


def site(house: Path) -> Path:
    """Where an environment's packages are."""
    (found,) = (house / "lib").glob("python*/site-packages")
    return found


def sizes(house: Path) -> str:
    """How much room the packages take."""
    ours = packages(ROOT)
    bytes_ = {False: 0, True: 0}
    for file in site(house).rglob("*"):
        if file.is_file():
            name = file.relative_to(site(house)).parts[0]
            bytes_[name in ours or name.startswith("casereviews-")] += file.stat().st_size
    return f"site-packages: {sum(bytes_.values()) / 1e6:.1f} MB, of which {bytes_[True] / 1e6:.2f} MB are ours"


def typed(house: Path, place: Path, words: str, needed: str) -> str:
    """Type a command in a folder, in an environment of its own; the first line that it said."""
    contact = {"CASEREVIEWS_FETCH__CONTACT": "ann@example.org"}  # without one, check fails
    said = ran([str(house / "bin" / "casereviews"), *words.split()], place, contact)
    if needed not in said:
        raise Amiss(f"casereviews {words} does not say {needed!r}: {said[-500:]}")
    return next(line for line in said.splitlines() if line.strip())


def elsewhere(house: Path, place: Path) -> Path:
    """Where our modules came from, which is not where the sources are."""
    code = (
        f"import {', '.join(packages(ROOT))}; print(*sorted({{m.__path__[0] for m in ({', '.join(packages(ROOT))},)}}))"
    )
    found = {Path(one).parent for one in ran([str(house / "bin" / "python"), "-c", code], place).split()}
    if found != {site(house)}:
        raise Amiss(f"our modules came from {', '.join(map(str, found))}")
    return site(house)


def ran(command: list[str], folder: Path, more: Mapping[str, str] | None = None) -> str:
    """What a command said on stdout. It sees a home and a path of its own, and `more`, not ours. Raises Amiss."""
    seen = {name: value for name, value in os.environ.items() if SEEN.fullmatch(name)}
    home = {} if command[0] in (sys.executable, "git") else {"HOME": str(folder)}
    environment = (
        seen | dict(more or {}) | ({"HOME": os.environ["HOME"]} if "HOME" in os.environ and not home else home)
    )
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise Amiss(f"{' '.join(command)}: exit {done.returncode}: {done.stdout[-500:]}{done.stderr[-2000:]}")
    return done.stdout


def _toml(source: Path) -> dict[str, dict[str, Any]]:
    return tomllib.loads((source / "pyproject.toml").read_text("utf-8"))


if __name__ == "__main__":
    sys.exit(main())
