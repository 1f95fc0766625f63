"""CLI context: settings, database, shared options, JSON output of every command."""

import json
import logging
from collections.abc import Callable, Iterable
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from app.cli.command_audit import note_writing
from app.runtime import logging_setup
from core.dates import parse_correction_run

if TYPE_CHECKING:
    from click.shell_completion import CompletionItem

    from core.config.schema import Settings
    from db.schema.connect import Database

DEFAULT_FILE = Path("casereviews.toml")
F = TypeVar("F", bound=Callable[..., Any])


class CliContext:
    """The options before the command, and what follows from them when it is needed."""

    show_tracebacks = False  # whether errors are to show where they arose
    database: Path | str = ""  # the one that was opened, for errors to name

    def __init__(self, config: str | None, data_dir: str | None, verbose: bool, debug: bool) -> None:
        self.config = Path(config) if config else None
        self.data_dir = Path(data_dir) if data_dir else None
        CliContext.show_tracebacks = debug
        level = logging.DEBUG if debug else logging.INFO if verbose else logging.WARNING
        logging_setup.set_up_logging(level)
        self._db: Database | None = None

    @property
    def file(self) -> Path | None:
        """The configuration file: the one named, else the default where it is there."""
        is_there = DEFAULT_FILE.exists() or DEFAULT_FILE.is_symlink()  # a link that leads nowhere is not passed over
        return self.config or (DEFAULT_FILE if is_there else None)

    @property
    def config_files(self) -> "tuple[Path, Path]":
        """The files that settings come from, whether they are there or not."""
        from core.config.load import DOTENV_FILE

        return self.config or DEFAULT_FILE, DOTENV_FILE

    @cached_property
    def settings(self) -> "Settings":
        """The settings of this run. Raises SettingsError."""
        from core.config.load import load

        settings = load(self.file, {"data_dir": self.data_dir} if self.data_dir else {})
        logging_setup.configure_logging(settings)
        return settings

    @property
    def db(self) -> "Database":
        """The open database. Raises DatabaseMissing, StoreError."""
        from db.schema.connect import connect

        if self._db is None:
            CliContext.database = self.settings.database
            self._db = connect(self.settings.database, reading=True)
        return self._db

    def close(self) -> None:
        """Close the database if it was opened."""
        if self._db is not None:
            self._db.close()


def json_option(function: F) -> F:
    """The option --json."""
    return click.option("--json", "json_", is_flag=True, help="Print JSON.")(function)


def dry_run_option(function: F) -> F:
    """The option --dry-run, which each command that writes has: without it the audit trail gets a line."""
    words = "Say what would happen; write nothing."
    return click.option("--dry-run", "dry", is_flag=True, callback=note_writing, help=words)(function)


def print_json(value: object) -> None:
    """A value on stdout as JSON."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def print_json_list(values: Iterable[object]) -> None:
    """Values on stdout as one JSON array, each as it comes: the same bytes as all at once.

    Where it breaks off, the array stays open: nobody takes a part of it for the whole.
    """
    before = "[\n  "
    for value in values:
        text = json.dumps(value, ensure_ascii=False, indent=2).replace(
            "\n", "\n  "
        )  # in text it is written as an escape
        click.echo(before + text, nl=False)
        before = ",\n  "
    click.echo("[]" if before[0] == "[" else "\n]")


class PeriodParam(click.ParamType[str]):
    """A month, written 2026-10."""

    name = "PERIOD"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """The month as written. Fails with a usage error when it is none."""
        year, dash, month = str(value).partition("-")
        good = len(value) == 7 and dash and (year + month).isascii() and (year + month).isdigit() and int(year)
        if not good or not 1 <= int(month) <= 12:
            self.fail(f"{value!r} is no month; write it as 2026-10.", param, ctx)
        return str(value)

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> "list[CompletionItem]":
        """The months that a shell offers."""
        from click.shell_completion import CompletionItem

        from app.cli.completion import complete_periods

        return [CompletionItem(value) for value in complete_periods(ctx, param, incomplete)]


class DayParam(click.DateTime):
    """A day, written 2026-10-31; a month may stand for its first day where that is among the formats."""

    def get_metavar(self, param: click.Parameter, ctx: click.Context) -> str:
        """What stands for it in help."""
        return "DATE"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Midnight of the day. Fails with a usage error when it is none."""
        try:
            return super().convert(value, param, ctx)
        except click.BadParameter:
            self.fail(f"{value!r} is no day; write it as 2026-10-31.", param, ctx)


class RunParam(PeriodParam):
    """A month, or the mailing of a correction to its issue, written 2026-10-correction-1.1."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """As written. Fails with a usage error when it is neither."""
        return str(value) if parse_correction_run(str(value)) else super().convert(value, param, ctx)
