"""Completion as the shells themselves do it."""

import os
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import Typed
from tests.support.issue_sending import prepare
from tests.support.processes import COMMAND, run

CONFIGURED = '[[sources]]\nname = "nspcc"\nurl = "http://127.0.0.1:9/"\n[[sources]]\nname = "sister"\nurl = "http://127.0.0.1:9/"\n'
BASH = """
source {script}
COMP_WORDS=({words} "{last}"); COMP_CWORD={count}
_casereviews_completion casereviews
printf '%s\\n' "${{COMPREPLY[@]}}"
"""
ZSH = """
autoload -Uz compinit && compinit -u -d {folder}/dump
source {script}
compadd() {{ print -l -- "${{completions[@]}}" }}
_describe() {{ print -l -- "${{completions_with_descriptions[@]}}" }}
words=({words} "{last}"); CURRENT={count}+1
_casereviews_completion
"""
FISH = "source {script}; complete -C '{line}'"


def offered(shell: str, folder: Path, line: str) -> tuple[list[str], str]:
    """What a shell offers for the last word of a line, and what it was told on stderr."""
    script, (*words, last) = folder / f"script.{shell}", line.split(" ")
    made = run([COMMAND, "completion", shell], capture_output=True, text=True, check=True)
    script.write_text(made.stdout)
    text = {"bash": BASH, "zsh": ZSH, "fish": FISH}[shell].format(
        script=script, words=" ".join(words), last=last, count=len(words), line=line, folder=folder
    )
    environment = os.environ | {"PATH": f"{COMMAND.parent}:{os.environ['PATH']}", "HOME": str(folder)}
    plain = {"bash": ["--norc"], "zsh": ["-f"], "fish": ["--no-config"]}[shell]
    done = subprocess.run([shell, *plain, "-c", text], env=environment, capture_output=True, text=True, check=False)
    return sorted({each.split("\t")[0].split(":")[0] for each in done.stdout.splitlines()} - {""}), done.stderr


@pytest.fixture(params=["bash", "zsh", "fish"])
def shell(request: pytest.FixtureRequest) -> str:
    """Each shell that is here."""
    name = str(request.param)
    if not shutil.which(name):
        pytest.skip(f"{name} is not installed")
    return name


def test_commands_options_sources_and_statuses_are_completed(
    shell: str, tmp_path: Path, typed: Callable[..., Typed]
) -> None:
    Path("casereviews.toml").write_text(CONFIGURED)

    assert offered(shell, tmp_path, "casereviews s") == (["scrape", "serve", "sources", "status", "subscribers"], "")
    assert offered(shell, tmp_path, "casereviews scrape ") == (["nspcc", "sister"], "")
    assert offered(shell, tmp_path, "casereviews subscribers list --status p") == (["paused", "pending"], "")
    assert "--from-file" in offered(shell, tmp_path, "casereviews scrape --f")[0]


def test_months_are_those_with_an_issue_and_the_last_two(shell: str, tmp_path: Path) -> None:
    prepare(tmp_path, 1)

    months, said = offered(shell, tmp_path, "casereviews issue show ")

    assert ("2016-09" in months, len(months), said) == (True, 3, "")


@pytest.mark.parametrize(
    "line",
    ["casereviews subscribers erase r", "casereviews issue test-send 2016-09 r", "casereviews subscribers add r"],
)
def test_no_reader_is_ever_offered(tmp_path: Path, line: str) -> None:
    prepare(tmp_path, 3)

    assert offered("bash", tmp_path, line) == ([], "")


@pytest.mark.parametrize("spoilt", ["nothing", "configuration", "database", "values"])
def test_nothing_is_said_where_nothing_can_be_found(tmp_path: Path, spoilt: str) -> None:
    if spoilt == "configuration":
        Path("casereviews.toml").write_text("[mail")
    elif spoilt == "values":
        Path("casereviews.toml").write_text("[mail]\nport = 'x'\n")
    elif spoilt == "database":
        Path("data").mkdir()
        Path("data/casereviews.db").write_text("not a database")

    sources, said = offered("bash", tmp_path, "casereviews scrape ")
    months, also_said = offered("bash", tmp_path, "casereviews issue show ")

    assert (sources == ["nspcc"], len(months), said, also_said) == (
        spoilt not in ("configuration", "values"),
        0 if spoilt in ("configuration", "values") else 2,
        "",
        "",
    )
    assert sorted(one.name for one in tmp_path.iterdir() if one.name == "data") == ["data"] * (spoilt == "database")


def test_an_unknown_shell_is_a_mistake(typed: Callable[..., Typed]) -> None:
    answer = typed("completion", "tcsh")

    assert (answer.code, answer.err.count("\n")) == (2, 1)
