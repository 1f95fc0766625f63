"""What every test shares: a fresh house in an empty folder, and no leftovers of the environment."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.cli import run_command
from db.schema.connect import Database, create
from tests.ignored_signals import reset_in_children

reset_in_children()


@pytest.fixture(autouse=True)
def _no_leftovers(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith("CASEREVIEWS_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Database]:
    """A fresh database file."""
    opened = create(tmp_path / "casereviews.db")
    yield opened
    opened.close()


class Typed:
    """What a typed command answered."""

    def __init__(self, code: int, out: str, err: str) -> None:
        self.code, self.out, self.err = code, out, err


@pytest.fixture
def typed(capsys: pytest.CaptureFixture[str]) -> Callable[..., Typed]:
    """Type a command in the empty folder: typed("scrape", "nspcc")."""

    def run(*words: str) -> Typed:
        capsys.readouterr()
        code = run_command(list(words))
        said = capsys.readouterr()
        return Typed(code, said.out, said.err)

    return run
