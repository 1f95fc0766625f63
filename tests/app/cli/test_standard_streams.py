"""A command whose output has nowhere to go says so in one line, or nothing; it never hangs, and spoils no file."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from app.cli import standard_streams
from tests.conftest import Typed
from tests.services.issues.test_withdraw_review import OTHER, page
from tests.support.processes import COMMAND, ROOT
from tests.support.waiting import HANG

Type = Callable[..., Typed]
NUMBERS = """
import os, socket
from app.cli import standard_streams
standard_streams.open_closed_streams()
file, line = open("beside", "w"), socket.socket()
assert min(file.fileno(), line.fileno()) > 2
os.write(1, b"out"); os.write(2, b"err"); print("said"); input_ = os.read(0, 1)
"""


@pytest.fixture(autouse=True)
def house(typed: Type) -> None:
    """A house with one review."""
    typed("init")
    typed("scrape", "--from-file", page(OTHER), "--as-of", "2026-02-28")


def shell(words: str) -> subprocess.CompletedProcess[str]:
    """What the shell makes of a line; COMMAND is ours."""
    line = words.replace("casereviews", str(COMMAND))
    return subprocess.run(["bash", "-c", line], capture_output=True, text=True, timeout=HANG, check=False)


@pytest.mark.parametrize("form", ["csv", "json"])
def test_a_full_disk_under_the_output_is_one_line(form: str) -> None:
    done = shell(f"casereviews reviews export --format {form} > /dev/full")

    assert done.returncode == 1
    assert done.stderr.startswith("casereviews: No space left on device: output")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize(
    ("words", "code"),
    [("reviews export --format csv", 0), ("reviews show nothing", 1), ("nonsense", 2), ("issue build 2026-03", 0)],
)
def test_closed_streams_change_no_answer(words: str, code: int, closed: str) -> None:
    done = shell(f"casereviews {words} {closed}")

    assert done.returncode == code
    assert "Traceback" not in done.stderr
    assert len(done.stderr.splitlines()) <= 1 or "built" in done.stderr.lower()


@pytest.mark.parametrize(
    ("words", "code", "about"),
    [
        ("init", 0, ""),
        ("scrape --accept nspcc --dry-run --from-file /dev/null", 0, "the page is empty"),
        ("restore nothing.db", 1, "no such file"),
        ("password", 2, "closed"),
        ("bounce", 2, "reads a message from stdin"),
        ("subscribers import - --confirmed --consent words", 2, "closed"),
        ("issue correct 2026-03 --words -", 2, "closed"),
    ],
)
def test_who_asks_or_reads_knows_that_stdin_was_closed(
    typed: Type, monkeypatch: pytest.MonkeyPatch, words: str, code: int, about: str
) -> None:
    monkeypatch.setattr(sys, "stdin", standard_streams.ClosedInput())

    said = typed(*words.split())

    assert (said.code, about in said.err, "unexpected" in said.err) == (code, True, False)


def test_a_command_that_asks_at_a_terminal_runs_with_closed_streams() -> None:
    done = shell("casereviews init <&- >&-")

    assert (done.returncode, "unexpected" in done.stderr) == (0, False)


def test_whoever_stops_reading_is_not_argued_with() -> None:
    done = shell("casereviews reviews list --json | head -c 1; exit ${PIPESTATUS[0]}")

    assert (done.returncode, done.stdout, done.stderr) == (0, "[", "")


@pytest.mark.parametrize("words", ["reviews list --json", "reviews list", "reviews export --format csv", "status"])
def test_whoever_has_gone_by_then_is_not_argued_with(words: str) -> None:
    read, write = os.pipe()
    os.close(read)

    command = [COMMAND, *words.split()]
    done = subprocess.run(command, stdout=write, stderr=subprocess.PIPE, timeout=HANG, check=False)
    os.close(write)

    assert (done.returncode, done.stderr) == (0, b"")


def test_no_file_gets_the_number_of_a_closed_stream() -> None:
    done = subprocess.run(
        ["bash", "-c", f'exec "{sys.executable}" -c "$CODE" <&- >&- 2>&-'],
        env=os.environ | {"CODE": NUMBERS, "PYTHONPATH": str(ROOT)},
        timeout=HANG,
        check=False,
    )

    assert done.returncode == 0
    assert Path("beside").read_text() == ""
