"""Standard streams: opens /dev/null in place of a closed one; keeps terminal escapes of scraped words out of them."""

import codecs
import io
import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, NoReturn, TextIO, cast

import click

from core.lazy_pattern import lazy_pattern

STREAM_NAMES = ("stdin", "stdout", "stderr")


class ClosedInput(io.TextIOBase):
    """A stdin that was closed before we were run: no terminal, and a command that reads it says so."""

    def read(self, size: int | None = -1, /) -> NoReturn:
        """Raises UsageError."""
        context = click.get_current_context(silent=True)
        raise click.UsageError("it reads stdin, and that is closed: give it a file, a pipe or a terminal.", context)

    readline = read

    @property
    def buffer(self) -> "ClosedInput":
        """Of bytes there are none either."""
        return self


def open_closed_streams() -> None:
    """Open on nothing what is closed of them.

    Else the next file or connection to be opened gets its number, and what is said to it: a message on its way, say.
    """
    for number, name in enumerate(STREAM_NAMES):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free: this one
            os.set_inheritable(number, True)
            nothing = os.fdopen(number, "w", encoding="utf-8", closefd=False) if number else ClosedInput()
            setattr(sys, name, nothing)


# what can command a terminal: all controls but tab and the end of a line (a spreadsheet's too), and the C1 set
CONTROLS = lazy_pattern(r"\r(?!\n)|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


def replace_controls(text: str) -> str:
    """A text that cannot command a terminal: a question mark stands for each control character."""
    return CONTROLS.sub("?", text)


class OutputClosed(Exception):
    """Whoever read our output has gone, as `head` does when it has enough. click would make a failure of it."""


class GuardedStream:
    """A stream through which no words of a page, a server or a file command a terminal."""

    def __init__(self, stream: TextIO) -> None:
        self.unguarded = stream
        # a bar's stream names neither: click would then write to what is under it, past the guard and through the bar
        self.encoding = stream.encoding or "utf-8"
        self.errors = stream.errors or "strict"

    def write(self, text: str) -> int:
        """Write without control characters. Raises OutputClosed."""
        try:
            self.unguarded.write(replace_controls(text))
        except BrokenPipeError as e:
            raise OutputClosed from e
        return len(text)

    def flush(self) -> None:
        """Send what was written. Raises OutputClosed."""
        try:
            self.unguarded.flush()
        except BrokenPipeError as e:
            raise OutputClosed from e

    def writelines(self, lines: Iterable[str]) -> None:
        """Write the lines."""
        for line in lines:
            self.write(line)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.unguarded, name)


@contextmanager
def guard_output() -> Iterator[None]:
    """Guard stdout and stderr."""
    before = sys.stdout, sys.stderr
    for stream in before:
        if isinstance(stream, io.TextIOWrapper) and codecs.lookup(stream.encoding).name == "ascii":
            stream.reconfigure(encoding="utf-8")  # else click would write to what is under it, past the guard
    sys.stdout, sys.stderr = (cast(TextIO, GuardedStream(stream)) for stream in before)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def silence_output() -> None:
    """Send to nowhere what stdout and stderr still hold, so that nothing is said of it at the end."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for number in (1, 2):
        os.dup2(nowhere, number)


def unguarded(stream: TextIO) -> TextIO:
    """The stream itself, for escapes of our own."""
    return cast(TextIO, getattr(stream, "unguarded", stream))
