"""What would be released is whole, installs elsewhere and runs there without the sources."""

import subprocess
import sys
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
