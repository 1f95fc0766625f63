"""What would be released is whole, installs elsewhere and runs there without the sources."""

import os
import re
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests import release

pytestmark = [pytest.mark.loopback]


def test_the_wheel_is_built_installed_elsewhere_and_runs_the_demonstration() -> None:
    command = [sys.executable, "-m", "tests.release", "--quick"]

    done = subprocess.run(command, cwd=release.ROOT, capture_output=True, text=True, check=False)

    assert (done.returncode, done.stderr) == (0, "")
    said = [line.partition(" s  ")[2].partition(":")[0] for line in done.stdout.splitlines()]
    assert [f"casereviews {words}" for words, _ in release.COMMANDS] == [
        one for one in said if one[:12] == "casereviews "
    ]
    assert "all of it ran from" in done.stdout.splitlines()[-1]


def test_pipx_installs_the_wheel_without_the_lock_and_it_runs(tmp_path: Path) -> None:
    if not os.environ.get("CI") and not answers_an_index(tmp_path):
        pytest.skip("no package index answers, which pipx has to ask")
    release.copied(tmp_path / "source")
    wheel, _ = release.built(tmp_path / "source", tmp_path)

    said = release.by_pipx(tmp_path / "pipx", wheel)

    assert re.fullmatch(rf"casereviews [\d.]+; {len(release.COMMANDS)} commands ran", said)


def answers_an_index(folder: Path) -> bool:
    """Whether pip can get a package from where it is set up to look."""
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--no-cache-dir", "--retries", "0"]
    command += ["--dest", str(folder), "click"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    """A source with two files that matter, and a wheel of them."""
    source = tmp_path / "source"
    for name in ("app/__init__.py", *release.NEEDED):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text("")
    (source / "CHANGELOG.md").write_text("# Changelog\n\n## [0.2.0] 2026-12-01\n")
    (source / "pyproject.toml").write_text(
        '[project]\nname = "casereviews"\nversion = "0.2.0"\ndependencies = ["click>=8"]\n'
        '[tool.hatch.build.targets.wheel]\npackages = ["app", "templates"]\n'
    )
    made = tmp_path / "made.whl"
    with zipfile.ZipFile(made, "w") as packed:
        for name in ("app/__init__.py", *release.NEEDED):
            packed.writestr(name, "")
        packed.writestr("c.dist-info/entry_points.txt", "[console_scripts]\ncasereviews = app.cli:main\n")
        packed.writestr(
            "c.dist-info/METADATA",
            "Name: casereviews\nVersion: 0.2.0\nClassifier: Private :: Do Not Upload\nRequires-Dist: click>=8\n",
        )
    return made


def test_a_wheel_that_is_right_is_taken(wheel: Path) -> None:
    source = wheel.parent / "source"

    assert (release.contents(wheel, source), release.version(wheel, source)) == (1 + len(release.NEEDED), "0.2.0")


@pytest.mark.parametrize(
    ("more", "less", "words"),
    [
        ("tests/test_it.py", "", "tests/test_it.py is too much"),
        ("app/data.db", "", "app/data.db is of no kind that we know"),
        ("", "templates/web/extra.css", "templates/web/extra.css is missing"),
    ],
)
def test_a_wheel_with_too_much_or_too_little_is_not(wheel: Path, more: str, less: str, words: str) -> None:
    source = wheel.parent / "source"
    if more:
        with zipfile.ZipFile(wheel, "a") as packed:
            packed.writestr(more, "")
    if less:
        (source / less).write_text("")

    with pytest.raises(release.Amiss, match=words):
        release.contents(wheel, source)


def test_a_version_that_the_changelog_does_not_tell_of_is_not(wheel: Path) -> None:
    source = wheel.parent / "source"
    (source / "CHANGELOG.md").write_text("# Changelog\n\n## [0.1.9] 2026-11-01\n")

    with pytest.raises(release.Amiss, match=r"the metadata: CHANGELOG.md"):
        release.version(wheel, source)


@pytest.mark.parametrize(
    ("about", "in_wheel", "in_archive", "amiss"),
    [
        ("MIT", True, True, ""),
        ("GPL-3.0-only", True, True, "License-Expression: MIT"),
        ("MIT", False, True, "LICENSE in the wheel"),
        ("MIT", True, False, "LICENSE in the source distribution"),
    ],
)
def test_the_licence_is_in_both(tmp_path: Path, about: str, in_wheel: bool, in_archive: bool, amiss: str) -> None:
    wheel, archive = tmp_path / "c.whl", tmp_path / "c-1.tar.gz"
    with zipfile.ZipFile(wheel, "w") as packed:
        packed.writestr("c.dist-info/METADATA", f"Name: c\nLicense-Expression: {about}\n")
        if in_wheel:
            packed.writestr("c.dist-info/licenses/LICENSE", "MIT License")
    with tarfile.open(archive, "w:gz") as made:
        made.add(wheel, "c-1/LICENSE" if in_archive else "c-1/README.md")

    if not amiss:
        assert release.licence(wheel, archive) == "MIT"
        return
    with pytest.raises(release.Amiss, match=f"^the licence: {amiss}$"):
        release.licence(wheel, archive)
