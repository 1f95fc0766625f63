"""The audit trail names who typed which command that changes something, as it names who pressed which button."""

from collections.abc import Callable
from contextlib import closing

import click
import pytest

from app.cli import cli
from app.runtime import terminal_user
from db.operator import audit_trail
from tests.app.cli.test_cli import every_command
from tests.conftest import Typed
from tests.support.installation import PAGES, opened

Type = Callable[..., Typed]
READING = (
    "completion", "demo", "check", "serve", "password", "status", "sources list", "sources replay", "reviews export",
    "reviews list", "reviews questions", "reviews search", "reviews show", "issue list", "issue preview", "issue show",
    "subscribers export", "subscribers list", "subscribers stats", "refusals list", "accounts list", "worker",
)  # fmt: skip


@pytest.fixture
def house(typed: Type, monkeypatch: pytest.MonkeyPatch) -> Type:
    """A house that somebody has made at a terminal."""
    monkeypatch.setattr(terminal_user, "terminal_user", lambda: "anna")
    typed("init")
    return typed


def trail() -> list[tuple[str, str]]:
    """Who did what, the newest first."""
    with closing(opened()) as db:
        return [(entry.who, entry.what) for entry in audit_trail.listing(db)]


def test_every_command_either_only_looks_or_can_be_tried_dry() -> None:
    writing = {
        " ".join(path): any(one.name == "dry" for one in command.params)
        for path, command in every_command(cli)
        if not isinstance(command, click.Group)
    }

    assert {name for name, dry in writing.items() if not dry} <= set(READING)
    assert not {name for name in READING if writing.get(name)}


def test_a_command_that_changes_something_is_written_down_with_who_typed_it(house: Type) -> None:
    house("scrape", "--from-file", str(PAGES / "2016" / "flat.html"), "--as-of", "2026-01-02")
    house("reviews", "withdraw", "1", "--reason", "asked for by parent@example.org")

    assert trail()[0] == ("terminal (anna)", "reviews withdraw 1 --reason asked for by p…@example.org")
    assert trail()[1][1].startswith("scrape --from-file ")
    assert trail()[-1] == ("terminal (anna)", "init")


@pytest.mark.parametrize(
    "words",
    [
        ("reviews", "withdraw", "1", "--reason", "asked", "--dry-run"),
        ("reviews", "list"),
        ("sources", "show", "nspcc"),
        ("tick",),
        ("reviews", "withdraw"),  # which is no command: the reason is missing
    ],
)
def test_what_changes_nothing_or_is_nobodys_doing_is_not_written_down(house: Type, words: tuple[str, ...]) -> None:
    before = trail()

    house(*words)

    assert trail() == before


def test_what_could_not_be_done_writes_nothing(house: Type) -> None:
    before = trail()

    assert house("subscribers", "end", "nobody@example.org").code == 1

    assert trail() == before


def test_a_restored_backup_says_who_restored_it(house: Type) -> None:
    house("backup", "copy.db")
    house("restore", "copy.db", "--yes")

    assert trail()[0] == ("terminal (anna)", "restore copy.db")


def test_where_nothing_is_set_up_a_command_fails_as_it_did(typed: Type) -> None:
    answer = typed("reviews", "withdraw", "1", "--reason", "asked")

    assert (answer.code, "audit" in answer.err) == (10, False)


def test_who_is_at_the_terminal_is_named_even_without_one(monkeypatch: pytest.MonkeyPatch) -> None:
    own = terminal_user.terminal_user().rpartition(" ")[2]
    monkeypatch.setattr(terminal_user.os, "getlogin", lambda: "anna")
    assert terminal_user.terminal_user() == (f"anna as {own}" if own != "anna" else "anna")

    def no_terminal() -> str:
        raise OSError(25, "Inappropriate ioctl for device")

    monkeypatch.setattr(terminal_user.os, "getlogin", no_terminal)
    assert terminal_user.terminal_user() == own
