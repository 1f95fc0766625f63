"""Command line: the click entry point, which imports a command's module when it is asked for."""

import gc
import os
import sys
from types import TracebackType


def _exit_quietly(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Ctrl-C before `main` is at work, or after: no traceback, and the code that shells know."""
    if issubclass(kind, KeyboardInterrupt):
        os._exit(130)
    sys.__excepthook__(kind, error, trace)


sys.excepthook = _exit_quietly  # before all that takes time to load
YOUNG_OBJECTS = 80_000  # before the collector looks: at 700 it looks three hundred times at what a command imports
gc.set_threshold(YOUNG_OBJECTS, 20, 20)

from collections.abc import Iterator  # noqa: E402
from contextlib import contextmanager  # noqa: E402
from importlib import import_module  # noqa: E402
from typing import Any  # noqa: E402

import click  # noqa: E402

from app.cli import signals, standard_streams  # noqa: E402
from app.cli.command_list import COMMANDS  # noqa: E402
from app.cli.help_text import MANUAL  # noqa: E402

DONE_CODES = (0, 3)  # done, and done in part


class LazyGroup(click.Group):
    """Finds a command's module when the command is asked for."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names in the order a newcomer needs them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name, or None."""
        listed = COMMANDS.get(cmd_name)
        command = getattr(import_module(listed.module), cmd_name.replace("-", "_")) if listed else None
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands with what each does, as they are listed: none is imported for it."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, listed.summary) for name, listed in COMMANDS.items()])

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that was typed, or what was probably meant."""
        if self.get_command(ctx, args[0]) is None and args[0][:1].isalpha() and not ctx.resilient_parsing:
            from app.cli.help_text import suggest_command

            ctx.fail(f"No such command {args[0]!r}.{suggest_command(args[0], COMMANDS, self._subcommands(ctx))}")
        return super().resolve_command(ctx, args)

    def _subcommands(self, ctx: click.Context) -> list[str]:
        """The commands of the groups: "issue build"."""
        groups = {name: self.get_command(ctx, name) for name in COMMANDS}
        return [
            f"{name} {one}"
            for name, group in groups.items()
            if isinstance(group, click.Group)
            for one in group.commands
        ]

    def make_context(self, *args: Any, **more: Any) -> click.Context:
        """Read what was typed."""
        with _abort_on_interrupt():
            return super().make_context(*args, **more)

    def invoke(self, ctx: click.Context) -> object:
        """Run the command, and write down who did what where it changed something."""
        from app.cli.command_audit import record_command

        with _abort_on_interrupt():
            try:
                result = super().invoke(ctx)
            except click.exceptions.Exit as e:
                if e.exit_code in DONE_CODES:
                    record_command(ctx)
                raise
            record_command(ctx)
            return result


@contextmanager
def _abort_on_interrupt() -> Iterator[None]:
    """Ctrl-C becomes Abort here: left to click, an empty line would come before ours."""
    try:
        yield
    except KeyboardInterrupt:
        if sys.stderr.isatty():
            click.echo(err=True)  # after the ^C
        raise click.Abort from None


@click.group(
    cls=LazyGroup,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=MANUAL,
)
@click.option("--config", type=click.Path(dir_okay=False), envvar="CASEREVIEWS_CONFIG", help="Configuration file.")
@click.option("--data-dir", type=click.Path(file_okay=False), help="Where the database, outbox and pages are.")
@click.option("--debug", is_flag=True, envvar="CASEREVIEWS_DEBUG", help="Show tracebacks and every log line.")
@click.option("-v", "--verbose", is_flag=True, help="Say more on stderr.")
@click.version_option(package_name="casereviews", message="%(prog)s %(version)s")
@click.pass_context
def cli(ctx: click.Context, config: str | None, data_dir: str | None, debug: bool, verbose: bool) -> None:
    """New child safeguarding case reviews, read from the national collection and mailed once a month.

    Example: casereviews demo
    """
    from app.cli.cli_context import CliContext

    ctx.obj = CliContext(config, data_dir, verbose, debug)
    ctx.call_on_close(ctx.obj.close)


def main(args: list[str] | None = None) -> None:
    """Run the command line and exit with the contract's code; an error is one line on stderr."""
    try:
        standard_streams.open_closed_streams()
        signals.install_handlers()
        code = run_command(sys.argv[1:] if args is None else args)
        gc.freeze()  # what is left goes with the process: nothing looks for cycles in it
        signals.restore_defaults()
    except KeyboardInterrupt:  # before there was anything to interrupt, or after
        code = 130
    sys.exit(code)


def run_command(args: list[str]) -> int:
    """Run a command; the exit code of it. What it says holds no escape of a page that it read."""
    with standard_streams.guard_output():
        return _run_guarded(args)


def _run_guarded(args: list[str]) -> int:
    try:
        code = cli.main(args, prog_name="casereviews", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except (BrokenPipeError, standard_streams.OutputClosed):
        standard_streams.silence_output()
        return 0
    except (click.Abort, KeyboardInterrupt):
        from app.cli.error_lines import report_line

        return report_line("interrupted; nothing half-done was kept", 130)
    except Exception as e:
        from app.cli.error_lines import report_error

        return report_error(e, args)
