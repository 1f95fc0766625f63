"""Terminal output: tables and bars on a real terminal, plain lines in a pipe, help that is not cut."""

import io
import os
import pty
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import click
import pytest

from app.cli import cli
from app.cli.standard_streams import guard_output
from app.cli.terminal_output import print_list, progress_bar
from tests.conftest import Typed

HEADERS = ("Status", ">Readers", "Address")
ROWS = [
    ("active", "12", "a.reader.with.a.long.name@safeguarding.westmere.example.org"),
    ("paused", "3", "b@example.org"),
]


class Screen(io.TextIOWrapper):
    """What a terminal shows."""

    def __init__(self) -> None:
        self.shown = io.BytesIO()
        super().__init__(self.shown, "utf-8", write_through=True)

    def isatty(self) -> bool:
        return True

    def getvalue(self) -> str:
        """All of it so far."""
        return self.shown.getvalue().decode()


@contextmanager
def terminal(monkeypatch: pytest.MonkeyPatch, columns: int = 80) -> Iterator[Screen]:
    """Both outputs on one terminal, guarded as in a run."""
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", str(columns))
    screen = Screen()
    with monkeypatch.context() as patch:
        patch.setattr(sys, "stdout", screen)
        patch.setattr(sys, "stderr", screen)
        with guard_output():
            yield screen


def show_rows(rows: list[tuple[str, str, str]]) -> int:
    return print_list(rows, HEADERS, lambda row: row, " ".join)


def test_a_terminal_gets_a_table_with_headers_and_whole_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    with terminal(monkeypatch, columns=40) as screen:
        assert show_rows(ROWS) == 2
        text = screen.getvalue()

    assert all(name.lstrip(">") in text for name in HEADERS)
    assert "…" not in text
    assert max(len(click.unstyle(line)) for line in text.splitlines()) <= 40
    folded = "".join(click.unstyle(line)[-25:].strip() for line in text.splitlines() if "aused" not in line)
    assert ROWS[0][2] in folded.replace(" ", "")


def test_a_long_list_is_printed_as_it_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    with terminal(monkeypatch) as screen:
        asked = 0

        def readers() -> Iterator[tuple[str, str, str]]:
            nonlocal asked
            for asked in range(1, 1_002):
                if asked == 600:
                    assert "499" in screen.getvalue()
                yield "active", str(asked), "x"

        assert print_list(readers(), HEADERS, lambda row: row, " ".join) == 1_001
        assert screen.getvalue().count("Readers") == 3


@pytest.mark.parametrize("colour", ["", "1"])
def test_no_words_of_a_page_command_the_terminal_and_colours_are_a_choice(
    monkeypatch: pytest.MonkeyPatch, colour: str
) -> None:
    monkeypatch.setenv("NO_COLOR", colour)
    with terminal(monkeypatch) as screen:
        show_rows([("active", "1", "\x1b]0;title\x07 \x1b[31mred [bold]x[/bold] :smile:")])
        text = screen.getvalue()

    assert "?]0;title?" in text
    assert "[bold]x[/bold] :smile:" in text
    assert "\x1b[31m" not in text


def test_a_pipe_gets_a_plain_line_each(capsys: pytest.CaptureFixture[str]) -> None:
    assert show_rows(ROWS) == 2
    with progress_bar("Reading", 2) as show:
        show(1)

    assert capsys.readouterr() == ("".join(f"{' '.join(row)}\n" for row in ROWS), "")


def test_a_bar_counts_to_its_total_and_lets_lines_pass_above_it(monkeypatch: pytest.MonkeyPatch) -> None:
    with terminal(monkeypatch) as screen:
        with progress_bar("Sending 2026-10", 20_000) as show:
            show(5_000)
            click.echo("nspcc: 4 new\x1b[2J")
            click.echo(f"Look at it: casereviews scrape nspcc --from-file {'a/' * 40}page.html --accept")
            show(20_000)
        text = screen.getvalue()

    assert "Sending 2026-10" in text
    assert "20000/20000" in text
    assert "\r\x1b[2Knspcc: 4 new?[2J\n" in text
    assert "\x1b[2J" not in text
    assert f"--from-file {'a/' * 40}page.html --accept\n" in text


def commands(command: click.Command, context: click.Context) -> Iterator[click.Context]:
    """The contexts of a command and of all below it."""
    yield context
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            inner = command.get_command(context, name)
            assert inner
            yield from commands(inner, click.Context(inner, info_name=name, parent=context))


def test_help_fits_eighty_columns_and_nothing_in_it_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    top = click.Context(cli, info_name="casereviews", terminal_width=78, **cli.context_settings)
    pages = {one.command_path: one.command.get_help(one) for one in commands(cli, top)}

    assert len(pages) > 40
    assert {path: line for path, text in pages.items() for line in text.splitlines() if len(line) > 80} == {}
    cut = {path: [line for line in text.splitlines()[1:] if line.endswith("...")] for path, text in pages.items()}
    assert [path for path, lines in cut.items() if lines] == []


def test_importing_a_long_list_shows_how_far_it_is(typed: Callable[..., Typed]) -> None:
    typed("init")
    Path("readers.csv").write_text("email\n" + "".join(f"reader{n}@example.org\n" for n in range(20_000)), "utf-8")
    words = ["subscribers", "import", "readers.csv", "--confirmed", "--consent", "Members' form, 2025.", "--dry-run"]
    ours, its = pty.openpty()

    with subprocess.Popen(
        [sys.executable, "-c", "from app.cli import main; main()", *words], stdout=its, stderr=its
    ) as process:
        os.close(its)
        shown = bytearray()
        while part := read_terminal(ours):
            shown += part
    os.close(ours)

    assert process.returncode == 0
    assert b"Reading the list" in shown
    assert b"20,000 subscribers" in shown


def read_terminal(terminal: int) -> bytes:
    """What is shown next; empty when the program has ended (Linux says EIO then)."""
    try:
        return os.read(terminal, 65_536)
    except OSError:
        return b""
