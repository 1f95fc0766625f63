"""What every command says of itself, and what is said to a slip of the finger."""

import re
from collections.abc import Callable
from inspect import cleandoc

import click
import pytest

from app.cli import cli
from app.cli.command_list import COMMANDS
from app.cli.help_text import MANUAL
from core import errors
from tests.app.cli.test_cli import every_command
from tests.conftest import Typed

EVERY = [(path, command) for path, command in every_command(cli)]
TYPED = [" ".join(path) for path, _ in EVERY]
SAY_ONLY = (  # no data of ours: talk, a file's lines, or a process that stays
    "demo, init, serve, worker, password, completion, issue pause, issue resume, issue settle, subscribers erase, "
    "reviews export, mail authorise"
).split(", ")
WRITE_NOTHING = (  # or, as serve and demo, do not end
    "demo, serve, worker, password, completion, status, check, issue list, issue show, issue preview, reviews list, "
    "reviews show, reviews search, reviews export, reviews questions, sources list, sources replay, subscribers list, "
    "subscribers export, subscribers stats, refusals list, accounts list"
).split(", ")


@pytest.mark.parametrize(("path", "command"), EVERY, ids=TYPED)
def test_every_command_says_what_it_does_and_how_to_type_it(path: tuple[str, ...], command: click.Command) -> None:
    said = cleandoc(command.help or "")
    first, options = said.split("\n\n")[0], [one for one in command.params if isinstance(one, click.Option)]

    assert re.search(rf"^Example: casereviews {path[0]}", said, re.M)
    assert re.search(r"[.:]( PERIOD is a month, 2026-10\.)?$", first.strip())
    assert [one.opts[0] for one in options if not one.help] == []


@pytest.mark.parametrize(("path", "command"), EVERY, ids=TYPED)
def test_data_comes_as_json_too_and_what_writes_can_be_tried(path: tuple[str, ...], command: click.Command) -> None:
    name, options = " ".join(path), {word for one in command.params for word in one.opts}
    if isinstance(command, click.Group):
        return

    assert "--json" in options or name in SAY_ONLY
    assert "--dry-run" in options or name in WRITE_NOTHING


def test_the_manual_has_every_exit_code(typed: Callable[..., Typed]) -> None:
    codes = {one.exit_code for one in vars(errors).values() if isinstance(one, type) and hasattr(one, "exit_code")}
    part = MANUAL.partition("Exit codes:")[2].partition("\b")[0]
    listed = {int(number) for number in re.findall(r"(?:^|  )\s*(\d+) [a-z]", part, re.M)}

    assert listed == codes | {0, 2, 3, 130}
    assert "Exit codes:" in typed("--help").out


def test_every_command_that_the_manual_names_is_there() -> None:
    names = re.findall(r"casereviews ([a-z][a-z-]*)(?: ([a-z][a-z-]*))?", MANUAL)

    for first, second in names:
        assert first in COMMANDS
        assert f"{first} {second}" in TYPED or second == "" or first not in ("issue", "reviews", "subscribers")


@pytest.mark.parametrize(
    ("words", "meant"),
    [
        ("scrap", "scrape"),
        ("stauts", "status"),
        ("build 2026-10", "issue build"),
        ("check-links", "reviews check-links"),
        ("export-sites", "export-site"),
        ("issue biuld 2026-10", "'build'"),
        ("scrape --dryrun", "'--dry-run'"),
        ("--verson", "'--version'"),
    ],
)
def test_a_slip_of_the_finger_is_one_line_that_names_what_was_meant(
    typed: Callable[..., Typed], words: str, meant: str
) -> None:
    answer = typed(*words.split())

    assert (answer.code, answer.out, answer.err.count("\n")) == (2, "", 1)
    assert re.search(rf"Did you mean (one of: .*)?{meant}", answer.err)


def test_nothing_is_guessed_where_nothing_is_near(typed: Callable[..., Typed]) -> None:
    answer = typed("xyzzy")

    assert (answer.code, answer.err) == (2, "casereviews: No such command 'xyzzy'. See: casereviews --help\n")


@pytest.mark.parametrize(
    ("command", "rest", "said"),
    [
        ("reviews withdraw", "1 --reason", "Option '--reason' requires an argument."),
        ("status", "now", "Got unexpected extra argument (now)."),
        (
            "scrape",
            "--as-of 2026-02-30",
            "Invalid value for '--as-of': '2026-02-30' is no day; write it as 2026-10-31.",
        ),
    ],
)
def test_what_was_typed_wrongly_is_said_in_plain_words_with_the_help_of_its_command(
    typed: Callable[..., Typed], command: str, rest: str, said: str
) -> None:
    answer = typed(*command.split(), *rest.split())

    assert (answer.code, answer.out, answer.err) == (2, "", f"casereviews: {said} See: casereviews {command} --help\n")


def test_the_version_is_that_of_the_package(typed: Callable[..., Typed]) -> None:
    assert re.fullmatch(r"casereviews \d+\.\d+\.\d+\n", typed("--version").out)
