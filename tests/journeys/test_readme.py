"""Every line that the front page has typed runs, in an empty folder, against a loopback copy of the sample listing."""

import re
from pathlib import Path

import pytest

from tests.documents import ROOT, Typed, blocks
from tests.stranger.editor import change
from tests.stranger.library import Library, today
from tests.stranger.mailhost import free_ports
from tests.stranger.terminal import Terminal
from tests.support.processes import COMMAND

pytestmark = [pytest.mark.loopback, pytest.mark.enable_socket]
NOT_HERE = ("make ", "docker ")  # tests/test_documents.py sees that what they name exists
README = (ROOT / "README.md").read_text("utf-8")
LINES = [typed for block in blocks(README, "console") for typed in block.typed()]
TO_RUN = [typed for typed in LINES if not typed.command.startswith(NOT_HERE)]


class Newcomer:
    """Types the lines; what a rehearsal has otherwise than the page stands in `instead`."""

    def __init__(self, terminal: Terminal, folder: Path, library: Library) -> None:
        self.terminal, self.folder, self.library = terminal, folder, library
        (port,) = free_ports(1)
        self.instead = {
            ".venv/bin/casereviews": "casereviews",
            "2026-10": f"{today():%Y-%m}",
            "casereviews serve": f"casereviews serve --port {port}",
        }
        (folder / "members.csv").write_text("email\nmember@example.org\n", "utf-8")

    def type(self, typed: Typed) -> None:
        """Type a line; it ends as it should, or stays up until the next has been typed."""
        command = typed.command
        for written, ours in self.instead.items():
            command = command.replace(written, ours)
        if command.startswith("casereviews serve"):
            left = self.terminal.leave(command.partition(" #")[0], "Stop it with Ctrl-C.")
            assert left.stop() == 0, left.said()
            return
        said, code = self.terminal.type(command)
        assert code == 0, f"README.md, line {typed.line}: {command}: exit code {code}: {said}"
        if re.match(r"casereviews init\b", command):
            values = {"sources.url": self.library.url, "fetch.spacing": 0}
            change(self.folder / "casereviews.toml", values)
        if re.match(r"casereviews scrape\b", command):
            self.library.month = 2  # and the next read finds news
            assert self.terminal.type("casereviews scrape")[1] == 0


def test_every_line_of_the_front_page_can_be_typed(tmp_path: Path) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    where = {"HOME": str(tmp_path), "PATH": f"{COMMAND.parent}:/usr/bin:/bin", "BROWSER": "true"}
    with Library() as library, Terminal(folder, where) as terminal:
        newcomer = Newcomer(terminal, folder, library)
        for typed in TO_RUN:
            newcomer.type(typed)
        sent = terminal.type("casereviews issue list --json")[0]

    assert len(TO_RUN) > 10
    assert '"status": "sent"' in sent
    assert list((folder / "data" / "outbox").rglob("*.eml"))
