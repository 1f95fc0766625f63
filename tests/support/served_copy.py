"""A house served by its own process, and a replica by another, which is given a copy of the database to follow."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from core.config.load import load
from core.config.schema import Settings
from db.files.backup import copy_database
from tests.support.processes import COMMAND, Popen
from tests.support.web_site import publish


@contextmanager
def answering(folder: Path, *words: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """`casereviews serve` in a folder until the block ends, and where its pages answer."""
    command = [str(COMMAND), "serve", "--port", "0", *words]
    process = Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout
        line = process.stdout.readline()
        yield process, line.removeprefix("The pages answer at ").partition(";")[0].partition(",")[0]
    finally:
        process.kill()
        process.communicate()


class CopiedHouse:
    """A house that has sent an issue, its primary, and the folder of a replica."""

    def __init__(self, folder: Path) -> None:
        self.home, self.away = folder / "home", folder / "away"
        self.home.mkdir()
        self.away.mkdir()
        publish(self.home, reviews=3)
        self.copy = self.away / "copy.db"

    @property
    def settings(self) -> Settings:
        """As the primary has them."""
        found = load(self.home / "casereviews.toml")
        return found.replace(data_dir=self.home / found.data_dir)

    def follow(self) -> None:
        """Put the database as it is now in the copy's place, as a restore does."""
        copy_database(self.settings.database, self.away / "new.db")
        (self.away / "new.db").rename(self.copy)

    @contextmanager
    def replica(self, monkeypatch: pytest.MonkeyPatch, primary: str) -> Iterator[str]:
        """Where a replica of the copy answers, until the block ends."""
        (self.away / "casereviews.toml").write_bytes((self.home / "casereviews.toml").read_bytes())
        monkeypatch.setenv("CASEREVIEWS_WEB__PRIMARY", primary)
        with answering(self.away, "--replica", str(self.copy)) as (_, url):
            yield url
