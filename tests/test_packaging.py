"""What is installed: our names are ours alone, and nothing at run time is under a copyleft of the GPL family."""

import importlib.metadata as metadata
import re
import tomllib
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests import release

ROOT = Path(__file__).parents[1]
OURS = set(release.packages(ROOT))


def test_no_other_distribution_has_our_top_level_names() -> None:
    owners = metadata.packages_distributions()

    assert {name: set(owners.get(name, [])) - {"casereviews"} for name in OURS} == {name: set() for name in OURS}


def test_the_container_is_built_from_all_that_the_wheel_is() -> None:
    said = (ROOT / "Dockerfile").read_text("utf-8")
    copied = {name for line in re.findall(r"^COPY (?!--)(.+) \S+$", said, re.M) for name in line.split()}

    assert copied >= {*OURS, "pyproject.toml", "README.md", "LICENSE"}


def test_what_is_installed_for_use_is_compiled_whole() -> None:
    said = (ROOT / "Makefile").read_text("utf-8")

    assert [set(names.split()) for names in re.findall(r"compileall -q (.+)", said)] == [OURS]


def locked(file: str) -> dict[str, str]:
    """Name and version of everything in a lock."""
    return dict(re.findall(r"^([A-Za-z0-9._-]+)==(\S+)", (ROOT / file).read_text("utf-8"), re.M))


def test_the_locks_agree_and_name_no_download_address() -> None:
    run, dev, bench = (locked(f"requirements{suffix}.txt") for suffix in ("", "-dev", "-bench"))

    assert run.items() <= dev.items() <= bench.items()
    assert not re.search(r"https?://|--(extra-)?index-url", (ROOT / "requirements.txt").read_text("utf-8"))


def test_nothing_at_run_time_is_under_the_gpl_family() -> None:
    for name in locked("requirements.txt"):
        try:
            about = metadata.metadata(name)
        except metadata.PackageNotFoundError:
            continue  # for another system
        said = " ".join([about.get("License-Expression") or "", *(about.get_all("Classifier") or [])])
        assert not re.search(r"\b(A|L)?GPL|General Public License", said), name


def test_our_own_licence_is_permissive_and_has_its_text() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]

    assert (project["license"], project["license-files"]) == ("MIT", ["LICENSE"])
    assert (
        (ROOT / "LICENSE")
        .read_text("utf-8")
        .startswith("MIT License\n\nCopyright (c) 2026 Case Reviews contributors\n")
    )


def test_every_package_has_a_lower_bound_that_the_lock_keeps() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    asked = [*project["dependencies"], *(one for extra in project["optional-dependencies"].values() for one in extra)]
    lock = {canonicalize_name(name): version for name, version in locked("requirements-bench.txt").items()}

    for one in map(Requirement, asked):
        assert ">=" in {bound.operator for bound in one.specifier}, f"{one} says not from which version on it does"
        assert lock[canonicalize_name(one.name)] in one.specifier, f"{one} is not what is locked"
