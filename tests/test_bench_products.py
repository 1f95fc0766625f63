"""Another commit beside this one: its own code really runs, and nothing of it stays."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.bench.comparing import CPU, Job, run_jobs
from tests.bench.products import Product, introduce, pair
from tests.bench.turns import Failed, Options


def _git(folder: Path, *words: str) -> str:
    who = ["-c", "user.name=Sam", "-c", "user.email=sam@example.org"]
    done = subprocess.run(["git", "-C", folder, *who, *words], check=True, capture_output=True, text=True)
    return done.stdout


def _commit(root: Path, answer: str, lock: str) -> None:
    (root / "app").mkdir(exist_ok=True)
    (root / "app" / "__init__.py").write_text(f"ANSWER = {answer!r}\n")
    (root / "requirements.txt").write_text(lock)
    _git(root, "add", ".")
    _git(root, "commit", "--quiet", "--message", answer)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A program of two commits."""
    folder = tmp_path / "code"
    folder.mkdir()
    _git(folder, "init", "--quiet")
    (folder / ".gitignore").write_text("__pycache__/\n")
    _commit(folder, "old", "x==1")
    _commit(folder, "new", "x==1")
    return folder


def no_install(code: Path, folder: Path) -> Path:
    """An environment of this interpreter, whose command says which code runs."""
    folder.mkdir()
    (folder / "python").symlink_to(sys.executable)
    (folder / "casereviews").write_text(f"#!{sys.executable}\nimport app\nprint(app.ANSWER)\n")
    (folder / "casereviews").chmod(0o755)
    return folder


def test_each_runs_its_own_code_also_in_one_environment(root: Path, tmp_path: Path) -> None:
    with pair("HEAD~1", root, no_install) as (this, that):
        said = [product.must(tmp_path).out.strip() for product in (this, that)]
        told = [introduce(product, tmp_path) for product in (this, that)]

    assert said == ["new", "old"]
    assert this.programs == that.programs
    assert f"runs {root}/app/__init__.py" in told[0] and f"runs {that.root}/app/__init__.py" in told[1]


def test_each_lock_has_its_environment(root: Path) -> None:
    _commit(root, "newer", "x==2")

    with pair("HEAD~1", root, no_install) as (this, that):
        assert this.programs != that.programs


def test_change_that_is_not_committed_is_said(root: Path, tmp_path: Path) -> None:
    (root / "app" / "more.py").write_text("")

    with pair("HEAD", root, no_install) as (this, that):
        told = [introduce(product, tmp_path).splitlines()[0] for product in (this, that)]

    assert [line.endswith(" new, with changes that are not committed") for line in told] == [True, False]


def test_other_code_than_the_product_s_is_noticed(root: Path, tmp_path: Path) -> None:
    programs = no_install(root, tmp_path / "environment")
    wrong = tmp_path / "wrong"
    wrong.mkdir()
    (programs / "python").unlink()
    (programs / "python").write_text(f'#!/bin/sh\nPYTHONPATH={root} exec {sys.executable} "$@"\n')
    (programs / "python").chmod(0o755)

    with pytest.raises(Failed, match=r"wrong: other code would run: .*/code/app/__init__\.py"):
        introduce(Product("wrong", wrong, programs), tmp_path)


@pytest.mark.parametrize("end", [KeyboardInterrupt, Failed, None])
def test_nothing_stays(root: Path, end: type[BaseException] | None) -> None:
    before = _git(root, "worktree", "list")
    try:
        with pair("HEAD~1", root, no_install) as (_, that):
            assert str(that.root) in _git(root, "worktree", "list")
            if end:
                raise end
    except (KeyboardInterrupt, Failed):
        pass

    assert _git(root, "worktree", "list") == before
    assert not that.root.parent.exists()


@pytest.mark.parametrize(
    ("revision", "said"),
    [("nonsense", "nonsense: no such commit here; git log names them"), ("HEAD~2", "HEAD~2: no such commit")],
)
def test_unknown_revision_is_one_line(root: Path, revision: str, said: str) -> None:
    with pytest.raises(Failed) as error, pair(revision, root, no_install):
        pass

    assert str(error.value).startswith(said) and "\n" not in str(error.value)


def test_command_that_fails_is_told_with_whose_it_was(root: Path, tmp_path: Path) -> None:
    def house(product: Product, place: Path) -> None:
        (place / "made by").write_text(product.name)

    with pair("HEAD~1", root, no_install) as products:
        table = run_jobs("all", [Job("say", house, ())], products, Options(runs=1), tmp_path / "a")
        wrong = Job("say", house, (), lambda run: "new" in run.out)
        with pytest.raises(Failed, match=r"that \(\w{8}\): say: exit code 0: old"):
            run_jobs("all", [wrong], products, Options(runs=1), tmp_path / "b")

    assert [(name, ours > 0, theirs > 0) for name, ours, theirs in table.rows] == [(f"say, {CPU}", True, True)]
    assert {file.read_text() for file in (tmp_path / "a").glob("house-*/made by")} == {"this", products[1].name}
