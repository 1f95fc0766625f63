"""Terminal output drawn by rich: tables with headers, progress bars. A pipe or a file gets plain lines and no bar."""

import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import TYPE_CHECKING, Protocol, TypeVar

import click

from app.cli.standard_streams import guard_output, replace_controls, unguarded

if TYPE_CHECKING:
    from rich.console import Console

T = TypeVar("T")


class ShowProgress(Protocol):
    """Shows how much is done, and of how much where that is known by now."""

    def __call__(self, done: int, total: int | None = None) -> None: ...


TABLE_ROWS = 500  # rows whose columns are as wide as each other: a list of any length is printed as it is read


def print_list(
    items: Iterable[T], headers: Sequence[str], cells: Callable[[T], Sequence[str]], line: Callable[[T], str]
) -> int:
    """Print a list as it is read, and return its length: a table on a terminal, else the `line` of each item.

    A header that begins with ">" stands above numbers, which are aligned right.
    """
    count, rest = 0, iter(items)
    if not sys.stdout.isatty():
        for item in rest:
            click.echo(line(item))
            count += 1
        return count
    while rows := [cells(item) for item in islice(rest, TABLE_ROWS)]:
        _print_table(headers, rows)
        count += len(rows)
    return count


def _print_table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for name in headers:
        table.add_column(name.lstrip(">"), justify="right" if name[:1] == ">" else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(replace_controls(cell)) for cell in row))
    _console(error=False).print(table)


@contextmanager
def progress_bar(label: str, total: int | None = None) -> Iterator[ShowProgress]:
    """A bar on stderr that is told how much is done so far, and goes at the end; `total` None: not known yet.

    Where stderr is no terminal nothing is shown.
    """
    if not sys.stderr.isatty():
        yield lambda done, total=None: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn()
    console, lines = _console(error=True), sys.stdout.isatty()
    console.soft_wrap = True  # a line that is said stays one, to be copied
    # what is printed meanwhile comes above the bar; guarded anew, as rich writes to the terminal itself
    with Progress(*columns, console=console, transient=True, redirect_stdout=lines) as bar, guard_output():
        task = bar.add_task(label, total=total)
        yield lambda done, total=None: bar.update(task, completed=done, total=total)


def _console(*, error: bool) -> "Console":
    from rich.console import Console

    return Console(file=unguarded(sys.stderr if error else sys.stdout), highlight=False, markup=False, emoji=False)
